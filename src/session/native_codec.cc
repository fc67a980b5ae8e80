// livegate.v1 (docs/wire-browser.md): binary frames are audio, text frames are small JSON objects.

#include <bit>
#include <cstring>
#include <utility>
#include <vector>

#include "audio/pcm.h"
#include "base/base64.h"
#include "base/give_back.h"
#include "base/limits.h"
#include "proto/lone_surrogates.h"
#include "proto/picture.h"
#include "proto/tool_dialect.h"
#include "session/client_codec.h"

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

// The service wants an object, and a model calls again and again for a result that says nothing.
std::string response_of(const native::ToolResult& result) {
  if (!result.error.empty()) {
    std::string wrapped = R"({"status":"error","retryable":false,"error":)";
    proto::append_json_string(wrapped, result.error);
    return wrapped + '}';
  }
  if (result.result_json.starts_with('{')) return std::string(result.result_json);
  const bool nothing = result.result_json.empty() || result.result_json == "null";
  return nothing ? R"({"status":"ok","output":null,"message":"Done. The tool returns no value."})"
                 : R"({"status":"ok","output":)" + std::string(result.result_json) + "}";
}

// Its messages are not counted: each connection has its own.
bool is_of_connection(const native::ClientMessage& message) {
  return std::holds_alternative<native::Start>(message) ||
         std::holds_alternative<native::Ping>(message);
}

native::TurnTimeline timeline_of(const turn::Marks& marks, std::optional<double> gateway_ms,
                                 const SessionContext& context) {
  const auto at = [&context](std::optional<Instant> instant) {
    return instant ? std::optional(context.clock_ms(*instant)) : std::nullopt;
  };
  native::TurnTimeline timeline{.speech_ended = at(marks.speech_ended),
                                .decided = at(marks.decided),
                                .sent = at(marks.sent),
                                .first_byte = at(marks.first_content),
                                .first_audio = at(marks.first_audio),
                                .forwarded = {},
                                .completed = context.clock_ms(context.now)};
  if (const auto handed_on = at(marks.handed_on); handed_on && gateway_ms) {
    timeline.forwarded = *handed_on + *gateway_ms;
  }
  return timeline;
}

// Appends a text message that `write` spells.
template <class Write>
void say(const SessionContext& context, Write write, ClientPart part = ClientPart::session) {
  Actions& out = *context.out;
  const std::size_t mark = out.mark();
  write(out.arena());
  out.add(SendClient{out.since(mark), /*binary=*/false, part});
}

class NativeCodec final : public ClientCodec {
 public:
  explicit NativeCodec(Codecs& codecs) : decoder_(codecs.native) {}

  std::span<const ClientRequest> decode_text(PaddedText text) override {
    requests_.clear();
    understand(text);
    return requests_;
  }

  std::span<const ClientRequest> decode_binary(PaddedText bytes) override {
    if (open_) ++received_;
    return decode_audio_piece(bytes);  // its message is counted with its end
  }

  std::span<const ClientRequest> decode_audio_piece(PaddedText bytes) override {
    requests_.clear();
    if (!open_) {
      fail("Audio came before {\"type\":\"start\"}.");
    } else if (bytes.size() % sizeof(std::int16_t) != 0) {
      refuse("bad_audio", "An audio frame has half a sample: its size in bytes must be even.");
    } else if (!muted_ && bytes.size() > 0) {
      // A frame may begin at an odd address of the receive buffer.
      samples_.resize(bytes.size() / sizeof(std::int16_t));
      std::memcpy(samples_.data(), bytes.data(), bytes.size());
      requests_.emplace_back(request::Audio{samples_, rate_hz_});
    }
    return requests_;
  }

  void forget_requests() override {
    requests_.clear();
    if (mended_.text().size() > limits::kMendedBytesKept) mended_ = PaddedString();
    if (picture_scratch_.capacity() > limits::kMendedBytesKept) give_back(picture_scratch_);
    if (response_json_.capacity() > limits::kMendedBytesKept) give_back(response_json_);
  }

  ClientRequest resume_refused(std::string_view /*upstream_handle*/) override {
    if (std::exchange(was_refused_, true)) {
      return request::Fail{1008, "bad_start", "A second resume was refused on one connection."};
    }
    return request::Refuse{"resume_refused",
                           "There is no such session to go on with; send a start without resume."};
  }

