// What a session can tell its client, as data.
//
// Decides nothing: a session makes notices, a ClientCodec writes those that its wire has words for.
// Views and references are valid for the call that they are given to.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

#include "base/instant.h"
#include "base/padded_text.h"
#include "meter/session_meter.h"
#include "proto/gemini.h"
#include "proto/native.h"
#include "session/answer_check.h"
#include "turn/turn_machine.h"

namespace livegate::session {

// What a turn has cost, with what was found out since the last one, and the session so far.
struct TurnCost {
  meter::Spend turn, session;
};

enum class InterruptedBy : std::uint8_t { model, gateway };

namespace notice {

struct Ready {
  const proto::Setup& setup;
  PaddedText wire;  // the model's own message
};
// The client is connected again; what it lacks follows.
struct Returned {
  const proto::Setup& setup;
};
struct Reconnecting {
  std::string_view reason;
  int attempt;
  Millis retry_in;
};
struct Reconnected {
  bool resumed;
  Millis dropped;  // of speech
};
struct SpeechStarted {
  Millis at;  // in the client's audio
};
struct SpeechEnded {
  Millis at;
};
struct Transcript {
  proto::native::Role role;
  std::uint64_t turn;
  const proto::Transcription& words;
};
struct TurnStarted {
  std::uint64_t turn;
};
// `wants_samples`: Encoded::samples is to be filled.
struct ReplyAudio {
  const proto::InlineData& data;
  bool wants_samples;
};
struct Text {
  std::uint64_t turn;
  std::string_view text;
};
// `played` of it, and these `words`, had been heard.
struct Interrupted {
  std::uint64_t turn;
  InterruptedBy by;
  Millis played;
  std::string_view words;
};
// Somebody may be speaking over the reply; or nobody was.
struct Ducked {
  std::uint64_t turn;
  bool ducked;
};
struct ToolCall {
  std::uint64_t turn;
  const proto::FunctionCall& call;
};
struct ToolCancelled {
  std::string_view id;
  InterruptedBy by;
};
struct GenerationComplete {
  std::uint64_t turn;
};
// The turn, or the answer that was to come, says nothing. `reason`: the service's word, or empty.
struct NoAnswer {
  std::uint64_t turn;
  session::NoAnswer kind;
  std::string_view reason;
};
struct TurnComplete {
  const turn::TurnMachine::Finished& finished;
  std::optional<double> gateway_ms;
  const std::optional<proto::Usage>& usage;
  const TurnCost& cost;
};
// The whole message as the model sent it. `stale`: it holds nothing but content of a reply that
// was cut off.
struct ModelSaid {
  PaddedText wire;
  const proto::ServerMessage& message;
  bool stale;
};
// A budget is nearly spent.
struct Budget {
  const meter::Verdict& verdict;
};
// The session ends at the end of its turn, after `time_left` at the latest.
struct GoingAway {
  Millis time_left;
};
struct Error {
  std::string_view code, message;
  bool fatal;
};
// `reconnect`: another session can be begun, here or at another gateway of the same name.
struct Bye {
  std::string_view reason;
  bool reconnect;
};
struct Pong {
  std::int64_t id;
};

}  // namespace notice

using ClientNotice = std::variant<
    notice::Ready, notice::Returned, notice::Reconnecting, notice::Reconnected,
    notice::SpeechStarted, notice::SpeechEnded, notice::Transcript, notice::TurnStarted,
    notice::ReplyAudio, notice::Text, notice::Interrupted, notice::Ducked, notice::ToolCall,
    notice::ToolCancelled, notice::GenerationComplete, notice::NoAnswer, notice::TurnComplete,
    notice::ModelSaid, notice::Budget, notice::GoingAway, notice::Error, notice::Bye, notice::Pong>;

}  // namespace livegate::session
