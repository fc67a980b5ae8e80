// A model that does not answer, and what is tried.

#include "session/session_fixture.h"

namespace livegate::session {
namespace {

// Something that is no answer, over a connection that is alive.
constexpr auto kSignOfLife = R"({"usageMetadata":{"totalTokenCount":1}})";

class Stalls : public CallTest {
 protected:
  Stalls() { treats_stalls = true; }
  void asks(const std::string& words) {
    client_sends(R"({"type":"text","text":")" + words + R"("})");
  }
  void answers() {
    reply_audio();
    upstream_says(R"({"serverContent":{"generationComplete":true}})");
    upstream_says(R"({"serverContent":{"turnComplete":true}})");
  }
};

TEST_F(Stalls, a_silent_model_is_asked_again_over_this_connection_then_over_another) {
  begin({.client = ClientKind::native});
  client_sends(R"({"type":"start"})");
  upstream_comes_up();
  forget();
  asks("hello");
  upstream_says(kSignOfLife);
  passes(3400ms);
  EXPECT_EQ(upstream_texts.size(), 1u);
  passes(200ms);
  EXPECT_EQ(upstream_texts.size(), 2u) << "a reprompt";
  passes(3500ms);
  EXPECT_EQ(upstream_heard("hello"), 2u);
  EXPECT_EQ(opened, 1);
  passes(3500ms);
  EXPECT_EQ(opened, 2);
  EXPECT_EQ(closed_upstream, 1);
  upstream_comes_up();
  EXPECT_EQ(upstream_heard("hello"), 3u);
  answers();
  EXPECT_GT(client_audio_bytes, 0u);
  passes(30s);
  EXPECT_EQ(upstream_heard("hello"), 3u);
  EXPECT_EQ(opened, 2);
}

TEST_F(Stalls, a_nudge_is_what_makes_this_model_go_on) {
  const auto reprompt_of = [this](std::string_view model) {
    begin_native();
    client_sends(R"({"type":"start","model":")" + std::string(model) + R"("})");
    upstream_comes_up();
    asks("hello");
    forget();
    passes(3600ms);
    return upstream_texts.empty() ? std::string() : upstream_texts.back();
  };
  const std::string blank = R"({"realtimeInput":{"text":" "}})";
  EXPECT_EQ(reprompt_of("gemini-3.8-live"), blank);
  EXPECT_EQ(reprompt_of("gemini-3.1-flash-live-preview"), blank);
  EXPECT_EQ(reprompt_of("gemini-2.5-flash-native-audio-latest"),
            R"({"clientContent":{"turnComplete":true}})");
}

// On a model with a detector of its own that is told by the mark.
TEST_F(Stalls, a_short_utterance_behind_one_without_an_answer_leaves_no_question_unanswered) {
  SessionConfig config{.client = ClientKind::native};
  config.uplink.mode = UplinkMode::gate;
  begin(std::move(config));
  client_sends(R"({"type":"start","model":"gemini-2.5-flash-native-audio-latest"})");
  upstream_comes_up();
  client_speaks(400ms);
  client_is_silent(1s);
  forget();
  passes(10s);
  EXPECT_TRUE(upstream_texts.empty()) << "it may have been a cough";
  client_speaks(400ms);
  client_is_silent(1s);
  client_speaks(400ms);
  client_is_silent(1s);
  forget();
  passes(10s);
  EXPECT_FALSE(upstream_texts.empty());
}

TEST_F(Stalls, the_pace_of_the_usual_model_is_none_of_another) {
  const auto reprompted_within_a_second = [this](std::string_view model) {
    SessionConfig config{.client = ClientKind::native};
    for (int i = 0; i < 3; ++i) config.watchdog.pace.learn({Input::written, 200ms});
    begin(std::move(config));
    client_sends(R"({"type":"start","model":")" + std::string(model) + R"("})");
    upstream_comes_up();
    asks("hello");
    forget();
    passes(1s);
    const bool reprompted = !upstream_texts.empty();
    forget();
    answers();
    return reprompted;
  };
  EXPECT_TRUE(reprompted_within_a_second("gemini-3.8-live"));
  EXPECT_FALSE(reprompted_within_a_second("gemini-3.1-flash-live-preview"));
}

TEST_F(Stalls, only_an_answer_of_the_usual_model_tells_its_pace) {
  const auto tells_the_pace = [this](std::string_view model) {
    begin_native();
    client_sends(R"({"type":"start","model":")" + std::string(model) + R"("})");
    upstream_comes_up();
    asks("hello");
    passes(300ms);
    answers();
    return session->take_answer_time().has_value();
  };
  EXPECT_TRUE(tells_the_pace("gemini-3.8-live"));
  EXPECT_FALSE(tells_the_pace("gemini-3.1-flash-live-preview"));
}

TEST_F(Stalls, speech_between_our_own_marks_is_taken_further_than_to_the_same_connection) {
  SessionConfig config{.client = ClientKind::native};
  config.uplink.mode = UplinkMode::turns;
  begin(std::move(config));
  client_sends(R"({"type":"start"})");
  upstream_comes_up();
  client_speaks(1s);
  client_is_silent(2s);
  upstream_says(kSignOfLife);
  EXPECT_EQ(upstream_heard("activityEnd"), 1u);
  passes(3600ms);  // a reprompt
  passes(3600ms);  // once more
  EXPECT_EQ(upstream_heard("activityEnd"), 2u);
  EXPECT_EQ(opened, 1);
  passes(3600ms);
  EXPECT_EQ(opened, 2) << "saying it again began no case anew";
  upstream_comes_up();
  EXPECT_EQ(upstream_heard("activityEnd"), 3u);
  answers();
  EXPECT_GT(client_audio_bytes, 0u);
}

TEST_F(Stalls, a_model_that_answers_late_and_then_again_is_heard_once) {
  begin_ready();
  asks("hello");
  upstream_says(kSignOfLife);
  passes(3600ms);  // a reprompt
  passes(3500ms);  // once more
  EXPECT_EQ(upstream_heard("hello"), 2u);
  answers();
  const auto heard = client_audio_bytes;
  EXPECT_GT(heard, 0u);
  passes(1s);
  answers();
  EXPECT_EQ(client_audio_bytes, heard);
  asks("and now");
  passes(1s);
  answers();
  EXPECT_GT(client_audio_bytes, heard);
}

TEST_F(Stalls, a_model_that_is_stopped_by_speech_and_says_nothing_is_asked_twice_and_no_more) {
  SessionConfig config{.client = ClientKind::native};
  config.uplink.mode = UplinkMode::turns;
  begin(std::move(config));
  client_sends(R"({"type":"start","model":"gemini-3.8-live"})");
  upstream_comes_up();
  client_speaks(1s);
  client_is_silent(1s);
  for (int i = 0; i < 20; ++i) reply_audio();
  client_speaks(1s);  // "stop, that is enough"
  EXPECT_TRUE(client_was_told(R"("type":"interrupted")"));
  upstream_says(R"({"serverContent":{"interrupted":true}})");
  upstream_says(R"({"serverContent":{"turnComplete":true,"interactionStatus":"IDLE"}})");
  client_is_silent(1s);
  upstream_says(R"({"serverContent":{"inputTranscription":{"text":"Stop, that is enough."}}})");
  passes(60s);
  EXPECT_EQ(opened, 1) << "nothing is wrong with this connection";
  EXPECT_EQ(upstream_heard("activityEnd"), 3u) << "the question, the stop, and that once more";
  EXPECT_FALSE(client_was_told("model_silent")) << "it may be what was asked for";
}

TEST_F(Stalls, a_question_that_is_asked_again_cuts_nothing_off) {
  begin_native();
  client_sends(R"({"type":"start","model":"gemini-3.8-live-extended-thinking"})");
  upstream_comes_up();
  asks("tell me a story");
  for (int i = 0; i < 80; ++i) {  // a holding line, longer than all that follows
    upstream_says(
        R"({"serverContent":{"modelTurn":{"parts":[{"inlineData":{"mimeType":"audio/pcm;rate=24000","data":")" +
        std::string(64'000, 'Q') + R"("}}]}}})");
  }
  upstream_says(R"({"serverContent":{"turnComplete":true,"interactionStatus":"IN_PROGRESS"}})");
  forget();
  passes(20s);
  ASSERT_GT(upstream_texts.size(), 0u) << "it was asked again";
  upstream_says(R"({"serverContent":{"interrupted":true}})");
  EXPECT_FALSE(client_was_told(R"("type":"interrupted")"));
}

TEST_F(Stalls, a_model_that_speaks_in_several_turns_is_heard_to_its_end) {
  begin_native();
  client_sends(R"({"type":"start","model":"gemini-3.8-live-extended-thinking"})");
  upstream_comes_up();
  asks("hello");
  passes(3600ms);  // a reprompt
  answers();
  const auto heard = client_audio_bytes;
  passes(1s);
  answers();
  EXPECT_GT(client_audio_bytes, heard);
}

TEST_F(Stalls, a_model_that_never_answers_is_given_up_on_and_the_person_is_told) {
  begin_ready();
  asks("hello");
  for (int i = 0; i < 10; ++i) {
    passes(4s);
    upstream_comes_up();
  }
  EXPECT_TRUE(client_was_told("model_silent"));
  EXPECT_FALSE(finished) << "the next question may be answered";
  const int before = opened;
  passes(60s);
  EXPECT_EQ(opened, before);
}

TEST_F(Stalls, a_model_that_answers_fast_is_asked_again_sooner) {
  begin_ready();
  for (int i = 0; i < 3; ++i) {
    asks("hello");
    passes(200ms);
    answers();
    passes(2s);
  }
  forget();
  asks("and now");
  passes(700ms);
  EXPECT_EQ(upstream_texts.size(), 2u);
}

TEST_F(Stalls, a_sign_of_life_is_waited_for) {
  begin_ready();
  asks("think hard");
  for (int i = 0; i < 4; ++i) {
    passes(3s);
    upstream_says("{}");
  }
  EXPECT_EQ(upstream_texts.size(), 1u);
}

TEST_F(Stalls, a_handle_is_no_sign_of_life) {
  begin_ready();
  asks("hello");
  for (int i = 0; i < 3; ++i) {
    passes(1200ms);
    upstream_says(R"({"sessionResumptionUpdate":{"newHandle":"h-1","resumable":true}})");
  }
  EXPECT_EQ(upstream_texts.size(), 2u);
}

TEST_F(Stalls, a_reply_that_stops_in_the_middle_is_asked_for_over_another_connection) {
  begin_ready();
  asks("tell me");
  reply_audio();
  passes(1900ms);
  EXPECT_EQ(opened, 1);
  passes(200ms);
  EXPECT_EQ(opened, 2);
  EXPECT_TRUE(client_was_told("cut_off"));
  upstream_comes_up();
  EXPECT_EQ(upstream_heard("tell me"), 2u);
}

TEST_F(Stalls, a_reply_that_the_client_is_still_playing_is_no_stall) {
  begin_ready();
  asks("tell me");
  const std::string second(64000, 'A');
  upstream_says(
      R"({"serverContent":{"modelTurn":{"parts":[{"inlineData":{"mimeType":"audio/pcm;rate=24000","data":")" +
      second + R"("}}]}}})");
  passes(2900ms);
  EXPECT_EQ(opened, 1);
  passes(200ms);
  EXPECT_EQ(opened, 2);
}

