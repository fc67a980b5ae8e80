// What a client can ask of a session, as data.
//
// Decides nothing: a ClientCodec makes requests of its client's messages, a session answers them.
// Views are valid until the codec or its decoders are used again.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "proto/gemini.h"
#include "session/unacknowledged_input.h"

namespace livegate::session {

namespace request {

// The first one: the model's side is to be opened. `marks_own_activity`: the client says itself
// when the person speaks. `echo_cancelled`: it takes the reply's echo out of its microphone.
struct Open {
  proto::Setup setup;
  bool marks_own_activity = false;
  bool echo_cancelled = false;
};
// Instead of Open: to continue another session. If that cannot be, ClientCodec::resume_refused()
// says what follows.
struct Resume {
  std::string token;
  std::optional<std::uint64_t> received;  // session messages that the client has
};
// Mono, 8000..48000 Hz.
struct Audio {
  std::span<const std::int16_t> samples;
  int rate_hz;
};
// A whole picture of a type that the model reads.
struct Picture {
  std::string_view mime_type, base64;
};
// Text, and marks in the stream of audio; at least one of them.
struct Control {
  std::optional<std::string_view> text;  // asks for a reply
  bool activity_start = false;
  bool activity_end = false;
  bool audio_stream_end = false;  // the microphone is off
  bool flushes_audio = false;     // its place among the audio matters
  std::string_view wire = {};     // the whole message, where the model can take it as it is
};
// Turns of a conversation, as JSON (`clientContent`).
struct Content {
  std::string_view wire;  // the whole message
  std::string_view json;
  Asks asks = Asks::nothing;
};
// For this connection to the model and later ones.
struct ContextUpdate {
  std::string_view wire;  // the whole message
  std::optional<std::string_view> instruction;
  std::string_view tools_json;  // empty: they stay
};
// By the ids that the client was told. `wire`: the whole message, where the model can take it.
struct ToolAnswers {
  std::span<const proto::FunctionResponse> responses;
  std::string_view wire = {};
};
// The rest of this reply is not wanted.
struct Interrupt {};
// So many samples of replies have been played, at 24 kHz.
struct Played {
  std::int64_t samples;
};
// The client has so many of the session's messages.
struct Confirmed {
  std::uint64_t received;
};
struct Ping {
  std::int64_t id;
};
struct Stop {};
// The client broke the protocol: the session ends. `code`: for events and the log.
struct Fail {
  std::uint16_t close_code;
  std::string code, message;
};
// The client's message is refused: the session continues.
struct Refuse {
  std::string code, message;
};

}  // namespace request

using ClientRequest =
    std::variant<request::Audio, request::Control, request::Picture, request::Content,
                 request::ContextUpdate, request::ToolAnswers, request::Interrupt, request::Played,
                 request::Confirmed, request::Ping, request::Open, request::Resume, request::Stop,
                 request::Fail, request::Refuse>;

}  // namespace livegate::session
