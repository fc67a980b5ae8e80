// One turn of the offline assistant: speech and tool calls from the Brain's replies, out as the
// messages of docs/wire-gemini.md, in the service's order.
//
// Decides when the turn's generation is complete (nothing left to say, no call unanswered) and when
// it is over (what was sent has been heard). Leaves to the session why a turn begins, what is said
// in it, and what follows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/rng.h"
#include "offline/brain.h"
#include "offline/live_session_io.h"
#include "offline/live_session_mouth.h"
#include "proto/gemini.h"

namespace livegate::offline {

// Appends `message`, written as the service writes it.
void send(const proto::ServerMessage& message, LiveActions& out);

// Names for calls and speeches, unique within a session. Belongs to the session, which outlives its
// turns.
struct TurnNames {
  Rng& rng;
  std::uint64_t speeches = 0;
};

class LiveTurn {
 public:
  LiveTurn(TurnNames& names, bool output_transcription)
      : names_(names), output_transcription_(output_transcription) {}

  // Says and calls what `reply` asks for. More than limits::kOpenToolCallsMax calls: the rest is
  // not made.
  void perform(const Reply& reply, LiveActions& out);

  // A sentence of one of this turn's speeches; another one's is ignored.
  void on_sentence(const SentenceSpoken& spoken, LiveActions& out);

  // The client's answer to one call; an unknown id is ignored. When it was the last one open: all
  // of them, in the order of the calls, and `silent` if none of them wants to be spoken about.
  struct Answered {
    std::vector<ToolRequest> calls;
    std::vector<std::string> responses_json;
    bool silent = false;
  };
  std::optional<Answered> on_response(const proto::FunctionResponse& response);

  // Sends what is due: audio, then generationComplete.
  void advance(Instant now, LiveActions& out);

  // Cuts the turn short: `interrupted`, and toolCallCancellation for exactly the open calls.
  void interrupt(LiveActions& out);
  // Stops the voices of a turn that nobody listens to any more.
  void abandon(LiveActions& out);

  [[nodiscard]] bool over(Instant now) const { return ends_at_ && now >= *ends_at_; }
  [[nodiscard]] bool has_open_calls() const { return !calls_.empty(); }
  [[nodiscard]] std::size_t sent_samples() const { return mouth_.taken_samples(); }
  [[nodiscard]] std::optional<LiveDeadline> next_deadline() const;

 private:
  struct OpenCall {
    std::string id;
    ToolRequest request;
    std::optional<std::string> response_json;
    bool silent = false;
  };
  void call_tools(const std::vector<ToolRequest>& requests, LiveActions& out);

  TurnNames& names_;
  bool output_transcription_;
  Mouth mouth_;
  std::vector<std::uint64_t>
      speeches_;  // asked for, their last sentence not yet here; oldest first
  std::vector<OpenCall> calls_;
  std::optional<Instant> ends_at_;  // set with generationComplete
};

}  // namespace livegate::offline