TEST_F(Stalls, a_model_that_waits_for_a_tool_is_not_stalling) {
  begin_ready();
  asks("dim the lights");
  upstream_says(R"({"toolCall":{"functionCalls":[{"id":"c1","name":"dim","args":{}}]}})");
  passes(60s);
  EXPECT_EQ(opened, 1);
  forget();
  client_sends(R"({"type":"tool_result","id":"c1","result":true})");
  passes(4s);
  EXPECT_EQ(upstream_texts.size(), 2u) << "but now it is";
}

// Found by livegate sim: after the first answer the model was asked again what had made it call,
// though it still waited for the second.
TEST_F(Stalls, a_model_that_waits_for_a_second_tool_is_not_stalling) {
  begin_ready();
  asks("dim the lights");
  upstream_says(
      R"({"toolCall":{"functionCalls":[{"id":"c1","name":"dim","args":{}},{"id":"c2","name":"read","args":{}}]}})");
  forget();
  client_sends(R"({"type":"tool_result","id":"c1","result":true})");
  passes(60s);
  EXPECT_EQ(upstream_texts.size(), 1u) << "the answer alone";
  client_sends(R"({"type":"tool_result","id":"c2","result":true})");
  passes(4s);
  EXPECT_EQ(upstream_texts.size(), 3u) << "now it is";
}

