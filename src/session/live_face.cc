// The Live API's own wire (docs/drop-in.md), for official SDKs: what the model says is forwarded as
// it came, but for what a client of its kind could not read (session/live_wire.h); what the client
// says is looked at, its audio is gated like everybody's, and the rest is forwarded as it came.

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
#include "proto/setup_details.h"
#include "proto/tool_dialect.h"
#include "session/client_face.h"
#include "session/client_pcm.h"
#include "session/live_wire.h"

namespace livegate::session {
namespace {

constexpr std::string_view kNoSuchHandle =
    "sessionResumption.handle is not known here, or its two hours are over; connect without it";
constexpr std::string_view kManualOnly =
    "Explicit activity control is not supported when automatic activity detection is enabled.";
constexpr std::string_view kRoles = "Please use a valid role: user, model.";
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

class LiveFace final : public ClientFace {
 public:
  LiveFace(CallControl& call, Codecs& codecs)
      : call_(call), codecs_(codecs), wire_(call.config().live_wire) {}

  void on_binary(PaddedText bytes) override { on_text(bytes); }

  void on_text(PaddedText text) override {
    understand(text);
    if (mended_.text().size() > limits::kMendedBytesKept) mended_ = PaddedString();
    if (picture_scratch_.capacity() > limits::kMendedBytesKept) give_back(picture_scratch_);
  }

  void understand(PaddedText text) {
    if (proto::mend_lone_surrogates(text.view(), mended_)) text = mended_.text();
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
        return take_context_update(text, message);
      case proto::ClientKind::tool_response:
        return take_tool_response(text, message.function_responses);
      case proto::ClientKind::client_content:
        return take_content(text, message.client_content);
    }
  }

  void ready(const proto::Setup&, PaddedText raw) override {
    send(Actions::outside(raw.view()), /*revocable=*/false, ClientPart::connection);
    told_ready_ = true;
  }
  void returned(const proto::Setup&) override {
    pcm_.stream_ended();
    proto::ServerMessage message;
    message.setup_complete = true;
    Actions& out = call_.out();
    const std::size_t mark = out.mark();
    proto::append_server_message(out.arena(), message);
    send(out.since(mark), /*revocable=*/false, ClientPart::connection);
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
    if (message.setup_complete && std::exchange(told_ready_, false)) return;
    if (stale) return;
    // Connections and their ends are the gateway's business: the client's own never breaks.
    const bool ours = message.setup_complete || message.go_away_time_left ||
                      (message.resumption && !wants_resumption_);
    const bool way_back = message.resumption && !message.resumption->handle.empty();
    if (!ours && way_back) return offer(raw, message);
    if (!ours) return hand_on(Actions::outside(raw.view()), message);
    proto::ServerMessage rest = message;
    rest.setup_complete = false;
    rest.session_id = {};
    rest.go_away_time_left.reset();
    if (!wants_resumption_) rest.resumption.reset();
    const auto about_ours = [](const proto::UnknownMember& member) {
      return member.path == "setupComplete" || member.path == "goAway";
    };
    std::erase_if(rest.unknown, about_ours);
    if (!says_something(rest)) return;
    if (rest.resumption && way_back) return offer(rest);
    Actions& out = call_.out();
    const std::size_t mark = out.mark();
    proto::append_server_message(out.arena(), rest);
    hand_on(out.since(mark), rest);
  }

  // What the model itself says of it is forwarded, before anything of the reply that still waits.
  void interrupted(std::uint64_t, InterruptedBy by, Millis, std::string_view) override {
    Actions& out = call_.out();
    out.add(TakeBackAudio{});
    if (by == InterruptedBy::model) return;
    proto::ServerMessage message;
    message.interrupted = true;
    const std::size_t mark = out.mark();
    proto::append_server_message(out.arena(), message);
    send(out.since(mark), /*revocable=*/false);
  }

  // Likewise.
  void tool_cancelled(std::string_view id, InterruptedBy by) override {
    if (by == InterruptedBy::model) return;
    proto::ServerMessage message;
    message.cancelled_call_ids.push_back(id);
    Actions& out = call_.out();
    const std::size_t mark = out.mark();
    proto::append_server_message(out.arena(), message);
    send(out.since(mark), /*revocable=*/false);
  }

  // The model's own detector is off: the client learns from here what it would have said.
  void speech_started(Millis) override { tell_activity(proto::ActivityType::start); }
  void speech_ended(Millis) override { tell_activity(proto::ActivityType::end); }

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

