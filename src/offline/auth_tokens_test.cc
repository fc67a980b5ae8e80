#include "offline/auth_tokens.h"

#include <gtest/gtest.h>

#include "base/limits.h"

namespace livegate::offline {
namespace {

using namespace std::chrono_literals;

constexpr WallTime kWall{Millis(1'795'384'800'000)};  // 2026-11-22T22:00:00Z
constexpr Instant kNow{1h};

TEST(AuthTokens, times_are_read_with_fractions_and_offsets) {
  EXPECT_EQ(parse_rfc3339("2026-11-22T22:00:00Z"), kWall);
  EXPECT_EQ(parse_rfc3339("2026-11-22T22:00:00.25Z"), kWall + 250ms);
  EXPECT_EQ(parse_rfc3339("2026-11-22T22:00:00.123456789Z"), kWall + 123ms);
  EXPECT_EQ(parse_rfc3339("2026-11-22T23:30:00+01:30"), kWall);
  EXPECT_EQ(parse_rfc3339("2026-11-22T20:00:00-02:00"), kWall);
}

TEST(AuthTokens, what_is_no_time_is_none) {
  for (const char* text :
       {"", "2026-11-22", "2026-11-22T22:00:00", "2026-13-22T22:00:00Z", "2026-02-30T22:00:00Z",
        "2026-11-22T25:00:00Z", "2026-11-22T22:00:00.Z", "2026-11-22T22:00:00Zx",
        "-026-11-22T22:00:00Z", "2026-11-22T22:00:00+1:00"}) {
    EXPECT_FALSE(parse_rfc3339(text)) << text;
  }
}

TEST(AuthTokens, a_token_counts_for_one_session_a_minute_to_begin_and_half_an_hour) {
  AuthTokenStore store;
  ASSERT_TRUE(store.create({}, "auth_tokens/a", kNow, kWall));
  const auto token = store.find("auth_tokens/a");
  ASSERT_TRUE(token);
  EXPECT_EQ(token->uses_left, 1);
  EXPECT_EQ(token->new_until, kNow + 60s);
  EXPECT_EQ(token->expires_at, kNow + 30min);
  EXPECT_FALSE(store.find("auth_tokens/b"));
}

TEST(AuthTokens, no_uses_means_any_number) {
  AuthTokenStore store;
  ASSERT_TRUE(store.create({.uses = 0}, "auth_tokens/a", kNow, kWall));
  EXPECT_FALSE(store.find("auth_tokens/a")->uses_left);
}

TEST(AuthTokens, twenty_hours_are_the_limit) {
  AuthTokenStore store;
  EXPECT_TRUE(store.create({.expire_time = "2026-11-23T18:00:00Z"}, "auth_tokens/a", kNow, kWall));
  const auto late =
      store.create({.expire_time = "2026-11-23T18:00:01Z"}, "auth_tokens/b", kNow, kWall);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error(), "expire_time is too far in the future. Maximum lifetime is 20h");
}

TEST(AuthTokens, the_oldest_is_forgotten_when_there_are_too_many) {
  AuthTokenStore store;
  for (std::size_t i = 0; i <= limits::kOfflineTokensMax; ++i) {
    ASSERT_TRUE(store.create({}, std::to_string(i), kNow, kWall));
  }
  EXPECT_FALSE(store.find("0"));
  EXPECT_TRUE(store.find("1"));
}

TEST(AuthTokens, a_token_says_until_when_it_counts_as_it_was_asked_to) {
  AuthTokenStore tokens;
  const auto wall = parse_rfc3339("2026-02-28T23:59:30.250Z");
  ASSERT_TRUE(wall);
  const auto made = tokens.create({}, "auth_tokens/a", Instant{1h}, *wall);
  ASSERT_TRUE(made);
  EXPECT_EQ(to_rfc3339(made->expires_at), "2026-03-01T00:29:30.250Z");
  EXPECT_EQ(to_rfc3339(made->new_until), "2026-03-01T00:00:30.250Z");
  const auto asked = tokens.create({.uses = {},
                                    .expire_time = "2026-03-01T01:00:00+01:00",
                                    .new_session_expire_time = {},
                                    .setup = {},
                                    .field_mask = {}},
                                   "auth_tokens/b", Instant{1h}, *wall);
  ASSERT_TRUE(asked);
  EXPECT_EQ(to_rfc3339(asked->expires_at), "2026-03-01T00:00:00.000Z");
}

}  // namespace
}  // namespace livegate::offline
