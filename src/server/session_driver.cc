#include "server/session_driver.h"

#include <exception>
#include <utility>
#include <variant>

#include "base/limits.h"

namespace livegate::server {

using obs::LogLevel;

namespace {

obs::Metric metric_of(session::RecoveryAction action) {
  switch (action) {
    case session::RecoveryAction::reprompt:
      return obs::Metric::remedy_nudge;
    case session::RecoveryAction::resend:
      return obs::Metric::remedy_resend;
    case session::RecoveryAction::resume:
      return obs::Metric::remedy_resume;
    case session::RecoveryAction::fresh:
      return obs::Metric::remedy_fresh;
    case session::RecoveryAction::give_up:
      return obs::Metric::remedy_give_up;
    case session::RecoveryAction::answer_tool:
      break;
  }
  return obs::Metric::remedy_answer_tool;
}

obs::Metric metric_of(session::NoAnswer kind) {
  switch (kind) {
    case session::NoAnswer::no_speech:
      return obs::Metric::no_answer_no_speech;
    case session::NoAnswer::rejected:
      return obs::Metric::no_answer_rejected;
    case session::NoAnswer::text_only:
      return obs::Metric::no_answer_text_only;
    case session::NoAnswer::inaudible:
      return obs::Metric::no_answer_inaudible;
    case session::NoAnswer::holding_line:
      break;
  }
  return obs::Metric::no_answer_holding;
}

std::span<const std::uint8_t> as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

session::SessionConfig with_tap(session::SessionConfig config, session::HearingTap* tap) {
  config.uplink.tap = tap;
  return config;
}

}  // namespace

// One connection to the model. It knows its epoch, so that whatever it says late can be told from
// the present.
class SessionDriver::Upstream final : public net::WebSocket::Handler {
 public:
  Upstream(SessionDriver& driver, std::uint32_t epoch, std::unique_ptr<net::WebSocket> socket)
      : driver_(driver),
        epoch_(epoch),
        socket_(std::move(socket)),
        silence_(driver.tools_.loop.now()) {
    socket_->start(*this);
  }

  [[nodiscard]] std::uint32_t epoch() const { return epoch_; }
  [[nodiscard]] net::WebSocket& socket() { return *socket_; }
  [[nodiscard]] bool is_gone(Instant now) const { return silence_.is_gone(now); }

  void on_message(ws::Opcode, PaddedText payload) override {
    driver_.pump(session::UpstreamMessage{epoch_, payload});
  }
  void on_closed(const net::Closed& closed) override {
    // The driver destroys this object in there.
    driver_.upstream_closed(epoch_, closed);
  }
  void on_alive() override { silence_.heard(driver_.tools_.loop.now()); }

