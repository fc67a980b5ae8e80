#include "policy/revocations.h"

#include <gtest/gtest.h>

#include "policy/secret_hash.h"

namespace livegate::policy {
namespace {

TEST(Revocations, name_users_ids_and_hashes_and_keep_them_apart) {
  // SHA-256 of "abc", FIPS 180-2.
  const auto list = Revocations::parse(
      "# left in May\nuser alice\n\n  jti j1\r\nsha256 "
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  ASSERT_TRUE(list) << list.error();
  EXPECT_EQ(list->size(), 3U);
  EXPECT_TRUE(list->has_user("alice"));
  EXPECT_TRUE(list->has_jti("j1"));
  EXPECT_TRUE(list->has_token("abc"));
  EXPECT_FALSE(list->has_user("j1"));
  EXPECT_FALSE(list->has_jti("alice"));
  EXPECT_FALSE(list->has_jti(""));
  EXPECT_FALSE(list->has_token("abd"));
  EXPECT_FALSE(list->has_user(""));
}

TEST(Revocations, a_line_that_says_nothing_we_know_is_refused_by_its_number) {
  for (const char* wrong : {"alice", "user", "user ", "jti", "sha256 abc", "USER alice",
                            "sha256 BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015A"
                            "D"}) {
    const auto list = Revocations::parse("user bob\n" + std::string(wrong) + "\n");
    ASSERT_FALSE(list) << wrong;
    EXPECT_NE(list.error().find("line 2"), std::string::npos) << list.error();
  }
}

}  // namespace
}  // namespace livegate::policy
