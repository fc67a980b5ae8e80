// livegate.v1 (docs/wire-browser.md): binary frames are audio, text frames are small JSON objects.

#include <bit>
#include <cstring>
#include <utility>
#include <vector>

#include "audio/pcm.h"
#include "base/base64.h"
#include "base/limits.h"
#include "proto/lone_surrogates.h"
#include "proto/picture.h"
#include "proto/tool_dialect.h"
#include "session/client_face.h"

namespace livegate::session {
namespace {

namespace native = proto::native;
static_assert(std::endian::native == std::endian::little,
              "samples cross the wire as they lie in memory");

std::string with_prefix(std::string_view model) {
  return model.empty() || model.find('/') != std::string_view::npos
             ? std::string(model)
             : "models/" + std::string(model);
}

class NativeFace final : public ClientFace {
 public:
  NativeFace(CallControl& call, Codecs& codecs) : call_(call), codecs_(codecs) {}

  void on_text(PaddedText text) override {
    understand(text);
    if (mended_.text().size() > limits::kMendedBytesKept) mended_ = PaddedString();
  }

  void understand(PaddedText text) {
    if (proto::mend_lone_surrogates(text.view(), mended_)) text = mended_.text();
    auto decoded = codecs_.native.decode(text);
    if (!decoded) {
      if (!call_.is_open()) return call_.fail(1008, "bad_start", decoded.error().message);
      ++received_;  // not understood, and counted by its sender all the same
      return call_.refuse(decoded.error().code, decoded.error().message);
    }
    if (!call_.is_open() && !std::holds_alternative<native::Start>(*decoded)) {
      return call_.fail(1008, "bad_start", "The first message must be {\"type\":\"start\"}.");
    }
    if (call_.is_open() && !of_connection(*decoded)) ++received_;
    std::visit([this](const auto& message) { take(message); }, *decoded);
  }

  void on_binary(PaddedText bytes) override {
    if (call_.is_open()) ++received_;
    on_audio_piece(bytes);
  }

  // Its message is counted with its end.
  void on_audio_piece(PaddedText bytes) override {
    if (!call_.is_open()) {
      return call_.fail(1008, "bad_start", "Audio came before {\"type\":\"start\"}.");
    }
    if (bytes.size() % sizeof(std::int16_t) != 0) {
      return call_.refuse("bad_audio",
                          "An audio frame has half a sample: its size in bytes must be even.");
    }
    if (muted_ || bytes.size() == 0) return;
    // A frame may begin at an odd address of the receive buffer.
    samples_.resize(bytes.size() / sizeof(std::int16_t));
    std::memcpy(samples_.data(), bytes.data(), bytes.size());
    call_.hear(samples_, rate_hz_);
  }

  void ready(const proto::Setup& setup, PaddedText) override {
    tell_ready(setup, ClientPart::offer, std::nullopt);
  }
  void returned(const proto::Setup& setup) override {
    // An `unmute` may be lost with the connection; a client that is muted sends no audio.
    muted_ = false;
    tell_ready(setup, ClientPart::connection, received_);
  }
  void resume_refused() override {
    if (std::exchange(was_refused_, true)) {
      return call_.fail(1008, "bad_start", "A second resume was refused on one connection.");
    }
    call_.refuse("resume_refused",
                 "There is no such session to go on with; send a start without resume.");
  }
  void resume_remembered(std::string_view) override { resume_refused(); }
  void full() override {
    call_.fail(1013, "server_full", "Every session of this gateway is taken; try later.");
  }
  void reconnecting(std::string_view reason, int attempt, Millis retry_in) override {
    say([&](std::string& out) {
      native::append_reconnecting(out, reason, attempt, retry_in.count());
    });
  }
  void reconnected(bool resumed, Millis dropped) override {
    say([&](std::string& out) { native::append_reconnected(out, resumed, dropped.count()); });
  }
  void speech_started(Millis at) override {
    say([&](std::string& out) { native::append_speech_started(out, at.count()); });
  }
  void speech_ended(Millis at) override {
    say([&](std::string& out) { native::append_speech_ended(out, at.count()); });
  }
  void transcript(native::Role role, std::uint64_t turn,
                  const proto::Transcription& heard) override {
    say([&](std::string& out) {
      native::append_transcript(out, role, turn, heard.text, heard.finished);
    });
  }
  void turn_started(std::uint64_t turn) override {
    say([&](std::string& out) { native::append_turn_started(out, turn); });
  }

