#include "config/production.h"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace livegate::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> keys_of(const Config& config) {
  std::vector<std::string> keys;
  for (const Finding& finding : production_findings(config)) keys.push_back(finding.key);
  return keys;
}

// Facing strangers as it should.
Config good() {
  Config config;
  config.listen.host = "0.0.0.0";
  config.tls_cert_file = "cert.pem";
  config.tls_key_file = "key.pem";
  config.tokens.push_back({"alice", Redacted("0123456789abcdef")});
  config.upstream_url = "wss://model.example";
  return config;
}

TEST(Production, finds_nothing_in_the_defaults_which_nobody_else_reaches) {
  EXPECT_THAT(keys_of(Config{}), IsEmpty());
}

TEST(Production, finds_nothing_in_what_is_set_as_it_should_be) {
  EXPECT_THAT(keys_of(good()), IsEmpty());
}

TEST(Production, finds_an_open_gateway_without_encryption) {
  Config config;
  for (const char* host : {"0.0.0.0", "::", "192.0.2.1", "gate.example", "127.gate.example"}) {
    config.listen.host = host;
    EXPECT_THAT(keys_of(config), ElementsAre("auth.tokens", "server.tls_cert_file")) << host;
  }
  for (const char* host : {"127.0.0.1", "127.1.2.3", "::1", "[::1]", "localhost"}) {
    config.listen.host = host;
    EXPECT_THAT(keys_of(config), IsEmpty()) << host;
  }
}

TEST(Production, takes_an_admin_token_for_a_lock) {
  Config config = good();
  config.tokens.clear();
  config.admin_token = Redacted("0123456789abcdef");
  EXPECT_THAT(keys_of(config), IsEmpty());
}

TEST(Production, finds_each_short_token_and_shows_none) {
  Config config = good();
  config.tokens.push_back({"bob", Redacted("short-one")});
  config.admin_token = Redacted("brief-one");
  EXPECT_THAT(keys_of(config), ElementsAre("auth.tokens.bob", "auth.admin_token"));
  for (const Finding& finding : production_findings(config)) {
    EXPECT_THAT(sentence_of(finding), testing::Not(HasSubstr("-one")));
  }
}

TEST(Production, finds_pages_of_anywhere_a_plain_upstream_and_no_log) {
  Config config = good();
  config.allowed_origins = {"https://app.example", "*"};
  config.upstream_url = "ws://model.example:80/ws";
  config.log_level = "off";
  EXPECT_THAT(keys_of(config), ElementsAre("server.allowed_origins", "upstream.url", "log.level"));
  config = good();
  for (const char* url : {"ws://127.0.0.1:9000", "ws://[::1]:9000/x", "ws://localhost"}) {
    config.upstream_url = url;
    EXPECT_THAT(keys_of(config), IsEmpty()) << url;
  }
}

TEST(Production, finds_files_that_others_may_read) {
  using std::filesystem::perms;
  const auto folder =
      std::filesystem::path(testing::TempDir()) / ("production_test_" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  for (const char* name : {"key.pem", "gate.log"}) std::ofstream(folder / name) << "x";
  Config config = good();
  config.tls_key_file = (folder / "key.pem").string();
  config.log_file = (folder / "gate.log").string();
  config.recorder_dir = folder.string();
  std::filesystem::permissions(folder, perms::owner_all | perms::others_exec);
  for (const std::string& file : {config.tls_key_file, config.log_file}) {
    std::filesystem::permissions(file, perms::owner_all | perms::others_read);
  }
  EXPECT_THAT(keys_of(config), ElementsAre("server.tls_key_file", "recorder.dir", "log.file"));
  for (const std::string& file : {config.tls_key_file, config.log_file, config.recorder_dir}) {
    std::filesystem::permissions(file, perms::owner_all | perms::group_read);
  }
  EXPECT_THAT(keys_of(config), IsEmpty());
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace livegate::config
