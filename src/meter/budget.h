// What may be spent: by a session, by a user in a day, by the gateway in a day, each with a soft
// limit and a hard one; and the books of the day.
//
// Decides when a limit is reached and when it is new. A day is one of UTC; the time is passed in. A
// limit of 0 is none. A clock that is set back does not open a day again that was over. Leaves to
// others what follows: a word to client and model (soft), the end at the end of the running turn
// and no new session (hard).
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "meter/money.h"

namespace livegate::meter {

using UnixTime = std::chrono::seconds;  // since 1970-01-01, UTC
using UtcDay = std::chrono::days;       // the same, whole days

[[nodiscard]] UtcDay day_of(UnixTime now);
// "2026-12-01", and back; nothing for what is no day.
[[nodiscard]] std::string text_of(UtcDay day);
[[nodiscard]] std::optional<UtcDay> day_from(std::string_view text);

enum class Limit : std::uint8_t { session, user_day, gateway_day };
// As in configuration, events, metrics and the log: "budget.session_usd", ...
[[nodiscard]] std::string_view name(Limit limit);

enum class Level : std::uint8_t { within, soft, hard };

// The furthest reached limit; of two that are equally far, the one that lasts longer.
struct Verdict {
  Level level = Level::within;
  Limit limit = Limit::session;
  MicroUsd allowed = 0;
  std::optional<std::chrono::seconds> renews_in;  // nothing: never; a new session has its own
  bool operator==(const Verdict&) const = default;
};

// One sentence for a person: which limit, what it allows, and when it is new.
[[nodiscard]] std::string sentence(const Verdict& verdict);

struct Budgets {
  MicroUsd session = 0, user_day = 0, gateway_day = 0;  // 0: no limit
  int soft_percent = 80;                                // of each; 0: no word before
};

// How far `spent` has come.
[[nodiscard]] Level level_of(MicroUsd spent, MicroUsd allowed, int soft_percent);

// Where a session's own spending stands; nothing of users and days.
[[nodiscard]] Verdict session_verdict(MicroUsd spent, const Budgets& budgets);

// The books of one day. Users of whom it knows nothing have spent nothing.
class DayBooks {
 public:
  // Users of one day; above it the half that has spent least is forgotten.
  static constexpr std::size_t kUsersMax = 100'000;

  // `user` may be empty: all who have no name are one user.
  // `own_limit`: what this user may spend in a day, where that is not what all may.
  void spend(std::string_view user, MicroUsd change, UnixTime now,
             std::optional<MicroUsd> own_limit = {});
  // `budgets` as they are now: they may change while sums are kept.
  [[nodiscard]] Verdict verdict(std::string_view user, const Budgets& budgets, UnixTime now,
                                std::optional<MicroUsd> own_limit = {}) const;

  [[nodiscard]] MicroUsd spent(std::string_view user, UnixTime now) const;
  [[nodiscard]] MicroUsd spent_by_all(UnixTime now) const;
  // Of the users who have spent something today.
  [[nodiscard]] std::size_t users_over(const Budgets& budgets, UnixTime now) const;
  [[nodiscard]] std::uint64_t forgotten() const { return forgotten_; }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>()(text);
    }
  };
  struct User {
    MicroUsd spent = 0;
    std::optional<MicroUsd> own_limit;
  };
  [[nodiscard]] bool is_current(UnixTime now) const { return day_of(now) <= day_; }
  void make_room();

  UtcDay day_{};
  MicroUsd total_ = 0;
  std::unordered_map<std::string, User, Hash, std::equal_to<>> users_;
  std::uint64_t forgotten_ = 0;
};

}  // namespace livegate::meter
