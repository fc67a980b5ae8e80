// Turns: what is said and called, in which order and when, and what interrupts it. Rows are those
// of the conformance table in docs/wire-gemini.md.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/limits.h"
#include "offline/live_session_fixture.h"

namespace livegate::offline {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::string_view kNoInterruption =
    R"("realtimeInputConfig":{"activityHandling":"NO_INTERRUPTION"})";
constexpr std::string_view kManual =
    R"("realtimeInputConfig":{"automaticActivityDetection":{"disabled":true}})";

TEST(LiveTurn, row_19_text_is_answered_with_audio_generation_complete_and_turn_complete) {
  Conversation client;
  client.connects();
  client.types("hello");
  client.passes(5s);
  EXPECT_THAT(client.story(),
              ElementsAre("setupComplete", "audio", "generationComplete", "turnComplete"));
  EXPECT_EQ(client.audio_samples(), 24000u);
  EXPECT_GT(client.last("turnComplete").usage.response_tokens, 0);
}

TEST(LiveTurn, row_20_nothing_is_said_until_the_turn_is_complete) {
  Conversation client;
  client.connects();
  client.sends(R"({"clientContent":{"turns":[{"role":"user","parts":[{"text":"hello"}]}]}})");
  client.passes(10s);
  EXPECT_THAT(client.speeches, IsEmpty());
  client.sends(R"({"clientContent":{"turnComplete":true}})");
  ASSERT_EQ(client.speeches.size(), 1u);
  Conversation at_once;
  at_once.connects();
  at_once.types("hello");
  EXPECT_EQ(client.speeches[0].text, at_once.speeches[0].text);
}

TEST(LiveTurn, row_21_text_during_a_reply_interrupts_it_and_is_answered) {
  Conversation client;
  client.connects();
  client.types("hello");
  client.forget();
  client.types("who are you");
  client.passes(5s);
  EXPECT_THAT(client.story(), ElementsAre("interrupted", "turnComplete", "audio",
                                          "generationComplete", "turnComplete"));
}

TEST(LiveTurn, row_21_even_unfinished_content_interrupts_and_no_interruption_does_not_spare_it) {
  Conversation client;
  client.connects(kNoInterruption);
  client.types("hello");
  client.forget();
  client.sends(R"({"clientContent":{"turns":[{"role":"user","parts":[{"text":"by the way"}]}]}})");
  client.passes(5s);
  EXPECT_THAT(client.story(), ElementsAre("interrupted", "turnComplete"));
}

TEST(LiveTurn, row_22_speech_and_silence_are_transcribed_and_answered) {
  Conversation client;
  client.connects(R"("inputAudioTranscription":{})");
  client.speaks(1s);
  EXPECT_THAT(client.utterances, IsEmpty());
  client.is_quiet(600ms);
  client.recogniser_hears("hello");
  client.passes(5s);
  EXPECT_THAT(client.story(),
              ElementsAre("setupComplete", "input", "audio", "generationComplete", "turnComplete"));
  EXPECT_EQ(client.last("input").text, "hello");
}

TEST(LiveTurn, row_22_without_being_asked_nothing_is_transcribed) {
  Conversation client;
  client.connects();
  client.says_something();
  client.recogniser_hears("hello");
  client.passes(5s);
  EXPECT_EQ(client.count("input"), 0u);
  EXPECT_EQ(client.count("output"), 0u);
}

TEST(LiveTurn, row_22_silence_duration_decides_when_it_listens_no_longer) {
  Conversation client;
  client.connects(
      R"("realtimeInputConfig":{"automaticActivityDetection":{"silenceDurationMs":1200}})");
  client.speaks(1s);
  client.is_quiet(1180ms);
  EXPECT_THAT(client.utterances, IsEmpty());
  client.is_quiet(20ms);
  EXPECT_EQ(client.utterances.size(), 1u);
}

TEST(LiveTurn, row_23_the_end_of_the_stream_is_answered_at_once_and_audio_may_resume) {
  Conversation client;
  client.connects();
  client.speaks(1s);
  client.sends(R"({"realtimeInput":{"audioStreamEnd":true}})");
  ASSERT_EQ(client.utterances.size(), 1u);
  client.recogniser_hears("hello");
  client.passes(5s);
  client.says_something();
  client.recogniser_hears("who are you");
  client.passes(5s);
  EXPECT_EQ(client.count("turnComplete"), 2u);
}

TEST(LiveTurn, a_microphone_that_falls_silent_in_mid_speech_is_not_waited_for) {
  Conversation client;
  client.connects();
  client.speaks(1s);
  client.passes(limits::kAudioGapMax - 40ms);
  EXPECT_THAT(client.utterances, IsEmpty());
  client.passes(40ms);
  EXPECT_EQ(client.utterances.size(), 1u);
}

TEST(LiveTurn, row_24_speech_during_a_reply_interrupts_it) {
  Conversation client;
  client.connects();
  client.speech_length = 10s;
  client.types("tell me a story");
  client.passes(300ms);
  EXPECT_EQ(client.count("generationComplete"), 0u);
  client.forget();
  client.speaks(500ms);
  EXPECT_EQ(client.count("interrupted"), 1u);
  EXPECT_EQ(client.count("generationComplete"), 0u);
  const std::size_t sent = client.audio_samples();
  client.passes(10s);
  EXPECT_EQ(client.audio_samples(), sent) << "audio of an interrupted turn left";
  EXPECT_THAT(client.story(), ElementsAre("audio", "interrupted", "turnComplete"));
}

TEST(LiveTurn, row_24_speech_also_interrupts_what_was_sent_and_is_still_being_played) {
  Conversation client;
  client.connects();
  client.speech_length = 10s;
  client.types("tell me a story");
  client.passes(4s);  // all was sent within 2.5 s; playback runs until 10 s
  EXPECT_EQ(client.count("generationComplete"), 1u);
  client.forget();
  client.speaks(500ms);
  EXPECT_THAT(client.story(), ElementsAre("interrupted", "turnComplete"));
}

TEST(LiveTurn, row_24_speech_interrupts_a_reply_that_has_not_begun_to_sound) {
  Conversation client;
  client.connects();
  client.voice_waits = true;
  client.types("tell me a story");
  client.forget();
  client.speaks(500ms);
  EXPECT_THAT(client.story(), ElementsAre("interrupted", "turnComplete"));
  EXPECT_THAT(client.cancelled_speeches, ElementsAre(client.speeches[0].speech));
  client.voice_says("Once upon a time", 1s, true);
  EXPECT_EQ(client.audio_samples(), 0u) << "a cancelled sentence was spoken";
}

TEST(LiveTurn, row_24_speech_after_the_turn_interrupts_nothing) {
  Conversation client;
  client.connects();
  client.types("hello");
  client.passes(5s);
  client.forget();
  client.speaks(500ms);
  EXPECT_THAT(client.story(), IsEmpty());
}

TEST(LiveTurn, row_25_with_no_interruption_the_reply_goes_on_and_the_speech_is_answered_after_it) {
  Conversation client;
  client.connects(kNoInterruption);
  client.speech_length = 5s;
  client.types("hello");
  client.says_something();
  client.recogniser_hears("who are you");
  EXPECT_EQ(client.speeches.size(), 1u);
  client.passes(20s);
  EXPECT_EQ(client.count("interrupted"), 0u);
  EXPECT_EQ(client.count("turnComplete"), 2u);
  EXPECT_EQ(client.audio_samples(), 2u * 5 * 24000);
}

TEST(LiveTurn, row_27_with_detection_off_the_bracket_is_answered_and_audio_outside_it_ignored) {
  Conversation client;
  client.connects(kManual);
  client.says_something();
  client.passes(5s);
  EXPECT_THAT(client.utterances, IsEmpty());
  client.sends(R"({"realtimeInput":{"activityStart":{}}})");
  client.says_something();
  client.is_quiet(2s);
  EXPECT_THAT(client.utterances, IsEmpty());
  client.sends(R"({"realtimeInput":{"activityEnd":{}}})");
  ASSERT_EQ(client.utterances.size(), 1u);
  client.recogniser_hears("hello");
  client.passes(5s);
  EXPECT_EQ(client.count("turnComplete"), 1u);
}

TEST(LiveTurn, row_27_the_start_of_a_bracket_interrupts_a_reply) {
  Conversation client;
  client.connects(kManual);
  client.types("hello");
  client.forget();
  client.sends(R"({"realtimeInput":{"activityStart":{}}})");
  EXPECT_THAT(client.story(), ElementsAre("interrupted", "turnComplete"));
}

TEST(LiveTurn, row_28_ten_seconds_arrive_within_three_and_the_turn_ends_with_their_playback) {
  Conversation client;
  client.connects();
  client.speech_length = 10s;
  client.types("tell me a story");
  client.passes(20s);
  Instant first_audio{};
  for (const Fact& fact : client.facts) {
    if (fact.what == "audio" && first_audio == Instant{}) first_audio = fact.at;
  }
  EXPECT_LE(client.last("audio").at, first_audio + 3s);
  EXPECT_EQ(client.last("turnComplete").at, first_audio + 10s);
  EXPECT_EQ(client.audio_samples(), 240000u);
}

TEST(LiveTurn, row_29_the_reply_is_transcribed_in_fragments_before_generation_complete) {
  Conversation client;
  client.connects(R"("outputAudioTranscription":{})");
  client.types("hello");
  client.passes(5s);
  EXPECT_GT(client.count("output"), 1u);
  EXPECT_EQ(client.joined("output"), client.speeches[0].text);
  EXPECT_GT(client.last("generationComplete").at, client.last("output").at - 1ms);
  const auto story = client.story();
  EXPECT_EQ(story[story.size() - 2], "generationComplete");
}

TEST(LiveTurn, row_29_of_an_interrupted_reply_only_what_was_sent_is_transcribed) {
  Conversation client;
  client.connects(R"("outputAudioTranscription":{})");
  client.speech_length = 10s;
  client.types("tell me a story");
  client.passes(500ms);
  client.types("never mind");
  const std::string said = client.joined("output");
  EXPECT_FALSE(said.empty());
  EXPECT_LT(said.size(), client.speeches[0].text.size());
}

TEST(LiveTurn, row_32_a_call_has_an_id_and_the_turn_goes_on_with_its_response) {
  Conversation client;
  client.connects_with_light();
  client.types("turn on the kitchen light");
  client.passes(5s);
  EXPECT_THAT(client.story(), ElementsAre("setupComplete", "toolCall"));
  const std::string id = client.last("toolCall").text;
  EXPECT_FALSE(id.empty());
  EXPECT_THAT(client.raw.back(), HasSubstr("set_light"));
  client.answers_call(id);
  client.passes(5s);
  EXPECT_THAT(client.story(), ElementsAre("setupComplete", "toolCall", "audio",
                                          "generationComplete", "turnComplete"));
}

std::vector<std::string> ids_of(const std::vector<Fact>& facts, std::string_view what) {
  std::vector<std::string> ids;
  for (const Fact& fact : facts) {
    if (fact.what == what) ids.push_back(fact.text);
  }
  return ids;
}

TEST(LiveTurn, row_32_of_several_calls_all_are_awaited) {
  Conversation client;
  client.connects_with_light();
  client.types("turn on all the lights");
  const auto ids = ids_of(client.facts, "toolCall");
  ASSERT_EQ(ids.size(), 2u);
  client.answers_call(ids[1]);
  client.passes(5s);
  EXPECT_THAT(client.speeches, IsEmpty());
  client.answers_call(ids[0]);
  EXPECT_EQ(client.speeches.size(), 1u);
}

TEST(LiveTurn, row_32_call_ids_are_never_used_twice) {
  Conversation client;
  client.connects_with_light();
  client.types("turn on the kitchen light");
  const std::string first = client.last("toolCall").text;
  client.answers_call(first);
  client.passes(5s);
  client.types("turn on the kitchen light");
  EXPECT_NE(client.last("toolCall").text, first);
}

TEST(LiveTurn, row_33_a_response_without_an_id_is_refused) {
  Conversation client;
  client.connects_with_light();
  client.types("turn on the kitchen light");
  client.sends(R"({"toolResponse":{"functionResponses":[{"name":"set_light","response":{}}]}})");
  ASSERT_TRUE(client.closed);
  EXPECT_EQ(client.closed->code, 1007);
}

TEST(LiveTurn, a_response_to_a_call_that_was_never_made_is_ignored) {
  Conversation client;
  client.connects_with_light();
  client.answers_call("function-call-1");
  client.types("turn on the kitchen light");
  client.answers_call("function-call-1");
  client.passes(5s);
  EXPECT_FALSE(client.closed);
  EXPECT_THAT(client.story(), ElementsAre("setupComplete", "toolCall"));
}

TEST(LiveTurn, row_35_speech_cancels_exactly_the_open_calls_and_late_responses_are_ignored) {
  Conversation client;
  client.connects_with_light();
  client.types("turn on the kitchen light");
  const std::string id = client.last("toolCall").text;
  client.forget();
  client.speaks(500ms);
  EXPECT_THAT(client.story(), ElementsAre("interrupted", "cancelled", "turnComplete"));
  EXPECT_EQ(client.count("cancelled"), 1u);
  EXPECT_EQ(client.last("cancelled").text, id);
  client.forget();
  client.answers_call(id);
  client.passes(5s);
  EXPECT_THAT(client.story(), IsEmpty());
}

TEST(LiveTurn, row_35_an_answered_call_is_not_cancelled) {
  Conversation client;
  client.connects_with_light();
  client.types("turn on the kitchen light");
  client.answers_call(client.last("toolCall").text);
  client.forget();
  client.speaks(500ms);
  EXPECT_EQ(client.count("interrupted"), 1u);
  EXPECT_EQ(client.count("cancelled"), 0u);
}

TEST(LiveTurn, row_35_of_several_calls_only_the_unanswered_ones_are_cancelled) {
  Conversation client;
  client.connects_with_light();
  client.types("turn on all the lights");
  const auto ids = ids_of(client.facts, "toolCall");
  ASSERT_EQ(ids.size(), 2u);
  client.answers_call(ids[0]);
  client.speaks(500ms);
  EXPECT_THAT(ids_of(client.facts, "cancelled"), ElementsAre(ids[1]));
}

TEST(LiveTurn, row_36_of_several_responses_one_that_is_not_silent_is_enough_to_speak) {
  Conversation client;
  client.connects_with_light();
  client.types("turn on all the lights");
  const auto ids = ids_of(client.facts, "toolCall");
  ASSERT_EQ(ids.size(), 2u);
  client.answers_call(ids[0], R"({"result":"ok"})", "SILENT");
  client.answers_call(ids[1]);
  EXPECT_EQ(client.speeches.size(), 1u);
}

TEST(LiveTurn, row_36_a_silent_response_is_not_spoken_about) {
  Conversation client;
  client.connects_with_light();
  client.types("turn on the kitchen light");
  client.answers_call(client.last("toolCall").text, R"({"result":"ok"})", "SILENT");
  client.passes(5s);
  EXPECT_EQ(client.audio_samples(), 0u);
  EXPECT_THAT(client.story(),
              ElementsAre("setupComplete", "toolCall", "generationComplete", "turnComplete"));
}

TEST(LiveTurn, row_38_a_context_update_clears_the_tools_without_interrupting) {
  Conversation client;
  client.connects_with_light();
  client.types("hello");
  client.forget();
  client.sends(R"({"contextUpdate":{"tools":{"tools":[]}}})");
  EXPECT_EQ(client.count("interrupted"), 0u);
  client.passes(5s);
  EXPECT_EQ(client.grammars.size(), 2u);
  client.types("turn on the kitchen light");
  client.passes(5s);
  EXPECT_EQ(client.count("toolCall"), 0u);
  EXPECT_EQ(client.count("turnComplete"), 2u);
}

TEST(LiveTurn, row_38_an_open_call_is_finished_with_the_tools_it_was_made_with) {
  Conversation client;
  client.connects_with_light();
  client.types("turn on the kitchen light");
  client.sends(R"({"contextUpdate":{"tools":{"tools":[]}}})");
  EXPECT_EQ(client.grammars.size(), 1u);
  client.answers_call(client.last("toolCall").text);
  client.passes(5s);
  EXPECT_EQ(client.grammars.size(), 2u);
  EXPECT_THAT(client.speeches[0].text, HasSubstr("kitchen"));
}

TEST(LiveTurn, a_context_update_of_the_instruction_alone_keeps_the_tools) {
  Conversation client;
  client.connects_with_light();
  client.sends(R"({"contextUpdate":{"systemInstruction":{"parts":[{"text":"Be brief."}]}}})");
  client.types("turn on the kitchen light");
  EXPECT_EQ(client.count("toolCall"), 1u);
}

TEST(LiveTurn, row_39_handles_come_after_setup_and_each_turn_and_none_while_generating) {
  Conversation client;
  client.connects(R"("sessionResumption":{})");
  client.types("hello");
  client.passes(5s);
  EXPECT_THAT(client.story(), ElementsAre("setupComplete", "handle", "notResumable", "audio",
                                          "generationComplete", "turnComplete", "handle"));
  EXPECT_EQ(client.last("handle").text.size(), 36u);
  EXPECT_EQ(client.last("notResumable").text, "");
}

TEST(LiveTurn, row_39_without_being_asked_no_handles_come) {
  Conversation client;
  client.connects();
  client.types("hello");
  client.passes(5s);
  EXPECT_EQ(client.count("handle") + client.count("notResumable"), 0u);
}

std::string resuming(const std::string& handle) {
  return R"("sessionResumption":{"handle":")" + handle + R"("})";
}

TEST(LiveTurn, row_40_a_resumed_session_knows_what_was_said_before) {
  HandleStore handles;
  Conversation before(handles, 1, Instant{1h});
  before.connects_with_light(R"("sessionResumption":{})");
  before.types("turn on the kitchen light");
  before.answers_call(before.last("toolCall").text);
  before.passes(5s);
  before.leaves();
  Conversation after(handles, 2, before.now + 1min);
  after.connects_with_light(resuming(before.last("handle").text));
  EXPECT_THAT(after.story(), ElementsAre("setupComplete", "handle"));
  after.types("turn it off");  // "it" is the kitchen light of the other connection
  ASSERT_EQ(after.count("toolCall"), 1u);
  EXPECT_THAT(after.raw.back(), HasSubstr("kitchen"));
  after.answers_call(after.last("toolCall").text);
  after.passes(5s);
  EXPECT_GT(after.last("turnComplete").usage.prompt_tokens,
            before.last("turnComplete").usage.total_tokens);
}

TEST(LiveTurn, row_40_what_a_context_update_changed_outlives_the_connection) {
  HandleStore handles;
  Conversation before(handles, 1, Instant{1h});
  before.connects(R"("sessionResumption":{})");
  before.sends(R"({"contextUpdate":{"tools":{"tools":)" + std::string(kLightTool) + "}}}");
  before.types("hello");
  before.passes(5s);
  before.leaves();
  Conversation after(handles, 2, before.now);
  after.connects(resuming(before.last("handle").text));
  after.types("turn on the kitchen light");
  EXPECT_EQ(after.count("toolCall"), 1u);
  after.leaves();
  Conversation third(handles, 3, after.now);
  third.connects(resuming(ids_of(after.facts, "handle").front()));
  third.types("turn on the kitchen light");
  EXPECT_EQ(third.count("toolCall"), 1u);
}

TEST(LiveTurn, row_40_other_tools_in_the_setup_of_a_resumed_session_are_the_ones_that_count) {
  HandleStore handles;
  Conversation before(handles, 1, Instant{1h});
  before.connects_with_light(R"("sessionResumption":{})");
  before.leaves();
  Conversation after(handles, 2, before.now);
  after.connects(resuming(before.last("handle").text));
  after.types("turn on the kitchen light");
  EXPECT_EQ(after.count("toolCall"), 0u);
}

TEST(LiveTurn, row_41_a_handle_whose_connection_is_still_open_is_refused) {
  HandleStore handles;
  Conversation before(handles, 1, Instant{1h});
  before.connects(R"("sessionResumption":{})");
  Conversation after(handles, 2, before.now);
  after.connects(resuming(before.last("handle").text));
  ASSERT_TRUE(after.closed);
  EXPECT_EQ(after.closed->code, 1011);
}

TEST(LiveTurn, a_cough_is_not_answered) {
  Conversation client;
  client.connects();
  client.speaks(160ms);
  client.is_quiet(600ms);
  client.recogniser_refuses();
  client.passes(5s);
  EXPECT_THAT(client.story(), ElementsAre("setupComplete"));
}

TEST(LiveTurn, speech_outside_the_grammar_is_answered_honestly_and_never_transcribed) {
  Conversation client;
  client.connects(R"("inputAudioTranscription":{})");
  client.says_something();
  client.recogniser_refuses();
  ASSERT_EQ(client.speeches.size(), 1u);
  EXPECT_THAT(client.speeches[0].text, HasSubstr("did not understand"));
  EXPECT_EQ(client.count("input"), 0u);
}

TEST(LiveTurn, a_pause_in_a_sentence_is_not_talked_into) {
  Conversation client;
  client.connects();
  client.says_something();
  client.speaks(300ms);  // goes on before the first half has been decoded
  client.recogniser_refuses();
  EXPECT_THAT(client.speeches, IsEmpty());
}

// Two utterances are in the decoder at once: the second began before the first was answered.
void says_two_things(Conversation& client) {
  client.says_something();
  client.says_something();
}

TEST(LiveTurn, what_was_said_right_after_a_question_is_answered_in_its_place) {
  Conversation client;
  client.connects();
  says_two_things(client);
  client.recogniser_hears("tell me a story");
  client.forget();
  client.recogniser_hears("who are you");
  client.passes(5s);
  EXPECT_THAT(client.story(), ElementsAre("interrupted", "turnComplete", "audio",
                                          "generationComplete", "turnComplete"));
}

TEST(LiveTurn, what_was_said_right_after_a_command_does_not_cancel_it) {
  Conversation client;
  client.connects_with_light();
  says_two_things(client);
  client.recogniser_hears("turn on the kitchen light");
  client.recogniser_hears("turn on the bedroom light");
  EXPECT_EQ(client.count("toolCall"), 1u);
  client.answers_call(client.last("toolCall").text);
  client.passes(5s);
  EXPECT_EQ(client.count("cancelled"), 0u);
  EXPECT_EQ(client.count("toolCall"), 2u);
}

TEST(LiveTurn, an_interruption_also_forgets_what_waited_for_its_turn) {
  Conversation client;
  client.connects_with_light();
  says_two_things(client);
  client.recogniser_hears("turn on the kitchen light");
  client.recogniser_hears("turn on the bedroom light");
  client.types("hello");
  client.passes(10s);
  EXPECT_EQ(client.count("toolCall"), 1u);
  EXPECT_EQ(client.count("turnComplete"), 2u);
}

TEST(LiveTurn, mumbling_right_after_a_question_does_not_cut_its_answer_short) {
  Conversation client;
  client.connects();
  says_two_things(client);
  client.recogniser_hears("tell me a story");
  client.recogniser_refuses();
  client.passes(5s);
  EXPECT_EQ(client.count("interrupted"), 0u);
  EXPECT_EQ(client.count("turnComplete"), 1u);
}

TEST(LiveTurn, a_recogniser_that_is_too_busy_is_admitted) {
  Conversation client;
  client.connects();
  client.says_something();
  client.recogniser_is_too_busy();
  ASSERT_EQ(client.speeches.size(), 1u);
  EXPECT_THAT(client.speeches[0].text, HasSubstr("say that again"));
}

TEST(LiveTurn, more_utterances_than_the_cap_are_not_given_to_the_recogniser) {
  Conversation client;
  client.connects();
  for (std::size_t i = 0; i <= limits::kOfflineRecognitionsMax; ++i) client.says_something();
  EXPECT_EQ(client.utterances.size(), limits::kOfflineRecognitionsMax);
  EXPECT_EQ(client.session->counts().unheard, 1);
}

TEST(LiveTurn, realtime_text_is_answered_and_interrupts) {
  Conversation client;
  client.connects();
  client.sends(R"({"realtimeInput":{"text":"hello"}})");
  client.sends(R"({"realtimeInput":{"text":"who are you"}})");
  client.passes(5s);
  EXPECT_THAT(client.story(), ElementsAre("setupComplete", "audio", "interrupted", "turnComplete",
                                          "audio", "generationComplete", "turnComplete"));
}

// The head of a 640 by 480 PNG.
constexpr std::string_view kPicture = R"({"realtimeInput":{"video":{"mimeType":"image/png",)"
                                      R"("data":"iVBORw0KGgoAAAANSUhEUgAAAoAAAAHg"}}})";

TEST(LiveTurn, the_first_picture_is_spoken_of_once_in_the_next_reply) {
  Conversation client;
  client.connects();
  client.sends(kPicture);
  client.sends(kPicture);
  EXPECT_THAT(client.speeches, IsEmpty());
  client.types("hello");
  client.passes(20s);
  client.sends(kPicture);
  client.types("hello");
  ASSERT_EQ(client.speeches.size(), 2u);
  EXPECT_THAT(client.speeches[0].text, HasSubstr("640 by 480"));
  EXPECT_THAT(client.speeches[0].text, HasSubstr(client.speeches[1].text));
  EXPECT_EQ(client.session->counts().pictures, 3);
}

TEST(LiveTurn, sentences_of_one_reply_follow_each_other_in_one_turn) {
  Conversation client;
  client.connects(R"("outputAudioTranscription":{})");
  client.voice_waits = true;
  client.types("tell me a story");
  client.voice_says("Once upon a time.", 1s, false);
  client.passes(3s);
  EXPECT_EQ(client.count("generationComplete"), 0u);
  client.voice_says("The end.", 1s, true);
  client.passes(5s);
  EXPECT_EQ(client.joined("output"), "Once upon a time. The end.");
  EXPECT_EQ(client.audio_samples(), 48000u);
  EXPECT_EQ(client.count("turnComplete"), 1u);
}

TEST(LiveTurn, the_end_of_one_speech_does_not_cut_the_pieces_of_the_next) {
  Rng rng(1);
  TurnNames names{.rng = rng};
  LiveTurn turn(names, false);
  LiveActions out;
  turn.perform({.calls = {}, .speech = "One."}, out);
  turn.perform({.calls = {}, .speech = "Two."}, out);
  const std::vector<std::int16_t> third_of_a_second(8000);
  turn.on_sentence({.speech = 1, .text = "One.", .samples = third_of_a_second, .last = true}, out);
  turn.advance(Instant{1s}, out);
  turn.advance(Instant{2s}, out);
  EXPECT_EQ(turn.sent_samples(), kFirstPieceSamples);  // the rest waits to fill a piece
  turn.on_sentence({.speech = 2, .text = "Two.", .samples = third_of_a_second, .last = true}, out);
  turn.advance(Instant{3s}, out);
  EXPECT_EQ(turn.sent_samples(), kFirstPieceSamples + kPieceSamples);
}

TEST(LiveTurn, usage_is_25_tokens_for_a_second_of_audio_and_counts_the_context_again) {
  Conversation client;
  client.connects();
  client.speech_length = 2s;
  client.types("hello");
  client.passes(5s);
  const proto::Usage first = client.last("turnComplete").usage;
  EXPECT_GT(first.prompt_tokens, 0);
  EXPECT_EQ(first.response_tokens, 50);
  EXPECT_EQ(first.total_tokens, first.prompt_tokens + first.response_tokens);
  client.types("hello");
  client.passes(5s);
  EXPECT_GT(client.last("turnComplete").usage.prompt_tokens, first.total_tokens);
}

}  // namespace
}  // namespace livegate::offline
