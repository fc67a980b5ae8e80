#include "policy/token_quota.h"

#include <gtest/gtest.h>

#include "base/limits.h"

namespace livegate::policy {
namespace {

using Verdict = TokenQuota::Verdict;

class TokenQuotaTest : public testing::Test {
 protected:
  Verdict take(const std::string& user, std::size_t bytes = 0, Millis lifetime = 30min) {
    return quota.take(user, bytes, now + lifetime, now);
  }
  int fill(const std::string& user, std::size_t bytes, Millis lifetime) {
    int tokens = 0;
    while (take(user, bytes, lifetime) == Verdict::taken) ++tokens;
    return tokens;
  }

  TokenQuota quota;
  Instant now{};
};

TEST_F(TokenQuotaTest, a_user_who_holds_all_it_may_leaves_others_theirs) {
  EXPECT_EQ(fill("bob", 0, 20h), static_cast<int>(limits::kTokensPerUserMax));
  EXPECT_EQ(take("bob"), Verdict::user_full);
  EXPECT_EQ(take("alice"), Verdict::taken);
}

TEST_F(TokenQuotaTest, what_a_user_pins_is_bounded_in_bytes_too) {
  const std::size_t large = limits::kTokenBytesPerUserMax / 2 + 1;
  EXPECT_EQ(take("bob", large), Verdict::taken);
  EXPECT_EQ(take("bob", large), Verdict::user_full);
  EXPECT_EQ(take("bob"), Verdict::taken);
  EXPECT_EQ(take("alice", large), Verdict::taken);
}

TEST_F(TokenQuotaTest, all_users_together_hold_no_more_than_the_table_takes) {
  for (std::size_t user = 0; quota.size() < limits::kTokensMax; ++user) {
    ASSERT_GT(fill("user " + std::to_string(user), 0, 30min), 0);
  }
  EXPECT_EQ(quota.size(), limits::kTokensMax);
  EXPECT_EQ(take("somebody else"), Verdict::all_full);
}

TEST_F(TokenQuotaTest, expired_tokens_make_room_and_living_ones_do_not) {
  fill("bob", 0, 30min);
  now += 29min;
  EXPECT_EQ(take("bob"), Verdict::user_full);
  now += 1min;
  EXPECT_EQ(take("bob"), Verdict::taken);
  EXPECT_EQ(quota.size(), 1u);
}

TEST_F(TokenQuotaTest, a_crowd_that_has_expired_is_forgotten_bit_by_bit) {
  for (int user = 0; user < 3000; ++user) ASSERT_EQ(take(std::to_string(user)), Verdict::taken);
  now += 31min;
  const std::size_t before = quota.size();
  EXPECT_EQ(take("alice"), Verdict::taken);
  EXPECT_GT(quota.size(), before / 2) << "not all of them in one call";
  for (int i = 0; i < 2; ++i) EXPECT_EQ(take("alice"), Verdict::taken);
  EXPECT_EQ(quota.size(), 3u);
}

}  // namespace
}  // namespace livegate::policy
