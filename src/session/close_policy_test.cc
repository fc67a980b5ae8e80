#include "session/close_policy.h"

#include <gtest/gtest.h>

namespace livegate::session {
namespace {

struct Case {
  std::uint16_t code;
  const char* reason;
  ClosedIn where;
  CloseVerdict verdict;
};

TEST(ClosePolicy, every_close_of_the_service_has_its_verdict) {
  const Case cases[] = {
      {1006, "", ClosedIn::conversation, CloseVerdict::resume},
      {1000, "The operation was cancelled.", ClosedIn::conversation, CloseVerdict::resume},
      {1011, "Internal error encountered.", ClosedIn::conversation, CloseVerdict::resume},
      {1011, "The service is currently unavailable.", ClosedIn::resumption, CloseVerdict::resume},
      {1011, "Deadline expired before operation could complete.", ClosedIn::conversation,
       CloseVerdict::resume},
      {1008, "The operation was aborted.", ClosedIn::conversation, CloseVerdict::resume},
      {1008, "Connection aborted because the client failed to close the connection after receiving",
       ClosedIn::conversation, CloseVerdict::resume},
      {1007, "API key not valid. Please pass a valid API key.", ClosedIn::conversation,
       CloseVerdict::stop},
      {1007, "API key not valid. Please pass a valid API key.", ClosedIn::resumption,
       CloseVerdict::stop},
      {1007, "Request contains an invalid argument.", ClosedIn::setup, CloseVerdict::stop},
      {1007, "Request contains an invalid argument.", ClosedIn::conversation, CloseVerdict::anew},
      {1007, "Request contains an invalid argument.", ClosedIn::resumption, CloseVerdict::fresh},
      {1008, "Method doesn't allow unregistered callers (callers without established identity).",
       ClosedIn::conversation, CloseVerdict::stop},
      {1008, "models/x is not found for API version v1beta", ClosedIn::conversation,
       CloseVerdict::stop},
      {1008, "publishers/google/models/x is not found for API version v1beta, or is not supported",
       ClosedIn::setup, CloseVerdict::stop},
      {1008, "Words that nobody has seen yet", ClosedIn::setup, CloseVerdict::stop},
      {1008, "Words that nobody has seen yet", ClosedIn::resumption, CloseVerdict::resume},
      {1008, "Words that nobody has seen yet", ClosedIn::conversation, CloseVerdict::anew},
      {1008, "The operation was aborted.", ClosedIn::setup, CloseVerdict::resume},
      {1006, "a.example:443 refused the upgrade to WebSocket with HTTP status 403", ClosedIn::setup,
       CloseVerdict::stop},
      {1006, "a.example:443 refused the upgrade to WebSocket with HTTP status 503", ClosedIn::setup,
       CloseVerdict::resume},
      {1011, "You exceeded your current quota, please check your plan and billing details",
       ClosedIn::conversation, CloseVerdict::stop},
      {1011, "RESOURCE_EXHAUSTED", ClosedIn::conversation, CloseVerdict::stop},
  };
  for (const Case& one : cases) {
    EXPECT_EQ(close_policy(one.code, one.reason, one.where).verdict, one.verdict)
        << one.code << ' ' << one.reason << static_cast<int>(one.where);
  }
}

TEST(ClosePolicy, whoever_is_stopped_is_told_what_to_change) {
  EXPECT_NE(close_policy(1007, "API key not valid.", ClosedIn::setup).advice.find("GEMINI_API_KEY"),
            std::string_view::npos);
  EXPECT_FALSE(close_policy(1008, "models/x is not found", ClosedIn::setup).advice.empty());
}

}  // namespace
}  // namespace livegate::session
