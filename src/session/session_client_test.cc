// A client that loses its connection and comes back, as the session core sees it.
#include "base/limits.h"
#include "session/session_fixture.h"

namespace livegate::session {
namespace {

class ComingBack : public CallTest {
 protected:
  void begin_resumable(ClientKind kind = ClientKind::native) {
    begin({.client = kind, .resume_grace = 30s, .resume_token = "token-one"});
    client_sends(kind == ClientKind::native
                     ? R"({"type":"start"})"
                     : R"({"setup":{"model":"models/m","sessionResumption":{}}})");
    upstream_comes_up();
    if (kind == ClientKind::live) upstream_offers("h-1");
    forget();
  }
  void upstream_offers(const std::string& handle) {
    upstream_says(R"({"sessionResumptionUpdate":{"newHandle":")" + handle +
                  R"(","resumable":true}})");
  }
  void breaks(std::size_t unsent = 0) { happens(ClientGone{.unsent = unsent}); }
  void returns(std::optional<std::uint64_t> received) {
    ASSERT_TRUE(session->may_return(received));
    happens(ClientReturned{received, "token-two"});
  }
};

TEST_F(ComingBack, the_way_back_is_offered_in_ready_and_only_with_grace) {
  begin({.client = ClientKind::native, .resume_grace = 30s, .resume_token = "token-one"});
  client_sends(R"({"type":"start"})");
  upstream_comes_up();
  EXPECT_TRUE(client_was_told(R"("resume":{"token":"token-one","grace_ms":30000}})"));
  EXPECT_FALSE(client_was_told("resumed"));
  begin({.client = ClientKind::native, .resume_token = "token-one"});
  forget();
  client_sends(R"({"type":"start"})");
  upstream_comes_up();
  EXPECT_TRUE(client_was_told(R"("type":"ready")"));
  EXPECT_FALSE(client_was_told("resume"));
  breaks();
  EXPECT_TRUE(finished) << "nobody can come back";
}

TEST_F(ComingBack, before_ready_nobody_is_waited_for) {
  begin({.client = ClientKind::native, .resume_grace = 30s, .resume_token = "token-one"});
  client_sends(R"({"type":"start"})");
  breaks();
  EXPECT_TRUE(finished);
}

TEST_F(ComingBack, the_call_goes_on_with_the_model_while_nobody_is_there) {
  begin_resumable();
  breaks();
  EXPECT_TRUE(session->is_client_away());
  reply_audio();
  upstream_says(R"({"serverContent":{"turnComplete":true}})");
  EXPECT_FALSE(finished);
  EXPECT_TRUE(client_texts.empty()) << "nobody is there to be told";
  EXPECT_EQ(client_audio_bytes, 0u);
  returns(0);
  EXPECT_NE(
      client_texts.front().find(R"("resumed":true,"received":0,"resume":{"token":"token-two")"),
      std::string::npos)
      << client_texts.front();
  EXPECT_EQ(client_audio_bytes, 6u);
  EXPECT_TRUE(client_was_told("turn_started"));
  EXPECT_TRUE(client_was_told("turn_complete"));
  EXPECT_EQ(session->counters().messages_sent_again, 3u);
}

TEST_F(ComingBack, who_says_goodbye_is_not_waited_for) {
  begin_resumable();
  happens(ClientGone{.may_return = false});
  EXPECT_TRUE(finished);
  EXPECT_EQ(closed_upstream, 1);
}

TEST_F(ComingBack, grace_ends_when_it_ends_and_the_model_is_let_go) {
  begin_resumable();
  breaks();
  passes(29999ms);
  EXPECT_FALSE(finished);
  passes(1ms);
  EXPECT_TRUE(finished);
  EXPECT_EQ(closed_upstream, 1);
  EXPECT_EQ(notes.back(), NoteKind::client_lost);
  EXPECT_FALSE(session->may_return(0));
}

TEST_F(ComingBack, a_second_break_has_its_whole_grace_again) {
  begin_resumable();
  breaks();
  passes(29s);
  returns(0);
  passes(29s);
  breaks();
  passes(29s);
  EXPECT_FALSE(finished);
  returns(0);
}

TEST_F(ComingBack, a_session_with_more_waiting_than_is_kept_ends) {
  begin_resumable();
  breaks();
  const std::string second(64'000, 'A');
  for (int i = 0; i < 200 && !finished; ++i) {
    upstream_says(
        R"({"serverContent":{"modelTurn":{"parts":[{"inlineData":{"mimeType":"audio/pcm;rate=24000","data":")" +
        second + R"("}}]}}})");
  }
  EXPECT_TRUE(finished);
  EXPECT_EQ(session->counters().downlink_messages, 1 + 88u) << "87 s of a reply fit";
}

