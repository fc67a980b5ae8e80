// The Live API's own wire (docs/wire-gemini.md), for official SDKs: what the model says is
// forwarded as it came; what the client says is looked at, its audio is gated like everybody's, and
// the rest is forwarded as it came.

#include <cstring>
#include <vector>

#include "audio/pcm.h"
#include "base/base64.h"
#include "base/limits.h"
#include "session/client_face.h"

namespace livegate::session {
namespace {

constexpr std::string_view kNoSuchHandle =
    "sessionResumption.handle is not known here, or its two hours are over; connect without it";
constexpr std::string_view kSetupFirst = "setup must be the first message and only the first";

class LiveFace final : public ClientFace {
 public:
  LiveFace(CallControl& call, Codecs& codecs) : call_(call), codecs_(codecs) {}

  void on_binary(PaddedText bytes) override { on_text(bytes); }

  void on_text(PaddedText text) override {
    proto::ClientMessage& message = codecs_.client_message;
    if (const auto decoded = codecs_.gemini.decode_client(text, message); !decoded) {
      return call_.fail(decoded.error().close_code, "bad_message", decoded.error().reason);
    }
    if (call_.is_open() == (message.kind == proto::ClientKind::setup)) {
      return call_.fail(1007, "bad_message", kSetupFirst);
    }
    switch (message.kind) {
      case proto::ClientKind::setup:
        return take_setup(text, message.setup);
      case proto::ClientKind::realtime_input:
        return take_realtime(text, message.realtime_input);
      case proto::ClientKind::context_update:
        if (!message.context_update_tools_json.empty()) {
          call_.replace_tools(message.context_update_tools_json);
        }
        return pass_on(text, Asks::nothing);
      case proto::ClientKind::tool_response:
        return take_tool_response(text, message.function_responses);
      case proto::ClientKind::client_content:
        call_.flush_audio();
        return pass_on(text, message.client_content.turn_complete ? Asks::reply : Asks::nothing);
    }
  }

  void ready(const proto::Setup&, PaddedText raw) override {
    call_.out().add(
        SendClient{Actions::outside(raw.view()), /*binary=*/true, ClientPart::connection});
  }
  void returned(const proto::Setup&) override {
    proto::ServerMessage message;
    message.setup_complete = true;
    Actions& out = call_.out();
    const std::size_t mark = out.mark();
    proto::append_server_message(out.arena(), message);
    out.add(SendClient{out.since(mark), /*binary=*/true, ClientPart::connection});
  }
  void resume_refused() override { call_.fail(1008, "resume_refused", kNoSuchHandle); }
  void resume_remembered(std::string_view upstream_handle) override {
    asked_.resumption_handle = upstream_handle;
    call_.open(std::move(asked_), /*gated=*/!manual_activity_);
  }
  void full() override {
    call_.fail(1011, "server_full", "RESOURCE_EXHAUSTED: every session of this gateway is taken.");
  }

  void forward(PaddedText raw, const proto::ServerMessage& message, bool stale) override {
    // Connections and their ends are the gateway's business: the client's own never breaks.
    if (stale || message.setup_complete) return;
    if (message.go_away_time_left) return;
    if (message.resumption) {
      if (!wants_resumption_ && nothing_but_resumption(message)) return;
      if (!message.resumption->handle.empty()) return offer(raw, message);
    }
    // One message per frame and every frame binary, as the service does: mixing kinds reorders them
    // in browsers.
    call_.out().add(SendClient{Actions::outside(raw.view()), /*binary=*/true});
  }

  // What the model itself says of it is forwarded.
  void interrupted(std::uint64_t, InterruptedBy by, Millis, std::string_view) override {
    if (by == InterruptedBy::model) return;
    proto::ServerMessage message;
    message.interrupted = true;
    Actions& out = call_.out();
    const std::size_t mark = out.mark();
    proto::append_server_message(out.arena(), message);
    out.add(SendClient{out.since(mark), /*binary=*/true});
  }

  bool audio(const proto::InlineData& data) override {
    const int rate_hz = proto::pcm_rate_hz(data.mime_type, audio::kDownlinkRateHz);
    if (rate_hz != audio::kDownlinkRateHz) return true;
    const std::size_t bytes = data.base64.size() / 4 * 3;  // padding apart
    call_.reply_sent(static_cast<std::int64_t>(bytes / sizeof(std::int16_t)));
    if (call_.wants_reply_audio() && decode(data, reply_samples_)) {
      call_.reply_audio(reply_samples_);
    }
    return true;
  }

  // This wire has no error message: the close says it. What does not end the call is only counted.
  void error(std::string_view, std::string_view, bool) override {}

  CloseClient close_for_upstream(std::uint16_t code, std::string_view reason) const override {
    // The service's own words, so that a developer finds them where its documentation says.
    const bool sendable =
        code == 1000 || code == 1001 || (code >= 1007 && code <= 1011 && code != 1010);
    return {sendable ? code : std::uint16_t{1011}, std::string(reason)};
  }

