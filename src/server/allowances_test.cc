#include "server/allowances.h"

#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace livegate::server {
namespace {

using policy::Limit;

constexpr Instant kStart{1000s};

policy::Rates one_text_a_second() {
  policy::Rates rates{};
  rates[static_cast<std::size_t>(Limit::texts)] = {.at_once = 1, .per_second = 1};
  return rates;
}

TEST(Allowances, sessions_of_one_user_share_what_they_may_and_those_of_two_do_not) {
  Allowances allowances;
  allowances.of("alice", one_text_a_second(), kStart)->take(Limit::texts, 5, kStart);
  EXPECT_TRUE(allowances.of("alice", one_text_a_second(), kStart)->wait(kStart));
  EXPECT_FALSE(allowances.of("bob", one_text_a_second(), kStart)->wait(kStart));
}

TEST(Allowances, who_leaves_and_comes_back_has_no_more_for_it) {
  Allowances allowances;
  for (int i = 0; i < 5; ++i)
    allowances.of("alice", one_text_a_second(), kStart)->take(Limit::texts, 1, kStart);
  EXPECT_TRUE(allowances.of("alice", one_text_a_second(), kStart + 1s)->wait(kStart + 1s));
}

TEST(Allowances, rates_that_have_changed_are_those_of_sessions_from_then_on) {
  Allowances allowances;
  const auto before = allowances.of("alice", one_text_a_second(), kStart);
  policy::Rates rates = one_text_a_second();
  rates[static_cast<std::size_t>(Limit::texts)].at_once = 7;
  const auto after = allowances.of("alice", rates, kStart);
  EXPECT_NE(before, after);
  EXPECT_EQ(after->rate(Limit::texts).at_once, 7);
  EXPECT_EQ(before->rate(Limit::texts).at_once, 1);
  EXPECT_EQ(allowances.users(), 1U);
}

TEST(Allowances, the_table_is_bounded_and_forgets_first_who_owes_nothing) {
  Allowances allowances(3);
  allowances.of("debtor", one_text_a_second(), kStart)->take(Limit::texts, 100, kStart);
  const auto here = allowances.of("here", one_text_a_second(), kStart);
  for (int i = 0; i < 50; ++i) {
    const auto later = kStart + 1s * i;
    static_cast<void>(allowances.of("guest " + std::to_string(i), one_text_a_second(), later));
    EXPECT_LE(allowances.users(), 3U);
  }
  EXPECT_TRUE(allowances.of("debtor", one_text_a_second(), kStart + 50s)->wait(kStart + 50s));
  EXPECT_EQ(allowances.of("here", one_text_a_second(), kStart + 50s), here)
      << "whoever has sessions is remembered";
}

TEST(Allowances, nothing_that_shards_take_at_the_same_time_is_lost) {
  Allowances allowances;
  std::vector<std::thread> shards;
  for (int i = 0; i < 4; ++i) {
    shards.emplace_back([&] {
      const auto allowance = allowances.of("alice", one_text_a_second(), kStart);
      for (int n = 0; n < 1000; ++n) allowance->take(Limit::texts, 1, kStart);
    });
  }
  for (auto& shard : shards) shard.join();
  const auto wait = allowances.of("alice", one_text_a_second(), kStart)->wait(kStart);
  ASSERT_TRUE(wait);
  EXPECT_EQ(wait->until, kStart + 3999s);
}

}  // namespace
}  // namespace livegate::server