  Encoded encode(const ClientNotice& notice, const SessionContext& context) override {
    Encoded encoded;
    std::visit([&](const auto& one) { write(one, context, encoded); }, notice);
    return encoded;
  }

  CloseClient close_for_upstream(std::uint16_t, std::string_view) const override {
    return {1011, "the model side failed"};
  }

 private:
  // ---- from the client

  void understand(PaddedText text) {
    if (proto::mend_lone_surrogates(text.view(), mended_)) text = mended_.text();
    const auto decoded = decoder_.decode(text);
    if (!decoded) {
      if (!open_) return fail(decoded.error().message);
      ++received_;  // not understood, and counted by its sender all the same
      return refuse(decoded.error().code, decoded.error().message);
    }
    if (!open_ && !std::holds_alternative<native::Start>(*decoded)) {
      return fail("The first message must be {\"type\":\"start\"}.");
    }
    if (open_ && !is_of_connection(*decoded)) ++received_;
    std::visit([this](const auto& message) { take(message); }, *decoded);
  }

  void fail(std::string_view why) {
    requests_.emplace_back(request::Fail{1008, "bad_start", std::string(why)});
  }
  void refuse(std::string_view code, std::string_view message) {
    requests_.emplace_back(request::Refuse{std::string(code), std::string(message)});
  }
  void confirm(std::optional<std::int64_t> received) {
    if (!received) return;
    requests_.emplace_back(request::Confirmed{static_cast<std::uint64_t>(*received)});
  }

  void take(const native::Start& start) {
    if (open_) return refuse("bad_start", "The session has already been started.");
    if (start.resume) {
      requests_.emplace_back(
          request::Resume{std::string(*start.resume), static_cast<std::uint64_t>(start.received)});
      return;
    }
    rate_hz_ = start.rate_hz;
    request::Open open{.setup = {}, .echo_cancelled = start.echo_cancellation};
    proto::Setup& setup = open.setup;
    setup.model = with_prefix(start.model);
    setup.response_modalities = {"AUDIO"};
    setup.voice = start.voice;
    setup.language_code = start.language;
    setup.system_instruction = start.system_instruction;
    if (!start.tools_json.empty()) {
      auto tools =
          proto::tools_for_service("[{\"functionDeclarations\":" + start.tools_json + "}]");
      if (!tools) return fail(tools.error());
      setup.tools_json = std::move(*tools);
    }
    setup.input_transcription = true;
    setup.output_transcription = true;
    open_ = true;
    requests_.emplace_back(std::move(open));
  }
  void take(const native::Text& line) {
    requests_.emplace_back(request::Control{.text = line.text});
  }
  void take(const native::Image& image) {
    const auto picture = proto::read_picture(image.mime_type, image.base64, picture_scratch_);
    if (!picture) return refuse("bad_picture", picture.error());
    requests_.emplace_back(request::Picture{picture->mime_type, picture->base64});
  }
  void take(const native::Mute&) {
    if (std::exchange(muted_, true)) return;
    requests_.emplace_back(request::Control{.text = {}, .audio_stream_end = true});
  }
  void take(const native::Unmute&) { muted_ = false; }
  void take(const native::Interrupt&) { requests_.emplace_back(request::Interrupt{}); }
  void take(const native::ToolResult& result) {
    response_json_ = response_of(result);
    response_ = {.id = result.id, .name = {}, .response_json = response_json_, .scheduling = {}};
    requests_.emplace_back(request::ToolAnswers{.responses = {&response_, 1}});
  }
  void take(const native::Playback& playback) {
    confirm(playback.received);
    requests_.emplace_back(request::Played{playback.samples});
  }
  void take(const native::Ping& ping) {
    confirm(ping.received);
    requests_.emplace_back(request::Ping{ping.id});
  }
  void take(const native::Stop&) { requests_.emplace_back(request::Stop{}); }

  // ---- to the client