 private:
  SessionDriver& driver_;
  std::uint32_t epoch_;
  std::unique_ptr<net::WebSocket> socket_;
  session::PeerSilence silence_;
};

SessionDriver::SessionDriver(ShardTools& tools, SessionStart start, std::function<void()> done)
    : tools_(tools),
      id_(start.config.id),
      kind_(start.config.client),
      identity_(std::move(start.identity)),
      place_(start.place),
      admission_(start.admission),
      grace_(start.config.resume_grace),
      guard_({kind_, identity_.user, identity_.origin}, start.config.resume_token),
      recorder_(std::move(start.recorder)),
      session_(with_tap(std::move(start.config), recorder_.get()), tools.codecs, start.rng,
               start.began),
      client_(std::move(start.client)),
      intake_(start.rates, std::move(start.user_allowance)),
      keep_alive_(tools.loop.now()),
      intake_timer_(tools.loop, [this] { resume_reading(); }),
      timer_(tools.loop, [this] { on_timer(); }),
      done_(std::move(done)) {
  tools_.counters.add(obs::Metric::sessions_open);
  if (grace_ > Millis(0)) tools_.directory.add(id_, place_);
  client_->start(*this);
  arm();
}

SessionDriver::~SessionDriver() {
  leave_token();
  tools_.admission.leave(admission_);
  save_recording(0);
  count();
  if (!session_.finished()) session_.abandon();  // what is open is spent, too
  account();
  tell_cost();
  tools_.directory.remove(id_);
  tools_.counters.add(obs::Metric::sessions_open, -1);
  if (!moved_away_) tools_.counters.add(ended_how_);
}

void SessionDriver::drain(Millis time_max) { pump(session::DrainAnnounced{time_max}); }

// ---- what happens

void SessionDriver::on_closed(const net::Closed& closed) {
  client_lost(session::may_return(kind_, {closed.code, closed.by_peer}), closed.unsent_messages);
}

void SessionDriver::on_alive() { keep_alive_.heard(tools_.loop.now()); }

void SessionDriver::upstream_closed(std::uint32_t epoch, const net::Closed& closed) {
  if (closing_ && closing_->epoch() == epoch) {
    const auto gone = std::move(closing_);
    if (const std::uint32_t next = std::exchange(opened_while_closing_, 0); next != 0) {
      return pump(session::UpstreamOpened{next});
    }
    return end_if_over();
  }
  const auto gone = std::move(upstream_);
  opened_while_closing_ = 0;
  tools_.counters.add(obs::Metric::upstream_losses);
  pump(session::UpstreamGone{epoch, /*connected=*/true, closed.code, closed.reason});
}

void SessionDriver::on_timer() {
  using Due = session::ClientKeepAlive::Due;
  const Due due = client_ ? keep_alive_.due(tools_.loop.now()) : Due::nothing;
  if (due == Due::gone) return client_lost(/*may_return=*/true, client_->unsent_messages());
  if (due == Due::ping) client_->ping();
  pump(session::Tick{});
}

// The first connection to the model is wanted: not before is it a session of its own, which needs a
// place.
bool SessionDriver::begin() {
  if (const auto refusal = tools_.admission.begin(admission_, tools_.loop.now())) {
    turn_away(*refusal);
    return false;
  }
  begun_ = true;
  tools_.counters.add(is_live() ? obs::Metric::sessions_live : obs::Metric::sessions_native);
  log(LogLevel::info, "begins ({})", is_live() ? "live" : "native");
  begin_recording();
  return true;
}

// ---- the pump

void SessionDriver::pump(const session::Event& event) {
  session::Actions& actions = tools_.actions;
  actions.clear();
  const auto began = std::chrono::steady_clock::now();
  try {
    handle(event);
    for (const session::Action& action : actions.list()) carry_out(action);
    answer_actions();
    actions.clear();
    handle(session::Measured{std::chrono::steady_clock::now() - began,
                             client_ ? client_->queued_bytes() : 0});
    account();
  } catch (const std::exception& broken) {
    // One session's fault ends that session, and says where: the text is ours, never the peer's.
    log(LogLevel::error, "ends on a fault of the gateway: {}", broken.what());
    give_up(obs::Metric::ended_internal, "internal", session::goodbye_after_fault(kind_));
  }
  if (const auto resume = std::exchange(resume_, std::nullopt)) move_client(*resume);
  if (const auto answer = session_.take_answer_time()) tools_.pace.learn(*answer);
  count_waiting();
  arm();
  end_if_over();
}

void SessionDriver::count_waiting() {
  const bool waits = session_.is_client_away() && !session_.finished();
  if (std::exchange(waiting_, waits) == waits) return;
  tools_.counters.add(obs::Metric::sessions_waiting, waits ? 1 : -1);
  if (waits) return tools_.admission.wait(admission_);
  tools_.admission.back(admission_);
}

// What the session asked, answered once all else of the event is done.
void SessionDriver::handle(const session::Event& event) {
  const Instant now = tools_.loop.now();
  if (!recorder_) return session_.handle(event, now, tools_.actions);
  recorder_->before(event, now);
  try {
    session_.handle(event, now, tools_.actions);
  } catch (...) {
    recorder_->after(tools_.actions, /*threw=*/true);
    throw;
  }
  recorder_->after(tools_.actions);
  save_recording(limits::kRecordingChunkBytes);
}

void SessionDriver::abandon() {
  if (recorder_) recorder_->abandoned(tools_.loop.now());
  session_.abandon();
  tools_.admission.leave(admission_);
}

// What has happened so far is in the recorder's hands: a client that resumes another session
// leaves no recording of this one.
void SessionDriver::begin_recording() {
  if (!recorder_ || recorder_->waiting_bytes() == 0) return;
  tools_.counters.add(obs::Metric::recordings_begun);
  recording_ = tools_.recordings->begin(id_);
}

// What has come together, if it is at least so much.
void SessionDriver::save_recording(std::size_t bytes_min) {
  if (!recorder_ || recorder_->waiting_bytes() < bytes_min) return;
  if (!recording_) {
    if (begun_ || recorder_->waiting_bytes() > limits::kRecordingUnbegunBytesMax) recorder_->end();
    return;
  }
  const bool taken = recording_->append(recorder_->take());
  if (taken && recorder_->is_full()) tools_.counters.add(obs::Metric::recordings_cut_short);
  if (!taken || recorder_->is_full()) {
    recorder_->end();
    recording_.reset();
  }
}

void SessionDriver::answer_actions() {
  session::Actions& actions = tools_.actions;
  while (!answers_.empty()) {
    const auto answers = std::exchange(answers_, {});
    for (const session::Event& answer : answers) {
      actions.clear();
      handle(answer);
      for (const session::Action& action : actions.list()) carry_out(action);
    }
  }
}

void SessionDriver::carry_out(const session::Action& action) {
  const session::Actions& actions = tools_.actions;
  if (const auto* send = std::get_if<session::SendClient>(&action)) {
    if (!client_) return;
    const auto opcode = send->binary ? ws::Opcode::binary : ws::Opcode::text;
    const auto revocable = send->revocable ? net::Revocable::yes : net::Revocable::no;
    if (!client_->send(opcode, as_bytes(actions.bytes(send->payload)), revocable)) {
      give_up(obs::Metric::ended_too_slow, "too_slow", session::goodbye_too_slow(kind_));
    }
  } else if (std::holds_alternative<session::RevokeAudio>(action)) {
    if (!client_) return;
    const auto frames = static_cast<std::int64_t>(client_->revoke());
    tools_.counters.add(obs::Metric::dropped_unsent, frames);
    answers_.emplace_back(session::Revoked{std::get<session::RevokeAudio>(action).before,
                                           static_cast<std::size_t>(frames)});
  } else if (const auto* up = std::get_if<session::SendUpstream>(&action)) {
    if (!upstream_ || upstream_->epoch() != up->epoch) return;
    if (!upstream_->socket().send(ws::Opcode::text, as_bytes(actions.bytes(up->payload)))) {
      upstream_->socket().abort();  // 4 MiB behind: it does not read; on_closed begins the repair
    }
  } else if (const auto* open = std::get_if<session::OpenUpstream>(&action)) {
    if (!begun_ && !begin()) return;
    open_upstream(open->epoch);
  } else if (std::holds_alternative<session::CloseUpstream>(action)) {
    close_upstream();
  } else if (std::holds_alternative<session::PingUpstream>(action)) {
    if (!upstream_) return;
    if (upstream_->is_gone(tools_.loop.now())) {
      upstream_->socket().abort();
    } else {
      upstream_->socket().ping();
    }
  } else if (const auto* close = std::get_if<session::CloseClient>(&action)) {
    if (client_) client_->close(close->code, close->reason);
  } else if (const auto* note = std::get_if<session::Note>(&action)) {
    carry_out_note(*note);
  } else if (const auto* resume = std::get_if<session::ResumeClient>(&action)) {
    resume_ = *resume;
  } else {  // Finish
    count();
    leave_token();
    tools_.admission.leave(admission_);
    remember_session();
  }
}

void SessionDriver::carry_out_note(const session::Note& note) {
  using session::NoteKind;
  switch (note.kind) {
    case NoteKind::opened:
      if (tools_.watch != nullptr) tools_.watch->opened();
      return log(LogLevel::info, "is talking to {}; turn-taking {}", tools_.dialer.address(),
                 note.detail);
    case NoteKind::upstream_lost:
      return log(LogLevel::warn, "lost the model ({}), next try in {} ms", note.detail, note.value);
    case NoteKind::upstream_restored:
      return log(LogLevel::info, "has the model back after {} tries", note.value);
    case NoteKind::turn_finished: {
      const turn::Latency& latency = note.turn.latency;
      tools_.counters.add(obs::Metric::turns);
      if (note.turn.cut_off) tools_.counters.add(obs::Metric::turns_cut_off);
      tools_.metrics.observe(
          {latency.first_packet, latency.end_to_end, latency.continuous, latency.decision});
      const auto ms = [](std::optional<Millis> time) { return time ? time->count() : -1; };
      count();
      return log(LogLevel::info,
                 "turn {}{}: end_to_end_ms={} first_packet_ms={} continuous_ms={} "
                 "decision_ms={}",
                 note.turn.turn, note.turn.cut_off ? " (cut off)" : "", ms(latency.end_to_end),
                 ms(latency.first_packet), ms(latency.continuous), ms(latency.decision));
    }
    case NoteKind::tool_called:
      tools_.counters.add(obs::Metric::tool_calls);
      return log(LogLevel::info, "calls tool {}", note.detail);
    case NoteKind::speech_dropped:
      return log(LogLevel::warn, "dropped {} samples of speech while the model was away",
                 note.value);
    case NoteKind::client_away:
      return log(LogLevel::info, "lost its client and waits for it");
    case NoteKind::client_returned:
      tools_.counters.add(obs::Metric::resumes_accepted);
      count();
      return log(LogLevel::info, "has its client back, {} messages sent again", note.value);
    case NoteKind::client_lost:
      return log(LogLevel::info, "waits no longer for its client: {}", note.detail);
    case NoteKind::moved:
      tools_.counters.add(obs::Metric::upstream_moves);
      return log(LogLevel::info, "moves to another connection: {}", note.detail);
    case NoteKind::stalled:
    case NoteKind::no_answer:
      return tell_of_answer(note);
    case NoteKind::message_refused:
      // Once for a fault that comes again and again, as a bad picture every second.
      if (note.detail == std::exchange(last_refused_, note.detail))
        return log(LogLevel::debug, "refused a message: {}", note.detail);
      return log(LogLevel::info, "refused a message: {}", note.detail);
    case NoteKind::fact_corrected:
      return correct_fact(note.detail);
    case NoteKind::budget:
      return log(LogLevel::info, "{}", note.detail);
    case NoteKind::setup_mended:
      return log(LogLevel::warn, "the model refuses {}, it is left out", note.detail);
    case NoteKind::time_over:
      tools_.counters.add(note.value == 1 ? obs::Metric::limited_idle : obs::Metric::limited_time);
      return tools_.log.info("session {} ends: {}", id_, note.detail);
    case NoteKind::failed:
      if (note.detail == "server_full") tools_.counters.add(obs::Metric::refused_full);
      if (tools_.watch != nullptr && note.detail.starts_with("upstream_"))
        tools_.watch->not_opened();
      ended_how_ = obs::Metric::ended_failed;
      return log(LogLevel::warn, "failed: {}", note.detail);
  }
}

// That is overdue, or is none.
void SessionDriver::tell_of_answer(const session::Note& note) {
  if (note.kind == session::NoteKind::stalled) {
    const auto action = static_cast<session::RecoveryAction>(note.value);
    tools_.counters.add(metric_of(action));
    return log(LogLevel::warn, "waits for {}, which is overdue: {}", note.detail,
               session::name(action));
  }
  const auto kind = static_cast<session::NoAnswer>(note.value);
  tools_.counters.add(metric_of(kind));
  log(LogLevel::info, "got no answer: {} {}", session::name(kind), note.detail);
}

// `fact`: "name = value".
void SessionDriver::correct_fact(std::string_view fact) {
  const std::string model(proto::bare_model_name(session_.model()));
  constexpr std::string_view kIs = " = ";
  const std::size_t is = fact.find(kIs);
  if (!tools_.learned.add({.model = model,
                           .fact = std::string(fact.substr(0, is)),
                           .value = std::string(fact.substr(is + kIs.size()))})) {
    return;
  }
  tools_.counters.add(obs::Metric::facts_corrected);
  tools_.log.warn(
      "{} answers otherwise than its facts say: from now on {}. To keep this, put it under "
      "[models.\"{}\"] in the configuration.",
      model, fact, model);
}

// Adds what has happened since the last time to the shard's counters.
void SessionDriver::count() {
  using obs::Metric;
  const session::Counters& now = session_.counters();
  const auto add = [this](Metric metric, std::uint64_t value, std::uint64_t& seen) {
    tools_.counters.add(metric, static_cast<std::int64_t>(value - seen));
    seen = value;
  };
  add(Metric::client_audio_messages, now.frames_heard, counted_.frames_heard);
  add(Metric::client_messages_refused, now.messages_refused, counted_.messages_refused);
  add(Metric::forwarded_samples, now.samples_forwarded, counted_.samples_forwarded);
  add(Metric::repeated_samples, now.samples_repeated, counted_.samples_repeated);
  add(Metric::dropped_samples, now.samples_dropped, counted_.samples_dropped);
  add(Metric::dropped_pictures, now.pictures_dropped, counted_.pictures_dropped);
  add(Metric::dropped_unreadable, now.parts_withheld, counted_.parts_withheld);
  add(Metric::dropped_echo_frames, now.echo_frames_dropped, counted_.echo_frames_dropped);
  add(Metric::dropped_stale, now.stale_messages, counted_.stale_messages);
  add(Metric::upstream_messages_sent, now.upstream_messages, counted_.upstream_messages);
  add(Metric::upstream_messages_received, now.downlink_messages, counted_.downlink_messages);
  add(Metric::interruptions, now.interruptions, counted_.interruptions);
  add(Metric::ends_retracted, now.ends_retracted, counted_.ends_retracted);
  add(Metric::messages_sent_again, now.messages_sent_again, counted_.messages_sent_again);
  add(Metric::dropped_unconfirmed, now.messages_forgotten, counted_.messages_forgotten);
}

// ---- the sockets

void SessionDriver::open_upstream(std::uint32_t epoch) {
  connector_ = tools_.dialer.dial(tools_.loop, [this, epoch](net::Connector::Outcome outcome) {
    // The outcome is the connector's last word: it may go.
    const auto finished = std::move(connector_);
    if (!outcome) {
      log(LogLevel::info, "cannot reach the model: {}", outcome.error().message);
      return pump(session::UpstreamGone{epoch, /*connected=*/false, 1006, outcome.error().told});
    }
    tools_.counters.add(obs::Metric::upstream_connects);
    upstream_ = std::make_unique<Upstream>(*this, epoch, std::move(*outcome));
    if (closing_) {  // the service refuses to resume while the old socket is open
      opened_while_closing_ = epoch;
      return;
    }
    pump(session::UpstreamOpened{epoch});
  });
}

void SessionDriver::close_upstream() {
  connector_.reset();
  opened_while_closing_ = 0;
  if (!upstream_) return;
  closing_ = std::move(upstream_);
  closing_->socket().close(1000, "");
}

void SessionDriver::arm() {
  std::optional<Instant> at;
  if (client_) at = keep_alive_.next_deadline();
  if (const auto deadline = session_.next_deadline()) at = soonest(at, deadline->at);
  if (at) timer_.arm(*at);
}

void SessionDriver::end_if_over() {
  if (client_ || moving_ || !session_.finished() || upstream_ || closing_ || !done_) return;
  // Not from within a socket's callback: the owner destroys us.
  tools_.loop.post(std::exchange(done_, nullptr));
}

void SessionDriver::give_up(obs::Metric how, std::string_view why,
                            const session::Goodbye& goodbye) {
  if (session_.finished() && ended_how_ != obs::Metric::ended_normally) return;
  ended_how_ = how;
  log(LogLevel::warn, "is given up: {}", why);
  end_with(goodbye);
}

void SessionDriver::turn_away(const Admission::Refusal& why) {
  give_use_back();
  tools_.counters.add(why.metric);
  ended_how_ = obs::Metric::ended_failed;
  if (tools_.refusals_logged.take(tools_.loop.now())) {
    tools_.log.audit({id_, identity_.address, identity_.user}, "refused ({}): {}", why.code,
                     why.message);
  }
  end_with(session::goodbye_over_limit(kind_, why.code, why.message, why.full));
}

void SessionDriver::lose_place() {
  if (session_.finished()) return;
  ended_how_ = obs::Metric::ended_failed;
  remember_session();
  end_with(session::goodbye_without_place(kind_));
  end_if_over();
}

void SessionDriver::end_with(const session::Goodbye& goodbye) {
  abandon();
  count_waiting();
  close_upstream();
  if (!client_) return;
  say_goodbye(goodbye);
}

void SessionDriver::say_goodbye(const session::Goodbye& goodbye) {
  // Refused if the outbox is full: the close still says it.
  if (!goodbye.message.empty()) client_->send_text(goodbye.message);
  client_->close(goodbye.close_code, goodbye.close_reason);
}

}  // namespace livegate::server