// Found by livegate sim: the second answer was heard, as if it answered the tool's late result.
TEST_F(Stalls, a_tools_late_result_is_told_once_no_second_answer_can_begin) {
  begin_ready();
  asks("dim the lights");
  upstream_says(R"({"toolCall":{"functionCalls":[{"id":"c1","name":"dim","args":{}}]}})");
  upstream_dies();
  passes(3s);
  upstream_comes_up();
  upstream_says(kSignOfLife);
  for (int i = 0; i < 100 && upstream_heard("dim the lights") < 3; ++i) passes(100ms);
  ASSERT_EQ(upstream_heard("dim the lights"), 3u) << "asked twice over this connection";
  answers();
  client_sends(R"({"type":"tool_result","id":"c1","result":{"ok":true}})");
  EXPECT_EQ(upstream_heard("has answered"), 0u);
  const std::uint64_t heard = client_audio_bytes;
  answers();
  EXPECT_EQ(client_audio_bytes, heard) << "the second answer";
  passes(5s);
  EXPECT_EQ(upstream_heard("has answered"), 1u);
  answers();
  EXPECT_GT(client_audio_bytes, heard) << "to the result";
}

// Found by livegate sim: what was said before went out a second time, which ends such a connection.
TEST_F(Stalls, a_line_to_a_model_that_a_tool_has_stopped_is_not_chased) {
  begin_native();
  client_sends(
      R"({"type":"start","model":"gemini-2.5-flash-native-audio-latest","tools":[{"name":"dim"}]})");
  upstream_comes_up();
  client_speaks(1s);
  client_is_silent(1s);
  upstream_says(R"({"toolCall":{"functionCalls":[{"id":"c1","name":"dim","args":{}}]}})");
  forget();
  asks("are you there?");
  passes(20s);
  EXPECT_EQ(upstream_texts.size(), 1u) << "the line alone";
  EXPECT_EQ(opened, 1);
  client_sends(R"({"type":"tool_result","id":"c1","result":true})");
  passes(4s);
  EXPECT_EQ(upstream_texts.size(), 3u) << "the answer, and a reprompt";
}

