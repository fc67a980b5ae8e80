#include "offline/offline_server_request.h"

#include <gtest/gtest.h>

namespace livegate::offline {
namespace {

const std::string kPath =
    "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent";

TEST(OfflineRequest, row_2_each_version_a_doubled_slash_and_a_prefix_are_the_live_api) {
  EXPECT_EQ(live_api_version(kPath), "v1beta");
  EXPECT_EQ(live_api_version("/" + kPath), "v1beta");
  EXPECT_EQ(live_api_version("/a/prefix" + kPath), "v1beta");
  EXPECT_EQ(
      live_api_version("/ws/google.ai.generativelanguage.v1.GenerativeService.BidiGenerateContent"),
      "v1");
  EXPECT_EQ(live_api_version(
                "/ws/google.ai.generativelanguage.v1alpha.GenerativeService.BidiGenerateContent"),
            "v1alpha");
}

TEST(OfflineRequest, row_4_other_paths_are_not) {
  EXPECT_FALSE(live_api_version("/"));
  EXPECT_FALSE(live_api_version("/ws/"));
  EXPECT_FALSE(live_api_version(kPath + "/"));
  EXPECT_FALSE(live_api_version(kPath + "Constrained"));
  EXPECT_FALSE(live_api_version(kPath.substr(1)));
  EXPECT_FALSE(live_api_version(
      "/ws/google.ai.generativelanguage.v2.GenerativeService.BidiGenerateContent"));
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

TEST(OfflineRequest, without_a_wanted_key_every_request_passes) {
  EXPECT_EQ(check_key(request("", ""), Redacted()), KeyCheck::passed);
  EXPECT_EQ(check_key(request("key=anything", ""), Redacted()), KeyCheck::passed);
}

}  // namespace
}  // namespace livegate::offline
