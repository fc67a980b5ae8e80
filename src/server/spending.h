// What all sessions have used and spent: the books of the day behind the budgets, the counts behind
// /metrics, and the file that outlasts the process.
//
// Any thread. Asked when a session begins and told once a turn: one lock, never per frame. Leaves
// what a turn costs to the session's own meter, and what a limit leads to to session and front.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "config/meter_config.h"
#include "meter/budget.h"
#include "meter/session_meter.h"
#include "obs/log.h"
#include "server/usage_store.h"

namespace livegate::server {

class Spending {
 public:
  // Of the system's clock.
  [[nodiscard]] static meter::UnixTime wall_clock();

  // The error is one sentence: the file cannot be used.
  static Result<std::unique_ptr<Spending>, std::string> open(const config::Metering& config,
                                                             obs::Log& log,
                                                             meter::UnixTime now = wall_clock());

  // Whether this user may begin a session: not where a budget is spent. A refusal is counted.
  // `own_limit`: what this user may spend in a day by their own token, if that says so.
  [[nodiscard]] meter::Verdict may_begin(std::string_view user, meter::UnixTime now,
                                         std::optional<meter::MicroUsd> own_limit = {});
  // A session of this user has spent this. Where that spends a budget, `on_spent` is called.
  meter::Verdict spend(std::string_view user, std::string_view model, const meter::Spend& spend,
                       meter::UnixTime now, std::optional<meter::MicroUsd> own_limit = {});

  // A budget has just been spent: of this user, or (nothing) of the gateway. Called on the thread
  // that has spent it, without a lock. Before the first session.
  using OnSpent = std::function<void(std::optional<std::string> user, const meter::Verdict&)>;
  void on_spent(OnSpent call) { on_spent_ = std::move(call); }

  [[nodiscard]] meter::MicroUsd today(std::string_view user, meter::UnixTime now) const;
  [[nodiscard]] meter::MicroUsd today_of_all(meter::UnixTime now) const;
  // From now on.
  void set_budgets(const meter::Budgets& budgets);

  // Prometheus text, to stand behind the other metrics.
  [[nodiscard]] std::string metrics(meter::UnixTime now) const;

 private:
  explicit Spending(const meter::Budgets& budgets) : budgets_(budgets) {}

  struct Model {
    meter::Spend spent;
    meter::Spend shown;  // never less than it was: counters do not go back over a correction
  };

  std::unique_ptr<UsageStore> store_;  // null: nothing is kept
  OnSpent on_spent_;
  mutable std::mutex mutex_;
  meter::Budgets budgets_;
  meter::DayBooks books_;
  mutable std::map<std::string, Model, std::less<>> models_;
  std::uint64_t refused_ = 0;
};

}  // namespace livegate::server