TEST_F(Stalls, a_tool_that_takes_too_long_is_answered_for) {
  begin({.client = ClientKind::native, .watchdog = {.tool = 30s}});
  client_sends(R"({"type":"start"})");
  upstream_comes_up();
  upstream_says(R"({"toolCall":{"functionCalls":[{"id":"c1","name":"dim","args":{}}]}})");
  passes(29s);
  EXPECT_FALSE(client_was_told("tool_cancelled"));
  passes(2s);
  EXPECT_TRUE(client_was_told("tool_cancelled"));
  EXPECT_TRUE(upstream_was_told("did not answer in time"));
  client_sends(R"({"type":"tool_result","id":"c1","result":true})");
  EXPECT_TRUE(client_was_told("unknown_tool_call"));
}

// Found by livegate sim: the end of the sentence was sent before the rest of it.
TEST_F(Stalls, what_waited_for_a_tool_is_sent_before_what_the_same_tick_ends) {
  begin({.client = ClientKind::native, .watchdog = {.tool = 15s}});
  client_sends(
      R"({"type":"start","model":"gemini-2.5-flash-native-audio-latest","tools":[{"name":"dim"}]})");
  upstream_comes_up();
  upstream_says(R"({"toolCall":{"functionCalls":[{"id":"c1","name":"dim","args":{}}]}})");
  client_speaks(1020ms);  // and falls silent in the middle of a piece
  forget();
  now += 20s;
  happens(Tick{});
  ASSERT_GT(upstream_texts.size(), 2u);
  EXPECT_NE(upstream_texts[0].find("did not answer in time"), std::string::npos);
  EXPECT_GT(upstream_texts[1].size(), 20000u) << "a second of speech in one message";
}

