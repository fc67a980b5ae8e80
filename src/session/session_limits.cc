#include "session/session_limits.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/limits.h"

namespace livegate::session {
namespace {

// A client that plays more slowly than its reports say is looked at again after so long.
constexpr Millis kLooksAgain = 100ms;

constexpr std::string_view kWrapUp =
    "(The time for this conversation is nearly over: bring it to a friendly close with your next "
    "answers, and begin nothing new.)";

// The service's word for a limit; a client of its wire finds it in the close.
constexpr std::string_view kExhausted = "RESOURCE_EXHAUSTED: ";

// "30 minutes", "90 s".
std::string shown(Millis time) {
  const auto seconds = time.count() / 1000;
  if (seconds % 60 != 0) return std::to_string(seconds) + " s";
  return std::to_string(seconds / 60) + (seconds == 60 ? " minute" : " minutes");
}

}  // namespace

SessionLimits::SessionLimits(SessionState& state, ClientChannel& client, ModelConnection& model,
                             SpeechInput& speech, ModelInput& input, const Handover& handover,
                             SessionEnd& end)
    : state_(state),
      context_(state.context),
      exchange_(state.exchange),
      client_(client),
      model_(model),
      speech_(speech),
      input_(input),
      handover_(handover),
      end_(end) {
  starts_again();
}

void SessionLimits::starts_again() { start_by_ = context_.now + limits::kStartTimeMax; }

void SessionLimits::on_tick() {
  if (start_by_ && context_.now >= *start_by_) {
    return end_.fail(1008, "start_timeout", "Nothing was started within 10 s of connecting.");
  }
  const auto& expires_at = context_.config.expires_at;
  if (expires_at && context_.now >= *expires_at) {
    return end_.fail(1011, "token_expired", "auth token has expired");
  }
  if (const auto until = client_.line().next_deadline(); until && context_.now >= *until) {
    end_.client_lost("it did not come back in time");
  }
}

void SessionLimits::after_event() {
  if (drain_by_ && !end_.is_over()) end_if_drained();
  if (state_.time.is_near(context_.now) && !end_.is_over()) look_at_time();
  if (!end_.is_over()) follow_budgets();
}

void SessionLimits::offer_deadlines(EarliestDeadline& earliest) const {
  earliest.offer(start_by_, DeadlineReason::start);
  earliest.offer(client_.line().next_deadline(), DeadlineReason::away);
  earliest.offer(context_.config.expires_at, DeadlineReason::token);
  earliest.offer(state_.time.next_deadline(context_.now), DeadlineReason::time);
  earliest.offer(drain_by_, DeadlineReason::drain);
  earliest.offer(drain_look_at_, DeadlineReason::drain);
  earliest.offer(budget_look_at_, DeadlineReason::budget);
}

// Nobody speaks, waits for an answer or hears one.
bool SessionLimits::is_between_turns() const {
  // Nothing was begun, or nobody can come back for it.
  if (!speech_.is_open() || client_.line().is_away()) return true;
  return handover_.is_idle() && !exchange_.playback.is_playing(context_.now);
}

Instant SessionLimits::when_played() const {
  return std::max(exchange_.playback.plays_until(context_.now), context_.now + kLooksAgain);
}

// ---- the gateway goes down

void SessionLimits::on_drain_announced(Millis time_left) {
  drain_by_ = context_.now + time_left;
  // One that is asked for its end at once is told so.
  if (model_.link().was_ready() && !is_between_turns()) {
    client_.tell(notice::GoingAway{time_left});
  }
}

void SessionLimits::end_if_drained() {
  drain_look_at_.reset();
  if (context_.now >= *drain_by_ || is_between_turns()) return end_for_drain();
  if (exchange_.playback.is_playing(context_.now)) drain_look_at_ = when_played();
}

void SessionLimits::end_for_drain() {
  constexpr std::string_view kWhy = "the gateway is shutting down";
  end_.bye(kWhy, /*reconnect=*/true, CloseClient{1001, std::string(kWhy)});
}

// ---- it has lasted long, or was idle

void SessionLimits::look_at_time() {
  TimeLimits& time = state_.time;
  const TimeLimits::Limit limit = time.next();
  const auto due = time.due(context_.now, is_between_turns());
  if (due == TimeLimits::Due::nothing) return;
  const bool idle = limit == TimeLimits::Limit::idle;
  const std::string allowed = shown(time.allowed(limit));
  const std::string what =
      idle ? "limits.idle_minutes: a session in which nothing is said ends after " + allowed
           : "limits.session_minutes: a session lasts " + allowed + " at most";
  if (due == TimeLimits::Due::word) {
    const Millis left = time.left(context_.now);
    const char* const how = idle ? ", and ends then unless something is said" : "";
    const std::string word = what + "; this one has " + shown(left) + " left" + how + ".";
    client_.tell(notice::Error{"limited", word, /*fatal=*/false});
    client_.tell(notice::GoingAway{left});
    return;
  }
  context_.note(NoteKind::time_over, idle ? 1 : 0, what);
  const bool native = context_.config.client == ClientKind::native;
  end_.bye(what, /*reconnect=*/false,
           native ? CloseClient{1000, what} : CloseClient{1008, std::string(kExhausted) + what});
}

// ---- budgets

void SessionLimits::follow_budgets() {
  budget_look_at_.reset();
  state_.spending.follow(context_.config.budgets);
  if (state_.spending.is_spent()) return end_if_spent();
  const meter::Level level = state_.spending.verdict.level;
  if (level == meter::Level::within) budget_told_ = false;  // it is new
  if (level == meter::Level::soft && !std::exchange(budget_told_, true)) tell_budget();
  if (wrap_up_due_) tell_model_to_wrap_up();
}

void SessionLimits::tell_budget() {
  const meter::Verdict& verdict = state_.spending.verdict;
  client_.tell(notice::Budget{verdict});
  context_.note(NoteKind::budget, static_cast<std::int64_t>(verdict.level),
                meter::sentence(verdict));
  wrap_up_due_ = context_.profile.content_any_time;
}

// Text interrupts a model that speaks, and one that listens would answer before the person has
// finished.
void SessionLimits::tell_model_to_wrap_up() {
  if (!model_.is_ready() || exchange_.turns.replying() || speech_.is_speaking() ||
      state_.replay.tools.any_open()) {
    return;
  }
  if (exchange_.playback.is_playing(context_.now)) {
    budget_look_at_ = when_played();
    return;
  }
  wrap_up_due_ = false;
  input_.tell(model::Aside{kWrapUp}, Asks::nothing);
}

void SessionLimits::end_if_spent() {
  if (!client_.line().is_away()) {
    if (exchange_.turns.replying()) return;  // its end is an event
    if (exchange_.playback.is_playing(context_.now)) {
      budget_look_at_ = when_played();
      return;
    }
  }
  const bool live = context_.config.client == ClientKind::live;
  const std::string sentence = meter::sentence(state_.spending.verdict);
  end_.fail(live ? 1011 : 1008, "budget_spent",
            live ? std::string(kExhausted) + sentence : sentence);
}

}  // namespace livegate::session
