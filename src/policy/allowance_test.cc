#include "policy/allowance.h"

#include <gtest/gtest.h>

namespace livegate::policy {
namespace {

constexpr Instant kStart{1000s};

Rates only(Limit limit, Rate rate) {
  Rates rates{};
  rates[static_cast<std::size_t>(limit)] = rate;
  return rates;
}

// Thirty seconds at once, then a second and a quarter each second.
Rates speech() { return only(Limit::audio, {.at_once = 30, .per_second = 1.25}); }

TEST(Allowance, sound_in_real_time_never_waits) {
  Allowance allowance(speech());
  Instant now = kStart;
  for (int i = 0; i < 100'000; ++i, now += 20ms) {
    allowance.take(Limit::audio, 0.020, now);
    ASSERT_FALSE(allowance.wait(now)) << i;
  }
}

TEST(Allowance, a_file_is_taken_thirty_seconds_ahead_and_then_at_the_set_rate) {
  Allowance allowance(speech());
  Instant now = kStart;
  double taken = 0;
  while (taken < 250) {
    allowance.take(Limit::audio, 0.1, now);
    taken += 0.1;
    const double allowed =
        30 + 1.25 * std::chrono::duration<double>(now - kStart).count() + 0.1 + 1e-6;
    ASSERT_LE(taken, allowed);
    if (const auto wait = allowance.wait(now)) now = wait->until;
  }
  EXPECT_NEAR(std::chrono::duration<double>(now - kStart).count(), (250 - 30) / 1.25, 0.1);
}

TEST(Allowance, what_is_worth_more_than_is_left_is_taken_and_paid_back) {
  Allowance allowance(only(Limit::text_bytes, {.at_once = 1000, .per_second = 100}));
  allowance.take(Limit::text_bytes, 3000, kStart);
  const auto wait = allowance.wait(kStart);
  ASSERT_TRUE(wait);
  EXPECT_EQ(wait->limit, Limit::text_bytes);
  EXPECT_EQ(wait->until, kStart + 20s);
  EXPECT_FALSE(allowance.wait(kStart + 20s));
  EXPECT_FALSE(allowance.is_full(kStart + 20s));
  EXPECT_TRUE(allowance.is_full(kStart + 30s));
}

TEST(Allowance, an_hour_of_silence_saves_up_no_more_than_is_allowed_at_once) {
  Allowance allowance(speech());
  allowance.take(Limit::audio, 1, kStart);
  allowance.take(Limit::audio, 30, kStart + 1h);
  EXPECT_FALSE(allowance.wait(kStart + 1h));
  allowance.take(Limit::audio, 0.1, kStart + 1h);
  EXPECT_TRUE(allowance.wait(kStart + 1h));
}

TEST(Allowance, the_limit_that_waits_longest_is_told) {
  Rates rates = only(Limit::texts, {.at_once = 1, .per_second = 1});
  rates[static_cast<std::size_t>(Limit::tool_bytes)] = {.at_once = 10, .per_second = 1};
  Allowance allowance(rates);
  allowance.take(Limit::texts, 3, kStart);
  allowance.take(Limit::tool_bytes, 15, kStart);
  const auto wait = allowance.wait(kStart);
  ASSERT_TRUE(wait);
  EXPECT_EQ(wait->limit, Limit::tool_bytes);
  EXPECT_EQ(wait->until, kStart + 5s);
}

TEST(Allowance, a_message_beyond_all_that_a_slow_rate_saves_up_is_waited_for) {
  Allowance allowance(only(Limit::bytes, {.at_once = 14e6, .per_second = 0.01}));
  allowance.take(Limit::bytes, 1e9, kStart);
  EXPECT_TRUE(allowance.wait(kStart));
}

TEST(Allowance, many_messages_taken_on_credit_do_not_begin_again_at_zero) {
  Allowance allowance(only(Limit::bytes, {.at_once = 1, .per_second = 1e-9}));
  for (int i = 0; i < 1000; ++i) allowance.take(Limit::bytes, 1e9, kStart);
  EXPECT_TRUE(allowance.wait(kStart));
}

TEST(Allowance, a_rate_of_zero_limits_nothing) {
  Allowance allowance(only(Limit::texts, {.at_once = 1, .per_second = 0}));
  allowance.take(Limit::texts, 1e9, kStart);
  EXPECT_FALSE(allowance.wait(kStart));
}

}  // namespace
}  // namespace livegate::policy