  bool audio(const proto::InlineData& data) override {
    if (proto::pcm_rate_hz(data.mime_type, audio::kDownlinkRateHz) != audio::kDownlinkRateHz)
      return false;
    Actions& out = call_.out();
    const std::size_t mark = out.mark();
    std::string& arena = out.arena();
    arena.resize(mark + base64::decoded_size_max(data.base64.size()));
    const auto decoded =
        base64::decode(data.base64, reinterpret_cast<std::uint8_t*>(arena.data()) + mark);
    arena.resize(mark + decoded.value_or(0) / 2 * 2);
    if (arena.size() == mark) return false;
    const std::size_t count = (arena.size() - mark) / sizeof(std::int16_t);
    call_.reply_sent(static_cast<std::int64_t>(count));
    if (call_.wants_reply_audio()) {
      reply_samples_.resize(count);
      std::memcpy(reply_samples_.data(), arena.data() + mark, arena.size() - mark);
      call_.reply_audio(reply_samples_);
    }
    out.add(SendClient{out.since(mark), /*binary=*/true, ClientPart::session, /*revocable=*/true});
    return true;
  }

  void text(std::uint64_t turn, std::string_view words) override {
    say([&](std::string& out) { native::append_text(out, turn, words); });
  }
  void interrupted(std::uint64_t turn, InterruptedBy, Millis played,
                   std::string_view words) override {
    call_.out().add(TakeBackAudio{});
    say([&](std::string& out) { native::append_interrupted(out, turn, played.count(), words); });
  }
  void ducked(std::uint64_t turn, bool ducked) override {
    say([&](std::string& out) { native::append_ducked(out, turn, ducked); });
  }
  void tool_call(std::uint64_t turn, const proto::FunctionCall& call) override {
    say([&](std::string& out) {
      native::append_tool_call(out, turn, call.id, call.name, call.args_json);
    });
  }
  void tool_cancelled(std::string_view id, InterruptedBy) override {
    say([&](std::string& out) { native::append_tool_cancelled(out, id); });
  }
  void generation_complete(std::uint64_t turn) override {
    say([&](std::string& out) { native::append_generation_complete(out, turn); });
  }

  void no_answer(std::uint64_t turn, NoAnswer kind, std::string_view reason) override {
    const std::string sentence = std::string(session::sentence(kind)) +
                                 (reason.empty() ? "" : " (" + std::string(reason) + ")");
    say([&](std::string& out) { native::append_no_answer(out, turn, name(kind), sentence); });
  }

  void turn_complete(const turn::TurnMachine::Finished& finished, std::optional<double> gateway_ms,
                     const std::optional<proto::Usage>& usage, const TurnCost& cost) override {
    const auto count = [](const std::optional<Millis>& time) {
      return time ? std::optional(time->count()) : std::nullopt;
    };
    const native::TurnLatency latency{.first_packet_ms = count(finished.latency.first_packet),
                                      .end_to_end_ms = count(finished.latency.end_to_end),
                                      .continuous_ms = count(finished.latency.continuous),
                                      .decision_ms = count(finished.latency.decision),
                                      .gateway_ms = gateway_ms};
    std::optional<native::TurnUsage> tokens;
    if (usage) {
      tokens = {usage->prompt_tokens, usage->response_tokens, usage->total_tokens,
                usage->thoughts_tokens};
    }
    const native::TurnCost spent{.turn_usd = meter::usd(cost.turn.cost),
                                 .session_usd = meter::usd(cost.session.cost),
                                 .session_tokens = cost.session.tokens.sum(),
                                 .estimated = cost.turn.estimated_turns > 0};
    const native::TurnTimeline timeline = timeline_of(finished.marks, gateway_ms);
    say([&](std::string& out) {
      native::append_turn_complete(out, finished.turn, finished.cut_off, latency, timeline, tokens,
                                   spent);
    });
  }

