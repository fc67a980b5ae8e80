#include "offline/offline_server_request.h"

#include <gtest/gtest.h>

namespace livegate::offline {
namespace {

const std::string kPath =
    "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent";

std::string version_of(const std::string& path) {
  const auto found = live_path(path);
  return found && !found->constrained && !found->vertex ? found->version : "";
}

TEST(OfflineRequest, row_2_each_version_a_doubled_slash_and_a_prefix_are_the_live_api) {
  EXPECT_EQ(version_of(kPath), "v1beta");
  EXPECT_EQ(version_of("/" + kPath), "v1beta");
  EXPECT_EQ(version_of("/a/prefix" + kPath), "v1beta");
  EXPECT_EQ(version_of("/ws/google.ai.generativelanguage.v1.GenerativeService.BidiGenerateContent"),
            "v1");
  EXPECT_EQ(
      version_of("/ws/google.ai.generativelanguage.v1alpha.GenerativeService.BidiGenerateContent"),
      "v1alpha");
}

TEST(OfflineRequest, row_4_other_paths_are_not) {
  for (const std::string& path :
       {std::string("/"), std::string("/ws/"), kPath + "/", kPath + "constrained", kPath.substr(1),
        std::string("/ws/google.ai.generativelanguage.v2.GenerativeService.BidiGenerateContent"),
        std::string("/ws/google.cloud.aiplatform.v1beta.LlmBidiService/BidiGenerateContent")}) {
    EXPECT_FALSE(live_path(path)) << path;
  }
}

TEST(OfflineRequest, the_method_for_tokens_and_vertex_have_paths_of_their_own) {
  EXPECT_EQ(live_path(kPath + "Constrained"),
            (LivePath{.version = "v1beta", .constrained = true, .vertex = false}));
  EXPECT_EQ(live_path("//ws/google.cloud.aiplatform.v1beta1.LlmBidiService/BidiGenerateContent"),
            (LivePath{.version = "v1beta1", .constrained = false, .vertex = true}));
  EXPECT_TRUE(is_token_path("/v1alpha/auth_tokens"));
  EXPECT_TRUE(is_token_path("/prefix/v1/auth_tokens"));
  EXPECT_FALSE(is_token_path("/v2/auth_tokens"));
  EXPECT_FALSE(is_token_path("/auth_tokens"));
  EXPECT_FALSE(is_token_path("/v1/auth_tokens/x"));
}

net::HttpRequest request(const std::string& query, const std::string& header) {
  net::HttpRequest made;
  made.method = "GET";
  made.query = query;
  if (!header.empty()) made.headers.emplace_back("X-Goog-Api-Key", header);
  return made;
}

TEST(OfflineRequest, row_3_the_key_may_come_in_the_query_or_in_the_header) {
  const Redacted wanted("secret");
  EXPECT_EQ(check_key(request("key=secret", ""), wanted), KeyCheck::passed);
  EXPECT_EQ(check_key(request("", "secret"), wanted), KeyCheck::passed);
  EXPECT_EQ(check_key(request("alt=ws&key=secret", ""), wanted), KeyCheck::passed);
}

TEST(OfflineRequest, another_key_is_wrong_and_none_is_missing) {
  const Redacted wanted("secret");
  EXPECT_EQ(check_key(request("key=secre", ""), wanted), KeyCheck::wrong);
  EXPECT_EQ(check_key(request("key=secrets", ""), wanted), KeyCheck::wrong);
  EXPECT_EQ(check_key(request("", "Secret"), wanted), KeyCheck::wrong);
  EXPECT_EQ(check_key(request("", ""), wanted), KeyCheck::missing);
}

net::HttpRequest with_authorization(const std::string& value) {
  net::HttpRequest made;
  made.headers.emplace_back("Authorization", value);
  return made;
}

TEST(OfflineRequest, rows_46_and_47_a_token_opens_the_constrained_method_and_no_other) {
  AuthTokenStore tokens;
  ASSERT_TRUE(tokens.create({}, "auth_tokens/abc", Instant{}, WallTime{}));
  const LivePath constrained{.version = "v1", .constrained = true, .vertex = false};
  const LivePath plain{.version = "v1", .constrained = false, .vertex = false};
  const auto check = [&](const net::HttpRequest& made, const LivePath& path) {
    return admit(made, path, Redacted("secret"), tokens);
  };
  for (const auto& made :
       {request("access_token=auth_tokens/abc", ""), request("access_token=auth_tokens%2Fabc", ""),
        with_authorization("Token auth_tokens/abc")}) {
    EXPECT_TRUE(check(made, constrained).token);
    EXPECT_EQ(check(made, plain).check, KeyCheck::refused);
  }
  EXPECT_EQ(check(request("access_token=auth_tokens/other", ""), constrained).check,
            KeyCheck::refused);
  EXPECT_EQ(check(request("key=secret", ""), constrained).check, KeyCheck::missing);
  EXPECT_EQ(check(with_authorization("Bearer secret"), plain).check, KeyCheck::passed);
}

TEST(OfflineRequest, without_a_wanted_key_every_request_passes) {
  EXPECT_EQ(check_key(request("", ""), Redacted()), KeyCheck::passed);
  EXPECT_EQ(check_key(request("key=anything", ""), Redacted()), KeyCheck::passed);
}

}  // namespace
}  // namespace livegate::offline
