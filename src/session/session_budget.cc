// What follows when a budget is nearly spent, and when it is.
//
// Nearly: the client and the model are told once, so that the conversation can come to a close.
// Spent: nothing more is sent to the model, and the session ends once what is left of the running
// turn has been played. So no session is over its budget by more than the turn that spent it.
#include <algorithm>

#include "session/session.h"

namespace livegate::session {
namespace {

// A client that plays more slowly than its reports say is looked at again after so long.
constexpr Millis kLooksAgain = 100ms;

constexpr std::string_view kWrapUp =
    "(The time for this conversation is nearly over: bring it to a friendly close with your next "
    "answers, and begin nothing new.)";

// What a close frame has room for.
constexpr std::string_view kExhausted = "RESOURCE_EXHAUSTED: ";

}  // namespace

void Session::follow_budgets() {
  budget_look_at_.reset();
  const meter::Verdict own = meter::session_verdict(meter_.session().cost, config_.budgets);
  budget_ = shared_budget_.level >= own.level ? shared_budget_ : own;
  if (is_spent()) return end_if_spent();
  if (budget_.level == meter::Level::within) budget_told_ = false;  // it is new
  if (budget_.level == meter::Level::soft && !std::exchange(budget_told_, true)) tell_budget();
  if (wrap_up_due_) tell_model_to_wrap_up();
}

void Session::tell_budget() {
  face_->budget(budget_);
  note(NoteKind::budget, static_cast<std::int64_t>(budget_.level), meter::sentence(budget_));
  wrap_up_due_ = profile_.content_any_time;
}

// Text interrupts a model that speaks, and one that listens would answer before the person has
// finished.
void Session::tell_model_to_wrap_up() {
  if (!link_.is_ready() || turns_.replying() || uplink_->is_speaking() || tools_.any_open()) return;
  if (playback_.is_playing(now_)) return look_again_when_played();
  wrap_up_due_ = false;
  const std::size_t mark = out_->mark();
  proto::append_client_text(out_->arena(), "user", std::string(kWrapUp), /*turn_complete=*/false);
  tell_model(out_->since(mark), Asks::nothing);
}

void Session::look_again_when_played() {
  budget_look_at_ = std::max(playback_.plays_until(now_), now_ + kLooksAgain);
}

void Session::end_if_spent() {
  if (!line_.is_away()) {
    if (turns_.replying()) return;  // its end is an event
    if (playback_.is_playing(now_)) return look_again_when_played();
  }
  const bool live = config_.client == ClientKind::live;
  fail(live ? 1011 : 1008, "budget_spent",
       (live ? std::string(kExhausted) : std::string()) + meter::sentence(budget_));
}

}  // namespace livegate::session
