// What ends a session although everything works: nobody starts it or comes back, a token expires,
// the gateway goes down, it has lasted long or was idle, a budget is spent.
//
// Decides when each of these ends the session, so that nobody is cut off in mid-turn where that can
// be helped, and what is said before. Of a budget: nearly spent, the client and the model are told
// once, so that the conversation can come to a close; spent, nothing more is sent to the model, and
// the session ends once what is left of the running turn has been played. So no session is over its
// budget by more than the turn that spent it.
#pragma once

#include <optional>

#include "session/deadline.h"
#include "session/handover.h"
#include "session/session_end.h"

namespace livegate::session {

class SessionLimits {
 public:
  // All outlive it.
  SessionLimits(SessionState& state, ClientChannel& client, ModelConnection& model,
                SpeechInput& speech, ModelInput& input, const Handover& handover, SessionEnd& end);

  // The client has said what it wants; or must say it within the time for that, from now on.
  void started() { start_by_.reset(); }
  void starts_again();

  void on_drain_announced(Millis time_left);
  void end_for_drain();

  // Before anything else that is due.
  void on_tick();
  // What the event in hand, now done, may have brought to its end.
  void after_event();
  void offer_deadlines(EarliestDeadline& earliest) const;

 private:
  [[nodiscard]] bool is_between_turns() const;
  [[nodiscard]] Instant when_played() const;
  void end_if_drained();
  void look_at_time();
  void follow_budgets();
  void tell_budget();
  void tell_model_to_wrap_up();
  void end_if_spent();

  SessionState& state_;
  SessionContext& context_;
  Exchange& exchange_;
  ClientChannel& client_;
  ModelConnection& model_;
  SpeechInput& speech_;
  ModelInput& input_;
  const Handover& handover_;
  SessionEnd& end_;

  std::optional<Instant> start_by_;
  std::optional<Instant> drain_by_;        // the end, at the latest
  std::optional<Instant> drain_look_at_;   // the reply will have been played
  std::optional<Instant> budget_look_at_;  // likewise
  bool budget_told_ = false;
  bool wrap_up_due_ = false;  // the model is still to be told
};

}  // namespace livegate::session
