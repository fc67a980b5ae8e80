// The Live API's own wire (docs/drop-in.md), for official SDKs: what the model says is forwarded as
// it came, but for what a client of its kind could not read (session/live_wire.h). What the client
// says is looked at: its audio and pictures are taken out, the rest is offered as it came.

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include "audio/pcm.h"
#include "base/base64.h"
#include "base/give_back.h"
#include "base/limits.h"
#include "proto/lone_surrogates.h"
#include "proto/picture.h"
#include "proto/server_facts.h"
#include "proto/tool_dialect.h"
#include "session/client_codec.h"
#include "session/client_pcm.h"

namespace livegate::session {
namespace {

constexpr std::string_view kNoSuchHandle =
    "sessionResumption.handle is not known here, or its two hours are over; connect without it";
constexpr std::string_view kSetupFirst = "setup must be the first message and only the first";

// Which layout was stated, and which one is taken; it fits into the reason of a close.
std::string audio_refusal(std::string_view mime_type) {
  constexpr std::size_t kQuotedMax = 40;
  std::string text(mime_type.substr(0, kQuotedMax));
  std::ranges::replace_if(
      text, [](char c) { return c < 0x20 || c > 0x7E; }, '?');
  return "Audio of type \"" + text +
         "\" is not taken: audio/pcm;rate=8000 to 48000, s16le, one channel.";
}

class LiveCodec final : public ClientCodec {
 public:
  LiveCodec(Codecs& codecs, const LiveWire& wire)
      : decoder_(codecs.gemini), message_(codecs.client_message), wire_(wire) {}

  std::span<const ClientRequest> decode_text(PaddedText text) override {
    requests_.clear();
    understand(text);
    return requests_;
  }
  std::span<const ClientRequest> decode_binary(PaddedText bytes) override {
    return decode_text(bytes);
  }
  std::span<const ClientRequest> decode_audio_piece(PaddedText) override {
    requests_.clear();  // this wire has no binary audio
    return requests_;
  }

  void forget_requests() override {
    requests_.clear();
    if (requests_.capacity() * sizeof(ClientRequest) > limits::kMendedBytesKept) {
      give_back(requests_);
    }
    if (mended_.text().size() > limits::kMendedBytesKept) mended_ = PaddedString();
    std::size_t kept = 0;
    for (const std::string& scratch : picture_scratch_) kept += scratch.capacity();
    if (kept > limits::kMendedBytesKept) give_back(picture_scratch_);
    kept = 0;
    for (const auto& samples : samples_) kept += samples.capacity() * sizeof(samples[0]);
    if (kept > limits::kMendedBytesKept) give_back(samples_);
  }

  ClientRequest resume_refused(std::string_view upstream_handle) override {
    if (upstream_handle.empty()) return fail_now(1008, "resume_refused", kNoSuchHandle);
    asked_.resumption_handle = upstream_handle;
    return open(std::move(asked_));
  }

  Encoded encode(const ClientNotice& notice, const SessionContext& context) override {
    Encoded encoded;
    std::visit([&](const auto& one) { write(one, context, encoded); }, notice);
    return encoded;
  }

  CloseClient close_for_upstream(std::uint16_t code, std::string_view reason) const override {
    // The service's own words, so that a developer finds them where its documentation says.
    const bool sendable =
        code == 1000 || code == 1001 || (code >= 1007 && code <= 1011 && code != 1010);
    return {sendable ? code : std::uint16_t{1011}, std::string(reason)};
  }

 private:
  // ---- from the client

  void understand(PaddedText text) {
    if (proto::mend_lone_surrogates(text.view(), mended_)) text = mended_.text();
    if (const auto decoded = decoder_.decode_client(text, message_); !decoded) {
      return fail(decoded.error().close_code, "bad_message", decoded.error().reason);
    }
    if (open_ == (message_.kind == proto::ClientKind::setup)) {
      return fail(1007, "bad_message", kSetupFirst);
    }
    switch (message_.kind) {
      case proto::ClientKind::setup:
        return take_setup(text, message_.setup);
      case proto::ClientKind::realtime_input:
        return take_realtime(text, message_.realtime_input);
      case proto::ClientKind::context_update:
        return take_context_update(text);
      case proto::ClientKind::tool_response:
        requests_.emplace_back(
            request::ToolAnswers{message_.function_responses, /*wire=*/text.view()});
        return;
      case proto::ClientKind::client_content:
        return take_content(text, message_.client_content);
    }
  }

