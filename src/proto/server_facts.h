// Which facts a message of the model carries: the one list of them, and sets to ask about.
//
// Decides nothing. Who drops, holds or forwards a message says so as a set of facts: a fact that is
// new here belongs to none of these sets, so that it is neither dropped nor mistaken for content.
#pragma once

#include <cstdint>
#include <initializer_list>

#include "proto/gemini.h"

namespace livegate::proto {

enum class Fact : std::uint8_t {
  setup_complete,
  resumption,
  activity,
  input_transcription,
  interim_input_transcription,
  interrupted,
  media,
  text,
  thoughts,
  output_transcription,
  cancelled_calls,
  function_calls,
  generation_complete,
  turn_complete,
  waiting_for_input,
  turn_complete_reason,
  interaction_status,
  usage,
  go_away,
  // Members that are unknown here, by where they stand.
  unknown_in_content,   // of serverContent.modelTurn
  unknown_in_activity,  // of voiceActivity
  unknown_on_top,       // beside serverContent
  unknown_elsewhere,
};

class FactSet {
 public:
  constexpr FactSet() = default;
  constexpr FactSet(std::initializer_list<Fact> facts) {
    for (const Fact fact : facts) add(fact);
  }
  constexpr void add(Fact fact, bool present = true) {
    if (present) bits_ |= std::uint32_t{1} << static_cast<unsigned>(fact);
  }
  [[nodiscard]] constexpr bool empty() const { return bits_ == 0; }
  [[nodiscard]] constexpr bool has(Fact fact) const { return has_any_of({fact}); }
  [[nodiscard]] constexpr bool has_any_of(FactSet others) const {
    return (bits_ & others.bits_) != 0;
  }
  // None but these.
  [[nodiscard]] constexpr bool is_within(FactSet others) const {
    return (bits_ & ~others.bits_) == 0;
  }
  [[nodiscard]] constexpr FactSet operator|(FactSet others) const {
    others.bits_ |= bits_;
    return others;
  }

 private:
  std::uint32_t bits_ = 0;
};

[[nodiscard]] FactSet facts_of(const ServerMessage& message);

// What a person hears or reads of a reply, and what stands beside it there.
inline constexpr FactSet kReplyContent = {Fact::media, Fact::text, Fact::thoughts,
                                          Fact::output_transcription, Fact::unknown_in_content};

}  // namespace livegate::proto