  // As the service says it, for SDKs that then go elsewhere by themselves.
  void going_away(Millis time_left) override {
    proto::ServerMessage message;
    message.go_away_time_left = time_left;
    Actions& out = call_.out();
    const std::size_t mark = out.mark();
    proto::append_server_message(out.arena(), message);
    send(out.since(mark), /*revocable=*/false);
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
    const std::string& ours = call_.config().resume_token;
    std::size_t begin = 0;
    for (std::size_t at; (at = text.find(upstream_handle, begin)) != std::string_view::npos;) {
      out.arena().append(text.substr(begin, at - begin)).append(ours);
      begin = at + upstream_handle.size();
    }
    if (begin == 0) return offer(message);  // written with escapes
    out.arena().append(text.substr(begin));
    offer(out.since(mark));
  }
  void offer(proto::ServerMessage message) {
    message.resumption->handle = call_.config().resume_token;
    Actions& out = call_.out();
    const std::size_t mark = out.mark();
    proto::append_server_message(out.arena(), message);
    offer(out.since(mark));
  }
  void offer(const Payload& wire) {
    const bool way_back = !call_.config().resume_token.empty();
    send(wire, /*revocable=*/false, way_back ? ClientPart::offer : ClientPart::session);
  }

  void tell_activity(proto::ActivityType type) {
    if (call_.turn_taking().mode != UplinkMode::turns || !call_.profile().voice_activity) return;
    proto::ServerMessage message;
    message.activity = type;
    Actions& out = call_.out();
    const std::size_t mark = out.mark();
    proto::append_server_message(out.arena(), message);
    hand_on(out.since(mark), message);
  }

  // A message for the client, in the frames and sizes that it reads. `wire`: as it was written.
  void hand_on(const Payload& wire, const proto::ServerMessage& message) {
    if (wire_.known_only && !is_known_to_python(message)) return call_.withheld(1);
    if (wire_.message_bytes_max == 0 || wire.size <= wire_.message_bytes_max) {
      return send(wire, is_media_only(message));
    }
    const SplitMessages split = split_message(message, wire_.message_bytes_max);
    Actions& out = call_.out();
    for (std::size_t i = 0; i < split.wires.size(); ++i) {
      const std::size_t mark = out.mark();
      out.arena().append(split.wires[i]);
      send(out.since(mark), split.media_only[i]);
    }
    if (split.parts_left_out > 0) call_.withheld(split.parts_left_out);
  }

  // Every frame of one kind: mixing them reorders them in browsers.
  void send(const Payload& payload, bool revocable, ClientPart part = ClientPart::session) {
    call_.out().add(SendClient{payload, /*binary=*/!wire_.text_frames, part, revocable});
  }

  // What the gateway's owner has pinned stays, without a word, as in the setup.
  void take_context_update(PaddedText text, const proto::ClientMessage& update) {
    if (text.size() > limits::kSetupBytesMax) {
      return call_.fail(1009, "bad_message",
                        "contextUpdate is larger than this gateway takes (256 KiB)");
    }
    auto instruction = update.context_update_instruction;
    std::string_view tools_json = update.context_update_tools_json;
    const SessionConfig& config = call_.config();
    const bool instruction_pinned = instruction && config.pins_instruction();
    const bool tools_pinned = !tools_json.empty() && config.pins_tools();
    if (instruction_pinned) instruction.reset();
    if (tools_pinned) tools_json = {};
    if (instruction) call_.replace_instruction(*instruction);
    if (!tools_json.empty()) call_.replace_tools(tools_json);
    if (!instruction_pinned && !tools_pinned) {
      pass_on(text, Asks::nothing);
      return;
    }
    if (!instruction && tools_json.empty()) return;
    tell(Asks::nothing,
         [&](std::string& out) { proto::append_context_update(out, instruction, tools_json); });
  }

  // A history is no question, whatever ends it.
  void take_content(PaddedText text, const proto::ClientContent& content) {
    // Beside a pinned instruction no other one is given.
    if (call_.config().pins_instruction() && proto::read_content_details(content.json).other_role) {
      return call_.fail(1007, "bad_message", kRoles);
    }
    const Asks asks = tells_history_          ? Asks::history
                      : content.turn_complete ? Asks::reply
                                              : Asks::nothing;
    if (content.turn_complete) tells_history_ = false;
    call_.flush_audio();
    if (!pass_on(text, asks)) return;
    for (const proto::ContentWords& line : proto::read_content_words(content.json)) {
      call_.wrote(!line.by_model, line.text, asks);
    }
  }

