#include "policy/token_bucket.h"

#include <string>

#include <gtest/gtest.h>

namespace livegate::policy {
namespace {

constexpr Instant kNow = Instant(100s);

TEST(BucketTableTest, allows_a_burst_and_then_what_flows_in) {
  BucketTable<std::string> table({.per_minute = 60, .burst = 2}, 10);
  EXPECT_FALSE(table.take("bob", kNow));
  EXPECT_FALSE(table.take("bob", kNow));
  EXPECT_EQ(table.take("bob", kNow), 1001ms);
  EXPECT_EQ(table.take("bob", kNow), 1001ms) << "asking costs nothing";
  EXPECT_FALSE(table.take("alice", kNow));
  EXPECT_FALSE(table.take("bob", kNow + 1001ms));
  EXPECT_TRUE(table.take("bob", kNow + 1002ms));
  EXPECT_FALSE(table.take("bob", kNow + 1h));
  EXPECT_FALSE(table.take("bob", kNow + 1h));
  EXPECT_TRUE(table.take("bob", kNow + 1h)) << "no more than the burst is saved up";
}

TEST(BucketTableTest, a_rate_of_0_allows_anything) {
  BucketTable<std::string> table({}, 10);
  for (int i = 0; i < 1000; ++i) EXPECT_FALSE(table.take("bob", kNow));
  EXPECT_EQ(table.size(), 0u);
}

TEST(BucketTableTest, a_clock_that_stands_still_or_goes_back_gives_nothing) {
  BucketTable<std::string> table({.per_minute = 60, .burst = 1}, 10);
  EXPECT_FALSE(table.take("bob", kNow));
  EXPECT_TRUE(table.take("bob", kNow - 1h));
  EXPECT_TRUE(table.take("bob", kNow));
}

TEST(BucketTableTest, knows_no_more_than_its_size_and_forgets_who_was_not_seen_for_longest) {
  BucketTable<std::string> table({.per_minute = 1, .burst = 1}, 3);
  EXPECT_FALSE(table.take("bob", kNow));
  for (int i = 0; i < 1000; ++i) {
    EXPECT_FALSE(table.take(std::to_string(i), kNow));
    EXPECT_TRUE(table.take("bob", kNow)) << "whoever comes again and again is remembered";
    EXPECT_LE(table.size(), 3u);
  }
}

}  // namespace
}  // namespace livegate::policy
