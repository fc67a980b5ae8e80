#include "server/refusals.h"

#include <chrono>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/limits.h"

namespace livegate::server {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

TEST(Refusals, a_refused_page_is_told_its_origin_and_the_setting_that_lets_it_in) {
  EXPECT_EQ(origin_refusal("http://localhost:5173"),
            "The origin http://localhost:5173 is not allowed here: add it to "
            "server.allowed_origins.");
}

TEST(Refusals, an_origin_of_any_length_and_of_any_bytes_fits_into_a_close_and_one_line) {
  const std::string hostile = "http://a\r\nFAKE LINE\x1b[31m\xff" + std::string(4000, 'x');
  const std::string said = origin_refusal(hostile);
  EXPECT_LE(said.size(), limits::kCloseReasonBytesMax);
  EXPECT_THAT(said, HasSubstr("server.allowed_origins"));
  EXPECT_THAT(said, StartsWith("The origin http://a??FAKE LINE?[31m?"));
  for (const char c : shown_origin(hostile, 200)) EXPECT_TRUE(c >= 0x20 && c <= 0x7E);
  EXPECT_EQ(shown_origin(hostile, 200).size(), 200u);
}

TEST(Refusals, refusals_at_will_cost_a_few_lines_of_the_log_and_no_more) {
  LogAllowance lines;
  const Instant now{std::chrono::hours(1)};
  int logged = 0;
  for (int i = 0; i < 1000; ++i) logged += lines.take(now) ? 1 : 0;
  EXPECT_EQ(logged, LogAllowance::kBurst);
  EXPECT_TRUE(lines.take(now + 1s));
  EXPECT_FALSE(lines.take(now + 1s));
}

TEST(Refusals, an_api_s_path_is_answered_in_its_own_json_and_a_page_in_words) {
  const auto api = refusal_of("/v1beta/models", 404, "NOT_FOUND", "Nothing is here.");
  EXPECT_EQ(api.status, 404);
  EXPECT_THAT(api.content_type, StartsWith("application/json"));
  EXPECT_THAT(api.body, HasSubstr(R"("status": "NOT_FOUND")"));
  EXPECT_EQ(refusal_of("/x", 404, "NOT_FOUND", "Nothing is here.").body, "Nothing is here.\n");
}

}  // namespace
}  // namespace livegate::server