  void take_setup(PaddedText text, proto::Setup& setup) {
    if (text.size() > limits::kSetupBytesMax) {
      return call_.fail(1009, "bad_message", "setup is larger than this gateway takes (256 KiB)");
    }
    if (!setup.tools_json.empty()) {
      auto tools = proto::tools_for_service(setup.tools_json);
      if (!tools) return call_.fail(1007, "bad_setup", tools.error());
      setup.tools_json = std::move(*tools);
    }
    wants_resumption_ = setup.resumption;
    manual_activity_ = setup.activity_detection.disabled;
    tells_history_ = setup.initial_history;
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
    for (const proto::InlineData& blob : input.video) {
      const auto picture = proto::read_picture(blob.mime_type, blob.base64, picture_scratch_);
      picture ? call_.show(picture->mime_type, picture->base64)
              : call_.refuse("bad_picture", picture.error());
    }

    const bool marks = input.activity_start || input.activity_end;
    if (marks && !manual_activity_) {
      if (call_.profile().marks_refused) return call_.fail(1007, "bad_message", kManualOnly);
      return;  // the model ignores them
    }
    const bool control =
        input.text || input.activity_start || input.activity_end || input.audio_stream_end;
    if (!control) return;
    if (input.audio_stream_end || input.activity_start || input.activity_end) pcm_.stream_ended();
    bool tell_end = false;
    if (input.audio_stream_end) {
      tell_end = call_.pause_audio();
    } else {
      call_.flush_audio();
    }
    const bool begins = input.activity_start && call_.begin_marked_activity();
    if (input.activity_end) call_.end_marked_activity();
    // With media beside it the message cannot go on as it came: the media has already gone its own
    // way. Nor can an end of the stream that the gateway has told by itself, or a beginning of what
    // is open.
    const bool as_it_came =
        input.audio.empty() && input.video.empty() && begins == input.activity_start;
    if (as_it_came && tell_end == input.audio_stream_end) {
      const Asks asks = input.text || input.activity_end ? Asks::reply : Asks::nothing;
      if (pass_on(text, asks) && input.text) call_.wrote(/*by_person=*/true, *input.text, asks);
      return;
    }
    rewrite(input, begins, tell_end);
  }

  void rewrite(const proto::RealtimeInput& input, bool begins, bool tell_end) {
    if (begins) {
      tell(Asks::nothing, [](std::string& out) { proto::append_activity_start(out); });
    }
    if (input.text && tell(Asks::reply, [&](std::string& out) {
          proto::append_realtime_text(out, *input.text);
        })) {
      call_.wrote(/*by_person=*/true, *input.text, Asks::reply);
    }
    if (input.activity_end) {
      tell(Asks::reply, [](std::string& out) { proto::append_activity_end(out); });
    }
    if (tell_end) {
      tell(Asks::nothing, [](std::string& out) { proto::append_audio_stream_end(out); });
    }
  }

  // Goes on as it came where the present connection made all of the calls; else each answer finds
  // its own way.
  void take_tool_response(PaddedText text, const std::vector<proto::FunctionResponse>& responses) {
    if (call_.answer_as_it_came(responses, Actions::outside(text.view()))) return;
    for (const auto& response : responses) {
      if (!call_.answer_tool(response)) call_.refuse("unknown_tool_call", "no such call is open");
    }
  }

  bool take_audio(const proto::InlineData& blob) {
    const int rate_hz = proto::pcm_rate_hz(blob.mime_type, audio::kUplinkRateHz);
    if (rate_hz < audio::kClientRateMinHz || rate_hz > audio::kClientRateMaxHz) {
      call_.fail(1007, "bad_audio", audio_refusal(blob.mime_type));
      return false;
    }
    if (!pcm_.take(blob.base64, rate_hz, samples_)) {
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
  bool tell(Asks asks, Write write) {
    Actions& out = call_.out();
    const std::size_t mark = out.mark();
    write(out.arena());
    return tell_or_count(out.since(mark), asks);
  }
  bool pass_on(PaddedText text, Asks asks) {
    return tell_or_count(Actions::outside(text.view()), asks);
  }
  bool tell_or_count(const Payload& payload, Asks asks) {
    const bool told = call_.tell_model(payload, asks);
    if (!told) call_.refuse("busy", "dropped while the model was away");
    return told;
  }

  CallControl& call_;
  Codecs& codecs_;
  proto::Setup asked_;  // while it is looked for what its handle stands for
  const LiveWire& wire_;
  bool wants_resumption_ = false;
  bool manual_activity_ = false;
  bool tells_history_ = false;  // with its next clientContent, until one is complete
  bool told_ready_ = false;     // and the message that said so is still in hand
  ClientPcm pcm_;
  std::string picture_scratch_;
  std::vector<std::uint8_t> bytes_;
  PaddedString mended_;  // the message in hand, where it had to be
  std::vector<std::int16_t> samples_, reply_samples_;
};

}  // namespace

std::unique_ptr<ClientFace> make_live_face(CallControl& call, Codecs& codecs) {
  return std::make_unique<LiveFace>(call, codecs);
}

}  // namespace livegate::session
