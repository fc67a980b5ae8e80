#include "ws/handshake.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace livegate::ws {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(WsHandshake, answers_the_key_of_section_1_3) {
  EXPECT_EQ(accept_value("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

TEST(WsHandshake, takes_a_key_of_16_bytes_and_no_other) {
  EXPECT_TRUE(is_valid_key("dGhlIHNhbXBsZSBub25jZQ=="));
  EXPECT_TRUE(is_valid_key("AAAAAAAAAAAAAAAAAAAAAA=="));
  EXPECT_FALSE(is_valid_key(""));
  EXPECT_FALSE(is_valid_key("dGhlIHNhbXBsZSBub25jZQ="));
  EXPECT_FALSE(is_valid_key("dGhlIHNhbXBsZSBub25jZWE="));   // 17 bytes
  EXPECT_FALSE(is_valid_key("dGhlIHNhbXBsZSBub25j"));       // 15 bytes
  EXPECT_FALSE(is_valid_key("dGhlIHNhbXBsZSBub25jZQ==x"));  // something behind
  EXPECT_FALSE(is_valid_key("dGhlIHNhbXBsZSB1b25j_-=="));   // another alphabet
  EXPECT_FALSE(is_valid_key("dGhlIHNhbX BsZSBub25jZ=="));   // a blank
}

TEST(WsHandshake, splits_a_list_and_trims_its_names) {
  EXPECT_THAT(split_header("livegate.v1, bearer.abc"), ElementsAre("livegate.v1", "bearer.abc"));
  EXPECT_THAT(split_header(" \ta ,,b\t,"), ElementsAre("a", "b"));
  EXPECT_THAT(split_header("one"), ElementsAre("one"));
  EXPECT_THAT(split_header(""), IsEmpty());
  EXPECT_THAT(split_header(" , "), IsEmpty());
}

TEST(WsHandshake, finds_a_token_in_any_case_but_only_whole) {
  EXPECT_TRUE(header_has_token("keep-alive, Upgrade", "upgrade"));
  EXPECT_TRUE(header_has_token("WEBSOCKET", "websocket"));
  EXPECT_FALSE(header_has_token("upgrades", "upgrade"));
  EXPECT_FALSE(header_has_token("", "upgrade"));
}

}  // namespace
}  // namespace livegate::ws