  static request::Fail fail_now(std::uint16_t close_code, std::string_view code,
                                std::string_view message) {
    return {close_code, std::string(code), std::string(message)};
  }
  void fail(std::uint16_t close_code, std::string_view code, std::string_view message) {
    requests_.emplace_back(fail_now(close_code, code, message));
  }

  void take_setup(PaddedText text, proto::Setup& setup) {
    if (text.size() > limits::kSetupBytesMax) {
      return fail(1009, "bad_message", "setup is larger than this gateway takes (256 KiB)");
    }
    if (!setup.tools_json.empty()) {
      auto tools = proto::tools_for_service(setup.tools_json);
      if (!tools) return fail(1007, "bad_setup", tools.error());
      setup.tools_json = std::move(*tools);
    }
    wants_resumption_ = setup.resumption;
    manual_activity_ = setup.activity_detection.disabled;
    tells_history_ = setup.initial_history;
    if (setup.resumption_handle.empty()) {
      requests_.emplace_back(open(std::move(setup)));
      return;
    }
    asked_ = std::move(setup);
    requests_.emplace_back(request::Resume{asked_.resumption_handle, std::nullopt});
  }
  request::Open open(proto::Setup setup) {
    open_ = true;
    return {.setup = std::move(setup), .marks_own_activity = manual_activity_};
  }

  void take_context_update(PaddedText text) {
    if (text.size() > limits::kSetupBytesMax) {
      return fail(1009, "bad_message", "contextUpdate is larger than this gateway takes (256 KiB)");
    }
    requests_.emplace_back(request::ContextUpdate{text.view(), message_.context_update_instruction,
                                                  message_.context_update_tools_json});
  }

  void take_content(PaddedText text, const proto::ClientContent& content) {
    const Asks asks = tells_history_          ? Asks::history
                      : content.turn_complete ? Asks::reply
                                              : Asks::nothing;
    if (content.turn_complete) tells_history_ = false;
    requests_.emplace_back(request::Content{text.view(), content.json, asks});
  }

  void take_realtime(PaddedText text, const proto::RealtimeInput& input) {
    if (samples_.size() < input.audio.size()) samples_.resize(input.audio.size());
    for (std::size_t i = 0; i < input.audio.size(); ++i) {
      if (!take_audio(input.audio[i], samples_[i])) return;
    }
    if (picture_scratch_.size() < input.video.size()) picture_scratch_.resize(input.video.size());
    for (std::size_t i = 0; i < input.video.size(); ++i) {
      take_picture(input.video[i], picture_scratch_[i]);
    }
    const bool marks = input.activity_start || input.activity_end;
    if (!marks && !input.text && !input.audio_stream_end) return;
    // A message whose marks are ignored ends no stream either.
    if (marks ? manual_activity_ : input.audio_stream_end) pcm_.stream_ended();
    // With media beside it the message cannot be told as it came: the media has gone its own way.
    const bool whole = input.audio.empty() && input.video.empty();
    requests_.emplace_back(request::Control{.text = input.text,
                                            .activity_start = input.activity_start,
                                            .activity_end = input.activity_end,
                                            .audio_stream_end = input.audio_stream_end,
                                            .flushes_audio = !input.audio_stream_end,
                                            .wire = whole ? text.view() : std::string_view()});
  }

  bool take_audio(const proto::InlineData& blob, std::vector<std::int16_t>& samples) {
    const int rate_hz = proto::pcm_rate_hz(blob.mime_type, audio::kUplinkRateHz);
    if (rate_hz < audio::kClientRateMinHz || rate_hz > audio::kClientRateMaxHz) {
      fail(1007, "bad_audio", audio_refusal(blob.mime_type));
      return false;
    }
    if (!pcm_.take(blob.base64, rate_hz, samples)) {
      fail(1007, "bad_audio",
           "Invalid JSON payload received. realtime_input.audio.data is not base64.");
      return false;
    }
    if (!samples.empty()) requests_.emplace_back(request::Audio{samples, rate_hz});
    return true;
  }

  void take_picture(const proto::InlineData& blob, std::string& scratch) {
    const auto picture = proto::read_picture(blob.mime_type, blob.base64, scratch);
    if (picture) {
      requests_.emplace_back(request::Picture{picture->mime_type, picture->base64});
    } else {
      requests_.emplace_back(request::Refuse{"bad_picture", picture.error()});
    }
  }

  // ---- to the client: the model's words

  void write(const notice::Ready& notice, const SessionContext& context, Encoded&) {
    send(Actions::outside(notice.wire.view()), context, /*revocable=*/false,
         ClientPart::connection);
    told_ready_ = true;
  }

