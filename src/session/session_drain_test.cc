// What a session does when its gateway is going down.
#include "session/session_fixture.h"

namespace livegate::session {
namespace {

constexpr Millis kTimeLeft = 25s;

class Draining : public CallTest {
 protected:
  void drain_is_announced() { happens(DrainAnnounced{kTimeLeft}); }
  void client_asks() { client_sends(R"({"type":"text","text":"hello"})"); }
  void reply_ends() {
    upstream_says(R"({"serverContent":{"generationComplete":true}})");
    upstream_says(R"({"serverContent":{"turnComplete":true}})");
  }
  // One second of it.
  void long_reply_audio() {
    std::string data;
    for (int i = 0; i < 16'000; ++i) data += "ICAg";
    upstream_says(
        R"({"serverContent":{"modelTurn":{"parts":[{"inlineData":{"mimeType":"audio/pcm;rate=24000","data":")" +
        data + R"("}}]}}})");
  }
  void expect_goes_on() const { EXPECT_FALSE(finished); }
  void expect_ended() const {
    EXPECT_TRUE(finished);
    ASSERT_TRUE(closed_client);
    EXPECT_EQ(closed_client->code, 1001);
    EXPECT_EQ(closed_upstream, 1);
    EXPECT_FALSE(session->next_deadline());
  }
};

TEST_F(Draining, a_session_at_rest_ends_at_once_and_is_told_to_come_back) {
  begin_ready();
  drain_is_announced();
  EXPECT_TRUE(
      client_was_told(R"("type":"bye","reason":"the gateway is shutting down","reconnect":true)"));
  expect_ended();
}

TEST_F(Draining, a_client_that_has_not_begun_is_sent_away_at_once) {
  begin_native();
  drain_is_announced();
  EXPECT_TRUE(finished);
  EXPECT_EQ(closed_client->code, 1001);
}

TEST_F(Draining, a_reply_comes_to_its_end) {
  begin_ready();
  client_asks();
  reply_audio();
  drain_is_announced();
  expect_goes_on();
  reply_audio();
  expect_goes_on();
  reply_ends();
  passes(1s);  // until it has been played
  expect_ended();
}

TEST_F(Draining, a_question_is_answered) {
  begin_ready();
  client_asks();
  drain_is_announced();
  expect_goes_on();
  reply_audio();
  reply_ends();
  passes(1s);
  expect_ended();
}

TEST_F(Draining, who_is_speaking_is_heard_and_answered) {
  begin_ready();
  client_speaks(600ms);
  drain_is_announced();
  client_speaks(200ms);
  expect_goes_on();
  client_is_silent(1500ms);
  expect_goes_on();
  reply_audio();
  reply_ends();
  passes(1s);
  expect_ended();
}

TEST_F(Draining, what_the_client_still_plays_is_heard) {
  begin_ready();
  client_asks();
  long_reply_audio();
  reply_ends();
  drain_is_announced();
  expect_goes_on();
  passes(900ms);
  expect_goes_on();
  passes(1s);
  expect_ended();
}

TEST_F(Draining, a_tool_that_the_client_runs_is_waited_for) {
  begin_ready();
  client_asks();
  upstream_says(R"({"toolCall":{"functionCalls":[{"id":"1","name":"f","args":{}}]}})");
  drain_is_announced();
  passes(5s);
  expect_goes_on();
}

TEST_F(Draining, a_session_that_does_not_come_to_an_end_is_ended_in_time) {
  begin_ready();
  client_asks();
  reply_audio();
  drain_is_announced();
  passes(kTimeLeft - 1ms);
  expect_goes_on();
  passes(1ms);
  expect_ended();
}

TEST_F(Draining, a_client_that_is_away_is_not_waited_for) {
  begin({.client = ClientKind::native, .resume_grace = 30s, .resume_token = "t"});
  client_sends(R"({"type":"start"})");
  upstream_comes_up();
  client_asks();
  long_reply_audio();
  happens(ClientGone{});
  ASSERT_FALSE(finished);
  drain_is_announced();
  EXPECT_TRUE(finished);
}

TEST_F(Draining, an_app_on_the_live_api_reads_go_away_and_the_rest_of_its_reply) {
  begin_ready(ClientKind::live);
  client_sends(R"({"realtimeInput":{"text":"hello"}})");
  reply_audio();
  drain_is_announced();
  EXPECT_TRUE(client_was_told(R"("timeLeft": "25s")"));
  expect_goes_on();
  reply_ends();
  passes(1s);
  EXPECT_TRUE(client_was_told("turnComplete"));
  expect_ended();
}

TEST_F(Draining, a_second_word_of_it_ends_everything) {
  begin_ready();
  client_asks();
  drain_is_announced();
  expect_goes_on();
  happens(DrainRequested{});
  expect_ended();
}

}  // namespace
}  // namespace livegate::session
