#include "policy/token_table.h"

#include <gtest/gtest.h>

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
  table.add(name(1), grant(2), now);
  EXPECT_EQ(present(name(1)), TokenState::good);
  EXPECT_EQ(present(name(1)), TokenState::good);
  EXPECT_EQ(present(name(1)), TokenState::only_resume);
  const auto ticket = table.present(name(1), now);
  ASSERT_NE(ticket.grant, nullptr);
  EXPECT_EQ(ticket.grant->user, "alice");
}

TEST_F(TokenTableTest, a_use_that_was_none_is_given_back_once_and_no_more_than_there_were) {
  table.add(name(1), grant(2), now);
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
  table.add(name(1), grant(0), now);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(present(name(1)), TokenState::good);
}

TEST_F(TokenTableTest, times_end_first_beginning_and_then_everything) {
  table.add(name(1), grant(5), now);
  now += 1min;
  EXPECT_EQ(present(name(1)), TokenState::only_resume);
  now += 29min;
  const auto ticket = table.present(name(1), now);
  EXPECT_EQ(ticket.state, TokenState::expired);
  EXPECT_EQ(ticket.grant, nullptr);
}

TEST_F(TokenTableTest, a_name_that_differs_anywhere_is_unknown) {
  table.add(name(1), grant(), now);
  std::string wrong = name(1);
  wrong[20] = 't';
  for (const std::string& other :
       {wrong, name(2), name(1) + "x", std::string("x"), std::string()}) {
    EXPECT_EQ(present(other), TokenState::unknown) << other;
  }
  EXPECT_EQ(present(name(1)), TokenState::good) << "wrong guesses cost it nothing";
}

TEST_F(TokenTableTest, a_spent_token_has_no_more_sessions_open_than_it_began) {
  table.add(name(1), grant(1), now);
  const auto first = table.present(name(1), now);
  ASSERT_EQ(first.state, TokenState::good);
  const auto again = table.present(name(1), now);
  ASSERT_EQ(again.state, TokenState::only_resume);
  EXPECT_FALSE(table.go_on(*again.grant)) << "its one session is open";
  table.ended(*first.grant);
  EXPECT_TRUE(table.go_on(*again.grant));
  for (int i = 0; i < 7; ++i) EXPECT_FALSE(table.go_on(*again.grant)) << i;
  table.ended(*again.grant);
  EXPECT_TRUE(table.go_on(*again.grant));
}

TEST_F(TokenTableTest, a_connection_that_goes_on_leaves_its_use_for_a_session_to_begin) {
  table.add(name(1), grant(2), now);
  const auto first = table.present(name(1), now);
  table.ended(*first.grant);
  const auto second = table.present(name(1), now);
  table.give_back(*second.grant);
  EXPECT_TRUE(table.go_on(*second.grant));
  EXPECT_FALSE(table.go_on(*second.grant)) << "one was begun, and that one is open";
  EXPECT_EQ(present(name(1)), TokenState::good);
}

TEST_F(TokenTableTest, any_number_may_go_on_where_any_number_may_begin) {
  table.add(name(1), grant(0), now);
  const auto ticket = table.present(name(1), now);
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(table.go_on(*ticket.grant));
}

TEST_F(TokenTableTest, expired_ones_are_forgotten_as_others_come_and_some_at_a_time) {
  for (int i = 0; i < 200; ++i) table.add(name(i), grant(), now);
  now += 30min;
  table.add(name(1000), grant(), now);
  EXPECT_GT(table.size(), 100u);
  for (int i = 1; i < 4; ++i) table.add(name(1000 + i), grant(), now);
  EXPECT_EQ(table.size(), 4u);
  EXPECT_EQ(present(name(1000)), TokenState::good);
}

}  // namespace
}  // namespace livegate::policy
