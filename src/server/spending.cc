#include "server/spending.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/limits.h"
#include "proto/model_profile.h"

namespace livegate::server {
namespace {

// Of further models, whose names clients may have made up.
constexpr std::string_view kOtherModels = "other";

void raise(std::int64_t& shown, std::int64_t now) { shown = std::max(shown, now); }

// As Prometheus wants the value of a label.
std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  return out + '"';
}

class Page {
 public:
  void family(std::string_view name, std::string_view type, std::string_view help) {
    name_ = name;
    text_.append("# HELP ").append(name).append(" ").append(help).append("\n# TYPE ");
    text_.append(name).append(" ").append(type).append("\n");
  }
  void line(const std::string& labels, const std::string& value) {
    text_.append(name_);
    if (!labels.empty()) text_.append("{").append(labels).append("}");
    text_.append(" ").append(value).append("\n");
  }
  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  std::string text_;
  std::string_view name_;
};

}  // namespace

meter::UnixTime Spending::wall_clock() {
  return std::chrono::duration_cast<meter::UnixTime>(
      std::chrono::system_clock::now().time_since_epoch());
}

Result<std::unique_ptr<Spending>, std::string> Spending::open(const config::Metering& config,
                                                              obs::Log& log, meter::UnixTime now) {
  std::unique_ptr<Spending> spending(new Spending(config.budgets));
  if (config.file.empty()) return spending;
  const meter::UtcDay today = meter::day_of(now);
  auto store = UsageStore::open(config.file, config.keep_days, today, log);
  if (!store) return Unexpected{store.error()};
  const auto rows = UsageStore::read(config.file, today, std::nullopt);
  if (!rows) return Unexpected{rows.error()};
  for (const UsageRow& row : *rows) spending->books_.spend(row.user, row.spend.cost, now);
  spending->store_ = std::move(*store);
  return spending;
}

void Spending::set_budgets(const meter::Budgets& budgets) {
  const std::lock_guard lock(mutex_);
  budgets_ = budgets;
}

meter::Verdict Spending::may_begin(std::string_view user, meter::UnixTime now,
                                   std::optional<meter::MicroUsd> own_limit) {
  const std::lock_guard lock(mutex_);
  const meter::Verdict verdict = books_.verdict(user, budgets_, now, own_limit);
  if (verdict.level == meter::Level::hard) ++refused_;
  return verdict;
}

meter::Verdict Spending::spend(std::string_view user, std::string_view model,
                               const meter::Spend& spend, meter::UnixTime now,
                               std::optional<meter::MicroUsd> own_limit) {
  using meter::Level;
  using meter::Limit;
  const std::string_view name =
      proto::bare_model_name(model).substr(0, limits::kMeteredNameBytesMax);
  meter::Verdict before, after;
  {
    const std::lock_guard lock(mutex_);
    before = books_.verdict(user, budgets_, now, own_limit);
    books_.spend(user, spend.cost, now, own_limit);
    after = books_.verdict(user, budgets_, now, own_limit);
    const bool known = models_.contains(name);
    const bool room = known || models_.size() < limits::kMeteredModelsMax;
    models_[std::string(room ? name : kOtherModels)].spent += spend;
  }
  if (store_) {
    store_->add({.day = meter::day_of(now),
                 .user = std::string(user),
                 .model = std::string(name),
                 .spend = spend});
  }
  const bool newly = after.level == Level::hard &&
                     (before.level != Level::hard ||
                      (before.limit == Limit::user_day && after.limit == Limit::gateway_day));
  if (newly && on_spent_) {
    const bool of_all = after.limit == Limit::gateway_day;
    on_spent_(of_all ? std::nullopt : std::optional(std::string(user)), after);
  }
  return after;
}

meter::MicroUsd Spending::today(std::string_view user, meter::UnixTime now) const {
  const std::lock_guard lock(mutex_);
  return books_.spent(user, now);
}

meter::MicroUsd Spending::today_of_all(meter::UnixTime now) const {
  const std::lock_guard lock(mutex_);
  return books_.spent_by_all(now);
}

std::string Spending::metrics(meter::UnixTime now) const {
  const std::lock_guard lock(mutex_);
  for (auto& [name, model] : models_) {
    for (std::size_t i = 0; i < meter::kKinds; ++i)
      raise(model.shown.tokens.of[i], model.spent.tokens.of[i]);
    raise(model.shown.cost, model.spent.cost);
    raise(model.shown.estimated_cost, model.spent.estimated_cost);
  }
  Page page;
  page.family("livegate_tokens_total", "counter",
              "Tokens of the model, as the service counts them");
  for (const auto& [name, model] : models_) {
    for (std::size_t i = 0; i < meter::kKinds; ++i) {
      const auto kind = static_cast<meter::Kind>(i);
      if (model.shown.tokens.of[i] == 0) continue;
      page.line("model=" + quoted(name) + ",direction=" + quoted(meter::direction(kind)) +
                    ",modality=" + quoted(meter::modality(kind)),
                std::to_string(model.shown.tokens.of[i]));
    }
  }
  page.family("livegate_cost_usd_total", "counter", "What these tokens cost by the price table");
  for (const auto& [name, model] : models_)
    page.line("model=" + quoted(name), meter::usd(model.shown.cost));
  page.family("livegate_cost_estimated_usd_total", "counter",
              "Of this, what is estimated because the service has not reported a turn");
  for (const auto& [name, model] : models_)
    page.line("model=" + quoted(name), meter::usd(model.shown.estimated_cost));
  page.family("livegate_cost_today_usd", "gauge", "Spent by all since midnight UTC");
  page.line("", meter::usd(books_.spent_by_all(now)));
  page.family("livegate_users_over_budget", "gauge", "Users whose budget of the day is spent");
  page.line("", std::to_string(books_.users_over(budgets_, now)));
  page.family("livegate_budget_refused_total", "counter",
              "Sessions that were not begun because a budget is spent");
  page.line("", std::to_string(refused_));
  page.family("livegate_usage_lost_total", "counter",
              "Changes of the usage file that could not be written");
  page.line("", std::to_string(store_ ? store_->lost() : 0));
  return page.take();
}

}  // namespace livegate::server