  void error(std::string_view code, std::string_view message, bool fatal) override {
    say([&](std::string& out) { native::append_error(out, code, message, fatal); });
  }
  void bye(std::string_view reason, bool reconnect) override {
    say([&](std::string& out) { native::append_bye(out, reason, reconnect); });
  }
  void budget(const meter::Verdict& verdict) override {
    std::optional<std::int64_t> renews_in_s;
    if (verdict.renews_in) renews_in_s = verdict.renews_in->count();
    const std::string allowed = meter::usd(verdict.allowed), message = meter::sentence(verdict);
    say([&](std::string& out) {
      native::append_budget(out, {.limit = meter::name(verdict.limit),
                                  .allowed_usd = allowed,
                                  .renews_in_s = renews_in_s,
                                  .message = message});
    });
  }
  CloseClient close_for_upstream(std::uint16_t, std::string_view) const override {
    return {1011, "the model side failed"};
  }

 private:
  template <class Write>
  void say(Write write, ClientPart part = ClientPart::session) {
    Actions& out = call_.out();
    const std::size_t mark = out.mark();
    write(out.arena());
    out.add(SendClient{out.since(mark), /*binary=*/false, part});
  }

  void tell_ready(const proto::Setup& setup, ClientPart part,
                  std::optional<std::int64_t> resumed_after) {
    const SessionConfig& config = call_.config();
    const CallControl::WayBack way_back = call_.way_back();
    say(
        [&](std::string& out) {
          native::append_ready(out, {.session = config.id,
                                     .model = setup.model,
                                     .upstream = config.upstream_name,
                                     .turn_taking = name(call_.turn_taking().mode),
                                     .notice = config.notice,
                                     .rate_hz = rate_hz_,
                                     .output_rate_hz = audio::kDownlinkRateHz,
                                     .resume_token = way_back.token,
                                     .grace_ms = way_back.grace.count(),
                                     .resumed_after = resumed_after});
        },
        part);
  }

  // Counted by nobody: each connection has its own.
  static bool of_connection(const native::ClientMessage& message) {
    return std::holds_alternative<native::Start>(message) ||
           std::holds_alternative<native::Ping>(message);
  }

  template <class Write>
  bool tell_model(Asks asks, Write write) {
    Actions& out = call_.out();
    const std::size_t mark = out.mark();
    write(out.arena());
    const bool told = call_.tell_model(out.since(mark), asks);
    if (!told) {
      call_.refuse("busy",
                   "The model is away and no more can be kept for it; this message was dropped.");
    }
    return told;
  }

  native::TurnTimeline timeline_of(const turn::Marks& marks, std::optional<double> gateway_ms) {
    const auto at = [this](std::optional<Instant> instant) {
      return instant ? std::optional(call_.clock_ms(*instant)) : std::nullopt;
    };
    native::TurnTimeline timeline{.speech_ended = at(marks.speech_ended),
                                  .decided = at(marks.decided),
                                  .sent = at(marks.sent),
                                  .first_byte = at(marks.first_content),
                                  .first_audio = at(marks.first_audio),
                                  .forwarded = {},
                                  .completed = call_.clock_ms()};
    if (const auto handed_on = at(marks.handed_on); handed_on && gateway_ms)
      timeline.forwarded = *handed_on + *gateway_ms;
    return timeline;
  }