TEST_F(Stalls, an_app_on_the_live_api_is_told_too) {
  begin({.client = ClientKind::live, .watchdog = {.tool = 30s}});
  client_sends(R"({"setup":{"model":"models/m"}})");
  upstream_comes_up();
  upstream_says(R"({"toolCall":{"functionCalls":[{"id":"c1","name":"dim","args":{}}]}})");
  passes(31s);
  EXPECT_TRUE(client_was_told("toolCallCancellation"));
  EXPECT_TRUE(upstream_was_told("did not answer in time"));
}

TEST_F(Stalls, a_model_that_was_told_to_keep_silent_about_an_answer_is_not_chased) {
  begin_ready(ClientKind::live);
  upstream_says(R"({"toolCall":{"functionCalls":[{"id":"c1","name":"dim","args":{}}]}})");
  client_sends(
      R"({"toolResponse":{"functionResponses":[{"id":"c1","name":"dim","response":{},"scheduling":"SILENT"}]}})");
  forget();
  passes(10s);
  EXPECT_TRUE(upstream_texts.empty());
}

TEST_F(Stalls, a_turn_that_ends_without_a_word_is_asked_for_again) {
  begin_native();
  client_sends(R"({"type":"start","model":"gemini-2.5-flash-native-audio-latest"})");
  upstream_comes_up();
  forget();
  asks("hello");
  upstream_says(R"({"serverContent":{"turnComplete":true}})");
  passes(10ms);
  EXPECT_EQ(upstream_texts.size(), 2u);
}

TEST_F(Stalls, a_model_that_may_choose_silence_may) {
  begin_ready();  // 3.8
  asks("I was not talking to you");
  upstream_says(R"({"serverContent":{"turnComplete":true}})");
  passes(60s);
  EXPECT_EQ(upstream_texts.size(), 1u);
}

TEST_F(Stalls, a_cough_is_not_chased) {
  begin_ready();
  client_speaks(300ms);
  client_is_silent(2s);
  EXPECT_EQ(upstream_heard("audioStreamEnd"), 1u);
  passes(30s);
  EXPECT_EQ(upstream_heard("audioStreamEnd"), 1u);
  EXPECT_EQ(opened, 1);
}

TEST_F(Stalls, speech_that_the_models_own_detector_missed_is_told_again_but_not_for_ever) {
  begin_ready();
  client_speaks(1s);
  client_is_silent(2s);
  const Millis once = upstream_speech();
  upstream_says(kSignOfLife);
  passes(60s);
  // Speech with its 300 ms before and 500 ms behind, and 1.5 s of silence.
  EXPECT_EQ(upstream_speech(), 2 * once + 500ms);
  EXPECT_EQ(opened, 1);
}

TEST_F(Stalls, a_question_is_never_said_again_over_a_connection_that_shows_no_sign_of_life) {
  begin_ready();
  asks("hello");
  passes(3600ms);  // a reprompt
  passes(3500ms);
  EXPECT_EQ(upstream_heard("hello"), 1u) << "it would arrive twice once the link lives again";
  EXPECT_EQ(opened, 2);
  upstream_comes_up();
  EXPECT_EQ(upstream_heard("hello"), 2u);
}

}  // namespace
}  // namespace livegate::session
