#include "meter/budget.h"

#include <gtest/gtest.h>

namespace livegate::meter {
namespace {

using namespace std::chrono_literals;

constexpr UnixTime kNoon = std::chrono::days(20'000) + std::chrono::hours(12);
constexpr UnixTime kMidnight = std::chrono::days(20'001);

TEST(Budget, a_limit_of_nothing_is_none) {
  EXPECT_EQ(level_of(kMicroUsdMax, 0, 80), Level::within);
  EXPECT_EQ(session_verdict(kMicroUsdMax, {}).level, Level::within);
}

TEST(Budget, the_soft_limit_comes_before_the_hard_one) {
  EXPECT_EQ(level_of(799, 1000, 80), Level::within);
  EXPECT_EQ(level_of(800, 1000, 80), Level::soft);
  EXPECT_EQ(level_of(999, 1000, 80), Level::soft);
  EXPECT_EQ(level_of(1000, 1000, 80), Level::hard);
  EXPECT_EQ(level_of(999, 1000, 0), Level::within);
  EXPECT_EQ(level_of(3, 5, 80), Level::within);  // 4 is 80 %
  EXPECT_EQ(level_of(4, 5, 80), Level::soft);
  EXPECT_EQ(level_of(kMicroUsdMax - 1, kMicroUsdMax, 99), Level::soft);
}

TEST(DayBooks, a_user_has_a_budget_of_their_own_and_the_gateway_one_for_all) {
  const Budgets budgets{.user_day = 1000, .gateway_day = 1500};
  DayBooks books;
  books.spend("ann", 1000, kNoon);
  Verdict ann = books.verdict("ann", budgets, kNoon);
  EXPECT_EQ(ann.level, Level::hard);
  EXPECT_EQ(ann.limit, Limit::user_day);
  EXPECT_EQ(ann.allowed, 1000);
  EXPECT_EQ(books.verdict("ben", budgets, kNoon).level, Level::within);
  EXPECT_EQ(books.users_over(budgets, kNoon), 1U);
  books.spend("ben", 500, kNoon);
  EXPECT_EQ(books.verdict("cid", budgets, kNoon).limit, Limit::gateway_day);
  EXPECT_EQ(books.verdict("cid", budgets, kNoon).level, Level::hard);
  EXPECT_EQ(books.spent_by_all(kNoon), 1500);
}

TEST(DayBooks, a_limit_of_ones_own_goes_before_the_one_of_all_users) {
  const Budgets budgets{.user_day = 1000};
  DayBooks books;
  books.spend("ann", 1000, kNoon, 5000);
  EXPECT_EQ(books.verdict("ann", budgets, kNoon, 5000).level, Level::within);
  EXPECT_EQ(books.users_over(budgets, kNoon), 0U);
  EXPECT_EQ(books.verdict("ann", budgets, kNoon, 1000).level, Level::hard);
}

TEST(DayBooks, a_new_day_begins_at_midnight_utc_in_the_midst_of_a_session) {
  const Budgets budgets{.user_day = 1000};
  DayBooks books;
  books.spend("ann", 1000, kMidnight - 1s);
  const Verdict late = books.verdict("ann", budgets, kMidnight - 1s);
  EXPECT_EQ(late.level, Level::hard);
  EXPECT_EQ(late.renews_in, std::chrono::seconds(1));
  EXPECT_EQ(books.verdict("ann", budgets, kMidnight).level, Level::within);
  EXPECT_EQ(books.spent("ann", kMidnight), 0);
  books.spend("ann", 30, kMidnight);
  EXPECT_EQ(books.spent("ann", kMidnight), 30);
  EXPECT_EQ(books.spent_by_all(kMidnight + 1h), 30);
}

TEST(DayBooks, a_clock_that_is_set_back_gives_no_budget_back) {
  const Budgets budgets{.user_day = 1000};
  DayBooks books;
  books.spend("ann", 1000, kMidnight);
  EXPECT_EQ(books.verdict("ann", budgets, kMidnight - 2h).level, Level::hard);
  books.spend("ann", 1, kMidnight - 2h);
  EXPECT_EQ(books.spent("ann", kMidnight), 1001);
  EXPECT_EQ(books.verdict("ann", budgets, kMidnight - 2h).renews_in, 26h);
}

TEST(DayBooks, a_late_report_that_is_less_than_its_estimate_gives_the_rest_back) {
  const Budgets budgets{.user_day = 1000};
  DayBooks books;
  books.spend("ann", 1200, kNoon);
  books.spend("ann", -300, kNoon);
  EXPECT_EQ(books.spent("ann", kNoon), 900);
  EXPECT_EQ(books.verdict("ann", budgets, kNoon).level, Level::soft);
}

TEST(DayBooks, the_table_is_bounded_and_forgets_who_has_spent_least) {
  DayBooks books;
  for (std::size_t i = 0; i < DayBooks::kUsersMax; ++i)
    books.spend("user" + std::to_string(i), static_cast<MicroUsd>(i), kNoon);
  const MicroUsd all = books.spent_by_all(kNoon);
  books.spend("one more", 7, kNoon);
  EXPECT_EQ(books.forgotten(), DayBooks::kUsersMax / 2);
  EXPECT_EQ(books.spent("user3", kNoon), 0);
  EXPECT_EQ(books.spent("user99999", kNoon), 99'999);
  EXPECT_EQ(books.spent_by_all(kNoon), all + 7);
}

TEST(Budget, says_which_limit_what_it_allows_and_when_it_is_new) {
  EXPECT_EQ(sentence({Level::hard, Limit::user_day, 1'500'000, std::chrono::seconds(60)}),
            "The budget is spent: budget.user_day_usd allows 1.500000 USD; it is new in 60 s.");
  EXPECT_EQ(sentence({Level::soft, Limit::session, 20'000, {}}),
            "The budget is nearly spent: budget.session_usd allows 0.020000 USD; a new session has "
            "its own.");
}

TEST(UtcDay, is_written_and_read_as_a_date) {
  EXPECT_EQ(text_of(day_of(kNoon)), "2024-10-04");
  EXPECT_EQ(day_from("2024-10-04"), std::chrono::days(20'000));
  for (const char* text : {"", "2024-13-01", "2024-02-30", "24-10-04", "2024/10/04", "2024-1a-04"})
    EXPECT_FALSE(day_from(text)) << text;
}

}  // namespace
}  // namespace livegate::meter
