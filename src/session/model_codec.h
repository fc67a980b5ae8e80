// What a session asks of a model service, as data; and the service's wire as two functions.
//
// A codec decides how its wire spells requests and reads messages. It keeps no state of a session.
// Messages of the model are given in the Live API's terms (proto::ServerMessage); a codec of
// another service fills in what that service says and leaves the rest empty.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "base/padded_text.h"
#include "base/result.h"
#include "proto/gemini.h"

namespace livegate::session {

namespace model {

struct Setup {
  const proto::Setup& setup;
};
struct Audio {
  std::span<const std::int16_t> samples;  // mono, 16 kHz
};
struct Picture {
  std::string_view mime_type, base64;
};
// What the person wrote: it asks for a reply.
struct Text {
  std::string_view text;
};
// Said beside the conversation: it asks for nothing.
struct Aside {
  std::string_view text;
};
// Turns of the conversation so far. `asks`: what was said last is to be answered.
struct Lines {
  std::span<const proto::ContentLine> lines;
  bool asks;
};
struct ActivityStart {};
struct ActivityEnd {};
struct AudioStreamEnd {};
struct ToolResponse {
  proto::FunctionResponse response;
};
struct ContextUpdate {
  std::optional<std::string_view> instruction;
  std::string_view tools_json;  // an array; empty: they stay
};
// A message as it was written before, or by a client that speaks the service's own wire.
struct Wire {
  std::string_view wire;
};

}  // namespace model

using ModelRequest =
    std::variant<model::Audio, model::ActivityStart, model::ActivityEnd, model::AudioStreamEnd,
                 model::Text, model::Aside, model::Lines, model::Picture, model::ToolResponse,
                 model::ContextUpdate, model::Setup, model::Wire>;

class ModelCodec {
 public:
  virtual ~ModelCodec() = default;
  // Appends one message.
  virtual void encode(const ModelRequest& request, std::string& out) const = 0;
  // Reads one message into `message`, whose views are valid until the next call.
  [[nodiscard]] virtual Result<Done, proto::WireError> decode(PaddedText text,
                                                              proto::ServerMessage& message) = 0;
};

// `decoder` outlives the codec.
[[nodiscard]] std::unique_ptr<ModelCodec> make_gemini_codec(proto::GeminiDecoder& decoder);

}  // namespace livegate::session
