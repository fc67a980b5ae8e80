// A conversation that goes on over another connection: nothing said is lost, nothing is said twice.

#include "session/session_fixture.h"

namespace livegate::session {
namespace {

using testing::HasSubstr;
using testing::Not;

class HandOver : public CallTest {
 protected:
  void comes_back(Millis after = 4s) {
    passes(after);
    ASSERT_EQ(opened, 2);
    forget();
    upstream_comes_up();
  }
  void gives_handle(const std::string& handle) {
    upstream_says(R"({"sessionResumptionUpdate":{"newHandle":")" + handle +
                  R"(","resumable":true}})");
  }
  void answers(const std::string& words) {
    upstream_says(R"({"serverContent":{"outputTranscription":{"text":")" + words + R"("}}})");
    reply_audio();
    upstream_says(R"({"serverContent":{"generationComplete":true}})");
    upstream_says(R"({"serverContent":{"turnComplete":true}})");
  }
  void hears(const std::string& words) {
    upstream_says(R"({"serverContent":{"inputTranscription":{"text":")" + words + R"("}}})");
  }
  void calls_tool(const std::string& id, const std::string& args = R"({"room":"kitchen"})") {
    upstream_says(R"({"toolCall":{"functionCalls":[{"id":")" + id + R"(","name":"dim","args":)" +
                  args + "}]}}");
  }
};

// ---- what was said

TEST_F(HandOver, a_half_said_sentence_is_said_again_from_its_beginning) {
  begin_ready();
  client_speaks(700ms);
  const Millis heard_before = upstream_speech();
  EXPECT_GT(heard_before, 500ms);
  upstream_dies();
  client_speaks(300ms);
  comes_back(0ms);
  EXPECT_GE(upstream_speech(), 960ms) << "both halves, in one piece";
  client_speaks(200ms);
  client_is_silent(2s);
  EXPECT_EQ(upstream_heard("audioStreamEnd"), 1u);
  EXPECT_EQ(session->counters().samples_dropped, 0u);
  EXPECT_EQ(session->counters().samples_repeated,
            static_cast<std::uint64_t>(heard_before.count()) * 16);
}

TEST_F(HandOver, a_question_without_an_answer_is_asked_again) {
  begin_ready();
  client_sends(R"({"type":"text","text":"what time is it"})");
  upstream_dies();
  comes_back();
  EXPECT_EQ(upstream_heard("what time is it"), 1u);
}

TEST_F(HandOver, a_question_that_was_answered_is_not) {
  begin_ready();
  client_sends(R"({"type":"text","text":"what time is it"})");
  reply_audio();
  upstream_says(R"({"serverContent":{"generationComplete":true}})");
  upstream_dies();
  EXPECT_TRUE(client_was_told("turn_complete"));
  EXPECT_FALSE(client_was_told("cut_off")) << "all of it is there";
  comes_back();
  EXPECT_EQ(upstream_heard(R"("realtimeInput":{"text":"what time is it")"), 0u);
}

TEST_F(HandOver, a_reply_that_broke_off_is_asked_for_again_and_only_the_new_one_goes_on) {
  begin_ready();
  client_sends(R"({"type":"text","text":"tell me"})");
  reply_audio();
  const std::uint32_t dead = epoch;
  upstream_dies(1011, "Internal error encountered.");
  EXPECT_TRUE(client_was_told("cut_off"));
  comes_back();
  EXPECT_EQ(upstream_heard("tell me"), 1u);
  const std::size_t before = client_audio_bytes;
  happens(UpstreamMessage{
      dead,
      PaddedString(
          R"({"serverContent":{"modelTurn":{"parts":[{"inlineData":{"mimeType":"audio/pcm","data":"AQACAAMA"}}]}}})")
          .text()});
  EXPECT_EQ(client_audio_bytes, before);
  reply_audio();
  EXPECT_TRUE(client_was_told(R"("turn":2)"));
}

TEST_F(HandOver, what_the_person_cut_off_is_not_asked_for_again) {
  begin_ready();
  client_sends(R"({"type":"text","text":"tell me a story"})");
  reply_audio();
  client_sends(R"({"type":"interrupt"})");
  upstream_dies();
  comes_back();
  EXPECT_EQ(upstream_heard(R"("realtimeInput":{"text":"tell me a story")"), 0u);
}