 private:
  // The model's handle opens the model: the client gets ours in its place, to come back here with.
  void offer(PaddedText raw, const proto::ServerMessage& message) {
    Actions& out = call_.out();
    const std::size_t mark = out.mark();
    const std::string_view text = raw.view();
    const std::string_view upstream_handle = message.resumption->handle;
    const std::string ours = wants_resumption_ ? call_.config().resume_token : std::string();
    std::size_t begin = 0;
    for (std::size_t at; (at = text.find(upstream_handle, begin)) != std::string_view::npos;) {
      out.arena().append(text.substr(begin, at - begin)).append(ours);
      begin = at + upstream_handle.size();
    }
    if (begin > 0) {
      out.arena().append(text.substr(begin));
    } else {  // written with escapes
      proto::ServerMessage rewritten = message;
      rewritten.resumption->handle = ours;
      proto::append_server_message(out.arena(), rewritten);
    }
    const bool way_back = wants_resumption_ && !ours.empty();
    out.add(SendClient{out.since(mark), /*binary=*/true,
                       way_back ? ClientPart::offer : ClientPart::session});
  }

  static bool nothing_but_resumption(const proto::ServerMessage& message) {
    return !message.usage && !message.activity && message.media.empty() && message.text.empty() &&
           !message.turn_complete && !message.generation_complete && !message.interrupted &&
           message.function_calls.empty() && !message.input_transcription &&
           !message.output_transcription;
  }

  void take_setup(PaddedText text, proto::Setup& setup) {
    if (text.size() > limits::kSetupBytesMax) {
      return call_.fail(1009, "bad_message", "setup is larger than this gateway takes (256 KiB)");
    }
    wants_resumption_ = setup.resumption;
    manual_activity_ = setup.activity_detection.disabled;
    if (setup.resumption_handle.empty()) {
      return call_.open(std::move(setup), /*gated=*/!manual_activity_);
    }
    asked_ = std::move(setup);
    call_.resume(asked_.resumption_handle, std::nullopt);
  }

  void take_realtime(PaddedText text, const proto::RealtimeInput& input) {
    for (const proto::InlineData& blob : input.audio) {
      if (!take_audio(blob)) return;
    }
    for (const proto::InlineData& picture : input.video)
      call_.show(picture.mime_type, picture.base64);

    const bool control =
        input.text || input.activity_start || input.activity_end || input.audio_stream_end;
    if (!control) return;
    if (input.audio_stream_end) {
      call_.pause_audio();
    } else {
      call_.flush_audio();
    }
    // With media beside it the message cannot go on as it came: the media has already gone its own
    // way.
    if (input.audio.empty() && input.video.empty()) {
      return pass_on(text, input.text || input.activity_end ? Asks::reply : Asks::nothing);
    }
    rewrite(input);
  }

  void rewrite(const proto::RealtimeInput& input) {
    if (input.activity_start) {
      tell(Asks::nothing, [](std::string& out) { proto::append_activity_start(out); });
    }
    if (input.text) {
      tell(Asks::reply, [&](std::string& out) { proto::append_realtime_text(out, *input.text); });
    }
    if (input.activity_end) {
      tell(Asks::reply, [](std::string& out) { proto::append_activity_end(out); });
    }
    if (input.audio_stream_end) {
      tell(Asks::nothing, [](std::string& out) { proto::append_audio_stream_end(out); });
    }
  }

  // Goes on as it came where the present connection made all of the calls; else each answer finds
  // its own way.
  void take_tool_response(PaddedText text, const std::vector<proto::FunctionResponse>& responses) {
    if (call_.answer_as_it_came(responses)) return pass_on(text, Asks::reply);
    for (const auto& response : responses) {
      if (!call_.answer_tool(response)) call_.refuse("unknown_tool_call", "no such call is open");
    }
  }

  bool take_audio(const proto::InlineData& blob) {
    const int rate_hz = proto::pcm_rate_hz(blob.mime_type, audio::kUplinkRateHz);
    if (rate_hz < audio::kClientRateMinHz || rate_hz > audio::kClientRateMaxHz) {
      call_.fail(1007, "bad_audio", "Audio must be audio/pcm;rate=N with N from 8000 to 48000.");
      return false;
    }
    if (!decode(blob, samples_)) {
      call_.fail(1007, "bad_audio",
                 "Invalid JSON payload received. realtime_input.audio.data is not base64.");
      return false;
    }
    if (!samples_.empty()) call_.hear(samples_, rate_hz);
    return true;
  }

  // False if it is not base64.
  bool decode(const proto::InlineData& blob, std::vector<std::int16_t>& samples) {
    bytes_.resize(base64::decoded_size_max(blob.base64.size()));
    const auto size = base64::decode(blob.base64, bytes_.data());
    if (!size) return false;
    samples.resize(*size / sizeof(std::int16_t));
    if (!samples.empty()) {
      std::memcpy(samples.data(), bytes_.data(), samples.size() * sizeof(std::int16_t));
    }
    return true;
  }

  template <class Write>
  void tell(Asks asks, Write write) {
    Actions& out = call_.out();
    const std::size_t mark = out.mark();
    write(out.arena());
    tell_or_count(out.since(mark), asks);
  }
  void pass_on(PaddedText text, Asks asks) { tell_or_count(Actions::outside(text.view()), asks); }
  void tell_or_count(const Payload& payload, Asks asks) {
    if (!call_.tell_model(payload, asks)) call_.refuse("busy", "dropped while the model was away");
  }

  CallControl& call_;
  Codecs& codecs_;
  proto::Setup asked_;  // while it is looked for what its handle stands for
  bool wants_resumption_ = false;
  bool manual_activity_ = false;
  std::vector<std::uint8_t> bytes_;
  std::vector<std::int16_t> samples_, reply_samples_;
};

}  // namespace

std::unique_ptr<ClientFace> make_live_face(CallControl& call, Codecs& codecs) {
  return std::make_unique<LiveFace>(call, codecs);
}

}  // namespace livegate::session
