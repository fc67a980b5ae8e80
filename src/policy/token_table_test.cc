#include "policy/token_table.h"

#include <gtest/gtest.h>

#include "base/limits.h"

namespace livegate::policy {
namespace {

std::string name(int number) {
  const std::string digits = std::to_string(number);
  return "auth_tokens/" + std::string(48, 's') + std::string(16 - digits.size(), '0') + digits;
}

class TokenTableTest : public testing::Test {
 protected:
  TokenGrant grant(int uses = 1) {
    return {.user = "alice",
            .setup = R"({"model":"models/m"})",
            .uses = uses,
            .expires_at = now + 30min,
            .begin_until = now + 1min};
  }
  TokenState present(const std::string& token) { return table.present(token, now).state; }

  TokenTable table;
  Instant now{};
};

TEST_F(TokenTableTest, a_token_begins_as_many_sessions_as_it_says_and_resumes_more) {
  ASSERT_TRUE(table.add(name(1), grant(2), now));
  EXPECT_EQ(present(name(1)), TokenState::good);
  EXPECT_EQ(present(name(1)), TokenState::good);
  EXPECT_EQ(present(name(1)), TokenState::only_resume);
  const auto ticket = table.present(name(1), now);
  ASSERT_NE(ticket.grant, nullptr);
  EXPECT_EQ(ticket.grant->user, "alice");
}

TEST_F(TokenTableTest, a_use_that_was_none_is_given_back_once_and_no_more_than_there_were) {
  ASSERT_TRUE(table.add(name(1), grant(2), now));
  const auto first = table.present(name(1), now);
  EXPECT_EQ(present(name(1)), TokenState::good);
  table.give_back(*first.grant);
  EXPECT_EQ(present(name(1)), TokenState::good);
  EXPECT_EQ(present(name(1)), TokenState::only_resume);
  for (int i = 0; i < 5; ++i) table.give_back(*first.grant);
  EXPECT_EQ(present(name(1)), TokenState::good);
  EXPECT_EQ(present(name(1)), TokenState::good);
  EXPECT_EQ(present(name(1)), TokenState::only_resume);
}

TEST_F(TokenTableTest, no_uses_means_any_number) {
  ASSERT_TRUE(table.add(name(1), grant(0), now));
  for (int i = 0; i < 100; ++i) EXPECT_EQ(present(name(1)), TokenState::good);
}

TEST_F(TokenTableTest, times_end_first_beginning_and_then_everything) {
  ASSERT_TRUE(table.add(name(1), grant(5), now));
  now += 1min;
  EXPECT_EQ(present(name(1)), TokenState::only_resume);
  now += 29min;
  const auto ticket = table.present(name(1), now);
  EXPECT_EQ(ticket.state, TokenState::expired);
  EXPECT_EQ(ticket.grant, nullptr);
}

TEST_F(TokenTableTest, a_name_that_differs_anywhere_is_unknown) {
  ASSERT_TRUE(table.add(name(1), grant(), now));
  std::string wrong = name(1);
  wrong[20] = 't';
  for (const std::string& other :
       {wrong, name(2), name(1) + "x", std::string("x"), std::string()}) {
    EXPECT_EQ(present(other), TokenState::unknown) << other;
  }
  EXPECT_EQ(present(name(1)), TokenState::good) << "wrong guesses cost it nothing";
}

TEST_F(TokenTableTest, at_the_cap_expired_ones_make_room_and_living_ones_do_not) {
  for (int i = 0; i < static_cast<int>(limits::kTokensMax); ++i) {
    ASSERT_TRUE(table.add(name(i), grant(), now));
  }
  EXPECT_FALSE(table.add(name(-1), grant(), now));
  now += 30min;
  EXPECT_TRUE(table.add(name(-1), grant(), now));
  EXPECT_EQ(table.size(), 1u);
}

TEST_F(TokenTableTest, what_is_pinned_is_bounded_in_bytes_too) {
  TokenGrant large = grant();
  large.setup.assign(limits::kTokenBytesMax / 2 + 1, ' ');
  EXPECT_TRUE(table.add(name(1), large, now));
  EXPECT_FALSE(table.add(name(2), large, now));
  EXPECT_TRUE(table.add(name(3), grant(), now));
}

}  // namespace
}  // namespace livegate::policy
