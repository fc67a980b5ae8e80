// Replies that answer nothing, holding lines, and models that end the person's turn otherwise than
// assumed: whole calls in simulated time.
#include "session/session_fixture.h"

namespace livegate::session {
namespace {

using testing::HasSubstr;

constexpr auto kQuestion = R"({"realtimeInput":{"text":"hello"}})";

class Answers : public CallTest {
 protected:
  Answers() { treats_stalls = true; }

  void start(std::string_view model, UplinkMode mode = UplinkMode::turns) {
    SessionConfig config{.client = ClientKind::native};
    config.uplink.mode = mode;
    begin(std::move(config));
    client_sends(R"({"type":"start","model":")" + std::string(model) + R"("})");
    upstream_comes_up();
    forget();
  }
  void asks() { client_sends(R"({"type":"text","text":"hello"})"); }
  void content(std::string_view members) {
    upstream_says(R"({"serverContent":{)" + std::string(members) + "}}");
  }
  void words(std::string_view text) {
    content(R"("outputTranscription":{"text":")" + std::string(text) + R"("})");
  }
  void sounds(std::int16_t peak, Millis length) {
    std::string wire;
    const std::vector<std::int16_t> samples(static_cast<std::size_t>(length.count() * 24), peak);
    proto::append_server_audio(wire, samples, 24000);
    upstream_says(wire);
  }
  void app_speaks(Millis length, double amplitude = 8000) {
    for (Millis t{0}; t < length; t += 20ms) {
      std::string wire;
      std::vector<std::int16_t> samples(320);
      for (std::size_t i = 0; i < samples.size(); ++i) {
        samples[i] = static_cast<std::int16_t>(amplitude * (i % 40 < 20 ? 1 : -1));
      }
      proto::append_realtime_audio(wire, samples, 16000);
      client_sends(wire);
      passes(20ms);
    }
  }
  void ends(std::string_view more = "") {
    content(R"("generationComplete":true)");
    content(R"("turnComplete":true)" + std::string(more));
  }
};

TEST_F(Answers, a_turn_of_markup_is_told_as_no_speech_and_asked_again_once) {
  start("gemini-3.8-live");
  asks();
  words("<no spe");
  words("ech>");
  reply_audio();
  ends();
  EXPECT_TRUE(client_was_told(R"("type":"no_answer","turn":1,"reason":"no_speech")"));
  EXPECT_FALSE(client_was_told("<no")) << "no word of it is shown";
  EXPECT_EQ(upstream_heard(R"("text":" ")"), 1u);
  words("<no speech>");
  ends();
  EXPECT_EQ(upstream_heard(R"("text":" ")"), 1u) << "once";
  EXPECT_FALSE(session->take_answer_time()) << "nothing is learned of the pace";
}

TEST_F(Answers, an_inaudible_answer_is_told_and_its_question_said_again_once) {
  start("gemini-3.8-live");
  asks();
  words("Good evening.");
  sounds(20, 2s);
  ends();
  EXPECT_TRUE(client_was_told(R"("reason":"inaudible")"));
  EXPECT_EQ(upstream_heard("hello"), 2u);
  words("Good evening.");
  sounds(3000, 2s);
  ends();
  EXPECT_EQ(upstream_heard("hello"), 2u);
  passes(60s);
  EXPECT_EQ(upstream_heard("hello"), 2u);
}

TEST_F(Answers, words_in_place_of_sound_are_told_and_asked_again) {
  start("gemini-3.8-live");
  asks();
  content(R"("modelTurn":{"parts":[{"text":"Good evening."}]})");
  ends();
  EXPECT_TRUE(client_was_told(R"("reason":"text_only")"));
  EXPECT_EQ(upstream_heard("hello"), 2u);
}

TEST_F(Answers, two_rejections_in_a_row_are_taken_to_a_fresh_session_and_two_more_told) {
  start("gemini-3.8-live");
  asks();
  const auto rejects = [this] {
    content(R"("turnComplete":true,"turnCompleteReason":"RESPONSE_REJECTED")");
  };
  rejects();
  EXPECT_TRUE(client_was_told(R"("reason":"rejected")"));
  EXPECT_TRUE(client_was_told("RESPONSE_REJECTED"));
  EXPECT_EQ(opened, 1);
  rejects();
  EXPECT_EQ(opened, 2);
  upstream_comes_up();
  EXPECT_EQ(upstream_heard("hello"), 2u);
  rejects();
  EXPECT_FALSE(client_was_told("model_rejects"));
  rejects();
  EXPECT_TRUE(client_was_told("model_rejects"));
  EXPECT_EQ(opened, 2);
  EXPECT_FALSE(finished);
}

TEST_F(Answers, a_holding_line_leaves_the_answer_owed) {
  start("gemini-3.8-live-extended-thinking");
  asks();
  words("One moment.");
  sounds(3000, 100ms);
  ends(R"(,"interactionStatus":"IN_PROGRESS")");
  EXPECT_TRUE(client_was_told(R"("reason":"holding_line")"));
  upstream_dies();
  passes(3s);
  upstream_comes_up();
  EXPECT_EQ(upstream_heard(kQuestion), 2u) << "a loss in the gap loses no answer";
  words("Forty-two.");
  sounds(3000, 100ms);
  ends(R"(,"interactionStatus":"IDLE")");
  upstream_dies();
  passes(3s);
  upstream_comes_up();
  EXPECT_EQ(upstream_heard(kQuestion), 2u) << "and once it is there it is not asked for again";
}

TEST_F(Answers,
       the_gap_behind_a_holding_line_is_not_quiet_and_an_answer_that_never_comes_is_noticed) {
  start("gemini-3.8-live-extended-thinking");
  asks();
  upstream_says(R"({"sessionResumptionUpdate":{"newHandle":"h-1","resumable":true}})");
  words("One moment.");
  sounds(3000, 100ms);
  ends(R"(,"interactionStatus":"IN_PROGRESS")");
  upstream_says(R"({"goAway":{"timeLeft":"50s"}})");
  passes(14s);
  EXPECT_EQ(opened, 1) << "no move in the gap";
  EXPECT_EQ(upstream_texts.size(), 1u) << "and no haste";
  passes(2s);
  EXPECT_EQ(upstream_texts.size(), 2u);
}

TEST_F(Answers, a_pause_in_a_reply_at_the_pace_of_speech_is_no_starvation) {
  start("gemini-3.8-live-extended-thinking");
  asks();
  for (int i = 0; i < 10; ++i) {
    sounds(3000, 200ms);
    passes(1700ms);
  }
  ends(R"(,"interactionStatus":"IDLE")");
  EXPECT_EQ(opened, 1);
  EXPECT_EQ(upstream_heard("hello"), 1u);
}

TEST_F(Answers, a_model_that_is_merely_slow_is_asked_once) {
  start("gemini-3.8-live-extended-thinking");
  for (int i = 0; i < 5; ++i) {
    asks();
    passes(i == 4 ? 6300ms : 300ms);
    sounds(3000, 200ms);
    ends(R"(,"interactionStatus":"IDLE")");
    passes(1s);
  }
  EXPECT_EQ(upstream_texts.size(), 5u);
}

TEST_F(Answers, a_model_that_ignores_the_mark_is_found_out_with_one_question) {
  start("gemini-3.1-flash-live-preview", UplinkMode::gate);
  const auto says = [this] {
    client_speaks(1s);
    client_is_silent(600ms);
  };
  says();
  EXPECT_EQ(upstream_heard("audioStreamEnd"), 1u) << "as its facts say";
  const Millis before = upstream_speech();
  client_is_silent(6s);
  EXPECT_GE(upstream_speech(), before + 1500ms) << "silence is tried";
  sounds(3000, 200ms);
  ends();
  EXPECT_THAT(notes, testing::Contains(NoteKind::fact_corrected));
  passes(1s);
  forget();
  says();
  EXPECT_EQ(upstream_heard("audioStreamEnd"), 0u) << "now silence comes first";
  client_is_silent(1s);
  EXPECT_EQ(upstream_heard("audioStreamEnd"), 1u);
}

TEST_F(Answers, speech_said_again_where_everything_is_sent_is_ended_by_silence) {
  for (const bool detects : {true, false}) {
    SessionConfig config{.client = ClientKind::native};
    config.uplink.mode = UplinkMode::open;
    config.uplink.detects = detects;
    begin(std::move(config));
    client_sends(R"({"type":"start","model":"gemini-3.8-live"})");
    upstream_comes_up();
    client_speaks(1s);
    client_sends(R"({"type":"mute"})");
    passes(2s);
    upstream_dies();
    passes(1s);
    forget();
    upstream_comes_up();
    const Millis again = upstream_speech();
    EXPECT_GE(again, 800ms) << detects;
    passes(3s);
    EXPECT_GE(upstream_speech(), again + 1500ms) << detects << ": the microphone is off";
  }
}

TEST_F(Answers, a_mark_that_has_brought_no_answer_is_followed_by_silence_when_it_is_sent_again) {
  start("gemini-3.1-flash-live-preview", UplinkMode::gate);
  client_speaks(1s);
  client_is_silent(7s);  // asked with silence, to no effect
  upstream_says(R"({"sessionResumptionUpdate":{"newHandle":"h-1","resumable":true}})");  // it lives
  client_sends(R"({"type":"mute"})");
  forget();
  passes(20s);
  EXPECT_EQ(upstream_heard("audioStreamEnd"), 2u) << "with the speech, and behind the silence";
  EXPECT_GE(upstream_speech(), 1s + 1500ms);
}

TEST_F(Answers, an_answer_of_nothing_whose_connection_is_lost_is_asked_for_over_the_next) {
  start("gemini-3.8-live");
  asks();
  words("Here you are.");
  sounds(3, 400ms);
  content(R"("generationComplete":true)");
  forget();
  upstream_dies();
  EXPECT_EQ(upstream_heard(kQuestion), 0u) << "nothing goes over a dead connection";
  passes(1s);
  upstream_comes_up();
  EXPECT_EQ(upstream_heard(kQuestion), 1u);
}

TEST_F(Answers, a_question_said_again_in_mid_speech_is_not_overdue_before_its_end) {
  start("gemini-3.8-live-extended-thinking", UplinkMode::gate);
  client_speaks(1s);
  client_is_silent(3s);
  upstream_dies();
  client_speaks(1s);
  upstream_comes_up();
  client_speaks(10s);
  EXPECT_THAT(notes, testing::Not(testing::Contains(NoteKind::stalled)));
}

TEST_F(Answers, an_end_that_a_waiting_model_cannot_hear_is_sent_with_its_speech) {
  SessionConfig config{.client = ClientKind::native};
  config.uplink.mode = UplinkMode::open;
  config.uplink.detects = false;
  begin(std::move(config));
  client_sends(R"({"type":"start","model":"gemini-2.5-flash-native-audio-latest",)"
               R"("tools":[{"name":"f"}]})");
  upstream_comes_up();
  upstream_says(R"({"toolCall":{"functionCalls":[{"id":"c1","name":"f","args":{}}]}})");
  client_speaks(1s);
  client_sends(R"({"type":"mute"})");
  passes(1s);
  EXPECT_EQ(upstream_speech(), 0ms);
  client_sends(R"({"type":"tool_result","id":"c1","result":{"ok":true}})");
  passes(2s);
  EXPECT_GE(upstream_speech(), 1s + 1500ms) << "the speech, and silence that ends it";
}

TEST_F(Answers, a_whole_answer_behind_a_holding_line_is_not_asked_for_again) {
  start("gemini-3.8-live-extended-thinking");
  asks();
  sounds(3000, 100ms);
  ends(R"(,"interactionStatus":"IN_PROGRESS")");
  sounds(3000, 100ms);
  content(R"("generationComplete":true)");
  upstream_dies();
  passes(3s);
  upstream_comes_up();
  EXPECT_EQ(upstream_heard(kQuestion), 1u) << "its connection was lost before it said IDLE";
}

TEST_F(Answers, a_holding_line_whose_answer_is_rejected_leaves_the_next_question_owed) {
  start("gemini-3.8-live-extended-thinking", UplinkMode::gate);
  asks();
  sounds(3000, 100ms);
  ends(R"(,"interactionStatus":"IN_PROGRESS")");
  content(R"("turnComplete":true,"turnCompleteReason":"RESPONSE_REJECTED")");
  client_speaks(1s);
  client_is_silent(12s);
  EXPECT_THAT(notes, testing::Contains(NoteKind::stalled));
}

TEST_F(Answers, an_apps_own_mark_that_ends_nothing_is_found_out_with_one_question) {
  SessionConfig config{.client = ClientKind::live};
  config.uplink.mode = UplinkMode::gate;
  config.facts = {{"gemini-3.8-live", "stream_end_ends_turn", "true"}};
  begin(std::move(config));
  client_sends(R"({"setup":{"model":"models/gemini-3.8-live"}})");
  upstream_comes_up();
  app_speaks(1s);
  client_sends(R"({"realtimeInput":{"audioStreamEnd":true}})");
  EXPECT_EQ(upstream_heard("audioStreamEnd"), 1u) << "at once";
  const Millis before = upstream_speech();
  passes(6s);
  EXPECT_GE(upstream_speech(), before + 1500ms) << "silence is tried";
  sounds(3000, 200ms);
  ends();
  EXPECT_THAT(notes, testing::Contains(NoteKind::fact_corrected));
  forget();
  app_speaks(1s);
  client_sends(R"({"realtimeInput":{"audioStreamEnd":true}})");
  EXPECT_EQ(upstream_heard("audioStreamEnd"), 0u) << "now silence comes first";
}

TEST_F(Answers, speech_that_was_held_up_and_comes_all_at_once_is_no_cough) {
  start("gemini-3.1-flash-live-preview", UplinkMode::gate);
  std::string loud;
  for (int i = 0; i < 320; ++i) loud += i % 40 < 20 ? std::string("\x40\x1f") : "\xc0\xe0";
  for (int i = 0; i < 100; ++i) client_sends_binary(loud);
  client_sends(R"({"type":"mute"})");
  passes(5s);
  EXPECT_THAT(notes, testing::Contains(NoteKind::stalled)) << "an answer is owed";
}

TEST_F(Answers, a_turn_of_nothing_is_not_asked_for_again_while_the_person_speaks) {
  start("gemini-3.8-live-extended-thinking", UplinkMode::gate);
  asks();
  client_speaks(1s);
  words("<no speech>");
  ends(R"(,"interactionStatus":"IDLE")");
  EXPECT_EQ(upstream_heard(R"("text":" ")"), 0u);
}

TEST_F(Answers, speech_said_again_without_its_client_is_ended_though_a_packet_was_begun) {
  SessionConfig config{.client = ClientKind::native, .resume_grace = 30s, .resume_token = "t"};
  config.uplink.mode = UplinkMode::open;
  begin(std::move(config));
  client_sends(R"({"type":"start","model":"gemini-3.8-live"})");
  upstream_comes_up();
  client_speaks(1s);
  client_is_silent(1s);
  client_sends_binary(std::string(320, '\0'));  // 10 ms of a packet of 20
  happens(ClientGone{.may_return = true});
  upstream_dies();
  passes(1s);
  upstream_comes_up();
  const Millis again = upstream_speech();
  passes(3s);
  EXPECT_GE(upstream_speech(), again + 1500ms);
}

TEST_F(Answers, a_tools_late_result_waits_for_the_answer_behind_a_holding_line) {
  start("gemini-3.8-live-extended-thinking");
  asks();
  upstream_says(R"({"toolCall":{"functionCalls":[{"id":"c1","name":"f","args":{}}]}})");
  upstream_dies();
  passes(3s);
  upstream_comes_up();
  client_sends(R"({"type":"tool_result","id":"c1","result":{"ok":true}})");
  sounds(3000, 100ms);
  ends(R"(,"interactionStatus":"IN_PROGRESS")");
  EXPECT_EQ(upstream_heard("has answered"), 0u) << "it would cut in on the answer";
  sounds(3000, 100ms);
  ends(R"(,"interactionStatus":"IDLE")");
  EXPECT_EQ(upstream_heard("has answered"), 1u);
}

TEST_F(Answers, what_is_said_behind_a_call_outside_of_a_turn_is_answered_by_what_follows_it) {
  start("gemini-3.8-live-extended-thinking");
  asks();
  sounds(3000, 100ms);
  ends(R"(,"interactionStatus":"IN_PROGRESS")");
  upstream_says(R"({"toolCall":{"functionCalls":[{"id":"c1","name":"f","args":{}}]}})");
  client_sends(R"({"type":"tool_result","id":"c1","result":{"ok":true}})");
  client_sends(R"({"type":"text","text":"and then"})");
  sounds(3000, 100ms);
  ends(R"(,"interactionStatus":"IDLE")");
  upstream_dies();
  passes(3s);
  upstream_comes_up();
  EXPECT_EQ(upstream_heard("and then"), 1u);
}

TEST_F(Answers, an_app_on_automatic_detection_is_told_what_the_models_detector_would_have_said) {
  SessionConfig config{.client = ClientKind::live};
  config.uplink.mode = UplinkMode::automatic;
  config.uplink.graded = true;
  begin(std::move(config));
  client_sends(R"({"setup":{"model":"models/gemini-3.8-live"}})");
  upstream_opens();
  EXPECT_THAT(upstream_texts.back(), HasSubstr(R"("disabled":true)"));
  upstream_says(R"({"setupComplete":{}})");
  forget();
  app_speaks(1s);
  app_speaks(1s, 0);
  EXPECT_TRUE(client_was_told("ACTIVITY_START"));
  EXPECT_TRUE(client_was_told("ACTIVITY_END"));
  EXPECT_EQ(upstream_heard("activityEnd"), 1u);
  sounds(3000, 200ms);
  app_speaks(1s);
  EXPECT_TRUE(client_was_told(R"("interrupted": true)")) << client_texts.back();
}

TEST_F(Answers, an_apps_own_marks_under_automatic_detection_get_the_models_own_answer) {
  begin({.client = ClientKind::live});
  client_sends(R"({"setup":{"model":"models/gemini-3.8-live"}})");
  upstream_comes_up();
  client_sends(R"({"realtimeInput":{"activityStart":{}}})");
  ASSERT_TRUE(closed_client);
  EXPECT_EQ(closed_client->code, 1007);
  begin({.client = ClientKind::live});
  finished = false;
  client_sends(R"({"setup":{"model":"models/gemini-3.8-live-extended-thinking"}})");
  upstream_comes_up();
  forget();
  client_sends(R"({"realtimeInput":{"activityStart":{}}})");
  EXPECT_FALSE(finished) << "this one ignores them";
  EXPECT_TRUE(upstream_texts.empty());
}

TEST_F(Answers, what_a_model_does_not_take_of_a_tools_answer_is_left_out) {
  SessionConfig config{.client = ClientKind::live};
  begin(std::move(config));
  client_sends(R"({"setup":{"model":"models/gemini-3.8-live-extended-thinking"}})");
  upstream_comes_up();
  upstream_says(R"({"toolCall":{"functionCalls":[{"id":"c1","name":"f","args":{}}]}})");
  forget();
  client_sends(R"({"toolResponse":{"functionResponses":[{"id":"c1","name":"f",)"
               R"("willContinue":true,"response":{"state":"half"}}]}})");
  EXPECT_TRUE(upstream_texts.empty()) << "it would drop the call";
  client_sends(R"({"toolResponse":{"functionResponses":[{"id":"c1","name":"f",)"
               R"("scheduling":"SILENT","response":{"state":"whole"}}]}})");
  EXPECT_EQ(upstream_heard("whole"), 1u);
  EXPECT_FALSE(upstream_was_told("scheduling"));
}

TEST_F(Answers, sound_that_comes_late_is_dropped_whatever_stands_beside_its_parts) {
  begin_ready(ClientKind::live);
  const std::string sound = R"({"serverContent":{"modelTurn":{"parts":[{"inlineData":{"mimeType":)"
                            R"("audio/pcm;rate=24000","data":"QQQQQQQQ"}}],"role":"model"}}})";
  upstream_says(sound);
  EXPECT_TRUE(client_was_told("inlineData"));
  upstream_says(R"({"serverContent":{"interrupted":true}})");
  forget();
  upstream_says(sound);
  EXPECT_FALSE(client_was_told("inlineData"));
}

}  // namespace
}  // namespace livegate::session
