// Turns: what is said, in which order and when, and what interrupts it. Rows are those
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
  EXPECT_EQ(turn.sent_samples(),
            MouthOptions{}.first_piece_samples);  // the rest waits to fill a piece
  turn.on_sentence({.speech = 2, .text = "Two.", .samples = third_of_a_second, .last = true}, out);
  turn.advance(Instant{3s}, out);
  EXPECT_EQ(turn.sent_samples(), MouthOptions{}.first_piece_samples + MouthOptions{}.piece_samples);
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

void brackets(Conversation& client, Millis speech) {
  client.sends(R"({"realtimeInput":{"activityStart":{}}})");
  client.speaks(speech);
  client.sends(R"({"realtimeInput":{"activityEnd":{}}})");
}

TEST(LiveTurn, whoever_starts_again_within_a_second_had_only_paused) {
  Conversation client;
  client.connects(kManual);
  brackets(client, 500ms);
  client.passes(300ms);
  brackets(client, 700ms);
  ASSERT_EQ(client.utterances.size(), 2u);
  EXPECT_EQ(client.utterances[1].samples.size(), client.utterances[0].samples.size() + 700 * 16);
  client.recogniser_hears("what is");  // of the first bracket: nobody waits for it any more
  EXPECT_THAT(client.speeches, IsEmpty());
  client.recogniser_hears("what is the time");
  EXPECT_EQ(client.speeches.size(), 1u);
}

TEST(LiveTurn, of_an_utterance_that_goes_on_only_the_rest_is_transcribed) {
  Conversation client;
  client.connects(std::string(kManual) + R"(,"inputAudioTranscription":{})");
  brackets(client, 500ms);
  client.recogniser_hears("who are you");
  EXPECT_EQ(client.speeches.size(), 1u);
  brackets(client, 700ms);
  EXPECT_EQ(client.count("interrupted"), 1u);
  client.recogniser_hears("who are you and what can you do");
  EXPECT_EQ(client.joined("input"), "who are you and what can you do");
  EXPECT_EQ(client.count("input"), 2u);
}

TEST(LiveTurn, whoever_starts_again_later_says_something_new) {
  Conversation client;
  client.connects(kManual);
  brackets(client, 500ms);
  client.passes(1500ms);
  brackets(client, 700ms);
  ASSERT_EQ(client.utterances.size(), 2u);
  EXPECT_LT(client.utterances[1].samples.size(), client.utterances[0].samples.size() + 700 * 16);
}

}  // namespace
}  // namespace livegate::offline
