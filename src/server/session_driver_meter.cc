// What a session costs, on its way into the books, and what they say on its way back.
#include <utility>
#include <variant>

#include "proto/model_profile.h"
#include "server/session_driver.h"

namespace livegate::server {

using obs::LogLevel;

void SessionDriver::budget_spent(const meter::Verdict& verdict) {
  budget_level_ = verdict.level;
  pump(session::BudgetReached{verdict});
}

// What the session has spent is put into the books, once a turn; it is told where they stand.
void SessionDriver::account() {
  const meter::Spend spend = session_.take_spend();
  if (spend.empty()) return;
  const meter::Verdict verdict = tools_.spending.spend(
      identity_.user, session_.model(), spend, Spending::wall_clock(), identity_.day_budget);
  if (std::exchange(budget_level_, verdict.level) == verdict.level || session_.finished()) return;
  tools_.actions.clear();
  handle(session::BudgetReached{verdict});
  for (const session::Action& action : tools_.actions.list()) carry_out(action);
}

void SessionDriver::tell_cost() const {
  const meter::Spend& spent = session_.spent();
  if (spent.turns == 0) return;
  const meter::UnixTime now = Spending::wall_clock();
  log(LogLevel::info,
      "cost {} USD in {} turns ({} USD in {} estimated) of {}; today: user {} USD, all {} USD",
      meter::usd(spent.cost), spent.turns, meter::usd(spent.estimated_cost), spent.estimated_turns,
      proto::bare_model_name(session_.model()),
      meter::usd(tools_.spending.today(identity_.user, now)),
      meter::usd(tools_.spending.today_of_all(now)));
}

}  // namespace livegate::server