  void write(const notice::Ready& notice, const SessionContext& context, Encoded&) {
    tell_ready(notice.setup, ClientPart::offer, std::nullopt, context);
  }
  void write(const notice::Returned& notice, const SessionContext& context, Encoded&) {
    // An `unmute` may be lost with the connection; a client that is muted sends no audio.
    muted_ = false;
    tell_ready(notice.setup, ClientPart::connection, received_, context);
  }
  void tell_ready(const proto::Setup& setup, ClientPart part,
                  std::optional<std::int64_t> resumed_after, const SessionContext& context) {
    const SessionConfig& config = context.config;
    const bool way_back = config.resume_grace > Millis(0);
    const native::Ready ready{
        .session = config.id,
        .model = setup.model,
        .upstream = config.upstream_name,
        .turn_taking = name(context.turn_taking.mode),
        .notice = config.notice,
        .rate_hz = rate_hz_,
        .output_rate_hz = audio::kDownlinkRateHz,
        .resume_token = way_back ? std::string_view(config.resume_token) : std::string_view(),
        .grace_ms = way_back ? config.resume_grace.count() : 0,
        .resumed_after = resumed_after};
    say(
        context, [&ready](std::string& out) { native::append_ready(out, ready); }, part);
  }
  void write(const notice::Reconnecting& notice, const SessionContext& context, Encoded&) {
    say(context, [&](std::string& out) {
      native::append_reconnecting(out, notice.reason, notice.attempt, notice.retry_in.count());
    });
  }
  void write(const notice::Reconnected& notice, const SessionContext& context, Encoded&) {
    say(context, [&](std::string& out) {
      native::append_reconnected(out, notice.resumed, notice.dropped.count());
    });
  }
  void write(const notice::SpeechStarted& notice, const SessionContext& context, Encoded&) {
    say(context, [&](std::string& out) { native::append_speech_started(out, notice.at.count()); });
  }
  void write(const notice::SpeechEnded& notice, const SessionContext& context, Encoded&) {
    say(context, [&](std::string& out) { native::append_speech_ended(out, notice.at.count()); });
  }
  void write(const notice::Transcript& notice, const SessionContext& context, Encoded&) {
    say(context, [&](std::string& out) {
      native::append_transcript(out, notice.role, notice.turn, notice.words.text,
                                notice.words.finished);
    });
  }
  void write(const notice::TurnStarted& notice, const SessionContext& context, Encoded&) {
    say(context, [&](std::string& out) { native::append_turn_started(out, notice.turn); });
  }

  void write(const notice::ReplyAudio& notice, const SessionContext& context, Encoded& encoded) {
    const proto::InlineData& data = notice.data;
    const int rate_hz = proto::pcm_rate_hz(data.mime_type, audio::kDownlinkRateHz);
    if (rate_hz != audio::kDownlinkRateHz) return;
    Actions& out = *context.out;
    const std::size_t mark = out.mark();
    std::string& arena = out.arena();
    arena.resize(mark + base64::decoded_size_max(data.base64.size()));
    const auto decoded =
        base64::decode(data.base64, reinterpret_cast<std::uint8_t*>(arena.data()) + mark);
    arena.resize(mark + decoded.value_or(0) / 2 * 2);
    if (arena.size() == mark) return;
    const std::size_t count = (arena.size() - mark) / sizeof(std::int16_t);
    encoded.reply_samples = static_cast<std::int64_t>(count);
    if (notice.wants_samples) {
      reply_samples_.resize(count);
      std::memcpy(reply_samples_.data(), arena.data() + mark, arena.size() - mark);
      encoded.samples = reply_samples_;
    }
    out.add(SendClient{out.since(mark), /*binary=*/true, ClientPart::session, /*revocable=*/true});
  }

  void write(const notice::Text& notice, const SessionContext& context, Encoded&) {
    say(context, [&](std::string& out) { native::append_text(out, notice.turn, notice.text); });
  }
  void write(const notice::Interrupted& notice, const SessionContext& context, Encoded&) {
    context.out->add(RevokeAudio{});
    say(context, [&](std::string& out) {
      native::append_interrupted(out, notice.turn, notice.played.count(), notice.words);
    });
  }
  void write(const notice::Ducked& notice, const SessionContext& context, Encoded&) {
    say(context, [&](std::string& out) { native::append_ducked(out, notice.turn, notice.ducked); });
  }
  void write(const notice::ToolCall& notice, const SessionContext& context, Encoded&) {
    say(context, [&](std::string& out) {
      native::append_tool_call(out, notice.turn, notice.call.id, notice.call.name,
                               notice.call.args_json);
    });
  }
  void write(const notice::ToolCancelled& notice, const SessionContext& context, Encoded&) {
    say(context, [&](std::string& out) { native::append_tool_cancelled(out, notice.id); });
  }
  void write(const notice::GenerationComplete& notice, const SessionContext& context, Encoded&) {
    say(context, [&](std::string& out) { native::append_generation_complete(out, notice.turn); });
  }
  void write(const notice::NoAnswer& notice, const SessionContext& context, Encoded&) {
    const std::string reason =
        notice.reason.empty() ? std::string() : " (" + std::string(notice.reason) + ")";
    const std::string sentence = std::string(session::sentence(notice.kind)) + reason;
    say(context, [&](std::string& out) {
      native::append_no_answer(out, notice.turn, name(notice.kind), sentence);
    });
  }

