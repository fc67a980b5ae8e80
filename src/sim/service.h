// The Live API as a pure machine in simulated time: connections with an age, handles, turns, tool
// calls, and everything that the real service is known to do badly (docs/wire-gemini.md). A model
// has the habits of its profile, whatever the gateway believes of it.
//
// Decides what the model says and when, and when it hangs up. Leaves the network to whoever calls:
// what it says is handed to an Out at the moment it leaves the service.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "base/instant.h"
#include "proto/gemini.h"
#include "proto/model_profile.h"
#include "sim/dice.h"
#include "sim/marked_audio.h"
#include "sim/plan.h"
#include "sim/tally.h"
#include "sim/truth.h"

namespace livegate::sim {

class Service {
 public:
  class Out {
   public:
    virtual ~Out() = default;
    virtual void say(std::uint32_t epoch, std::string_view message) = 0;
    // A close with a code, after everything that was said.
    virtual void hang_up(std::uint32_t epoch, std::uint16_t code, std::string_view reason) = 0;
    // The rules were broken by the gateway, not by a fault of ours.
    virtual void broken(std::string what) = 0;
  };

  Service(const ServicePlan& plan, std::uint64_t seed, Out& out, Truth& truth, Tally& tally)
      : plan_(plan), dice_(seed), out_(out), truth_(truth), tally_(tally) {}

  void accept(std::uint32_t epoch, Instant now);
  void hear(std::uint32_t epoch, PaddedText message, Instant now);
  // The gateway's end, or the network's.
  void closed(std::uint32_t epoch);
  void tick(Instant now);
  [[nodiscard]] std::optional<Instant> next_deadline() const;

  // Speech over this connection that nothing has followed since: when the last of it came. It waits
  // for its end.
  [[nodiscard]] std::optional<Instant> waits_for_silence_since(std::uint32_t epoch) const;
  // Since when the model has been about to answer, in its own time, if it is.
  [[nodiscard]] std::optional<Instant> thinks_since(std::uint32_t epoch) const;

 private:
  enum class Phase : std::uint8_t { thinking, speaking, waiting_for_tool, playing_out, stalled };
  struct Reply {
    std::uint32_t number = 0;  // of Truth; from the first content on
    bool begun = false;
    bool second = false;  // behind a holding line
    bool holds = false;   // it is one
    bool mute = false;    // nobody can hear its sound
    Input answers;
    Instant asked;
    Phase phase = Phase::thinking;
    Instant next;
    std::uint32_t pieces_left = 0;
    std::uint32_t pauses_at = ~0U;  // pieces left before a pause
    Millis said{0};                 // of its sound
    std::uint32_t dies_at = ~0U;    // pieces left when the service fails
    std::optional<Instant> first_audio;
    std::vector<std::string> calls;
  };
  struct Connection {
    std::uint32_t epoch = 0;
    Instant opened;
    bool asked = false;  // the setup came
    bool ready = false;
    std::optional<Instant> ready_at;
    bool silent = false;  // never answers
    bool takes_history = false;
    bool go_away_said = false;
    bool manual = false;
    bool interrupts = true;
    bool blocks = false;  // its calls stop the model, which then may hear nothing
    proto::ModelProfile profile;
    Millis turn_silence{0};
    FrameReader reader;
    bool active = false;  // the person is speaking
    std::uint32_t first = 0, last = 0;
    int loud_run = 0, quiet_run = 0, loudest_run = 0;
    Instant heard_at;
    std::deque<Input> inputs;
    std::optional<Input> unanswered;      // by a turn that answered nothing
    std::optional<Instant> thought_from;  // ... that was put off by more to answer
    int rejects = 0;                      // so many replies more
    std::optional<Reply> reply;
  };

  Connection* find(std::uint32_t epoch);
  void take_setup(Connection& c, const proto::Setup& setup, Instant now);
  void take_realtime(Connection& c, const proto::RealtimeInput& input, Instant now);
  void take_audio(Connection& c, std::string_view base64, Instant now);
  void take_text(Connection& c, std::string_view text, Instant now);
  void take_reprompt(Connection& c, Instant now);
  void take_answers(Connection& c, Instant now);
  void begin_activity(Connection& c, std::uint32_t frame, Instant now);
  void end_by_detector(Connection& c, Instant now);
  void end_activity(Connection& c, Instant now);
  void interrupt(Connection& c, Instant now);
  void answer_next(Connection& c, Instant now);
  void begin_reply(Connection& c, Instant now);
  bool answers_nothing(Connection& c, Instant now);
  bool hold_or_call(Connection& c, Instant now);
  void follow_holding_line(Connection& c, Input answers, Instant now);
  bool lose_in_gap(Connection& c);
  void say_words(Connection& c, std::string_view words);
  [[nodiscard]] Millis piece_of(const Connection& c);
  [[nodiscard]] Millis pause_behind(const Connection& c, Millis piece);
  void call_tools(Connection& c, Instant now);
  void say_piece(Connection& c, Instant now);
  void end_turn(Connection& c, Instant now);
  void advance(Connection& c, Instant now);
  bool advance_age(Connection& c, Instant now);
  void offer_handle(Connection& c);
  void say(const Connection& c, std::string_view message) { out_.say(c.epoch, message); }
  void hang_up(Connection& c, std::uint16_t code, std::string_view reason);
  void drop_reply(Connection& c, ReplyTruth::End end);
  [[nodiscard]] std::optional<Instant> deadline_of(const Connection& c) const;

  ServicePlan plan_;
  Dice dice_;
  Out& out_;
  Truth& truth_;
  Tally& tally_;
  std::vector<Connection> connections_;
  std::uint32_t handles_ = 0;  // given out so far; "handle-N"
  std::uint32_t calls_ = 0;
  proto::GeminiDecoder decoder_;
  proto::ClientMessage message_;
  std::vector<std::int16_t> samples_;
  std::vector<Frame> frames_;
  std::string text_;
};

}  // namespace livegate::sim
