#include "session/session.h"

#include <variant>

#include "session/setup_policy.h"

namespace livegate::session {

Session::Session(SessionConfig config, Codecs& codecs, Rng rng, Instant now)
    : state_(std::move(config), now),
      client_(state_.context, codecs),
      model_(state_, codecs, rng),
      speech_(state_, model_),
      input_(state_, model_, speech_),
      tools_(state_, client_, model_, input_),
      replies_(state_, client_, model_, speech_, input_, tools_),
      speech_handler_(state_, client_, model_, speech_, replies_),
      end_(state_.context, client_, model_),
      handover_(state_, client_, model_, speech_, input_, tools_, replies_, end_),
      client_input_(state_, client_, model_, speech_, input_, tools_, replies_, end_),
      limits_(state_, client_, model_, speech_, input_, handover_, end_) {}

void Session::handle(const Event& event, Instant now, Actions& out) {
  if (finished()) return;
  SessionContext& context = state_.context;
  context.out = &out;
  context.now = now;
  state_.speculative_end.forget_released();
  const std::size_t before = out.list().size();
  std::visit([this](const auto& one) { on(one); }, event);
  if (state_.speculative_end.take_release_due() && !finished()) {
    replies_.release_held();
    leave_if_rejected();
  }
  if (!finished()) input_.send_waiting_speech();
  limits_.after_event();
  ClientLine& line = client_.line();
  line.settle(out, before, now);
  if (line.overfull()) end_.client_lost("more waited for it than is kept");
  context.counters.messages_forgotten = line.forgotten_unconfirmed();
  context.out = nullptr;
}

std::optional<Deadline> Session::next_deadline() const {
  if (finished()) return std::nullopt;
  EarliestDeadline earliest;
  earliest.offer(model_.link().next_deadline(), DeadlineReason::upstream);
  earliest.offer(state_.exchange.watchdog.next_deadline(), DeadlineReason::stall);
  earliest.offer(tools_.next_deadline(), DeadlineReason::stall);
  earliest.offer(client_input_.picture_due(), DeadlineReason::picture);
  earliest.offer(speech_.next_deadline(), DeadlineReason::audio_gap);
  earliest.offer(client_input_.marked_end_due(), DeadlineReason::audio_gap);
  limits_.offer_deadlines(earliest);
  return earliest.get();
}

void Session::abandon() {
  state_.spending.meter.connection_over();
  end_.abandon();
}

// ---- the client

void Session::take(std::span<const ClientRequest> requests) {
  for (const ClientRequest& request : requests) {
    take(request);
    if (finished()) break;
  }
  client_.codec().forget_requests();
}

void Session::take(const ClientRequest& request) {
  if (const auto* const asked = std::get_if<request::Open>(&request)) return open(*asked);
  if (const auto* const asked = std::get_if<request::Resume>(&request)) {
    return state_.context.out->add(ResumeClient{asked->token, asked->received});
  }
  if (const auto* const broken = std::get_if<request::Fail>(&request)) {
    return end_.fail(broken->close_code, broken->code, broken->message);
  }
  if (std::holds_alternative<request::Stop>(request)) return stop();
  std::visit(
      [this](const auto& one) {
        if constexpr (requires { client_input_.take(one); }) client_input_.take(one);
      },
      request);
}

void Session::open(const request::Open& request) {
  SessionContext& context = state_.context;
  proto::Setup setup = request.setup;
  limits_.started();
  if (context.config.only_resume && setup.resumption_handle.empty()) {
    return end_.fail(1011, "token_spent", "Token has been used too many times");
  }
  if (const auto settled = settle_setup(context, setup); !settled) {
    return end_.fail(settled.error().close_code, "bad_setup", settled.error().reason);
  }
  if (request.echo_cancelled) context.config.uplink.echo_cancelled = true;
  if (request.marks_own_activity) client_input_.marks_own_activity();
  context.turn_taking = choose_turn_taking(
      context.config.client, context.config.uplink, setup,
      request.marks_own_activity || setup.activity_detection.disabled, context.profile);
  state_.spending.meter.open(meter::prices_of(setup.model, context.config.prices));
  state_.exchange.watchdog.fit(context.profile);
  speech_.open(speech_handler_);
  model_.open(std::move(setup));
  if (!model_.is_usual_model()) state_.exchange.watchdog.forget_pace();
}

void Session::stop() {
  if (speech_.is_open()) speech_.uplink().end_stream();
  end_.bye("stopped", /*reconnect=*/false, CloseClient{1000, "stopped"});
}

void Session::on(const ClientLimited& event) {
  client_.tell(notice::Error{"limited", event.message, /*fatal=*/false});
}

void Session::on(const ClientGone& event) {
  SessionContext& context = state_.context;
  // Who counts what has arrived says so on its return; of the others only the socket knows.
  const std::size_t unsent = context.config.client == ClientKind::live ? event.unsent : 0;
  if (!event.may_return || !client_.line().lose(unsent, context.now)) return end_.finish();
  state_.exchange.playback.listener_left(context.now);
  context.note(NoteKind::client_away);
}

void Session::on(const ClientReturned& event) {
  SessionContext& context = state_.context;
  ClientLine& line = client_.line();
  if (!line.is_away() || !line.may_return(event.received)) return;
  context.config.resume_token = event.token;
  state_.exchange.playback.listener_returned(context.now);
  speech_.client_returned();
  client_.tell(notice::Returned{model_.setup()});
  const std::size_t again = line.send_again(event.received, *context.out, context.now);
  context.counters.messages_sent_again += again;
  context.note(NoteKind::client_returned, static_cast<std::int64_t>(again));
}

void Session::on(const ResumeRefused&) {
  if (speech_.is_open()) return;
  limits_.starts_again();
  take(client_.codec().resume_refused({}));
}

void Session::on(const ResumeRemembered& event) {
  if (!speech_.is_open()) take(client_.codec().resume_refused(event.upstream_handle));
}

// ---- the model

void Session::on(const UpstreamMessage& event) {
  SessionContext& context = state_.context;
  UpstreamLink& link = model_.link();
  if (event.epoch != link.epoch()) return;
  ++context.counters.downlink_messages;
  state_.exchange.watchdog.sign_of_life();
  proto::ServerMessage* const message = model_.read(event.text);
  if (message == nullptr) {
    ++context.counters.messages_refused;
    return context.note(NoteKind::message_refused, 0, "upstream");
  }
  if (message->resumption && message->resumption->resumable &&
      !message->resumption->handle.empty()) {
    link.remember(message->resumption->handle);
    state_.replay.transcript.checkpoint();
  }
  if (message->setup_complete) handover_.on_setup_complete(event.text);
  if (link.is_ready()) {
    state_.spending.meter.received(*message);
    replies_.on_message(*message, event.text);
    leave_if_rejected();
  }
  if (message->go_away_time_left) link.go_away(context.now, *message->go_away_time_left);
  if (link.move_wanted(context.now)) handover_.leave_if_quiet();
}

void Session::leave_if_rejected() {
  if (replies_.take_wants_new_session()) {
    handover_.leave_for_new_session("the model rejects its answers");
  }
}

// ---- the shell

void Session::on(const Tick&) {
  limits_.on_tick();
  if (!finished()) handover_.on_tick();
  if (finished()) return;
  client_input_.send_due_picture();
  speech_.on_tick();
  client_input_.end_lost_activity();
  tools_.tell_due_results();
  // Last: what it held back goes to the model with all that is due now.
  tools_.give_up_on_overdue();
}

void Session::on(const Measured& event) {
  client_.line().queued(event.client_queued_bytes);
  Exchange::Reply& reply = state_.exchange.reply;
  if (!std::exchange(reply.measure_next, false)) return;
  reply.gateway_ms = std::chrono::duration<double, std::milli>(event.spent).count();
}

}  // namespace livegate::session
