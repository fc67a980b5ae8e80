#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "config/config.h"
#include "config/production.h"

namespace livegate::config {
namespace {

using testing::HasSubstr;

class IdentityTest : public testing::Test {
 protected:
  IdentityTest() {
    std::filesystem::create_directories(folder_);
    write("keys.json", R"({"kty":"oct","k":"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY"})");
    write("revoked", "user bob\n");
  }
  ~IdentityTest() override { std::filesystem::remove_all(folder_); }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name) << text;
  }
  [[nodiscard]] Loaded read(const std::string& text) const {
    return parse(text, (folder_ / "gate.toml").string());
  }
  [[nodiscard]] std::string refusal(const std::string& text) const {
    const auto config = read(text);
    EXPECT_FALSE(config) << text;
    return config ? "" : config.error();
  }
  std::filesystem::path folder_ =
      std::filesystem::path(testing::TempDir()) / ("identity_test_" + std::to_string(::getpid()));
};

constexpr const char* kRules = "[auth.jwt]\nissuer = \"i\"\naudience = \"a\"\n";

TEST_F(IdentityTest, keys_and_revocations_are_read_from_where_the_configuration_stands) {
  const auto config = read(std::string("[auth]\nrevoked_file = \"revoked\"\n") + kRules +
                           "keys_file = \"keys.json\"\nskew_s = 5\n");
  ASSERT_TRUE(config) << config.error();
  EXPECT_EQ(config->identity.keys.size(), 1U);
  EXPECT_TRUE(config->identity.revoked.has_user("bob"));
  EXPECT_EQ(config->identity.rules.skew, std::chrono::seconds(5));
  EXPECT_FALSE(config->open_to_all());
  EXPECT_TRUE(Config{}.open_to_all());
}

TEST_F(IdentityTest, a_file_that_is_missing_or_wrong_is_refused_by_its_key) {
  write("bad", "nonsense");
  EXPECT_THAT(refusal(std::string(kRules) + "keys_file = \"none\""),
              HasSubstr("auth.jwt.keys_file"));
  EXPECT_THAT(refusal(std::string(kRules) + "keys_file = \"bad\""),
              HasSubstr("auth.jwt.keys_file"));
  EXPECT_THAT(refusal("[auth]\nrevoked_file = \"bad\""), HasSubstr("auth.revoked_file"));
  EXPECT_THAT(refusal("[auth]\nrevoked_file = \"none\""), HasSubstr("auth.revoked_file"));
}

TEST_F(IdentityTest, keys_without_issuer_or_audience_are_refused) {
  EXPECT_THAT(refusal("[auth.jwt]\naudience = \"a\"\nkeys_file = \"keys.json\""),
              HasSubstr("auth.jwt.issuer"));
  EXPECT_THAT(refusal("[auth.jwt]\nissuer = \"i\"\njwks_url = \"https://id.example/keys\""),
              HasSubstr("auth.jwt.audience"));
}

TEST_F(IdentityTest, keys_travel_encrypted_or_not_at_all) {
  for (const char* url : {"http://id.example/keys", "http://127.0.0.1.id.example/", "file:///keys",
                          "http://127.0.0.1@id.example/", "ws://127.0.0.1/", "http://"}) {
    EXPECT_THAT(refusal(std::string(kRules) + "jwks_url = \"" + url + "\""),
                HasSubstr("auth.jwt.jwks_url"))
        << url;
  }
  for (const char* url :
       {"https://id.example/keys", "http://127.0.0.1:8000/keys", "http://[::1]:8000/keys"}) {
    EXPECT_TRUE(read(std::string(kRules) + "jwks_url = \"" + url + "\"")) << url;
  }
}

TEST_F(IdentityTest, an_unknown_key_of_the_inner_table_is_refused_by_name) {
  EXPECT_THAT(refusal("[auth.jwt]\nisuer = \"i\""), HasSubstr("did you mean 'issuer'"));
  EXPECT_THAT(refusal("[auth]\njwt = 3"), HasSubstr("auth.jwt"));
  EXPECT_THAT(refusal("[auth.jwd]\nissuer = \"i\""), HasSubstr("did you mean 'jwt'"));
}

TEST_F(IdentityTest, a_file_of_keys_that_others_may_read_is_not_for_production) {
  std::filesystem::permissions(folder_ / "keys.json", std::filesystem::perms::others_read,
                               std::filesystem::perm_options::add);
  auto config = read(std::string(kRules) + "keys_file = \"keys.json\"\n");
  ASSERT_TRUE(config);
  const auto found = production_findings(*config);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found.front().key, "auth.jwt.keys_file");
}

}  // namespace
}  // namespace livegate::config