  void write(const notice::TurnComplete& notice, const SessionContext& context, Encoded&) {
    const turn::TurnMachine::Finished& finished = notice.finished;
    const auto count = [](const std::optional<Millis>& time) {
      return time ? std::optional(time->count()) : std::nullopt;
    };
    const native::TurnLatency latency{.first_packet_ms = count(finished.latency.first_packet),
                                      .end_to_end_ms = count(finished.latency.end_to_end),
                                      .continuous_ms = count(finished.latency.continuous),
                                      .decision_ms = count(finished.latency.decision),
                                      .gateway_ms = notice.gateway_ms};
    std::optional<native::TurnUsage> tokens;
    if (const auto& usage = notice.usage) {
      tokens = {usage->prompt_tokens, usage->response_tokens, usage->total_tokens,
                usage->thoughts_tokens};
    }
    const native::TurnCost spent{.turn_usd = meter::usd(notice.cost.turn.cost),
                                 .session_usd = meter::usd(notice.cost.session.cost),
                                 .session_tokens = notice.cost.session.tokens.sum(),
                                 .estimated = notice.cost.turn.estimated_turns > 0};
    const native::TurnTimeline timeline = timeline_of(finished.marks, notice.gateway_ms, context);
    say(context, [&](std::string& out) {
      native::append_turn_complete(out, finished.turn, finished.cut_off, latency, timeline, tokens,
                                   spent);
    });
  }

  void write(const notice::ModelSaid&, const SessionContext&, Encoded&) {}
  void write(const notice::Budget& notice, const SessionContext& context, Encoded&) {
    const meter::Verdict& verdict = notice.verdict;
    std::optional<std::int64_t> renews_in_s;
    if (verdict.renews_in) renews_in_s = verdict.renews_in->count();
    const std::string allowed = meter::usd(verdict.allowed), message = meter::sentence(verdict);
    say(context, [&](std::string& out) {
      native::append_budget(out, {.limit = meter::name(verdict.limit),
                                  .allowed_usd = allowed,
                                  .renews_in_s = renews_in_s,
                                  .message = message});
    });
  }
  void write(const notice::GoingAway&, const SessionContext&, Encoded&) {}
  void write(const notice::Error& notice, const SessionContext& context, Encoded&) {
    say(context, [&](std::string& out) {
      native::append_error(out, notice.code, notice.message, notice.fatal);
    });
  }
  void write(const notice::Bye& notice, const SessionContext& context, Encoded&) {
    say(context,
        [&](std::string& out) { native::append_bye(out, notice.reason, notice.reconnect); });
  }
  void write(const notice::Pong& notice, const SessionContext& context, Encoded&) {
    const double clock_ms = context.clock_ms(context.now);
    say(
        context, [&](std::string& out) { native::append_pong(out, notice.id, clock_ms); },
        ClientPart::connection);
  }

  native::NativeDecoder& decoder_;
  bool open_ = false;
  int rate_hz_ = audio::kUplinkRateHz;
  bool muted_ = false;
  bool was_refused_ = false;   // a resume, on this connection
  std::int64_t received_ = 0;  // messages of the session, over all its connections
  PaddedString mended_;        // the message in hand, where it had to be

  // What the requests of the message in hand point into.
  std::vector<ClientRequest> requests_;
  std::vector<std::int16_t> samples_, reply_samples_;
  std::string picture_scratch_, response_json_;
  proto::FunctionResponse response_;
};

}  // namespace

std::unique_ptr<ClientCodec> make_native_codec(Codecs& codecs) {
  return std::make_unique<NativeCodec>(codecs);
}

}  // namespace livegate::session
