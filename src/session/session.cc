#include "session/session.h"

#include <algorithm>
#include <utility>

#include "base/limits.h"

namespace livegate::session {
namespace {

// A message without any content of a reply: dropping it would lose a fact.
bool is_content_only(const proto::ServerMessage& m) {
  return !m.setup_complete && !m.resumption && !m.activity && !m.input_transcription &&
         !m.interim_input_transcription && !m.interrupted && m.cancelled_call_ids.empty() &&
         m.function_calls.empty() && !m.generation_complete && !m.turn_complete && !m.usage &&
         !m.go_away_time_left && m.unknown.empty();
}

std::string describe(std::uint16_t code, const std::string& reason, std::string_view advice) {
  std::string text = "The service refused the session (" + std::to_string(code) +
                     (reason.empty() ? "" : ": " + reason) + ")";
  if (!advice.empty()) text.append("; ").append(advice);
  return text + ".";
}

}  // namespace

Session::Session(SessionConfig config, Codecs& codecs, Rng rng, Instant now)
    : config_(std::move(config)),
      codecs_(codecs),
      face_(config_.client == ClientKind::native ? make_native_face(*this, codecs)
                                                 : make_live_face(*this, codecs)),
      link_(config_.backoff, rng),
      began_(now),
      start_by_(now + limits::kStartTimeMax) {}

Session::~Session() = default;

void Session::handle(const Event& event, Instant now, Actions& out) {
  if (finished_) return;
  out_ = &out;
  now_ = now;
  std::visit([this](const auto& e) { on(e); }, event);
  out_ = nullptr;
}

std::optional<Deadline> Session::next_deadline() const {
  if (finished_) return std::nullopt;
  std::optional<Deadline> first;
  const auto consider = [&first](std::optional<Instant> at, DeadlineReason reason) {
    if (at && (!first || *at < first->at)) first = Deadline{*at, reason};
  };
  consider(start_by_, DeadlineReason::start);
  consider(link_.next_deadline(), DeadlineReason::upstream);
  consider(video_.next_deadline(), DeadlineReason::picture);
  if (last_audio_ && uplink_ && uplink_->is_speaking()) {
    consider(*last_audio_ + limits::kAudioGapMax, DeadlineReason::audio_gap);
  }
  return first;
}

// ---- the client

void Session::open(proto::Setup setup, bool gated) {
  start_by_.reset();
  gated_ = gated;
  Uplink::Listener& listener = *this;
  uplink_ = std::make_unique<Uplink>(config_.uplink, gated, listener);
  setup_ = std::move(setup);
  const auto pin = [](std::string& value, const std::string& pinned) {
    if (!pinned.empty()) value = pinned;
  };
  pin(setup_.model, config_.pinned_model);
  pin(setup_.voice, config_.pinned_voice);
  pin(setup_.system_instruction, config_.pinned_system_instruction);
  pin(setup_.tools_json, config_.pinned_tools_json);
  if (setup_.model.empty()) setup_.model = config_.default_model;
  // Asked for on everybody's behalf: a broken connection is ours to mend.
  setup_.resumption = true;
  link_.remember(setup_.resumption_handle);
  connect();
}

void Session::hear(std::span<const std::int16_t> samples, int rate_hz) {
  ++counters_.frames_heard;
  last_audio_ = now_;
  uplink_->push(samples, rate_hz);
}

void Session::on_speech_started(Millis at) {
  turns_.speech_started();
  // The gate needed 100 ms of speech to open; the model would take several times that to notice.
  // A client of the Live API is told by the model alone.
  if (config_.client == ClientKind::native) hush();
  face_->speech_started(at);
}

void Session::on_speech(std::span<const std::int16_t> samples) {
  if (!link_.is_ready()) return held_.keep_speech(samples);
  counters_.samples_forwarded += samples.size();
  const std::size_t mark = out_->mark();
  proto::append_realtime_audio(out_->arena(), samples, audio::kUplinkRateHz);
  send_upstream(out_->since(mark));
}

void Session::on_speech_ended(Millis at, Millis silent_for) {
  turns_.speech_ended(now_ - silent_for, now_);
  face_->speech_ended(at);
  // The model would wait in vain for the silence that we no longer send.
  if (!link_.is_ready()) return held_.end_speech();
  const std::size_t mark = out_->mark();
  proto::append_audio_stream_end(out_->arena());
  send_upstream(out_->since(mark));
}

bool Session::tell_model(const Payload& wire) {
  if (!link_.is_ready()) return held_.keep_message(out_->bytes(wire));
  send_upstream(wire);
  return true;
}

void Session::show(std::string_view mime_type, std::string_view base64) {
  if (!link_.is_ready()) {  // a picture of back then is of no use
    ++counters_.pictures_dropped;
    return;
  }
  if (!video_.admit(mime_type, base64, now_)) return;
  const std::size_t mark = out_->mark();
  proto::append_realtime_image(out_->arena(), mime_type, base64);
  send_upstream(out_->since(mark));
}

bool Session::answer_tool(std::string_view id, std::string_view result_json) {
  const auto call = std::find_if(open_tool_calls_.begin(), open_tool_calls_.end(),
                                 [id](const OpenToolCall& open) { return open.id == id; });
  if (call == open_tool_calls_.end()) return false;
  const std::size_t mark = out_->mark();
  proto::append_tool_response(
      out_->arena(),
      {.id = id, .name = call->name, .response_json = result_json, .scheduling = {}});
  open_tool_calls_.erase(call);
  if (!tell_model(out_->since(mark)))
    refuse("busy", "The model is away and no more can be kept for it.");
  return true;
}

void Session::forget_tool(std::string_view id) {
  std::erase_if(open_tool_calls_, [id](const OpenToolCall& open) { return open.id == id; });
}

void Session::replace_tools(std::string_view tools_json) {
  if (config_.pinned_tools_json.empty()) setup_.tools_json = tools_json;
}

void Session::hush() {
  if (const auto turn = turns_.interrupt_locally()) {
    ++counters_.interruptions;
    face_->interrupted(*turn);
  }
}

void Session::heard(std::int64_t samples) {
  // A report can be late, never wrong by more than what was sent; the newest counts.
  counters_.samples_played = std::max(counters_.samples_played, samples);
}

void Session::stop() {
  if (uplink_) uplink_->end_stream();
  face_->bye("stopped");
  out_->add(CloseClient{1000, "stopped"});
  finish();
}

void Session::fail(std::uint16_t close_code, std::string_view code, std::string_view message) {
  face_->error(code, message, /*fatal=*/true);
  note(NoteKind::failed, close_code, std::string(code));
  out_->add(CloseClient{close_code, std::string(message)});
  finish();
}

void Session::refuse(std::string_view code, std::string_view message) {
  ++counters_.messages_refused;
  face_->error(code, message, /*fatal=*/false);
  note(NoteKind::message_refused, 0, std::string(code));
}

void Session::on(const ClientGone&) { finish(); }

// ---- the connection

void Session::connect() {
  link_.connect();
  out_->add(OpenUpstream{link_.epoch()});
}

void Session::on(const UpstreamOpened& event) {
  if (event.epoch != link_.epoch() || link_.state() != UpstreamLink::State::connecting) return;
  link_.opened(now_);
  setup_.resumption_handle = link_.handle();
  const std::size_t mark = out_->mark();
  proto::append_setup(out_->arena(), setup_);
  send_upstream(out_->since(mark));
}

void Session::on_setup_complete(PaddedText raw) {
  if (link_.state() != UpstreamLink::State::setting_up) return;
  const bool first = !link_.was_ready();
  link_.set_up(now_);
  if (first) {
    note(NoteKind::opened);
    face_->ready(setup_, raw);
  } else {
    const auto dropped = static_cast<std::int64_t>(held_.dropped_samples());
    if (dropped > 0) {
      counters_.samples_dropped += held_.dropped_samples();
      note(NoteKind::speech_dropped, dropped);
    }
    note(NoteKind::upstream_restored, link_.attempt());
    face_->reconnected(link_.resumed(), Millis(dropped * 1000 / audio::kUplinkRateHz));
  }
  send_held();
}

void Session::send_held() {
  for (const std::string& message : held_.messages()) {
    const std::size_t mark = out_->mark();
    out_->arena().append(message);
    send_upstream(out_->since(mark));
  }
  // In pieces of a second: a server may cap its messages well below five.
  const auto speech = held_.speech();
  constexpr std::size_t kPiece = audio::kUplinkRateHz;
  for (std::size_t begin = 0; begin < speech.size(); begin += kPiece) {
    on_speech(speech.subspan(begin, std::min(kPiece, speech.size() - begin)));
  }
  if (held_.speech_ended()) {
    const std::size_t mark = out_->mark();
    proto::append_audio_stream_end(out_->arena());
    send_upstream(out_->since(mark));
  }
  held_.clear();
}

void Session::on(const UpstreamGone& event) {
  if (event.epoch != link_.epoch() || link_.state() == UpstreamLink::State::waiting) return;
  upstream_lost(event.close_code, event.reason);
}

void Session::upstream_lost(std::uint16_t code, const std::string& reason) {
  const bool never_reached = link_.state() == UpstreamLink::State::connecting;
  if (const auto cut = turns_.lost()) on_turn_finished(*cut);
  cancel_tools();
  const UpstreamLink::Loss loss = link_.lost(code, reason, now_);
  if (!loss.give_up) {
    note(NoteKind::upstream_lost, loss.retry_in.count(), reason);
    return face_->reconnecting(reason, link_.attempt(), loss.retry_in);
  }
  const bool unreachable = never_reached || loss.advice.empty();
  const std::string_view error_code = unreachable ? "upstream_unavailable" : "upstream_refused";
  const std::string message =
      unreachable
          ? "The model could not be reached in " + std::to_string(link_.attempt() + 1) +
                (link_.attempt() == 0 ? " try" : " tries") +
                "; last: " + (reason.empty() ? "close code " + std::to_string(code) : reason)
          : describe(code, reason, loss.advice);
  face_->error(error_code, message, /*fatal=*/true);
  note(NoteKind::failed, code, std::string(error_code) + ": " + message);
  out_->add(face_->close_for_upstream(code, unreachable ? message : reason));
  finish();
}

void Session::renew() {
  out_->add(
      CloseUpstream{link_.epoch()});  // first: a resume is refused while the old socket is open
  if (const auto cut = turns_.lost()) on_turn_finished(*cut);
  cancel_tools();
  note(NoteKind::upstream_lost, 0, "the service announced the connection's end");
  face_->reconnecting("the service is about to end this connection", 0, Millis(0));
  connect();
}

void Session::on(const Tick&) {
  if (start_by_ && now_ >= *start_by_) {
    return fail(1008, "start_timeout", "Nothing was started within 10 s of connecting.");
  }
  switch (link_.due(now_)) {
    case UpstreamLink::Due::nothing:
      break;
    case UpstreamLink::Due::connect:
      connect();
      break;
    case UpstreamLink::Due::setup_timeout:
      out_->add(CloseUpstream{link_.epoch()});
      upstream_lost(1006, "no answer to the setup within 15 s");
      break;
    case UpstreamLink::Due::ping:
      out_->add(PingUpstream{link_.epoch()});
      break;
    case UpstreamLink::Due::renew:
      renew();
      break;
  }
  if (finished_) return;
  if (const auto picture = video_.take_due(now_); picture && link_.is_ready()) {
    const std::size_t mark = out_->mark();
    proto::append_realtime_image(out_->arena(), picture->mime_type, picture->base64);
    send_upstream(out_->since(mark));
  }
  counters_.pictures_dropped = std::max(counters_.pictures_dropped, video_.dropped());
  if (last_audio_ && uplink_ && uplink_->is_speaking() &&
      now_ - *last_audio_ >= limits::kAudioGapMax) {
    uplink_->end_stream();
  }
}

void Session::on(const DrainRequested&) {
  face_->bye("the gateway is shutting down");
  out_->add(CloseClient{1001, "the gateway is shutting down"});
  finish();
}

void Session::on(const Measured& event) {
  if (!measure_next_) return;
  measure_next_ = false;
  gateway_ms_ = std::chrono::duration<double, std::milli>(event.spent).count();
}

// ---- the model

void Session::on(const UpstreamMessage& event) {
  if (event.epoch != link_.epoch()) return;
  ++counters_.downlink_messages;
  proto::ServerMessage& message = codecs_.server_message;
  if (const auto decoded = codecs_.gemini.decode_server(event.text, message); !decoded) {
    ++counters_.messages_refused;
    return note(NoteKind::message_refused, 0, "upstream");
  }
  if (message.resumption && message.resumption->resumable && !message.resumption->handle.empty()) {
    link_.remember(message.resumption->handle);
  }
  if (message.setup_complete) on_setup_complete(event.text);
  if (link_.is_ready()) on_reply(message, event.text);
  if (message.go_away_time_left) link_.go_away(now_, *message.go_away_time_left);
  if (link_.renewal_wanted() && !turns_.replying() && open_tool_calls_.empty() &&
      !uplink_->is_speaking()) {
    renew();
  }
}

void Session::on_reply(const proto::ServerMessage& message, PaddedText raw) {
  if (message.input_transcription) {
    face_->transcript(proto::native::Role::user, turns_.current_turn(),
                      *message.input_transcription);
  }
  if (message.interrupted) {
    if (const auto turn = turns_.interrupted(now_)) {
      ++counters_.interruptions;
      face_->interrupted(*turn);
    }
  }
  const bool stale = on_content(message);
  for (const std::string_view id : message.cancelled_call_ids) {
    forget_tool(id);
    face_->tool_cancelled(id);
  }
  face_->forward(raw, message, stale && is_content_only(message));
  if (message.generation_complete && !stale) face_->generation_complete(turns_.current_turn());
  if (message.usage) {
    usage_ = message.usage;
    usage_->json = {};  // it is a view of this message
  }
  if (message.turn_complete) {
    if (const auto finished = turns_.completed()) on_turn_finished(*finished);
    usage_.reset();
  }
}

// True if the message's content belongs to a reply that was cut off.
bool Session::on_content(const proto::ServerMessage& message) {
  const bool any = !message.media.empty() || !message.text.empty() ||
                   message.output_transcription || !message.function_calls.empty();
  if (!any) return false;
  const auto content = turns_.content(now_);
  if (!content) {
    ++counters_.stale_messages;
    return true;
  }
  if (content->begins) {
    gateway_ms_.reset();
    face_->turn_started(content->turn);
  }
  if (message.output_transcription) {
    face_->transcript(proto::native::Role::model, content->turn, *message.output_transcription);
  }
  for (const proto::InlineData& data : message.media) {
    if (!data.mime_type.starts_with("audio/")) continue;
    face_->audio(data);
    if (!gateway_ms_) measure_next_ = true;
    turns_.audio_forwarded(now_);
  }
  for (const std::string_view text : message.text) face_->text(content->turn, text);
  on_tools(message, content->turn);
  return false;
}

void Session::on_tools(const proto::ServerMessage& message, std::uint64_t turn) {
  for (const proto::FunctionCall& call : message.function_calls) {
    if (open_tool_calls_.size() >= limits::kOpenToolCallsMax) {
      face_->tool_cancelled(open_tool_calls_.front().id);
      open_tool_calls_.erase(open_tool_calls_.begin());
    }
    open_tool_calls_.push_back({std::string(call.id), std::string(call.name)});
    note(NoteKind::tool_called, 0, std::string(call.name));
    face_->tool_call(turn, call);
  }
}

void Session::on_turn_finished(const turn::TurnMachine::Finished& finished) {
  face_->turn_complete(finished, gateway_ms_, usage_);
  out_->add(Note{NoteKind::turn_finished, 0, {}, finished});
  gateway_ms_.reset();
  measure_next_ = false;
}

// ---- helpers

void Session::cancel_tools() {
  for (const OpenToolCall& call : open_tool_calls_) face_->tool_cancelled(call.id);
  open_tool_calls_.clear();
}

void Session::send_upstream(const Payload& payload) {
  ++counters_.upstream_messages;
  turns_.sent_upstream(now_);
  out_->add(SendUpstream{link_.epoch(), payload});
}

double Session::clock_ms(Instant at) const {
  return std::chrono::duration<double, std::milli>(at - began_).count();
}

void Session::finish() {
  if (finished_) return;
  finished_ = true;
  using State = UpstreamLink::State;
  if (link_.state() != State::idle && link_.state() != State::closed) {
    out_->add(CloseUpstream{link_.epoch()});
  }
  link_.close();
  out_->add(Finish{});
}

void Session::note(NoteKind kind, std::int64_t value, std::string detail) {
  out_->add(Note{kind, value, std::move(detail), {}});
}

}  // namespace livegate::session
