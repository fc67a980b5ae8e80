// The end of a session that has lasted long, or in which nothing is said.
#include "session/session_fixture.h"

namespace livegate::session {
namespace {

class Lasting : public CallTest {
 protected:
  void begin_limited(ClientKind kind, Millis longest, Millis idle) {
    begin({.client = kind, .time_max = longest, .idle_max = idle});
    client_sends(kind == ClientKind::native ? R"({"type":"start"})"
                                            : R"({"setup":{"model":"models/m"}})");
    upstream_comes_up();
    forget();
  }
  void client_asks() {
    client_sends(R"({"type":"text","text":"hello"})");
    reply_audio();
    upstream_says(R"({"serverContent":{"turnComplete":true}})");
  }
};

TEST_F(Lasting, a_native_client_is_warned_and_then_told_why_it_ends) {
  begin_limited(ClientKind::native, 30min, 0ms);
  passes(29min - 1s);
  EXPECT_FALSE(client_was_told("limits.session_minutes"));
  passes(1s);
  EXPECT_TRUE(
      client_was_told("limits.session_minutes: a session lasts 30 minutes at most; this "
                      "one has 1 minute left."));
  EXPECT_TRUE(client_was_told(R"("code":"limited")"));
  EXPECT_FALSE(finished);
  passes(1min);
  EXPECT_TRUE(client_was_told(R"("type":"bye")"));
  EXPECT_TRUE(finished);
  ASSERT_TRUE(closed_client);
  EXPECT_EQ(closed_client->code, 1000);
  EXPECT_EQ(closed_upstream, 1);
}

TEST_F(Lasting, an_app_on_the_live_api_reads_go_away_and_a_reason) {
  begin_limited(ClientKind::live, 30min, 0ms);
  passes(29min);
  EXPECT_TRUE(client_was_told("goAway"));
  EXPECT_TRUE(client_was_told("60s"));
  passes(1min);
  ASSERT_TRUE(closed_client);
  EXPECT_EQ(closed_client->code, 1008);
  EXPECT_EQ(closed_client->reason,
            "RESOURCE_EXHAUSTED: limits.session_minutes: a session lasts 30 minutes at most");
}

TEST_F(Lasting, a_session_in_which_something_is_said_is_not_idle) {
  begin_limited(ClientKind::native, 0ms, 10min);
  for (int i = 0; i < 6; ++i) {
    passes(9min + 30s);
    client_asks();
    EXPECT_FALSE(finished);
  }
  forget();
  passes(9min);
  EXPECT_TRUE(client_was_told("limits.idle_minutes"));
  passes(1min);
  EXPECT_TRUE(finished);
}

TEST_F(Lasting, silence_of_a_microphone_is_nothing_that_is_said) {
  begin_limited(ClientKind::native, 0ms, 60s);
  client_is_silent(61s);
  EXPECT_TRUE(finished);
}

TEST_F(Lasting, a_reply_that_runs_at_the_end_comes_to_its_own) {
  begin_limited(ClientKind::native, 10min, 0ms);
  passes(10min - 1s);
  client_sends(R"({"type":"text","text":"hello"})");
  reply_audio();
  passes(2s);
  EXPECT_FALSE(finished);
  upstream_says(R"({"serverContent":{"generationComplete":true}})");
  upstream_says(R"({"serverContent":{"turnComplete":true}})");
  passes(1s);
  EXPECT_TRUE(finished);
}

TEST_F(Lasting, an_instruction_that_grows_beyond_a_setup_is_refused) {
  begin_ready(ClientKind::live);
  client_sends(R"({"contextUpdate":{"systemInstruction":{"parts":[{"text":")" +
               std::string(300'000, 'a') + R"("}]}}})");
  EXPECT_TRUE(finished);
  ASSERT_TRUE(closed_client);
  EXPECT_EQ(closed_client->code, 1009);
}

}  // namespace
}  // namespace livegate::session
