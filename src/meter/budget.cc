#include "meter/budget.h"

#include <algorithm>
#include <cstdio>
#include <vector>

namespace livegate::meter {
namespace {

// Until the first second of the next day.
std::chrono::seconds until_tomorrow(UnixTime now, UtcDay day) {
  return std::max<std::chrono::seconds>(std::chrono::seconds(1), day + UtcDay(1) - now);
}

}  // namespace

UtcDay day_of(UnixTime now) { return std::chrono::floor<UtcDay>(now); }

std::string text_of(UtcDay day) {
  const std::chrono::year_month_day date{std::chrono::sys_days(day)};
  char text[16];
  std::snprintf(text, sizeof text, "%04d-%02u-%02u", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  return text;
}

std::optional<UtcDay> day_from(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  int fields[3] = {};
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i == 4 || i == 7) continue;
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    int& field = fields[i < 4 ? 0 : i < 7 ? 1 : 2];
    field = field * 10 + (text[i] - '0');
  }
  const std::chrono::year_month_day date{std::chrono::year(fields[0]),
                                         std::chrono::month(static_cast<unsigned>(fields[1])),
                                         std::chrono::day(static_cast<unsigned>(fields[2]))};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date).time_since_epoch();
}

std::string_view name(Limit limit) {
  switch (limit) {
    case Limit::session:
      return "budget.session_usd";
    case Limit::user_day:
      return "budget.user_day_usd";
    case Limit::gateway_day:
      break;
  }
  return "budget.gateway_day_usd";
}

std::string sentence(const Verdict& verdict) {
  std::string text =
      verdict.level == Level::hard ? "The budget is spent: " : "The budget is nearly spent: ";
  text += std::string(name(verdict.limit)) + " allows " + usd(verdict.allowed) + " USD";
  if (!verdict.renews_in) return text + "; a new session has its own.";
  return text + "; it is new in " + std::to_string(verdict.renews_in->count()) + " s.";
}

Level level_of(MicroUsd spent, MicroUsd allowed, int soft_percent) {
  if (allowed <= 0) return Level::within;
  if (spent >= allowed) return Level::hard;
  if (soft_percent <= 0) return Level::within;
  // Whole numbers, without a product that may not fit.
  return spent >= allowed / 100 * soft_percent + allowed % 100 * soft_percent / 100 ? Level::soft
                                                                                    : Level::within;
}

Verdict session_verdict(MicroUsd spent, const Budgets& budgets) {
  const Level level = level_of(spent, budgets.session, budgets.soft_percent);
  if (level == Level::within) return {};
  return {.level = level, .limit = Limit::session, .allowed = budgets.session, .renews_in = {}};
}

void DayBooks::spend(std::string_view user, MicroUsd change, UnixTime now,
                     std::optional<MicroUsd> own_limit) {
  if (!is_current(now)) {
    day_ = day_of(now);
    total_ = 0;
    users_.clear();
  }
  total_ = plus(total_, change);
  auto found = users_.find(user);
  if (found == users_.end()) {
    if (users_.size() >= kUsersMax) make_room();
    found = users_.emplace(std::string(user), User{}).first;
  }
  found->second.spent = plus(found->second.spent, change);
  found->second.own_limit = own_limit;
}

// Rare and at once: half of the table, so that the next one is far.
void DayBooks::make_room() {
  std::vector<MicroUsd> spent;
  spent.reserve(users_.size());
  for (const auto& [user, books] : users_) spent.push_back(books.spent);
  const auto middle = spent.begin() + static_cast<std::ptrdiff_t>(spent.size() / 2);
  std::nth_element(spent.begin(), middle, spent.end());
  const MicroUsd least_kept = *middle;
  const std::size_t room = kUsersMax / 2;
  std::erase_if(users_, [&](const auto& each) {
    if (each.second.spent > least_kept || users_.size() <= room) return false;
    ++forgotten_;
    return true;
  });
}

Verdict DayBooks::verdict(std::string_view user, const Budgets& budgets, UnixTime now,
                          std::optional<MicroUsd> own_limit) const {
  const MicroUsd allowed = own_limit.value_or(budgets.user_day);
  const Level own = level_of(spent(user, now), allowed, budgets.soft_percent);
  const Level all = level_of(spent_by_all(now), budgets.gateway_day, budgets.soft_percent);
  if (own == Level::within && all == Level::within) return {};
  const bool of_all = all >= own;
  const UtcDay day = is_current(now) ? day_ : day_of(now);
  return {.level = std::max(own, all),
          .limit = of_all ? Limit::gateway_day : Limit::user_day,
          .allowed = of_all ? budgets.gateway_day : allowed,
          .renews_in = until_tomorrow(now, day)};
}

MicroUsd DayBooks::spent(std::string_view user, UnixTime now) const {
  if (!is_current(now)) return 0;
  const auto found = users_.find(user);
  return found == users_.end() ? 0 : found->second.spent;
}

MicroUsd DayBooks::spent_by_all(UnixTime now) const { return is_current(now) ? total_ : 0; }

std::size_t DayBooks::users_over(const Budgets& budgets, UnixTime now) const {
  if (!is_current(now)) return 0;
  return static_cast<std::size_t>(std::ranges::count_if(users_, [&](const auto& each) {
    const MicroUsd allowed = each.second.own_limit.value_or(budgets.user_day);
    return level_of(each.second.spent, allowed, budgets.soft_percent) == Level::hard;
  }));
}

}  // namespace livegate::meter
