// One turn of the offline assistant: speech and tool calls from the Brain's replies, out as the
// messages of docs/wire-gemini.md, in the service's order.
//
// Decides when the turn's generation is complete (nothing left to say, no call unanswered) and when
// it is over (what was sent has been heard). Leaves to the session why a turn begins, what is said
// in it, how long the model thinks before, and what follows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "assistant/brain.h"
#include "base/rng.h"
#include "offline/live_session_calls.h"
#include "offline/live_session_frames.h"
#include "offline/live_session_io.h"
#include "offline/live_session_mouth.h"
#include "proto/gemini.h"

namespace livegate::offline {

// Names for calls and speeches, unique within a session. Belongs to the session, which outlives its
// turns.
struct TurnNames {
  Rng& rng;
  CallIds calls{rng};
  std::uint64_t speeches = 0;
};

// How a turn says what it has to say.
enum class Manner : std::uint8_t {
  speaks,
  writes,                 // a fault: text, and no sound
  wishes_to_say_nothing,  // a fault: single samples and "<no speech>"
};

// Which calls a reply makes.
enum class CallKind : std::uint8_t {
  awaited,     // the turn waits for the answers
  background,  // nobody waits
  blocking,    // the model waits, and the turn ends
};

// Sends the calls of `batch` from number `first` on, as one toolCall.
void send_calls(Frames& frames, const CallBatch& batch, std::size_t first, LiveActions& out);

struct TurnOptions {
  bool output_transcription = false;
  MouthOptions mouth;
  FrameStyle style;
  proto::ModelProfile profile;  // whose call ids are used
  Manner manner = Manner::speaks;
  bool doubles_calls = false;                    // a fault: each toolCall leaves twice
  bool continuous = false;                       // no turn at all: neither begun nor completed
  std::optional<std::size_t> cut_after_samples;  // a fault: something happens there
};

class LiveTurn {
 public:
  LiveTurn(TurnNames& names, const TurnOptions& options)
      : names_(names), options_(options), mouth_(options.mouth), frames_(options.style) {}
  LiveTurn(TurnNames& names, bool output_transcription)
      : LiveTurn(names, TurnOptions{.output_transcription = output_transcription}) {}

  // Nothing leaves before `at`: the model thinks.
  void wait_until(Instant at) {
    not_before_ = at;
    thinking_ = true;
  }

  // Says and calls what `reply` asks for. More than limits::kOpenToolCallsMax calls: the rest is
  // not made. Calls that are not awaited are to be taken: take_background().
  void perform(const assistant::Reply& reply, LiveActions& out, CallKind kind = CallKind::awaited);

  // Sound without speech, before whatever is said later.
  void say_nothing_for(Millis time);

  // A sentence of one of this turn's speeches; another one's is ignored.
  void on_sentence(const SentenceSpoken& spoken, LiveActions& out);

  // The client's answer to one call; an unknown id is ignored. When it was the last one open: all
  // of them, in the order of the calls, and `silent` if none of them wants to be spoken about.
  using Answered = AnsweredCalls;
  std::optional<Answered> on_response(const proto::FunctionResponse& response) {
    return calls_.on_response(response);
  }

  // Sends what is due: calls, audio, then generationComplete.
  void advance(Instant now, LiveActions& out);

  // Cuts the turn short: `interrupted`, and toolCallCancellation for exactly the open calls.
  void interrupt(LiveActions& out);
  // Stops the voices of a turn that nobody listens to any more.
  void abandon(LiveActions& out);
  // Past the cut, as if there had been none.
  void go_on() {
    at_cut_ = false;
    options_.cut_after_samples.reset();
  }
  // From here on it neither says anything nor ends.
  void freeze(LiveActions& out);

  [[nodiscard]] bool over(Instant now) const { return ends_at_ && now >= *ends_at_; }
  [[nodiscard]] bool generating() const { return !ends_at_ && !frozen_; }
  [[nodiscard]] bool frozen() const { return frozen_; }
  // What was to be cut short has come to that point.
  [[nodiscard]] bool at_cut() const { return at_cut_; }
  [[nodiscard]] bool has_open_calls() const { return !calls_.empty(); }
  [[nodiscard]] const CallBatch& open_calls() const { return calls_; }
  // Calls that have left and that nobody waits for here; from then on they are the caller's.
  [[nodiscard]] CallBatch take_background() { return std::exchange(background_, {}); }
  // Whether there was anything to say or to call for.
  [[nodiscard]] bool says_something() const {
    return options_.manner != Manner::wishes_to_say_nothing;
  }
  // Ids of the calls that left since the last time.
  [[nodiscard]] std::vector<std::string> take_called() { return std::exchange(called_, {}); }
  [[nodiscard]] std::size_t sent_samples() const { return mouth_.taken_samples(); }
  [[nodiscard]] std::optional<LiveDeadline> next_deadline() const;

 private:
  struct Waiting {
    std::vector<assistant::ToolRequest> requests;
    CallKind kind;
  };
  void call_tools(const Waiting& waiting, LiveActions& out);
  void send_audio(Instant now, LiveActions& out);
  void send_text(LiveActions& out);
  void send_nothing(LiveActions& out);

  TurnNames& names_;
  TurnOptions options_;
  Mouth mouth_;
  Frames frames_;
  std::string text_;  // to be written
  Instant not_before_{};
  bool thinking_ = false;
  std::vector<Waiting> waiting_;  // calls that may not leave yet
  std::vector<std::uint64_t>
      speeches_;  // asked for, their last sentence not yet here; oldest first
  CallBatch calls_;
  CallBatch background_;
  std::vector<std::string> called_;
  std::optional<Instant> ends_at_;  // set with generationComplete
  bool at_cut_ = false;
  bool frozen_ = false;
};

}  // namespace livegate::offline