  void write(const notice::ModelSaid& notice, const SessionContext& context, Encoded& encoded) {
    const proto::ServerMessage& message = notice.message;
    if (message.setup_complete && std::exchange(told_ready_, false)) return;
    if (notice.stale) return;
    // Connections and their ends are the gateway's business: the client's own never breaks.
    const bool ours = message.setup_complete || message.go_away_time_left ||
                      (message.resumption && !wants_resumption_);
    if (!ours) {
      if (offers_way_back(message)) return offer(notice.wire, message, context);
      return hand_on(Actions::outside(notice.wire.view()), message, context, encoded);
    }
    const proto::ServerMessage rest = without_ours(message);
    if (proto::facts_of(rest).empty()) return;
    if (offers_way_back(rest)) return offer(rest, context);
    hand_on(written(rest, context), rest, context, encoded);
  }

  static bool offers_way_back(const proto::ServerMessage& message) {
    return message.resumption && !message.resumption->handle.empty();
  }
  [[nodiscard]] proto::ServerMessage without_ours(proto::ServerMessage message) const {
    message.setup_complete = false;
    message.session_id = {};
    message.go_away_time_left.reset();
    if (!wants_resumption_) message.resumption.reset();
    std::erase_if(message.unknown, [](const proto::UnknownMember& member) {
      return member.path == "setupComplete" || member.path == "goAway";
    });
    return message;
  }

  // The model's handle opens the model: the client gets ours in its place, to come back here with.
  void offer(PaddedText raw, const proto::ServerMessage& message, const SessionContext& context) {
    Actions& out = *context.out;
    const std::size_t mark = out.mark();
    const std::string_view text = raw.view();
    const std::string_view upstream_handle = message.resumption->handle;
    std::size_t begin = 0;
    for (std::size_t at; (at = text.find(upstream_handle, begin)) != std::string_view::npos;) {
      out.arena().append(text.substr(begin, at - begin)).append(context.config.resume_token);
      begin = at + upstream_handle.size();
    }
    if (begin == 0) return offer(message, context);  // written with escapes
    out.arena().append(text.substr(begin));
    send_offer(out.since(mark), context);
  }
  void offer(proto::ServerMessage message, const SessionContext& context) {
    message.resumption->handle = context.config.resume_token;
    send_offer(written(message, context), context);
  }
  void send_offer(const Payload& wire, const SessionContext& context) {
    const bool way_back = !context.config.resume_token.empty();
    send(wire, context, /*revocable=*/false, way_back ? ClientPart::offer : ClientPart::session);
  }

  // A message for the client, in the frames and sizes that it reads. `wire`: as it was written.
  void hand_on(const Payload& wire, const proto::ServerMessage& message,
               const SessionContext& context, Encoded& encoded) {
    if (wire_.known_only && !is_known_to_python(message)) {
      encoded.parts_withheld = 1;
      return;
    }
    if (wire_.message_bytes_max == 0 || wire.size <= wire_.message_bytes_max) {
      return send(wire, context, is_media_only(message));
    }
    const SplitMessages split = split_message(message, wire_.message_bytes_max);
    Actions& out = *context.out;
    for (std::size_t i = 0; i < split.wires.size(); ++i) {
      const std::size_t mark = out.mark();
      out.arena().append(split.wires[i]);
      send(out.since(mark), context, split.media_only[i]);
    }
    encoded.parts_withheld = split.parts_left_out;
  }

  void write(const notice::ReplyAudio& notice, const SessionContext&, Encoded& encoded) {
    const proto::InlineData& data = notice.data;
    const int rate_hz = proto::pcm_rate_hz(data.mime_type, audio::kDownlinkRateHz);
    if (rate_hz != audio::kDownlinkRateHz) return;
    const std::size_t bytes = data.base64.size() / 4 * 3;  // padding apart
    encoded.reply_samples = static_cast<std::int64_t>(bytes / sizeof(std::int16_t));
    if (notice.wants_samples && decode(data)) encoded.samples = reply_samples_;
  }
  // False if it is not base64.
  bool decode(const proto::InlineData& data) {
    bytes_.resize(base64::decoded_size_max(data.base64.size()));
    const auto size = base64::decode(data.base64, bytes_.data());
    if (!size) return false;
    reply_samples_.resize(*size / sizeof(std::int16_t));
    if (!reply_samples_.empty()) {
      std::memcpy(reply_samples_.data(), bytes_.data(),
                  reply_samples_.size() * sizeof(std::int16_t));
    }
    return true;
  }

  // ---- to the client: in the model's place

