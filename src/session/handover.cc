#include "session/handover.h"

#include <utility>

#include "audio/pcm.h"

namespace livegate::session {
namespace {

// "1006", "1006: why".
std::string shown(std::uint16_t code, const std::string& reason) {
  return std::to_string(code) + (reason.empty() ? "" : ": " + reason);
}

std::string describe_refused_session(std::uint16_t code, const std::string& reason,
                                     std::string_view advice) {
  std::string text = "The service refused the session (" + shown(code, reason) + ")";
  if (!advice.empty()) text.append("; ").append(advice);
  return text + ".";
}

std::string describe_refused_message(std::uint16_t code, const std::string& reason) {
  return "The service ended the connection over what was sent last (" + shown(code, reason) +
         "); it is not sent again, and the session goes on.";
}

std::string describe_unreachable(int tries, std::uint16_t code, const std::string& reason) {
  return "The model could not be reached in " + std::to_string(tries) +
         (tries == 1 ? " try" : " tries") +
         "; last: " + (reason.empty() ? "close code " + std::to_string(code) : reason);
}

}  // namespace

Handover::Handover(SessionState& state, ClientChannel& client, ModelConnection& model,
                   SpeechInput& speech, ModelInput& input, ToolRelay& tools, ReplyHandler& replies,
                   SessionEnd& end)
    : context_(state.context),
      state_(state),
      exchange_(state.exchange),
      replay_(state.replay),
      client_(client),
      model_(model),
      speech_(speech),
      input_(input),
      tools_(tools),
      replies_(replies),
      end_(end) {}

// ---- setting up

void Handover::on_opened(const UpstreamOpened& event) {
  UpstreamLink& link = model_.link();
  if (event.epoch != link.epoch() || link.state() != UpstreamLink::State::connecting) return;
  link.opened(context_.now);
  model_.send_setup(/*has_lines=*/!replay_.transcript.lines(/*all=*/true).empty());
}

void Handover::on_setup_complete(PaddedText raw) {
  UpstreamLink& link = model_.link();
  if (link.state() != UpstreamLink::State::setting_up) return;
  const bool first = !link.was_ready();
  link.set_up(context_.now);
  if (first) {
    context_.note(NoteKind::opened, 0,
                  std::string(name(context_.turn_taking.mode)) + ": " +
                      std::string(context_.turn_taking.why));
    client_.tell(notice::Ready{model_.setup(), raw});
  } else {
    const auto dropped = static_cast<std::int64_t>(replay_.input.dropped_samples());
    if (dropped > 0) {
      context_.counters.samples_dropped += replay_.input.dropped_samples();
      context_.note(NoteKind::speech_dropped, dropped);
    }
    context_.note(NoteKind::upstream_restored, link.attempt());
    client_.tell(
        notice::Reconnected{link.resumed(), Millis(dropped * 1000 / audio::kUplinkRateHz)});
    input_.remind();
  }
  exchange_.watchdog.connection_lost();  // what is owed counts from here
  const bool asks_again = !replay_.input.empty();
  const bool owed = input_.say_again(ModelInput::Again::all);
  if (!owed && !replay_.tools.any_open()) exchange_.watchdog.disarm();
  if (!first && !asks_again) tools_.tell_late_results();
}

// ---- losing one

void Handover::on_gone(const UpstreamGone& event) {
  using State = UpstreamLink::State;
  const UpstreamLink& link = model_.link();
  if (event.epoch != link.epoch() || link.state() == State::waiting) return;
  if (link.state() == State::idle) return;  // nothing was ever opened that could be lost
  on_lost(event.close_code, event.reason);
}

// What only the connection knew is gone with it.
void Handover::connection_over() {
  state_.spending.meter.connection_over();
  replies_.connection_lost();
  replay_.says_again();
  speech_.connection_lost();
  context_.counters.stale_messages += state_.speculative_end.drop();
  replay_.connection_lost();
  exchange_.watchdog.connection_lost();
}

void Handover::on_lost(std::uint16_t code, const std::string& reason) {
  connection_over();
  UpstreamLink& link = model_.link();
  const UpstreamLink::Loss loss = link.lost(code, reason, context_.now);
  if (!loss.give_up) {
    if (!loss.repeats) {
      context_.counters.samples_dropped += replay_.input.held_samples();
      replay_.input.clear();
      replay_.transcript.unanswered_refused();
      client_.refuse("message_refused", describe_refused_message(code, reason));
    }
    input_.connection_lost(loss.repeats);
    context_.note(NoteKind::upstream_lost, loss.retry_in.count(), reason);
    client_.tell(notice::Reconnecting{reason, link.attempt(), loss.retry_in});
    return;
  }
  tools_.cancel_all();
  const bool unreachable = loss.advice.empty();
  const std::string message = unreachable ? describe_unreachable(link.attempt() + 1, code, reason)
                                          : describe_refused_session(code, reason, loss.advice);
  const std::string_view error = unreachable ? "upstream_unavailable" : "upstream_refused";
  end_.fail_upstream(code, {error, message, /*fatal=*/true},
                     client_.codec().close_for_upstream(code, unreachable ? message : reason));
}

// ---- moving before it is too late

void Handover::on_tick() {
  UpstreamLink& link = model_.link();
  switch (link.due(context_.now)) {
    case UpstreamLink::Due::nothing:
      break;
    case UpstreamLink::Due::connect:
      model_.connect();
      break;
    case UpstreamLink::Due::setup_timeout:
      context_.out->add(CloseUpstream{link.epoch()});
      on_lost(1006, "no answer to the setup within 15 s");
      break;
    case UpstreamLink::Due::ping:
      context_.out->add(PingUpstream{link.epoch()});
      break;
    case UpstreamLink::Due::move_if_quiet:
      leave_if_quiet();
      break;
    case UpstreamLink::Due::move:
      leave("the service is about to end this connection");
      break;
  }
  if (end_.is_over()) return;
  if (const auto stall = exchange_.watchdog.due(context_.now)) recover(*stall);
}

void Handover::leave(std::string_view reason) {
  // First: a resume is refused while the old socket is open.
  context_.out->add(CloseUpstream{model_.link().epoch()});
  connection_over();
  context_.note(NoteKind::moved, 0, std::string(reason));
  client_.tell(notice::Reconnecting{reason, 0, Millis(0)});
  model_.connect();
}

void Handover::leave_for_new_session(std::string_view reason) {
  model_.link().forget_handle();
  leave(reason);
}

// The newest handle holds all that was said. What the client still plays continues to play.
void Handover::leave_if_quiet() {
  if (model_.is_ready() && is_idle() && replay_.transcript.is_covered()) {
    leave("this connection has come of age");
  }
}

bool Handover::is_idle() const {
  return exchange_.is_settled() && !speech_.is_speaking() &&
         !state_.speculative_end.is_announced() && replay_.input.empty() &&
         !replay_.tools.any_open();
}

// ---- a model that does not answer

void Handover::recover(const ResponseWatchdog::Stall& stall) {
  speech_.spoke_for = 0ms;  // a model that says nothing to coughs is not asked again at each
  if (!model_.is_ready()) return;
  if (stall.action != RecoveryAction::reprompt) input_.forget_trial();
  context_.note(NoteKind::stalled, static_cast<std::int64_t>(stall.action), name(stall.phase));
  switch (stall.action) {
    case RecoveryAction::reprompt:
      return input_.reprompt(stall.input);
    case RecoveryAction::resend:
      if (exchange_.turns.replying() || replay_.input.empty()) return;
      replay_.says_again();
      if (speech_.is_activity_open()) speech_.end_activity();
      input_.say_again(ModelInput::Again::all);
      return input_.asked_again();
    case RecoveryAction::resume:
      return leave("the model does not answer");
    case RecoveryAction::fresh:
      return leave_for_new_session("the model does not answer");
    case RecoveryAction::answer_tool:
      return;
    case RecoveryAction::give_up:
      if (!stall.certain && replies_.chooses_silence()) return;
      client_.tell(notice::Error{"model_silent",
                                 "The model has not answered, however it was asked.",
                                 /*fatal=*/false});
      return;
  }
}

}  // namespace livegate::session
