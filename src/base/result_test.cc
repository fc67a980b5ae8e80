#include "base/result.h"

#include <memory>
#include <string>

#include <gtest/gtest.h>

namespace livegate {
namespace {

using Parsed = Result<int, std::string>;

Parsed parse_digit(char c) {
  if (c < '0' || c > '9') return Unexpected{std::string("not a digit")};
  return c - '0';
}

TEST(Result, holds_a_value_or_a_reason) {
  const Parsed good = parse_digit('7');
  ASSERT_TRUE(good);
  EXPECT_EQ(good.value(), 7);
  EXPECT_EQ(*good, 7);

  const Parsed bad = parse_digit('x');
  ASSERT_FALSE(bad.has_value());
  EXPECT_EQ(bad.error(), "not a digit");
}

TEST(Result, reading_the_side_that_is_not_there_is_a_failed_check) {
  const Parsed good = parse_digit('7');
  const Parsed bad = parse_digit('x');
  EXPECT_THROW((void)good.error(), CheckFailed);
  EXPECT_THROW((void)bad.value(), CheckFailed);
  EXPECT_THROW((void)*bad, CheckFailed);
}

TEST(Result, tells_value_and_reason_apart_when_they_are_of_one_type) {
  const Result<std::string, std::string> good = std::string("text");
  const Result<std::string, std::string> bad = Unexpected{std::string("text")};
  EXPECT_TRUE(good);
  EXPECT_FALSE(bad);
}

TEST(Result, gives_away_a_value_that_can_only_be_moved) {
  Result<std::unique_ptr<int>, std::string> made = std::make_unique<int>(3);
  EXPECT_EQ(**made, 3);
  const std::unique_ptr<int> taken = std::move(made).value();
  EXPECT_EQ(*taken, 3);
}

TEST(Check, says_what_did_not_hold_and_where) {
  try {
    const int answer = 41;
    LIVEGATE_CHECK(answer == 42);
    FAIL() << "the check let it pass";
  } catch (const CheckFailed& failure) {
    EXPECT_NE(std::string(failure.what()).find("answer == 42"), std::string::npos);
    EXPECT_NE(std::string(failure.what()).find("result_test.cc"), std::string::npos);
  }
}

}  // namespace
}  // namespace livegate