TEST_F(ComingBack, a_client_that_was_muted_is_heard_as_soon_as_it_sends_audio) {
  begin_resumable();
  client_sends(R"({"type":"mute"})");
  breaks();  // and its unmute is lost
  returns(0);
  forget();
  client_speaks(500ms);
  EXPECT_GT(upstream_heard("audio/pcm"), 0u);
}

// Of clients that mark their own activity.
class LostEnd : public ComingBack {
 protected:
  void breaks_in_activity() {
    begin({.client = ClientKind::live, .resume_grace = 30s, .resume_token = "token-one"});
    client_sends(
        R"({"setup":{"model":"models/m","sessionResumption":{},"realtimeInputConfig":{"automaticActivityDetection":{"disabled":true}}}})");
    upstream_comes_up();
    upstream_offers("h-1");
    client_sends(R"({"realtimeInput":{"activityStart":{}}})");
    client_sends(audio_message(6000, 50));
    breaks();
    passes(5s);
    EXPECT_EQ(upstream_heard("activityEnd"), 0u) << "it may come back and continue";
    returns(std::nullopt);
    forget();
  }
};

TEST_F(LostEnd, an_activity_whose_client_returns_and_sends_nothing_is_ended) {
  breaks_in_activity();
  passes(900ms);
  EXPECT_EQ(upstream_heard("activityEnd"), 0u);
  passes(200ms);
  EXPECT_EQ(upstream_heard("activityEnd"), 1u);
  passes(5s);
  EXPECT_EQ(upstream_heard("activityEnd"), 1u);
}

TEST_F(LostEnd, an_activity_whose_client_continues_is_ended_by_the_client) {
  breaks_in_activity();
  for (int i = 0; i < 4; ++i) {
    passes(500ms);
    client_sends(audio_message(6000, 50));
  }
  EXPECT_EQ(upstream_heard("activityEnd"), 0u);
  client_sends(R"({"realtimeInput":{"activityEnd":{}}})");
  passes(5s);
  EXPECT_EQ(upstream_heard("activityEnd"), 1u);
}

TEST_F(LostEnd, a_second_beginning_continues_the_activity_that_is_open) {
  breaks_in_activity();
  client_sends(R"({"realtimeInput":{"activityStart":{}}})");
  client_sends(audio_message(6000, 50));
  client_sends(R"({"realtimeInput":{"activityEnd":{}}})");
  EXPECT_EQ(upstream_heard("activityStart"), 0u);
  EXPECT_EQ(upstream_heard("activityEnd"), 1u);
  client_sends(R"({"realtimeInput":{"activityStart":{}}})");
  EXPECT_EQ(upstream_heard("activityStart"), 1u) << "the next one is its own";
}

TEST_F(ComingBack, a_gateway_that_stops_waits_for_nobody) {
  begin_resumable();
  breaks();
  happens(DrainRequested{});
  EXPECT_TRUE(finished);
  EXPECT_FALSE(closed_client);
}

TEST_F(ComingBack, what_the_client_sent_is_counted_without_start_and_ping) {
  begin_resumable();
  client_sends(R"({"type":"ping","id":1})");
  client_sends(R"({"type":"mute"})");
  client_sends(R"({"type":"unmute"})");
  client_sends("what is this");
  client_sends_binary("xy");
  client_sends_binary("odd");
  breaks();
  returns(2);  // two errors came
  EXPECT_TRUE(client_was_told(R"("resumed":true,"received":5,)"));
}

TEST_F(ComingBack, a_count_in_ping_or_playback_forgets_what_has_arrived) {
  begin_resumable();
  reply_audio();  // turn_started and audio
  client_sends(R"({"type":"ping","id":1,"received":1})");
  EXPECT_FALSE(session->may_return(0));
  EXPECT_TRUE(session->may_return(1));
  client_sends(R"({"type":"playback","samples":3,"received":2})");
  EXPECT_FALSE(session->may_return(1));
  EXPECT_TRUE(session->may_return(2));
  EXPECT_FALSE(session->may_return(3));
}

TEST_F(ComingBack, speech_broken_off_ends_like_any_other_and_is_answered) {
  begin_resumable();
  client_speaks(500ms);
  breaks();
  forget();
  passes(limits::kAudioGapMax + 2s);
  EXPECT_TRUE(upstream_was_told("audioStreamEnd"));
  returns(1);
  EXPECT_TRUE(client_was_told("speech_ended"));
}

