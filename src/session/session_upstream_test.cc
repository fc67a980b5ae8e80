// What a call makes of a model's side that breaks, refuses, or goes away.

#include "session/session_fixture.h"

namespace livegate::session {
namespace {

using UpstreamOfACall = CallTest;

TEST_F(UpstreamOfACall, a_broken_connection_is_mended_and_the_client_is_told_both) {
  begin_ready();
  upstream_dies();
  EXPECT_TRUE(client_was_told("reconnecting"));
  EXPECT_FALSE(finished);
  passes(1s);
  EXPECT_EQ(opened, 2);
  upstream_comes_up();
  EXPECT_TRUE(client_was_told("reconnected"));
  EXPECT_FALSE(client_was_told(R"("type":"ready")")) << "once is enough";
  reply_audio();
  EXPECT_GT(client_audio_bytes, 0u);
}

TEST_F(UpstreamOfACall, the_newest_resumable_handle_is_used) {
  begin_ready();
  upstream_says(R"({"sessionResumptionUpdate":{"newHandle":"h-1","resumable":true}})");
  upstream_says(R"({"sessionResumptionUpdate":{"newHandle":"h-2","resumable":true}})");
  upstream_says(R"({"sessionResumptionUpdate":{}})");
  upstream_dies();
  passes(1s);
  upstream_opens();
  EXPECT_TRUE(upstream_was_told("h-2"));
  upstream_says(R"({"setupComplete":{}})");
  EXPECT_TRUE(client_was_told(R"("resumed":true)"));
}

TEST_F(UpstreamOfACall, a_refused_handle_leads_to_a_fresh_session) {
  begin_ready();
  upstream_says(R"({"sessionResumptionUpdate":{"newHandle":"h-1","resumable":true}})");
  upstream_dies();
  passes(1s);
  upstream_opens();
  upstream_dies(1007, "Request contains an invalid argument.");
  EXPECT_FALSE(finished);
  passes(3s);
  forget();
  upstream_opens();
  EXPECT_FALSE(upstream_was_told("h-1"));
  upstream_says(R"({"setupComplete":{}})");
  EXPECT_TRUE(client_was_told(R"("resumed":false)"));
}

TEST_F(UpstreamOfACall, speech_said_meanwhile_is_sent_when_the_model_is_back) {
  begin_ready();
  upstream_dies();
  client_speaks(500ms);
  client_is_silent(600ms);
  EXPECT_TRUE(upstream_texts.empty());
  upstream_comes_up();
  EXPECT_GE(upstream_heard("audio/pcm"), 1u);
  passes(2s);
  EXPECT_EQ(upstream_heard("audioStreamEnd"), 1u);
  EXPECT_TRUE(client_was_told(R"("dropped_ms":0)"));
}

TEST_F(UpstreamOfACall,
       of_a_long_monologue_the_last_five_seconds_are_kept_and_the_rest_is_counted) {
  begin({.client = ClientKind::native, .backoff = {.base = 120s, .cap = 120s}});
  client_sends(R"({"type":"start"})");
  upstream_comes_up();
  forget();
  upstream_dies();
  Millis spoken{0};
  for (; opened < 2; spoken += 500ms) client_speaks(500ms);
  ASSERT_GT(spoken, 6s) << "the seed must draw a long wait for this test to mean anything";
  upstream_comes_up();
  EXPECT_GT(session->counters().samples_dropped, 0u);
  EXPECT_LE(session->counters().samples_forwarded, 5u * 16000u);
}

TEST_F(UpstreamOfACall, a_typed_line_and_a_tool_result_survive_the_gap) {
  begin_ready();
  upstream_dies();
  client_sends(R"({"type":"text","text":"and the kitchen"})");
  EXPECT_FALSE(client_was_told("busy"));
  passes(1s);
  upstream_comes_up();
  EXPECT_TRUE(upstream_was_told("and the kitchen"));
}

TEST_F(UpstreamOfACall, more_than_can_be_kept_is_refused_not_hoarded) {
  begin_ready();
  upstream_dies();
  for (int i = 0; i < 40; ++i) client_sends(R"({"type":"text","text":"again"})");
  EXPECT_TRUE(client_was_told("busy"));
  EXPECT_FALSE(finished);
}

TEST_F(UpstreamOfACall, a_running_reply_is_cut_off_but_its_tool_calls_are_not) {
  begin_ready();
  reply_audio();
  upstream_says(R"({"toolCall":{"functionCalls":[{"id":"c1","name":"f","args":{}}]}})");
  upstream_dies();
  EXPECT_TRUE(client_was_told("turn_complete"));
  EXPECT_TRUE(client_was_told("cut_off"));
  EXPECT_FALSE(client_was_told("tool_cancelled"));
}

TEST_F(UpstreamOfACall, a_call_that_ends_cancels_its_tool_calls) {
  begin_ready();
  upstream_says(R"({"toolCall":{"functionCalls":[{"id":"c1","name":"f","args":{}}]}})");
  upstream_dies(1008, "models/gone is not found");
  EXPECT_TRUE(finished);
  EXPECT_TRUE(client_was_told("tool_cancelled"));
}

TEST_F(UpstreamOfACall, what_a_dead_connection_still_says_is_ignored) {
  begin_ready();
  const std::uint32_t dead = epoch;
  upstream_dies();
  passes(1s);
  upstream_comes_up();
  forget();
  happens(UpstreamMessage{
      dead, PaddedString(R"({"serverContent":{"outputTranscription":{"text":"ghost"}}})").text()});
  happens(UpstreamGone{dead, true, 1006, ""});
  happens(UpstreamOpened{dead});
  EXPECT_TRUE(client_texts.empty());
  EXPECT_FALSE(finished);
}

TEST_F(UpstreamOfACall, a_wrong_key_ends_the_call_with_what_to_change) {
  begin_native();
  client_sends(R"({"type":"start"})");
  upstream_opens();
  upstream_dies(1007, "API key not valid. Please pass a valid API key.");
  EXPECT_TRUE(client_was_told("upstream_refused"));
  EXPECT_TRUE(client_was_told("GEMINI_API_KEY"));
  EXPECT_TRUE(finished);
  EXPECT_EQ(opened, 1) << "the same key is refused again";
}

TEST_F(UpstreamOfACall, an_unreachable_model_ends_the_call_after_the_allowed_tries) {
  begin_native();
  client_sends(R"({"type":"start"})");
  for (int i = 0; i < 4 && !finished; ++i) {
    upstream_cannot_be_reached();
    passes(8s);
  }
  EXPECT_TRUE(finished);
  EXPECT_EQ(opened, 4);
  EXPECT_TRUE(client_was_told("upstream_unavailable"));
  EXPECT_TRUE(client_was_told("connection refused"));
}

TEST_F(UpstreamOfACall, a_model_that_never_answers_the_setup_is_tried_again) {
  begin_native();
  client_sends(R"({"type":"start"})");
  upstream_opens();
  passes(14s);
  EXPECT_EQ(opened, 1);
  passes(3s);
  EXPECT_EQ(closed_upstream, 1);
  EXPECT_EQ(opened, 2);
}

TEST_F(UpstreamOfACall, an_idle_connection_is_kept_alive) {
  begin_ready();
  passes(60s);
  EXPECT_EQ(pings, 2);
}

TEST_F(UpstreamOfACall, an_announced_end_is_left_in_a_quiet_moment) {
  begin_ready();
  reply_audio();
  upstream_says(R"({"goAway":{"timeLeft":"50s"}})");
  EXPECT_EQ(opened, 1) << "not in the middle of a reply";
  upstream_says(R"({"serverContent":{"turnComplete":true}})");
  EXPECT_EQ(closed_upstream, 1);
  EXPECT_EQ(opened, 2);
  upstream_comes_up();
  EXPECT_TRUE(client_was_told("reconnected"));
}

TEST_F(UpstreamOfACall, an_announced_end_is_left_in_time_even_if_no_quiet_moment_comes) {
  begin_ready();
  reply_audio();
  upstream_says(R"({"goAway":{"timeLeft":"20s"}})");
  passes(14s);
  EXPECT_EQ(opened, 1);
  passes(2s);
  EXPECT_EQ(opened, 2);
}

TEST_F(UpstreamOfACall, a_message_that_is_no_json_is_counted_and_harms_nothing) {
  begin_ready();
  upstream_says("{broken");
  EXPECT_FALSE(finished);
  reply_audio();
  EXPECT_GT(client_audio_bytes, 0u);
}

}  // namespace
}  // namespace livegate::session
