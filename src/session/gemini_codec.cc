// The Live API as a model service (docs/wire-gemini.md).
#include "audio/pcm.h"
#include "session/model_codec.h"

namespace livegate::session {
namespace {

class GeminiCodec final : public ModelCodec {
 public:
  explicit GeminiCodec(proto::GeminiDecoder& decoder) : decoder_(decoder) {}

  void encode(const ModelRequest& request, std::string& out) const override {
    std::visit([&out](const auto& one) { write(one, out); }, request);
  }
  Result<Done, proto::WireError> decode(PaddedText text, proto::ServerMessage& message) override {
    return decoder_.decode_server(text, message);
  }

 private:
  static void write(const model::Setup& request, std::string& out) {
    proto::append_setup(out, request.setup);
  }
  static void write(const model::Audio& request, std::string& out) {
    proto::append_realtime_audio(out, request.samples, audio::kUplinkRateHz);
  }
  static void write(const model::Picture& request, std::string& out) {
    proto::append_realtime_image(out, request.mime_type, request.base64);
  }
  static void write(const model::Text& request, std::string& out) {
    proto::append_realtime_text(out, request.text);
  }
  static void write(const model::Aside& request, std::string& out) {
    proto::append_client_text(out, "user", request.text, /*turn_complete=*/false);
  }
  static void write(const model::Lines& request, std::string& out) {
    proto::append_client_content(out, request.lines, /*turn_complete=*/request.asks);
  }
  static void write(const model::ActivityStart&, std::string& out) {
    proto::append_activity_start(out);
  }
  static void write(const model::ActivityEnd&, std::string& out) {
    proto::append_activity_end(out);
  }
  static void write(const model::AudioStreamEnd&, std::string& out) {
    proto::append_audio_stream_end(out);
  }
  static void write(const model::ToolResponse& request, std::string& out) {
    proto::append_tool_response(out, request.response);
  }
  static void write(const model::ContextUpdate& request, std::string& out) {
    proto::append_context_update(out, request.instruction, request.tools_json);
  }
  static void write(const model::Wire& request, std::string& out) { out.append(request.wire); }

  proto::GeminiDecoder& decoder_;
};

}  // namespace

std::unique_ptr<ModelCodec> make_gemini_codec(proto::GeminiDecoder& decoder) {
  return std::make_unique<GeminiCodec>(decoder);
}

}  // namespace livegate::session
