#include "config/fixed_keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace livegate::config {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(FixedKeys, leave_everything_else_to_the_new_configuration) {
  const Config running;
  Config next;
  next.tokens.push_back({"alice", Redacted("alices-token")});
  next.sessions_max = 7;
  next.pinned_voice = "Puck";
  next.log_level = "debug";
  EXPECT_THAT(keep_fixed_keys(running, next), IsEmpty());
  EXPECT_EQ(next.tokens.size(), 1U);
  EXPECT_EQ(next.sessions_max, 7U);
}

TEST(FixedKeys, stay_as_they_are_and_are_named) {
  Config running;
  running.listen.port = 8080;
  running.key = Redacted("one");
  Config next;
  next.listen.port = 8081;
  next.threads = 3;
  next.key = Redacted("two");
  next.upstream_url = "wss://elsewhere.example";
  next.recorder_dir = "recordings";
  EXPECT_THAT(keep_fixed_keys(running, next),
              ElementsAre("server.listen", "server.threads", "upstream.url", "upstream.key_file",
                          "recorder.dir"));
  EXPECT_EQ(next.listen.port, 8080);
  EXPECT_EQ(next.threads, 0);
  EXPECT_EQ(next.key.reveal(), "one");
  EXPECT_EQ(next.upstream_url, "");
  EXPECT_EQ(next.recorder_dir, "");
}

TEST(FixedKeys, let_certificates_change_but_not_whether_there_are_any) {
  Config running;
  running.tls_cert_file = "a.pem";
  running.tls_key_file = "a.key";
  Config next;
  next.tls_cert_file = "b.pem";
  next.tls_key_file = "b.key";
  EXPECT_THAT(keep_fixed_keys(running, next), IsEmpty());
  EXPECT_EQ(next.tls_cert_file, "b.pem");
  Config plain;
  EXPECT_THAT(keep_fixed_keys(running, plain), ElementsAre("server.tls_cert_file"));
  EXPECT_EQ(plain.tls_cert_file, "a.pem");
  EXPECT_EQ(plain.tls_key_file, "a.key");
}

}  // namespace
}  // namespace livegate::config
