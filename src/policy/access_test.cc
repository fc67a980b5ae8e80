#include "policy/access.h"

#include <gtest/gtest.h>

namespace livegate::policy {
namespace {

TEST(Origin, a_client_that_is_no_browser_sends_none_and_may_come) {
  EXPECT_TRUE(origin_allowed("", "127.0.0.1:8080", {}));
}

TEST(Origin, the_gateways_own_page_may_come_by_address_and_by_localhost) {
  EXPECT_TRUE(origin_allowed("http://127.0.0.1:8080", "127.0.0.1:8080", {}));
  EXPECT_TRUE(origin_allowed("http://localhost:8080", "localhost:8080", {}));
  EXPECT_TRUE(origin_allowed("https://192.168.1.7", "192.168.1.7", {}));
  EXPECT_TRUE(origin_allowed("http://[::1]:8080", "[::1]:8080", {}));
  EXPECT_TRUE(origin_allowed("HTTP://LocalHost:8080", "localhost:8080", {}));
}

TEST(Origin, a_foreign_page_may_not) {
  EXPECT_FALSE(origin_allowed("https://evil.example", "127.0.0.1:8080", {}));
  EXPECT_FALSE(origin_allowed("http://127.0.0.1:9999", "127.0.0.1:8080", {}));
  EXPECT_FALSE(origin_allowed("http://127.0.0.1.evil.example", "127.0.0.1.evil.example", {}));
  EXPECT_FALSE(origin_allowed("null", "127.0.0.1:8080", {}));
  EXPECT_FALSE(origin_allowed("file://", "127.0.0.1:8080", {}));
}

TEST(Origin, a_name_rebound_to_this_machine_is_not_our_own) {
  EXPECT_FALSE(origin_allowed("http://evil.example:8080", "evil.example:8080", {}));
}

TEST(Origin, listed_pages_may_come) {
  EXPECT_TRUE(
      origin_allowed("https://app.example.com", "gw.example.com", {"https://app.example.com"}));
  EXPECT_FALSE(
      origin_allowed("http://app.example.com", "gw.example.com", {"https://app.example.com"}));
  EXPECT_TRUE(origin_allowed("https://any.example", "gw.example.com", {"*"}));
}

TEST(Users, the_right_token_names_its_user_and_no_other_does) {
  const std::vector<KnownToken> tokens =
      known_tokens({{"ann", Redacted("alpha")}, {"bob", Redacted("beta")}});
  ASSERT_NE(find_user("beta", tokens), nullptr);
  EXPECT_EQ(find_user("beta", tokens)->user, "bob");
  for (const char* wrong : {"", "bet", "betaa", "Beta", "betabeta", "alphabeta"}) {
    EXPECT_EQ(find_user(wrong, tokens), nullptr) << wrong;
  }
  EXPECT_EQ(find_user("", known_tokens({{"empty", Redacted("")}})), nullptr);
}

TEST(Users, a_token_is_found_wherever_a_client_may_put_it) {
  EXPECT_EQ(presented_token({.authorization = "Bearer T"}), "T");
  EXPECT_EQ(presented_token({.authorization = "bearer  T "}), "T");
  EXPECT_EQ(presented_token({.authorization = "Token auth_tokens/T"}), "auth_tokens/T");
  EXPECT_EQ(presented_token({.protocols = "livegate.v1, bearer.T"}), "T");
  EXPECT_EQ(presented_token({.api_key_header = "T"}), "T");
  EXPECT_EQ(presented_token({.key_query = "T"}), "T");
  EXPECT_EQ(presented_token({.token_query = "T"}), "T");
  EXPECT_EQ(presented_token({.authorization = "Basic T"}), "");
  EXPECT_EQ(presented_token({}), "");
}

}  // namespace
}  // namespace livegate::policy
