#include "session/close_policy.h"

#include <gtest/gtest.h>

namespace livegate::session {
namespace {

struct Case {
  std::uint16_t code;
  const char* reason;
  bool resuming;
  CloseVerdict verdict;
};

TEST(ClosePolicy, every_close_of_the_service_has_its_verdict) {
  const Case cases[] = {
      {1006, "", false, CloseVerdict::resume},
      {1000, "The operation was cancelled.", false, CloseVerdict::resume},
      {1011, "Internal error encountered.", false, CloseVerdict::resume},
      {1011, "The service is currently unavailable.", true, CloseVerdict::resume},
      {1011, "Deadline expired before operation could complete.", false, CloseVerdict::resume},
      {1008, "The operation was aborted.", false, CloseVerdict::resume},
      {1008, "Connection aborted because the client failed to close the connection after receiving",
       false, CloseVerdict::resume},
      {1007, "API key not valid. Please pass a valid API key.", false, CloseVerdict::stop},
      {1007, "API key not valid. Please pass a valid API key.", true, CloseVerdict::stop},
      {1007, "Request contains an invalid argument.", false, CloseVerdict::stop},
      {1007, "Request contains an invalid argument.", true, CloseVerdict::fresh},
      {1008, "Method doesn't allow unregistered callers (callers without established identity).",
       false, CloseVerdict::stop},
      {1008, "models/x is not found for API version v1beta", false, CloseVerdict::stop},
      {1011, "You exceeded your current quota, please check your plan and billing details", false,
       CloseVerdict::stop},
      {1011, "RESOURCE_EXHAUSTED", false, CloseVerdict::stop},
  };
  for (const Case& one : cases) {
    EXPECT_EQ(close_policy(one.code, one.reason, one.resuming).verdict, one.verdict)
        << one.code << ' ' << one.reason << (one.resuming ? " (resuming)" : "");
  }
}

TEST(ClosePolicy, whoever_is_stopped_is_told_what_to_change) {
  EXPECT_NE(close_policy(1007, "API key not valid.", false).advice.find("GEMINI_API_KEY"),
            std::string_view::npos);
  EXPECT_FALSE(close_policy(1008, "models/x is not found", false).advice.empty());
}

}  // namespace
}  // namespace livegate::session
