#include "server/admission.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/limits.h"

namespace livegate::server {
namespace {

using testing::HasSubstr;

constexpr Instant kNow = Instant(100s);

net::HttpRequest request_from(const std::string& address,
                              std::vector<std::pair<std::string, std::string>> headers = {}) {
  net::HttpRequest request;
  request.remote_address = address;
  request.headers = std::move(headers);
  return request;
}

config::Config with(std::size_t sessions) {
  config::Config config;
  config.sessions_max = sessions;
  return config;
}

TEST(AdmissionTest, a_refusal_names_its_limit_what_is_allowed_and_when_to_try_again) {
  config::Config config = with(10);
  config.admission.sessions_per_user = 1;
  config.admission.new_sessions_per_user_minute = 2;
  Admission admission(config);
  const auto start = [&](const std::string& user) {
    return admission.begin(admission.arrive(user, "192.0.2.1", {}), kNow);
  };
  EXPECT_FALSE(start("bob"));
  const auto second = start("bob");
  ASSERT_TRUE(second);
  EXPECT_EQ(second->code, "too_many_sessions");
  EXPECT_EQ(second->message,
            "limits.sessions_per_user: a user may have 1 sessions at one time; try again in 10 "
            "seconds.");
  EXPECT_EQ(second->metric, obs::Metric::refused_user_sessions);
  EXPECT_FALSE(start("alice"));
}

TEST(AdmissionTest, by_default_one_user_leaves_half_and_one_address_a_quarter_to_others) {
  Admission admission(with(200));
  const auto start = [&](const std::string& user, const std::string& address) {
    return !admission.begin(admission.arrive(user, address, {}), kNow);
  };
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(start("bob", "192.0.2.1"));
  EXPECT_FALSE(start("bob", "192.0.2.2"));
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(start("eve", "192.0.2.1"));
  EXPECT_FALSE(start("alice", "192.0.2.1"));
  EXPECT_TRUE(start("alice", "192.0.2.2"));
  EXPECT_FALSE(admission.is_full());
}

TEST(AdmissionTest, a_small_gateway_has_no_bounds_for_one_user_by_default) {
  Admission admission(with(limits::kSessionsPerUserDefaultMin));
  for (std::size_t i = 0; i < limits::kSessionsPerUserDefaultMin; ++i) {
    EXPECT_FALSE(admission.begin(admission.arrive("bob", "192.0.2.1", {}), kNow));
  }
  EXPECT_TRUE(admission.is_full());
  const auto refusal = admission.begin(admission.arrive("bob", "192.0.2.1", {}), kNow);
  ASSERT_TRUE(refusal);
  EXPECT_TRUE(refusal->full);
  EXPECT_EQ(refusal->code, "server_full");
}

TEST(AdmissionTest, tokens_are_counted_by_who_asks_and_only_when_they_are_handed_out) {
  config::Config config;
  config.admission.tokens_per_user_minute = 2;
  Admission admission(config);
  const auto bob = request_from("192.0.2.1", {{"Authorization", "Bearer bobs-long-token-1"}});
  const auto alice = request_from("192.0.2.1", {{"Authorization", "Bearer alices-token-123"}});
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(admission.may_mint(bob, kNow));
  admission.minted(bob, kNow);
  admission.minted(bob, kNow);
  const auto refusal = admission.may_mint(bob, kNow);
  ASSERT_TRUE(refusal);
  EXPECT_THAT(refusal->message, HasSubstr("limits.tokens_per_user_minute: 2 tokens a minute"));
  EXPECT_FALSE(admission.may_mint(alice, kNow));
  auto disguised = bob;
  disguised.query = "user=somebody-else";
  disguised.headers.emplace_back("x-goog-api-key", "anything");
  EXPECT_TRUE(admission.may_mint(disguised, kNow));
}

TEST(AdmissionTest, metrics_are_for_whom_the_configuration_names) {
  config::Config config;
  EXPECT_TRUE(Admission(config).may_read_metrics(request_from("203.0.113.9")));
  config.admission.metrics_allow = {"127.0.0.0/8"};
  config.admission.metrics_token = Redacted("metrics-token-123");
  config.admission.trusted_proxies = {"10.0.0.1"};
  const Admission admission(config);
  EXPECT_TRUE(admission.may_read_metrics(request_from("127.0.0.1")));
  EXPECT_FALSE(admission.may_read_metrics(request_from("203.0.113.9")));
  EXPECT_TRUE(admission.may_read_metrics(
      request_from("203.0.113.9", {{"Authorization", "Bearer metrics-token-123"}})));
  EXPECT_FALSE(admission.may_read_metrics(
      request_from("203.0.113.9", {{"Authorization", "Bearer metrics-token-12"}})));
  EXPECT_FALSE(admission.may_read_metrics(
      request_from("10.0.0.1", {{"X-Forwarded-For", "127.0.0.1, 203.0.113.9"}})));
}

TEST(AdmissionTest, several_headers_of_a_proxy_are_one_list) {
  config::Config config;
  config.admission.trusted_proxies = {"10.0.0.0/8"};
  const Admission admission(config);
  EXPECT_EQ(admission.address_of(request_from(
                "10.0.0.1", {{"X-Forwarded-For", "127.0.0.1"}, {"x-forwarded-for", "192.0.2.7"}})),
            "192.0.2.7");
}

TEST(AdmissionTest, a_response_says_when_to_try_again_in_whole_seconds) {
  net::HttpResponse response;
  tell_when(response, 1ms);
  EXPECT_EQ(response.headers.at(0).second, "1");
  tell_when(response, 1001ms);
  EXPECT_EQ(response.headers.at(1).second, "2");
}

}  // namespace
}  // namespace livegate::server