TEST_F(HandOver, nor_is_a_reply_that_broke_off_and_that_the_person_speaks_over) {
  begin_ready();
  client_sends(R"({"type":"text","text":"tell me a story"})");
  reply_audio();
  upstream_dies();
  client_sends(R"({"type":"interrupt"})");
  comes_back();
  EXPECT_EQ(upstream_heard(R"("realtimeInput":{"text":"tell me a story")"), 0u);
}

TEST_F(HandOver, the_persons_words_are_shown_once_though_the_model_writes_them_twice) {
  begin_ready();
  client_speaks(500ms);
  hears("turn on");
  upstream_dies();
  comes_back();
  hears("turn on the lights");
  hears(" please");
  EXPECT_FALSE(client_was_told(R"("text":"turn on)"));
  EXPECT_TRUE(client_was_told(R"("text":" the lights")"));
  EXPECT_TRUE(client_was_told(R"("text":" please")"));
}

// ---- what the model remembers

TEST_F(HandOver, a_new_session_is_told_everything_that_was_said) {
  begin_ready();
  client_speaks(500ms);
  hears("my name is Ada");
  answers("Hello Ada");
  gives_handle("h-1");
  upstream_dies();
  passes(1s);
  upstream_opens();
  upstream_dies(1007, "Request contains an invalid argument.");
  passes(10ms);
  forget();
  upstream_comes_up();
  ASSERT_EQ(upstream_texts.size(), 2u);
  EXPECT_EQ(upstream_texts[1],
            R"({"clientContent":{"turns":[{"role":"user","parts":[{"text":"my name is Ada"}]},)"
            R"({"role":"model","parts":[{"text":"Hello Ada"}]}],"turnComplete":false}})");
}

TEST_F(HandOver, what_the_service_refused_is_not_said_to_it_again) {
  begin_ready();
  client_speaks(500ms);
  hears("my name is Ada");
  answers("Hello Ada");
  client_sends(R"({"type":"text","text":"and now this"})");
  upstream_dies(1007, "Request contains an invalid argument.");
  EXPECT_FALSE(finished);
  EXPECT_TRUE(client_was_told(R"("code":"message_refused")"));
  EXPECT_TRUE(client_was_told("it is not sent again"));
  passes(10ms);
  forget();
  upstream_comes_up();
  EXPECT_TRUE(upstream_was_told("my name is Ada")) << "the memory goes on";
  EXPECT_FALSE(upstream_was_told("and now this"));
  client_sends(R"({"type":"text","text":"something new"})");
  EXPECT_TRUE(upstream_was_told("something new"));
}

TEST_F(HandOver, after_a_refused_message_the_handle_brings_the_conversation_back) {
  begin_ready();
  gives_handle("h-1");
  client_sends(R"({"type":"text","text":"and now this"})");
  upstream_dies(1008, "Words that nobody has seen yet");
  passes(10ms);
  forget();
  upstream_comes_up();
  EXPECT_TRUE(upstream_was_told("h-1"));
  EXPECT_FALSE(upstream_was_told("and now this"));
}

TEST_F(HandOver, a_reminder_that_was_refused_is_not_given_again) {
  begin_ready();
  client_speaks(500ms);
  hears("my name is Ada");
  answers("Hello Ada");
  upstream_dies(1007, "Request contains an invalid argument.");
  passes(10ms);
  upstream_comes_up();
  upstream_dies(1007, "Request contains an invalid argument.");
  EXPECT_FALSE(finished);
  passes(10ms);
  forget();
  upstream_comes_up();
  EXPECT_EQ(upstream_texts.size(), 1u) << "the setup and nothing else";
}

TEST_F(HandOver, a_new_conversation_is_told_what_was_typed_too) {
  begin_ready();
  client_sends(R"({"type":"text","text":"my name is Ada"})");
  answers("Hello Ada");
  client_sends(R"({"type":"text","text":"who am I"})");
  forget();
  upstream_dies();
  comes_back();
  EXPECT_TRUE(upstream_was_told(R"([{"role":"user","parts":[{"text":"my name is Ada"}]},)"
                                R"({"role":"model","parts":[{"text":"Hello Ada"}]}])"));
  EXPECT_EQ(upstream_heard("who am I"), 1u) << "as a question and not as a memory";
}

TEST_F(HandOver, an_apps_own_history_is_told_again_to_a_model_that_forgets) {
  begin({.client = ClientKind::live});
  client_sends(R"({"setup":{"model":"models/gemini-3.1-flash-live-preview",)"
               R"("historyConfig":{"initialHistoryInClientContent":true}}})");
  upstream_comes_up();
  EXPECT_TRUE(upstream_was_told("initialHistoryInClientContent"));
  client_sends(R"({"clientContent":{"turns":[{"role":"user","parts":[{"text":"I am Ada"}]},)"
               R"({"role":"model","parts":[{"text":"Hello"}]}],"turnComplete":true}})");
  passes(10s);
  EXPECT_EQ(upstream_texts.size(), 2u) << "no answer is owed to that";
  forget();
  upstream_dies();
  comes_back();
  EXPECT_EQ(upstream_heard("initialHistoryInClientContent"), 1u);
  EXPECT_EQ(upstream_heard("I am Ada"), 1u);
  EXPECT_EQ(upstream_heard(R"("turnComplete":true)"), 1u);
  gives_handle("h-1");
  forget();
  upstream_dies();
  passes(4s);
  upstream_comes_up();
  EXPECT_FALSE(upstream_was_told("historyConfig")) << "a resumed session waits for none";
  EXPECT_FALSE(upstream_was_told("I am Ada"));
}

TEST_F(HandOver, a_conversation_outgrows_its_context_whoever_asked) {
  begin({.client = ClientKind::live});
  client_sends(R"({"setup":{"model":"models/gemini-3.8-live"}})");
  upstream_comes_up();
  EXPECT_TRUE(upstream_was_told(R"("contextWindowCompression":{"slidingWindow":{}})"));
  begin({.client = ClientKind::live});
  client_sends(R"({"setup":{"model":"models/gemini-3.8-live",)"
               R"("contextWindowCompression":{"triggerTokens":"9000"}}})");
  forget();
  upstream_comes_up();
  EXPECT_TRUE(upstream_was_told(R"("contextWindowCompression":{"triggerTokens":"9000"})"));
  EXPECT_FALSE(upstream_was_told("slidingWindow")) << "who asked knows what for";
}

TEST_F(HandOver, a_resumed_one_only_what_came_after_the_handle) {
  begin_ready();
  client_speaks(500ms);
  hears("first");
  answers("one");
  gives_handle("h-1");
  client_is_silent(1s);
  client_speaks(500ms);
  hears("second");
  answers("two");
  upstream_dies();
  comes_back();
  EXPECT_TRUE(upstream_was_told("h-1"));
  EXPECT_TRUE(upstream_was_told("second"));
  EXPECT_TRUE(upstream_was_told("two"));
  EXPECT_FALSE(upstream_was_told("first"));
}

TEST_F(HandOver, a_model_that_takes_history_only_at_first_gets_it_there_or_not_at_all) {
  begin_native();
  client_sends(R"({"type":"start","model":"gemini-3.1-flash-live-preview"})");
  upstream_comes_up();
  client_speaks(500ms);
  hears("my name is Ada");
  answers("Hello Ada");
  forget();
  upstream_dies();
  passes(4s);
  upstream_comes_up();
  EXPECT_TRUE(upstream_was_told("initialHistoryInClientContent")) << "there was no handle";
  EXPECT_TRUE(upstream_was_told(R"("turnComplete":true)"));
  gives_handle("h-1");
  client_is_silent(1s);
  client_speaks(500ms);
  answers("again");
  forget();
  upstream_dies();
  passes(4s);
  upstream_comes_up();
  EXPECT_FALSE(upstream_was_told("clientContent"));
}

// ---- tools

TEST_F(HandOver, a_tool_at_work_is_not_set_to_work_again) {
  begin_ready();
  client_sends(R"({"type":"text","text":"dim the kitchen"})");
  calls_tool("c1");
  EXPECT_TRUE(client_was_told(R"("id":"c1")"));
  upstream_dies();
  comes_back();
  calls_tool("c2");
  EXPECT_FALSE(client_was_told("tool_call")) << "it is the same call";
  client_sends(R"({"type":"tool_result","id":"c1","result":{"ok":true}})");
  EXPECT_TRUE(upstream_was_told(R"("id":"c2")"));
  EXPECT_FALSE(client_was_told("unknown_tool_call"));
}

TEST_F(HandOver, a_tool_that_has_answered_does_not_run_again) {
  begin_ready();
  client_sends(R"({"type":"text","text":"dim the kitchen"})");
  calls_tool("c1");
  client_sends(R"({"type":"tool_result","id":"c1","result":{"level":30}})");
  upstream_dies();
  comes_back();
  calls_tool("c2");
  EXPECT_FALSE(client_was_told("tool_call"));
  EXPECT_TRUE(upstream_was_told(R"("id":"c2")"));
  EXPECT_TRUE(upstream_was_told(R"("level":30)"));
}

TEST_F(HandOver, another_room_is_another_call) {
  begin_ready();
  client_sends(R"({"type":"text","text":"dim the kitchen"})");
  calls_tool("c1");
  upstream_dies();
  comes_back();
  calls_tool("c2", R"({"room":"bath"})");
  EXPECT_TRUE(client_was_told(R"("id":"c2")"));
  EXPECT_TRUE(client_was_told("tool_cancelled")) << "nobody waits for the first any more";
}

TEST_F(HandOver, a_result_that_nobody_calls_for_any_more_reaches_the_model_as_words) {
  begin_ready();
  client_sends(R"({"type":"text","text":"dim the kitchen"})");
  calls_tool("c1");
  upstream_dies();
  client_sends(R"({"type":"tool_result","id":"c1","result":{"level":30}})");
  comes_back();
  EXPECT_FALSE(upstream_was_told("level"));
  answers("I will not");
  EXPECT_EQ(upstream_heard("level"), 1u);
}

TEST_F(HandOver, a_reply_that_came_while_a_tool_works_on_is_not_asked_for_again) {
  begin_ready();
  client_sends(R"({"type":"text","text":"dim the kitchen"})");
  reply_audio();
  calls_tool("c1");
  upstream_says(R"({"serverContent":{"turnComplete":true}})");
  upstream_dies();
  comes_back();
  EXPECT_EQ(upstream_heard(R"("realtimeInput":{"text":"dim the kitchen")"), 0u);
  client_sends(R"({"type":"tool_result","id":"c1","result":{"level":30}})");
  EXPECT_EQ(upstream_heard("level"), 1u) << "in words: the model does not know of the call";
}

TEST_F(HandOver, when_the_model_may_speak_of_an_answer_is_said_over_any_connection) {
  begin_ready(ClientKind::live);
  client_sends(R"({"realtimeInput":{"text":"dim the kitchen"}})");
  calls_tool("c1");
  upstream_dies();
  comes_back();
  calls_tool("c2");
  client_sends(
      R"({"toolResponse":{"functionResponses":[{"id":"c1","name":"dim","response":{},"scheduling":"WHEN_IDLE"}]}})");
  EXPECT_TRUE(upstream_was_told(R"("id":"c2")"));
  EXPECT_TRUE(upstream_was_told(R"("scheduling":"WHEN_IDLE")"));
}

TEST_F(HandOver, a_result_that_the_model_had_no_time_for_is_told_again) {
  begin_ready();
  client_sends(R"({"type":"text","text":"dim the kitchen"})");
  reply_audio();
  calls_tool("c1");
  upstream_says(R"({"serverContent":{"turnComplete":true}})");
  client_sends(R"({"type":"tool_result","id":"c1","result":{"level":30}})");
  upstream_dies();
  comes_back();
  EXPECT_EQ(upstream_heard("level"), 1u);
}

TEST_F(HandOver, a_late_result_waits_for_a_connection_that_is_there) {
  begin_ready();
  client_sends(R"({"type":"text","text":"dim the kitchen"})");
  reply_audio();
  calls_tool("c1");
  upstream_says(R"({"serverContent":{"turnComplete":true}})");
  upstream_dies();
  client_sends(R"({"type":"text","text":"and now"})");
  client_sends(R"({"type":"tool_result","id":"c1","result":{"level":30}})");
  comes_back();
  reply_audio();
  upstream_says(R"({"serverContent":{"generationComplete":true}})");
  forget();
  upstream_dies();
  EXPECT_TRUE(upstream_texts.empty()) << "that one is dead";
  passes(4s);
  upstream_comes_up();
  EXPECT_EQ(upstream_heard("level"), 1u);
}

// ---- moving in time

TEST_F(HandOver, a_connection_of_age_is_left_in_a_quiet_moment) {
  begin_ready();
  client_speaks(500ms);
  answers("yes");
  client_is_silent(1s);
  gives_handle("h-1");
  passes(9min);
  EXPECT_EQ(closed_upstream, 1);
  EXPECT_EQ(opened, 2);
}

TEST_F(HandOver, but_not_in_mid_sentence_nor_before_the_model_has_it_all) {
  begin_ready();
  gives_handle("h-1");
  passes(7min);
  client_speaks(70s);
  EXPECT_EQ(opened, 1) << "somebody speaks";
  client_is_silent(1s);
  passes(1s);
  EXPECT_EQ(opened, 1) << "there is no answer yet";
  answers("well");
  passes(1s);
  EXPECT_EQ(opened, 1) << "the handle is from before";
  gives_handle("h-2");
  EXPECT_EQ(opened, 2);
  upstream_opens();
  EXPECT_TRUE(upstream_was_told("h-2"));
}

// ---- apps on the Live API

TEST_F(HandOver, an_app_on_the_live_api_sees_nothing_of_it_and_its_tools_run_once) {
  begin_ready(ClientKind::live);
  client_sends(R"({"realtimeInput":{"text":"dim the kitchen"}})");
  calls_tool("c1");
  EXPECT_TRUE(client_was_told("c1"));
  upstream_dies();
  comes_back();
  EXPECT_EQ(upstream_heard("dim the kitchen"), 1u);
  calls_tool("c2");
  EXPECT_TRUE(client_texts.empty()) << client_texts.front();
  client_sends(
      R"({"toolResponse":{"functionResponses":[{"id":"c1","name":"dim","response":{"ok":true}}]}})");
  ASSERT_FALSE(upstream_texts.empty());
  EXPECT_THAT(upstream_texts.back(), HasSubstr(R"("id":"c2")"));
  EXPECT_THAT(upstream_texts.back(), Not(HasSubstr("c1")));
}

TEST_F(HandOver, a_cancellation_reaches_an_app_by_its_own_name_for_the_call) {
  begin_ready(ClientKind::live);
  client_sends(R"({"realtimeInput":{"text":"dim the kitchen"}})");
  calls_tool("c1");
  upstream_dies();
  comes_back();
  calls_tool("c2");
  upstream_says(R"({"toolCallCancellation":{"ids":["c2","never-told"]}})");
  EXPECT_TRUE(client_was_told("c1"));
  EXPECT_FALSE(client_was_told("c2"));
  EXPECT_FALSE(client_was_told("never-told"));
}

TEST_F(HandOver, a_tool_that_the_cut_off_reply_still_calls_is_answered_for_it) {
  begin_ready();
  client_sends(R"({"type":"text","text":"dim the kitchen"})");
  reply_audio();
  client_sends(R"({"type":"interrupt"})");
  calls_tool("c1");
  EXPECT_FALSE(client_was_told("tool_call"));
  EXPECT_TRUE(upstream_was_told(R"("id":"c1")")) << "or the model would wait for it, and be deaf";
}

TEST_F(HandOver, an_answer_of_an_app_goes_on_as_it_came_where_nothing_broke) {
  begin_ready(ClientKind::live);
  calls_tool("c1");
  const std::string answer =
      R"({"toolResponse":{"functionResponses":[{"id":"c1","name":"dim","response":{},"willContinue":true}]}})";
  client_sends(answer);
  client_sends(answer);
  EXPECT_EQ(upstream_heard("willContinue"), 2u) << "a tool may answer more than once";
}

}  // namespace
}  // namespace livegate::session
