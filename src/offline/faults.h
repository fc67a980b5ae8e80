// Faults on order: what the stand-in does wrong, how often, and when. Every one of them has been
// seen on the real service. Pure: chances come from a seed, so that a run can be had again.
//
// Decides which turn suffers what. Leaves to the session how a fault looks on the wire.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/instant.h"
#include "base/result.h"
#include "base/rng.h"

namespace livegate::offline {

enum class Fault : std::uint8_t {
  // One of these at most befalls a turn; the first that is drawn, in this order.
  freeze,              // the turn is never answered: not one frame, until somebody speaks again
  freeze_mid_turn,     // the reply stops in mid-word, without an end
  freeze_connection,   // not one frame on this connection from this turn on
  premature_complete,  // generationComplete and turnComplete in mid-word
  empty_turn,          // turnComplete at once, without a word
  internal_error,      // close 1011 in mid-word
  drop,                // the TCP connection ends in mid-word: 1006
  go_away,             // goAway in mid-word, and the end of the connection when it says
  says_nothing,        // the model wishes to say nothing: "<no speech>" and single samples
  rejected,            // turnComplete with turnCompleteReason RESPONSE_REJECTED, without content
  text_only,           // text instead of sound
  inaudible,           // sound of full length, near zero
  slow_first_audio,    // the first sound comes after 6.3 s
  pause_in_reply,      // a pause of 1.5 s in mid-reply
  // Of models that answer after a holding line: in the gap between it and the answer.
  go_away_in_gap,  // goAway, and the end of the connection when it says
  drop_in_gap,     // the TCP connection ends: 1006
  no_second_turn,  // nothing more comes
  // The rest are drawn whenever there is an occasion.
  duplicate_transcript,  // inputTranscription comes twice
  duplicate_call,        // a toolCall comes twice
  no_usage,              // turnComplete without usageMetadata
  close_on_audio,        // audio during a blocking call closes 1008
  refuse_resume,         // a good handle is not taken
  silent_setup,          // setup is never answered
  slow_pong,             // a pong takes 8 to 30 s
};
inline constexpr std::size_t kFaults = 24;
inline constexpr std::size_t kTurnFaults = 17;

// As on the command line: "freeze-mid-turn".
[[nodiscard]] std::string_view name_of(Fault fault);
[[nodiscard]] std::optional<Fault> fault_named(std::string_view name);
// All names, for help texts and errors: "freeze, freeze-mid-turn, ...".
[[nodiscard]] std::string fault_names();

// Whether a turn that suffers it says none of what it had to say.
[[nodiscard]] constexpr bool is_wordless(Fault fault) {
  return fault == Fault::empty_turn || fault == Fault::says_nothing || fault == Fault::rejected;
}
// From the end of the person's words, with slow_first_audio.
inline constexpr Millis kSlowFirstAudio = 6300ms;

// How likely each fault is on each occasion, 0 to 1.
struct FaultPlan {
  std::array<double, kFaults> chance{};
  double& operator[](Fault fault) { return chance[static_cast<std::size_t>(fault)]; }
  double operator[](Fault fault) const { return chance[static_cast<std::size_t>(fault)]; }
};

// "freeze" (always) or "freeze=0.5" into `plan`; the error is one sentence.
Result<Done, std::string> order_fault(std::string_view order, FaultPlan& plan);

class FaultDice {
 public:
  FaultDice(const FaultPlan& plan, std::uint64_t seed) : plan_(plan), rng_(seed) {}

  // What befalls the turn that begins, if anything. Draws for every turn fault, so that one more
  // fault in a plan leaves the others where they were.
  std::optional<Fault> for_turn();
  // Whether `fault`, none of a turn's, happens on this occasion.
  bool strikes(Fault fault) { return rng_.uniform() < plan_[fault]; }
  // Uniform in [from, to).
  double between(double from, double to) { return from + (to - from) * rng_.uniform(); }

 private:
  FaultPlan plan_;
  Rng rng_;
};

}  // namespace livegate::offline