  void take(const native::Start& start) {
    if (call_.is_open()) return call_.refuse("bad_start", "The session has already been started.");
    if (start.resume)
      return call_.resume(*start.resume, static_cast<std::uint64_t>(start.received));
    rate_hz_ = start.rate_hz;
    if (start.echo_cancellation) call_.cancels_echo();
    proto::Setup setup;
    setup.model = with_prefix(start.model);
    setup.response_modalities = {"AUDIO"};
    setup.voice = start.voice;
    setup.language_code = start.language;
    setup.system_instruction = start.system_instruction;
    if (!start.tools_json.empty()) {
      auto tools =
          proto::tools_for_service("[{\"functionDeclarations\":" + start.tools_json + "}]");
      if (!tools) return call_.fail(1008, "bad_start", tools.error());
      setup.tools_json = std::move(*tools);
    }
    setup.input_transcription = true;
    setup.output_transcription = true;
    call_.open(std::move(setup), /*gated=*/true);
  }
  void take(const native::Text& line) {
    const auto write = [&](std::string& out) { proto::append_realtime_text(out, line.text); };
    if (tell_model(Asks::reply, write)) call_.wrote(/*by_person=*/true, line.text, Asks::reply);
  }
  void take(const native::Image& image) {
    std::string scratch;
    const auto picture = proto::read_picture(image.mime_type, image.base64, scratch);
    picture ? call_.show(picture->mime_type, picture->base64)
            : call_.refuse("bad_picture", picture.error());
  }
  void take(const native::Mute&) {
    if (std::exchange(muted_, true)) return;
    // Where the model alone ends turns nobody else has said where the speech ended.
    if (call_.pause_audio()) {
      tell_model(Asks::nothing, [](std::string& out) { proto::append_audio_stream_end(out); });
    }
  }
  void take(const native::Unmute&) { muted_ = false; }
  void take(const native::Interrupt&) { call_.hush(); }
  void take(const native::ToolResult& result) {
    std::string wrapped;
    if (!result.error.empty()) {
      wrapped = R"({"status":"error","retryable":false,"error":)";
      proto::append_json_string(wrapped, result.error);
      wrapped += '}';
    } else if (result.result_json.starts_with('{')) {
      wrapped = result.result_json;
    } else {  // the service wants an object
      // A model calls again and again for a result that says nothing.
      const bool nothing = result.result_json.empty() || result.result_json == "null";
      wrapped =
          nothing ? R"({"status":"ok","output":null,"message":"Done. The tool returns no value."})"
                  : R"({"status":"ok","output":)" + std::string(result.result_json) + "}";
    }
    if (!call_.answer_tool(
            {.id = result.id, .name = {}, .response_json = wrapped, .scheduling = {}})) {
      call_.refuse("unknown_tool_call",
                   "No open tool call has this id; it was never made, answered, or cancelled.");
    }
  }
  void take(const native::Playback& playback) {
    confirm(playback.received);
    call_.heard(playback.samples);
  }
  void take(const native::Ping& ping) {
    confirm(ping.received);
    say([&](std::string& out) { native::append_pong(out, ping.id, call_.clock_ms()); },
        ClientPart::connection);
  }
  void confirm(std::optional<std::int64_t> received) {
    if (received) call_.confirmed(static_cast<std::uint64_t>(*received));
  }
  void take(const native::Stop&) { call_.stop(); }

  CallControl& call_;
  Codecs& codecs_;
  int rate_hz_ = audio::kUplinkRateHz;
  bool muted_ = false;
  bool was_refused_ = false;   // a resume, on this connection
  std::int64_t received_ = 0;  // messages of the session, over all its connections
  PaddedString mended_;        // the message in hand, where it had to be
  std::vector<std::int16_t> samples_, reply_samples_;
};

}  // namespace

std::unique_ptr<ClientFace> make_native_face(CallControl& call, Codecs& codecs) {
  return std::make_unique<NativeFace>(call, codecs);
}

}  // namespace livegate::session