  void write(const notice::Returned&, const SessionContext& context, Encoded&) {
    pcm_.stream_ended();
    proto::ServerMessage message;
    message.setup_complete = true;
    send(written(message, context), context, /*revocable=*/false, ClientPart::connection);
  }
  // What the model itself says of it is forwarded, before anything of the reply that still waits.
  void write(const notice::Interrupted& notice, const SessionContext& context, Encoded&) {
    context.out->add(RevokeAudio{});
    if (notice.by == InterruptedBy::model) return;
    proto::ServerMessage message;
    message.interrupted = true;
    send(written(message, context), context);
  }
  void write(const notice::ToolCancelled& notice, const SessionContext& context, Encoded&) {
    if (notice.by == InterruptedBy::model) return;
    proto::ServerMessage message;
    message.cancelled_call_ids.push_back(notice.id);
    send(written(message, context), context);
  }
  // The model's own detector is off: the client learns from here what it would have said.
  void write(const notice::SpeechStarted&, const SessionContext& context, Encoded& encoded) {
    tell_activity(proto::ActivityType::start, context, encoded);
  }
  void write(const notice::SpeechEnded&, const SessionContext& context, Encoded& encoded) {
    tell_activity(proto::ActivityType::end, context, encoded);
  }
  void tell_activity(proto::ActivityType type, const SessionContext& context, Encoded& encoded) {
    if (context.turn_taking.mode != UplinkMode::turns || !context.profile.voice_activity) return;
    proto::ServerMessage message;
    message.activity = type;
    hand_on(written(message, context), message, context, encoded);
  }
  // As the service says it, for SDKs that then go elsewhere by themselves.
  void write(const notice::GoingAway& notice, const SessionContext& context, Encoded&) {
    proto::ServerMessage message;
    message.go_away_time_left = notice.time_left;
    send(written(message, context), context);
  }

  // This wire has no error message: the close says it. What does not end the session is counted.
  void write(const notice::Error&, const SessionContext&, Encoded&) {}
  void write(const notice::Bye&, const SessionContext&, Encoded&) {}
  void write(const notice::Pong&, const SessionContext&, Encoded&) {}
  void write(const notice::Budget&, const SessionContext&, Encoded&) {}
  void write(const notice::Reconnecting&, const SessionContext&, Encoded&) {}
  void write(const notice::Reconnected&, const SessionContext&, Encoded&) {}
  void write(const notice::Ducked&, const SessionContext&, Encoded&) {}
  // Its client reads them in the model's own message.
  void write(const notice::Transcript&, const SessionContext&, Encoded&) {}
  void write(const notice::TurnStarted&, const SessionContext&, Encoded&) {}
  void write(const notice::Text&, const SessionContext&, Encoded&) {}
  void write(const notice::ToolCall&, const SessionContext&, Encoded&) {}
  void write(const notice::GenerationComplete&, const SessionContext&, Encoded&) {}
  void write(const notice::NoAnswer&, const SessionContext&, Encoded&) {}
  void write(const notice::TurnComplete&, const SessionContext&, Encoded&) {}

  static Payload written(const proto::ServerMessage& message, const SessionContext& context) {
    const std::size_t mark = context.out->mark();
    proto::append_server_message(context.out->arena(), message);
    return context.out->since(mark);
  }
  // Every frame of one kind: mixing them reorders them in browsers.
  void send(const Payload& payload, const SessionContext& context, bool revocable = false,
            ClientPart part = ClientPart::session) const {
    context.out->add(SendClient{payload, /*binary=*/!wire_.text_frames, part, revocable});
  }

  proto::GeminiDecoder& decoder_;
  proto::ClientMessage& message_;
  const LiveWire& wire_;
  bool open_ = false;
  proto::Setup asked_;  // while it is looked for what its handle stands for
  bool wants_resumption_ = false;
  bool manual_activity_ = false;
  bool tells_history_ = false;  // with its next clientContent, until one is complete
  bool told_ready_ = false;     // and the message that said so is still in hand
  ClientPcm pcm_;
  PaddedString mended_;  // the message in hand, where it had to be

  // What the requests of the message in hand point into.
  std::vector<ClientRequest> requests_;
  std::vector<std::vector<std::int16_t>> samples_;  // of each of its blobs
  std::vector<std::string> picture_scratch_;

  std::vector<std::uint8_t> bytes_;
  std::vector<std::int16_t> reply_samples_;
};

}  // namespace

std::unique_ptr<ClientCodec> make_live_codec(Codecs& codecs, const LiveWire& wire) {
  return std::make_unique<LiveCodec>(codecs, wire);
}

}  // namespace livegate::session