TEST_F(ComingBack, what_nobody_reported_counts_as_unheard) {
  begin_resumable();
  const std::string second(64'000, 'A');
  upstream_says(
      R"({"serverContent":{"modelTurn":{"parts":[{"inlineData":{"mimeType":"audio/pcm;rate=24000","data":")" +
      second + R"("}}]}}})");
  client_sends(R"({"type":"playback","samples":4800})");
  breaks();
  passes(10s);
  returns(2);
  client_sends(R"({"type":"interrupt"})");
  EXPECT_TRUE(client_was_told(R"("heard_ms":200)"));
}

TEST_F(ComingBack, an_unanswered_tool_call_is_answered_by_the_client_that_came_back) {
  begin_resumable();
  upstream_says(R"({"toolCall":{"functionCalls":[{"id":"c1","name":"f","args":{}}]}})");
  breaks();
  returns(1);
  EXPECT_TRUE(client_was_told(R"("type":"tool_call")")) << "sent again: it was not received";
  client_sends(R"({"type":"tool_result","id":"c1","result":{"ok":true}})");
  EXPECT_TRUE(upstream_was_told("toolResponse"));
}

TEST_F(ComingBack, a_refused_resume_may_be_followed_by_a_start_and_not_by_a_second_one) {
  begin({.client = ClientKind::native, .resume_grace = 30s, .resume_token = "mine"});
  client_sends(R"({"type":"start","resume":"theirs","received":7})");
  ASSERT_EQ(resumes.size(), 1u);
  EXPECT_EQ(resumes[0].token, "theirs");
  EXPECT_EQ(resumes[0].received, 7u);
  passes(9s);
  happens(ResumeRefused{});
  EXPECT_TRUE(client_was_told(R"("code":"resume_refused")"));
  EXPECT_TRUE(client_was_told(R"("fatal":false)"));
  passes(9s);
  EXPECT_FALSE(finished) << "the time allowed for start began again";
  client_sends(R"({"type":"start"})");
  EXPECT_EQ(opened, 1);

  begin({.client = ClientKind::native});
  for (int i = 0; i < 2; ++i) {
    client_sends(R"({"type":"start","resume":"theirs","received":7})");
    happens(ResumeRefused{});
  }
  EXPECT_TRUE(finished);
  EXPECT_TRUE(client_was_told("bad_start"));
}

// ---- the Live API's wire

TEST_F(ComingBack, a_drop_in_client_is_set_up_again_and_sent_what_never_left) {
  begin_resumable(ClientKind::live);
  reply_audio();
  upstream_says(R"({"serverContent":{"generationComplete":true}})");
  breaks(/*unsent=*/1);
  upstream_says(R"({"serverContent":{"turnComplete":true}})");
  forget();
  returns(std::nullopt);
  ASSERT_EQ(client_texts.size(), 3u);
  EXPECT_NE(client_texts[0].find("setupComplete"), std::string::npos);
  EXPECT_NE(client_texts[1].find("generationComplete"), std::string::npos);
  EXPECT_NE(client_texts[2].find("turnComplete"), std::string::npos);
}

TEST_F(ComingBack, a_drop_in_client_that_asked_for_no_handle_is_not_waited_for) {
  begin({.client = ClientKind::live, .resume_grace = 30s, .resume_token = "token-one"});
  client_sends(R"({"setup":{"model":"models/m"}})");
  upstream_comes_up();
  upstream_offers("h-1");
  reply_audio();
  breaks();
  EXPECT_TRUE(finished);
}

TEST_F(ComingBack, a_handle_is_looked_up_and_never_passed_on_to_the_model) {
  begin({.client = ClientKind::live});
  client_sends(R"({"setup":{"model":"models/m","sessionResumption":{"handle":"ours"}}})");
  ASSERT_EQ(resumes.size(), 1u);
  EXPECT_EQ(resumes[0].token, "ours");
  EXPECT_EQ(opened, 0);
  happens(ResumeRemembered{"the model's"});
  ASSERT_EQ(opened, 1);
  upstream_opens();
  EXPECT_TRUE(upstream_was_told("the model's"));
  EXPECT_FALSE(upstream_was_told("ours"));

  begin({.client = ClientKind::live});
  client_sends(R"({"setup":{"model":"models/m","sessionResumption":{"handle":"unknown"}}})");
  happens(ResumeRefused{});
  ASSERT_TRUE(closed_client);
  EXPECT_EQ(closed_client->code, 1008);
  EXPECT_TRUE(finished);
}

}  // namespace
}  // namespace livegate::session
