#include "session/time_limits.h"

#include <gtest/gtest.h>

namespace livegate::session {
namespace {

using Due = TimeLimits::Due;
using Limit = TimeLimits::Limit;

constexpr Instant kStart{1000s};

TEST(TimeLimits, without_limits_nothing_is_ever_due) {
  TimeLimits limits(0ms, 0ms, kStart);
  EXPECT_FALSE(limits.next_deadline(kStart));
  EXPECT_EQ(limits.due(kStart + 24h * 365, true), Due::nothing);
}

TEST(TimeLimits, a_word_comes_a_minute_before_the_end_and_once) {
  TimeLimits limits(30min, 0ms, kStart);
  EXPECT_EQ(limits.next_deadline(kStart), kStart + 29min);
  EXPECT_EQ(limits.due(kStart + 29min - 1ms, true), Due::nothing);
  EXPECT_EQ(limits.due(kStart + 29min, true), Due::word);
  EXPECT_EQ(limits.left(kStart + 29min), 60s);
  EXPECT_EQ(limits.due(kStart + 29min + 1s, true), Due::nothing);
  EXPECT_EQ(limits.next_deadline(kStart + 29min + 1s), kStart + 30min);
  EXPECT_EQ(limits.due(kStart + 30min, true), Due::end);
}

TEST(TimeLimits, a_turn_that_runs_at_the_end_is_waited_for_and_not_for_ever) {
  TimeLimits limits(30min, 0ms, kStart);
  EXPECT_EQ(limits.due(kStart + 29min, false), Due::word);
  EXPECT_EQ(limits.due(kStart + 30min, false), Due::nothing);
  EXPECT_EQ(limits.next_deadline(kStart + 30min), kStart + 30min + 30s);
  EXPECT_EQ(limits.due(kStart + 30min + 29s, true), Due::end);
  EXPECT_EQ(limits.due(kStart + 30min + 30s, false), Due::end);
}

TEST(TimeLimits, what_is_said_begins_the_idle_time_anew_and_takes_the_word_back) {
  TimeLimits limits(0ms, 10min, kStart);
  EXPECT_EQ(limits.due(kStart + 9min, true), Due::word);
  limits.said(kStart + 9min + 30s);
  EXPECT_EQ(limits.due(kStart + 10min, true), Due::nothing);
  EXPECT_EQ(limits.next_deadline(kStart + 10min), kStart + 18min + 30s);
  EXPECT_EQ(limits.due(kStart + 18min + 30s, true), Due::word);
  EXPECT_EQ(limits.due(kStart + 19min + 30s, true), Due::end);
}

TEST(TimeLimits, of_two_limits_the_one_that_comes_first_counts) {
  TimeLimits limits(20min, 15min, kStart);
  EXPECT_EQ(limits.next(), Limit::idle);
  limits.said(kStart + 10min);
  EXPECT_EQ(limits.next(), Limit::length);
  EXPECT_EQ(limits.due(kStart + 19min, true), Due::word);
  limits.said(kStart + 19min);
  EXPECT_EQ(limits.due(kStart + 19min + 1s, true), Due::nothing) << "it is not said twice";
}

TEST(TimeLimits, a_limit_of_a_minute_leaves_half_of_it_for_the_word) {
  TimeLimits limits(60s, 0ms, kStart);
  EXPECT_EQ(limits.due(kStart + 29s, true), Due::nothing);
  EXPECT_EQ(limits.due(kStart + 30s, true), Due::word);
}

}  // namespace
}  // namespace livegate::session
