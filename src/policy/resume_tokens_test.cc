#include "policy/resume_tokens.h"

#include <gtest/gtest.h>

namespace livegate::policy {
namespace {

TEST(ResumeTokens, only_what_was_offered_opens) {
  const ResumeTokens tokens("one");
  EXPECT_TRUE(tokens.open("one"));
  EXPECT_FALSE(tokens.open("on"));
  EXPECT_FALSE(tokens.open("ones"));
  EXPECT_FALSE(tokens.open(""));
  EXPECT_FALSE(ResumeTokens("").open(""));
}

TEST(ResumeTokens, a_token_may_be_tried_again_until_the_next_one_has_arrived) {
  ResumeTokens tokens("one");
  tokens.taken("one", "two");
  EXPECT_TRUE(tokens.open("one")) << "the answer may have been lost";
  EXPECT_TRUE(tokens.open("two"));
  tokens.taken("one", "three");
  EXPECT_TRUE(tokens.open("one"));
  EXPECT_FALSE(tokens.open("two")) << "the answer that held it was lost";
  tokens.spend();
  EXPECT_FALSE(tokens.open("one"));
  EXPECT_TRUE(tokens.open("three"));
}

TEST(ResumeTokens, coming_back_with_the_next_one_spends_the_one_before) {
  ResumeTokens tokens("one");
  tokens.taken("one", "two");
  tokens.taken("two", "three");
  EXPECT_FALSE(tokens.open("one"));
  EXPECT_TRUE(tokens.open("two"));
  EXPECT_TRUE(tokens.open("three"));
}

}  // namespace
}  // namespace livegate::policy
