#include "server/upstream_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace livegate::server {
namespace {

using testing::HasSubstr;

UpstreamVerdict of(int status, std::string body = {}) {
  return verdict_of(net::FetchedPage{.status = status, .body = std::move(body)});
}

TEST(UpstreamWatch, a_service_that_answers_is_good_whatever_it_thinks_of_the_page) {
  for (const int status : {200, 400, 404, 405, 426, 429}) {
    EXPECT_EQ(of(status).state, UpstreamState::good) << status;
  }
}

TEST(UpstreamWatch, a_key_that_is_refused_is_told_from_a_service_that_is_away) {
  EXPECT_EQ(of(401).state, UpstreamState::refused);
  EXPECT_EQ(of(403).state, UpstreamState::refused);
  EXPECT_EQ(of(400, R"({"error":{"message":"API key not valid."}})").state, UpstreamState::refused);
  EXPECT_THAT(of(403).sentence, HasSubstr("GEMINI_API_KEY"));
  EXPECT_EQ(of(503).state, UpstreamState::unreachable);
  const auto gone = verdict_of(
      Unexpected{net::ConnectError{.fault = net::ConnectFault::resolve,
                                   .message = "cannot find model.example: there is no such name",
                                   .told = "cannot find the server: there is no such name"}});
  EXPECT_EQ(gone.state, UpstreamState::unreachable);
  EXPECT_EQ(gone.sentence, "cannot find the server: there is no such name");
  EXPECT_EQ(gone.detail, "cannot find model.example: there is no such name");
}

}  // namespace
}  // namespace livegate::server
