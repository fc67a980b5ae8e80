// What the service does that a kinder stand-in would not, model by model, in simulated time. Rows
// are those of the habits table in docs/stand-in.md.
#include <cstdlib>
#include <tuple>

#include <gmock/gmock.h>

#include "offline/live_session_fixture.h"

namespace livegate::offline {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::MatchesRegex;
using testing::StartsWith;

constexpr std::string_view k38 = "gemini-3.8-live";
constexpr std::string_view kThinking = "gemini-3.8-live-extended-thinking";
constexpr std::string_view k31 = "gemini-3.1-flash-live-preview";
constexpr std::string_view k25 = "gemini-2.5-flash-native-audio-latest";
constexpr std::string_view kTranslate = "gemini-3.5-live-translate-preview";
constexpr std::string_view kStreamEnd = R"({"realtimeInput":{"audioStreamEnd":true}})";
constexpr std::string_view kStart = R"({"realtimeInput":{"activityStart":{}}})";
constexpr std::string_view kEnd = R"({"realtimeInput":{"activityEnd":{}}})";
const std::string kTools = R"("tools":)" + std::string(kLightTool);
constexpr std::string_view kTurnOn = "turn on the kitchen light";

// Every model of the table, as `livegate offline` plays it without options.
class Played : public Conversation {
 public:
  explicit Played(std::string_view model, std::string_view settings = "",
                  StandinSettings standin = all_models())
      : Conversation(LiveSessionOptions{.id = 7, .settings = std::move(standin)}) {
    sends(R"({"setup":{"model":"models/)" + std::string(model) + "\"" +
          (settings.empty() ? "" : ",") + std::string(settings) + "}}");
    passes(50ms);
  }
  static StandinSettings all_models() {
    StandinSettings settings;
    settings.models.assign(proto::model_profiles().begin(), proto::model_profiles().end());
    return settings;
  }
  static StandinSettings with(Fault fault) {
    StandinSettings settings = all_models();
    settings.faults[fault] = 1;
    return settings;
  }
  void writes(std::string_view text) {
    sends(R"({"realtimeInput":{"text":")" + std::string(text) + "\"}}");
  }
  // What came, without empty frames, handles and activity.
  [[nodiscard]] std::vector<std::string> told() const {
    std::vector<Fact> kept = facts;
    std::erase_if(kept, [](const Fact& fact) {
      return fact.what == "nothing" || fact.what == "handle" || fact.what == "activity" ||
             fact.what == "setupComplete";
    });
    return story_of(kept);
  }
  [[nodiscard]] std::size_t frames_with(std::string_view text) const {
    return static_cast<std::size_t>(std::ranges::count_if(
        raw, [&](const std::string& frame) { return frame.find(text) != std::string::npos; }));
  }
};

// ---- row 1: what ends the person's turn

TEST(LiveHabits, row_1_neither_the_mark_nor_a_gap_ends_a_turn_of_3_8) {
  for (const std::string_view model : {k38, kThinking}) {
    Played talk(model);
    talk.speaks(1s);
    talk.is_quiet(500ms);
    talk.sends(kStreamEnd);
    talk.passes(120s);
    EXPECT_THAT(talk.utterances, IsEmpty()) << model;
    EXPECT_THAT(talk.told(), IsEmpty()) << model;
  }
}

TEST(LiveHabits, row_1_after_an_ignored_mark_the_next_words_are_glued_to_the_first) {
  Played talk(k38);
  talk.speaks(1s);
  talk.sends(kStreamEnd);
  talk.passes(5s);
  talk.speaks(1s);
  talk.is_quiet(1s);
  ASSERT_EQ(talk.utterances.size(), 1u);
  EXPECT_GT(talk.utterances[0].samples.size(), 2u * 16000u);
}

TEST(LiveHabits, row_1_one_second_of_streamed_silence_ends_a_turn) {
  Played talk(k38);
  talk.speaks(1s);
  talk.is_quiet(960ms);
  EXPECT_THAT(talk.utterances, IsEmpty());
  talk.is_quiet(60ms);
  EXPECT_EQ(talk.utterances.size(), 1u);
}

TEST(LiveHabits, row_1_before_3_8_the_mark_ends_a_turn) {
  for (const std::string_view model : {k31, k25}) {
    Played talk(model);
    talk.speaks(1s);
    talk.sends(kStreamEnd);
    EXPECT_EQ(talk.utterances.size(), 1u) << model;
  }
}

TEST(LiveHabits, a_fact_that_is_changed_on_order_is_played) {
  StandinSettings settings;
  ASSERT_TRUE(order_fact("gemini-3.8-live.stream_end_ends_turn=true", settings));
  Played talk(k38, "", settings);
  talk.speaks(1s);
  talk.sends(kStreamEnd);
  EXPECT_EQ(talk.utterances.size(), 1u);
}

TEST(LiveHabits, row_2_3_1_does_not_care_for_silence_duration) {
  const std::string_view settings =
      R"("realtimeInputConfig":{"automaticActivityDetection":{"silenceDurationMs":300}})";
  for (const auto& [model, utterances] : {std::pair{k38, 1u}, std::pair{k31, 0u}}) {
    Played talk(model, settings);
    talk.speaks(1s);
    talk.is_quiet(500ms);
    EXPECT_EQ(talk.utterances.size(), utterances) << model;
  }
}

// ---- row 3: holding lines

TEST(LiveHabits, row_3_extended_thinking_answers_after_a_holding_line_and_a_gap) {
  Played talk(kThinking);
  talk.writes("hello");
  talk.passes(1200ms);
  EXPECT_THAT(talk.told(), ElementsAre("audio", "generationComplete", "turnComplete"));
  EXPECT_THAT(talk.raw.back(), HasSubstr("\"IN_PROGRESS\""));
  const Instant held = talk.last("turnComplete").at;
  talk.forget();
  talk.passes(10s);
  ASSERT_EQ(talk.told(), (std::vector<std::string>{"audio", "generationComplete", "turnComplete"}));
  EXPECT_THAT(talk.raw.back(), HasSubstr("\"IDLE\""));
  EXPECT_GE(talk.facts.front().at - held, 300ms);
  EXPECT_LE(talk.facts.front().at - held, 2500ms);
}

TEST(LiveHabits, row_3_its_calls_stand_outside_of_turns_and_a_second_line_may_come) {
  Played talk(kThinking, kTools);
  talk.writes(kTurnOn);
  talk.passes(3600ms);
  ASSERT_EQ(talk.told(),
            (std::vector<std::string>{"audio", "generationComplete", "turnComplete", "toolCall"}));
  talk.passes(5s);
  EXPECT_EQ(talk.count("turnComplete"), 2u) << "another holding line";
  EXPECT_EQ(talk.frames_with("\"IN_PROGRESS\""), 2u);
  talk.passes(25s);
  talk.answers_call(talk.last("toolCall").text);
  talk.passes(10s);
  EXPECT_EQ(talk.count("turnComplete"), 3u);
  EXPECT_EQ(talk.frames_with("\"IDLE\""), 1u);
}

// ---- rows 4 to 6 and 9: replies that are none, or late

TEST(LiveHabits, row_4_a_model_that_wishes_to_say_nothing_says_so_in_single_samples) {
  Played talk(k38, R"("outputAudioTranscription":{})", Played::with(Fault::says_nothing));
  talk.writes("hello");
  talk.passes(5s);
  EXPECT_EQ(talk.joined("output"), "<no speech>");
  EXPECT_LE(talk.audio_samples(), 5u);
  EXPECT_THAT(talk.speeches, IsEmpty());
  EXPECT_EQ(talk.count("generationComplete"), 1u);
  EXPECT_EQ(talk.count("turnComplete"), 1u);
  talk.writes(" ");
  talk.passes(5s);
  EXPECT_EQ(talk.count("turnComplete"), 2u) << "a blank line asks for the same answer";
}

TEST(LiveHabits, row_5_a_rejected_response_is_a_completion_with_its_reason_alone) {
  Played talk(k38, "", Played::with(Fault::rejected));
  talk.writes("hello");
  talk.passes(5s);
  EXPECT_THAT(talk.told(), ElementsAre("turnComplete"));
  EXPECT_THAT(talk.raw.back(), HasSubstr("\"turnCompleteReason\": \"RESPONSE_REJECTED\""));
}

TEST(LiveHabits, row_6_text_may_come_in_the_place_of_sound) {
  Played talk(k38, "", Played::with(Fault::text_only));
  talk.writes("who are you");
  talk.passes(5s);
  EXPECT_EQ(talk.audio_samples(), 0u);
  EXPECT_EQ(talk.frames_with("\"text\": \"I am"), 1u);
  EXPECT_THAT(talk.told(), ElementsAre("generationComplete", "turnComplete"));
}

TEST(LiveHabits, row_6_sound_may_be_of_full_length_and_inaudible) {
  MouthOptions options;
  options.inaudible = true;
  Mouth mouth(options);
  ASSERT_TRUE(mouth.say("Hello.", std::vector<std::int16_t>(24000, 30000)));
  mouth.end_speech();
  std::size_t samples = 0;
  for (Instant now{1h}; const auto piece = mouth.take(now); now += 1s) {
    samples += piece->samples.size();
    for (const std::int16_t sample : piece->samples) ASSERT_LE(std::abs(sample), 4);
  }
  EXPECT_EQ(samples, 24000u);
}

TEST(LiveHabits, row_9_the_first_sound_may_take_6_3_seconds) {
  Played talk(k38, "", Played::with(Fault::slow_first_audio));
  talk.writes("hello");
  talk.passes(6299ms);
  EXPECT_EQ(talk.audio_samples(), 0u);
  talk.passes(1ms);
  EXPECT_GT(talk.audio_samples(), 0u);
}

// ---- rows 7, 8 and 10: words and pace

TEST(LiveHabits, row_7_words_ride_in_the_frames_of_their_sound_on_3_x) {
  for (const std::string_view model : {k38, k31}) {
    Played talk(model, R"("outputAudioTranscription":{})");
    talk.writes("hello");
    talk.passes(5s);
    const std::size_t words = talk.frames_with("outputTranscription");
    EXPECT_GT(words, 1u);
    EXPECT_EQ(std::ranges::count_if(talk.raw,
                                    [](const std::string& frame) {
                                      return frame.find("outputTranscription") !=
                                                 std::string::npos &&
                                             frame.find("inlineData") != std::string::npos;
                                    }),
              static_cast<std::ptrdiff_t>(words))
        << model;
  }
}

TEST(LiveHabits, row_7_words_run_ahead_of_their_sound_on_2_5) {
  Played talk(k25, R"("outputAudioTranscription":{})");
  talk.speech_length = 5s;
  talk.types("tell me a story");
  talk.passes(20ms);
  ASSERT_GT(talk.audio_samples(), 0u);
  const double heard = static_cast<double>(talk.audio_samples()) / (5 * 24000);
  const double said = static_cast<double>(talk.joined("output").size()) /
                      static_cast<double>(talk.speeches[0].text.size());
  EXPECT_GT(said, heard + 0.2);
  EXPECT_EQ(talk.frames_with("outputTranscription"), talk.count("output"));
}

TEST(LiveHabits, row_7_what_was_heard_comes_whole_on_3_8_and_word_by_word_on_2_5) {
  for (const auto& [model, pieces] : {std::pair{k38, 1u}, std::pair{k25, 5u}}) {
    Played talk(model, R"("inputAudioTranscription":{})" + ("," + kTools));
    talk.speaks(1s);
    talk.is_quiet(1100ms);
    talk.recogniser_hears(kTurnOn);
    EXPECT_EQ(talk.count("input"), pieces) << model;
    EXPECT_EQ(talk.joined("input"), kTurnOn);
  }
}

TEST(LiveHabits, row_8_extended_thinking_speaks_in_real_time_with_pauses) {
  Played talk(kThinking);
  talk.speech_length = 5s;
  talk.writes("hello");
  talk.passes(7s);
  std::vector<Fact> sound;
  for (const Fact& fact : talk.facts) {
    if (fact.what == "audio") sound.push_back(fact);
  }
  ASSERT_GT(sound.size(), 5u);
  Millis longest{0};
  std::size_t before = 0;
  for (std::size_t i = 1; i < sound.size(); ++i) {
    longest = std::max(longest, elapsed(sound[i - 1].at, sound[i].at));
    before += sound[i - 1].samples;
  }
  EXPECT_GE(longest, 750ms);
  EXPECT_GE(elapsed(sound.front().at, sound.back().at), Millis(before / 26));
}

TEST(LiveHabits, row_8_a_burst_leaves_faster_than_it_plays_and_ends_when_it_has_played) {
  for (const std::string_view model : {k38, k31, k25}) {
    Played talk(model);
    talk.speech_length = 4s;
    if (model == k31) {
      talk.writes("hello");
    } else {
      talk.types("hello");
    }
    talk.passes(8s);
    const auto first = std::ranges::find(talk.facts, "audio", &Fact::what);
    ASSERT_NE(first, talk.facts.end());
    EXPECT_LE(elapsed(first->at, talk.last("generationComplete").at), 1200ms) << model;
    EXPECT_GE(elapsed(first->at, talk.last("turnComplete").at), 3999ms) << model;
  }
}

TEST(LiveHabits, row_8_a_pause_of_a_second_and_a_half_on_order) {
  Played talk(k38, "", Played::with(Fault::pause_in_reply));
  talk.speech_length = 4s;
  talk.writes("hello");
  talk.passes(10s);
  Millis longest{0};
  for (std::size_t i = 1; i < talk.facts.size(); ++i) {
    if (talk.facts[i].what == "audio" || talk.facts[i].what == "nothing") {
      longest = std::max(longest, elapsed(talk.facts[i - 1].at, talk.facts[i].at));
    }
  }
  EXPECT_GE(longest, 1500ms);
  EXPECT_EQ(talk.audio_samples(), 4u * 24000u);
}

TEST(LiveHabits, row_10_the_first_sound_of_half_of_the_replies_is_one_sample) {
  for (const auto& [model, at_least, at_most] : {std::tuple{k38, 30, 70}, std::tuple{k25, 0, 0}}) {
    Played talk(model);
    int single = 0;
    for (int i = 0; i < 100; ++i) {
      talk.forget();
      talk.types("hello");
      talk.passes(5s);
      const auto first = std::ranges::find(talk.facts, "audio", &Fact::what);
      ASSERT_NE(first, talk.facts.end());
      single += first->samples == 1 ? 1 : 0;
    }
    EXPECT_GE(single, at_least) << model;
    EXPECT_LE(single, at_most) << model;
  }
}

// ---- row 11: empty frames

TEST(LiveHabits, row_11_empty_frames_stand_before_content_and_none_comes_while_it_thinks) {
  StandinSettings slow = Played::all_models();
  slow.first_audio = 5s;
  Played talk(k38, "", slow);
  talk.writes("hello");
  talk.passes(4900ms);
  EXPECT_EQ(talk.count("nothing"), 0u);
  talk.passes(10s);
  EXPECT_GE(talk.count("nothing"), talk.count("audio"));
  EXPECT_EQ(talk.frames_with("\"serverContent\": {}\n}"), 1u);
  const auto first = std::ranges::find(talk.facts, "nothing", &Fact::what);
  EXPECT_LT(first, std::ranges::find(talk.facts, "audio", &Fact::what));
  Played older(k25);
  older.types("hello");
  older.passes(5s);
  EXPECT_EQ(older.count("nothing") + older.frames_with("\"serverContent\": {}\n}"), 0u);
}

// ---- rows 12 and 13: what is refused, dropped and cancelled

TEST(LiveHabits, row_12_thinking_is_refused_by_3_8_alone) {
  const std::string_view thinks =
      R"("generationConfig":{"thinkingConfig":{"thinkingLevel":"LOW"}})";
  for (const std::string_view model : {k38, kThinking, k31}) {
    Played talk(model, thinks);
    EXPECT_EQ(talk.closed.has_value(), model == k38) << model;
    if (!talk.closed) continue;
    EXPECT_EQ(talk.closed->code, 1007);
    EXPECT_EQ(talk.closed->reason, "Thinking level is not supported for this model");
  }
}

TEST(LiveHabits, row_12_scheduling_is_refused_by_extended_thinking) {
  Played talk(kThinking, kTools);
  talk.writes(kTurnOn);
  talk.passes(3600ms);
  talk.answers_call(talk.last("toolCall").text, R"({"result":"ok"})", "WHEN_IDLE");
  ASSERT_TRUE(talk.closed);
  EXPECT_EQ(talk.closed->code, 1007);
  EXPECT_EQ(talk.closed->reason, "Function response scheduling is not supported for this model");
}

TEST(LiveHabits, row_12_a_call_that_is_to_continue_is_dropped_by_extended_thinking_alone) {
  for (const std::string_view model : {k38, kThinking}) {
    Played talk(model, kTools);
    talk.writes(kTurnOn);
    talk.passes(3600ms);
    const std::string id = talk.last("toolCall").text;
    talk.sends(R"({"toolResponse":{"functionResponses":[{"id":")" + id +
               R"(","name":"set_light","response":{"done":0.5},"willContinue":true}]}})");
    talk.passes(5s);
    talk.forget();
    talk.answers_call(id);
    talk.passes(5s);
    EXPECT_FALSE(talk.closed);
    EXPECT_EQ(talk.audio_samples() > 0, model == k38) << model;
  }
}

TEST(LiveHabits, row_13_new_input_cancels_a_blocking_call_and_no_other) {
  std::string blocking = kTools;
  blocking.insert(blocking.find(R"("description")"), R"("behavior":"BLOCKING",)");
  for (const auto& [tools, cancelled] : {std::pair{blocking, 1u}, std::pair{kTools, 0u}}) {
    Played talk(k38, tools);
    talk.writes(kTurnOn);
    talk.passes(1s);
    ASSERT_EQ(talk.told(),
              (std::vector<std::string>{"toolCall", "generationComplete", "turnComplete"}));
    talk.speaks(500ms);
    EXPECT_EQ(talk.count("cancelled"), cancelled);
    EXPECT_EQ(talk.count("interrupted"), 0u);
    talk.answers_call(talk.last("toolCall").text);
    talk.is_quiet(1100ms);
    talk.recogniser_refuses();
    talk.passes(10s);
    EXPECT_EQ(talk.speeches.size(), 2u - cancelled);
  }
}

// ---- row 14: turns that call

TEST(LiveHabits, row_14_a_call_of_3_1_ends_its_turn_at_once_and_the_answer_is_another) {
  Played talk(k31, kTools);
  talk.writes(kTurnOn);
  EXPECT_THAT(talk.told(), ElementsAre("toolCall", "generationComplete", "turnComplete"));
  const std::string id = talk.last("toolCall").text;
  talk.forget();
  talk.answers_call(id);
  talk.passes(5s);
  EXPECT_THAT(talk.told(), ElementsAre("audio", "generationComplete", "turnComplete"));
}

TEST(LiveHabits, row_14_a_call_of_2_5_that_does_not_block_is_followed_by_speech_in_its_turn) {
  std::string tools = kTools;
  tools.insert(tools.find(R"("description")"), R"("behavior":"NON_BLOCKING",)");
  Played talk(k25, tools);
  talk.types(kTurnOn);
  talk.passes(5s);
  EXPECT_THAT(talk.told(), ElementsAre("toolCall", "audio", "generationComplete", "turnComplete"));
}

// ---- row 15: after an interruption

TEST(LiveHabits, row_15_extended_thinking_completes_an_interrupted_turn_a_while_later) {
  for (const auto& [model, later] : {std::pair{kThinking, 300ms}, std::pair{k25, 0ms}}) {
    Played talk(model);
    talk.speech_length = 10s;
    if (model == k25) {
      talk.types("tell me a story");
    } else {
      talk.writes("tell me a story");
    }
    talk.passes(1s);
    talk.speaks(1s);
    ASSERT_EQ(talk.count("interrupted"), 1u);
    EXPECT_EQ(elapsed(talk.last("interrupted").at, talk.last("turnComplete").at), later) << model;
  }
}

// ---- row 16: resumption handles

TEST(LiveHabits, row_16_3_8_gives_one_handle_unasked_and_3_1_some_in_every_turn) {
  Played newest(k38);
  newest.types("hello");
  newest.passes(120s);
  EXPECT_EQ(newest.count("handle"), 1u);
  EXPECT_EQ(newest.facts[1].what, "handle");
  EXPECT_EQ(elapsed(newest.facts[0].at, newest.facts[1].at), 12ms);
  Played flash(k31, R"("sessionResumption":{})");
  EXPECT_EQ(flash.count("handle"), 0u);
  flash.writes("hello");
  flash.passes(5s);
  EXPECT_EQ(flash.count("handle"), 2u);
  EXPECT_EQ(flash.count("notResumable"), 0u);
  Played older(k25);
  older.types("hello");
  older.passes(5s);
  EXPECT_EQ(older.count("handle"), 0u);
}

// ---- row 17: marks and empty content

TEST(LiveHabits, row_17_marks_under_automatic_detection_are_ignored_by_extended_thinking_alone) {
  for (const std::string_view model : {k38, kThinking, k31, k25}) {
    Played talk(model);
    talk.sends(kStart);
    EXPECT_EQ(talk.closed.has_value(), model != kThinking) << model;
    if (talk.closed) continue;
    talk.speaks(1s);
    talk.sends(kEnd);
    EXPECT_THAT(talk.utterances, IsEmpty());
  }
}

TEST(LiveHabits, row_17_empty_content_interrupts_and_the_story_is_told_again) {
  Played talk(k38);
  talk.speech_length = 10s;
  talk.types("tell me a story");
  talk.passes(1s);
  talk.forget();
  talk.sends(R"({"clientContent":{"turnComplete":true}})");
  talk.passes(20s);
  EXPECT_THAT(talk.told(), ElementsAre("interrupted", "turnComplete", "audio", "generationComplete",
                                       "turnComplete"));
}

// ---- rows 18 to 21: shapes

TEST(LiveHabits, row_18_activity_has_an_offset_and_stands_beside_empty_content_on_3_1) {
  for (const auto& [model, sent] : {std::pair{k38, 2u}, std::pair{k31, 2u}, std::pair{k25, 0u}}) {
    Played talk(model);
    talk.is_quiet(1s);
    talk.speaks(1s);
    talk.is_quiet(1100ms);
    EXPECT_EQ(talk.count("activity"), sent) << model;
    EXPECT_EQ(talk.frames_with("\"audioOffset\": \"1."), sent == 0 ? 0u : 1u);
    EXPECT_EQ(talk.frames_with("\"serverContent\": {}"), model == k31 ? 2u : 0u) << model;
  }
}

TEST(LiveHabits, row_19_the_role_stands_behind_the_parts_on_3_8_and_nowhere_before) {
  for (const std::string_view model : {k38, kThinking, k31, k25}) {
    Played talk(model);
    if (model == k31) {
      talk.writes("hello");
    } else {
      talk.types("hello");
    }
    talk.passes(1s);
    const auto frame = std::ranges::find_if(talk.raw, [](const std::string& each) {
      return each.find("inlineData") != std::string::npos;
    });
    ASSERT_NE(frame, talk.raw.end());
    const std::size_t role = frame->find("\"role\": \"model\"");
    EXPECT_EQ(role != std::string::npos, model == k38 || model == kThinking) << model;
    if (role == std::string::npos) continue;
    EXPECT_GT(role, frame->find("\"parts\""));
  }
}

TEST(LiveHabits, row_20_usage_has_details_that_do_not_sum_and_thoughts_outside_of_the_total) {
  Played talk(k38);
  for (int i = 0; i < 12; ++i) {
    talk.types("what can you do");
    talk.passes(5s);
  }
  const std::string& last = talk.raw.back();
  EXPECT_THAT(last, HasSubstr("\"promptTokensDetails\": [{\"modality\": \"TEXT\""));
  EXPECT_THAT(last, HasSubstr("\"thoughtsTokenCount\""));
  const proto::Usage usage = talk.last("turnComplete").usage;
  EXPECT_EQ(usage.total_tokens, usage.prompt_tokens + usage.response_tokens);
  EXPECT_EQ(last.find("\"tokenCount\": " + std::to_string(usage.prompt_tokens)), std::string::npos)
      << "the parts sum to the total";
}

TEST(LiveHabits, row_21_calls_are_named_as_each_model_names_them) {
  for (const auto& [model, shape] :
       {std::pair{k38, "call_[0-9]+"}, std::pair{kThinking, "call_[0-9]+_fc_0_0"},
        std::pair{k31, "fc_[0-9]+"}, std::pair{k25, "function-call-[0-9]+"}}) {
    Played talk(model, kTools);
    if (model == k25) {
      talk.types(kTurnOn);
    } else {
      talk.writes(kTurnOn);
    }
    talk.passes(3600ms);
    EXPECT_THAT(talk.last("toolCall").text, MatchesRegex(shape));
  }
}

// ---- row 23: a model without turns

TEST(LiveHabits, row_23_live_translate_says_what_it_hears_without_turns) {
  Played talk(kTranslate, R"("outputAudioTranscription":{})");
  for (int i = 0; i < 2; ++i) {
    talk.speaks(1s);
    talk.is_quiet(400ms);
    talk.recogniser_hears("hello");
  }
  talk.speaks(500ms);
  talk.passes(10s);
  EXPECT_EQ(talk.audio_samples(), 2u * 24000u);
  EXPECT_EQ(
      talk.count("interrupted") + talk.count("turnComplete") + talk.count("generationComplete"),
      0u);
}

TEST(LiveHabits, row_23_live_translate_takes_neither_tools_nor_pictures_nor_words) {
  Played tools(kTranslate, kTools);
  EXPECT_TRUE(tools.closed);
  Played instruction(kTranslate, R"("systemInstruction":{"parts":[{"text":"Be brief."}]})");
  EXPECT_TRUE(instruction.closed);
  for (const std::string_view message :
       {R"({"realtimeInput":{"video":{"mimeType":"image/png","data":"iVBORw0KGgo="}}})",
        R"({"realtimeInput":{"text":"hello"}})", R"({"clientContent":{"turnComplete":true}})"}) {
    Played talk(kTranslate);
    ASSERT_FALSE(talk.closed);
    talk.sends(message);
    ASSERT_TRUE(talk.closed) << message;
    EXPECT_EQ(talk.closed->code, 1007);
  }
}

// ---- faults of the gap

TEST(LiveHabits, in_the_gap_the_connection_may_be_lost_or_announced_to_end) {
  Played dropped(kThinking, "", Played::with(Fault::drop_in_gap));
  dropped.writes("hello");
  dropped.passes(10s);
  EXPECT_TRUE(dropped.dropped);
  EXPECT_EQ(dropped.count("turnComplete"), 1u);
  Played leaving(kThinking, "", Played::with(Fault::go_away_in_gap));
  leaving.writes("hello");
  leaving.passes(10s);
  EXPECT_THAT(leaving.told(), ElementsAre("audio", "generationComplete", "turnComplete", "goAway",
                                          "audio", "generationComplete", "turnComplete"));
}

TEST(LiveHabits, after_a_holding_line_nothing_may_come_until_it_is_asked_for_again) {
  Played talk(kThinking, "", Played::with(Fault::no_second_turn));
  talk.writes("hello");
  talk.passes(60s);
  EXPECT_THAT(talk.told(), ElementsAre("audio", "generationComplete", "turnComplete"));
  EXPECT_THAT(talk.raw.back(), HasSubstr("\"IN_PROGRESS\""));
  talk.forget();
  talk.writes(" ");
  talk.passes(10s);
  EXPECT_EQ(talk.count("turnComplete"), 1u) << "another holding line";
}

// ---- asked to begin, names, and what is refused

TEST(LiveHabits, a_model_that_is_asked_to_begin_greets) {
  for (const std::string_view message :
       {R"({"clientContent":{"turnComplete":true}})", R"({"realtimeInput":{"text":" "}})"}) {
    Played talk(k38);
    talk.sends(message);
    ASSERT_EQ(talk.speeches.size(), 1u) << message;
    EXPECT_THAT(talk.speeches[0].text, StartsWith("Hello"));
  }
}

TEST(LiveHabits, a_blank_line_asks_2_5_for_nothing) {
  Played talk(k25);
  talk.writes(" ");
  talk.passes(5s);
  EXPECT_THAT(talk.told(), IsEmpty());
}

TEST(LiveHabits, a_model_is_known_by_the_last_part_of_its_name) {
  for (const std::string_view name :
       {"models/gemini-3.8-live", "gemini-3.8-live", "publishers/google/models/gemini-3.8-live",
        "projects/p/locations/l/publishers/google/models/gemini-3.8-live", ""}) {
    Conversation talk({.id = 1, .settings = Played::all_models()});
    talk.sends(R"({"setup":{"model":")" + std::string(name) + R"("}})");
    EXPECT_FALSE(talk.closed) << name;
  }
  for (const std::string_view name : {"models/nobody-1", "tunedModels/foo", "gemini"}) {
    Conversation talk({.id = 1, .settings = Played::all_models()});
    talk.sends(R"({"setup":{"model":")" + std::string(name) + R"("}})");
    ASSERT_TRUE(talk.closed) << name;
    EXPECT_EQ(talk.closed->code, 1008);
    EXPECT_THAT(talk.closed->reason, StartsWith(std::string(name) + " is not found for API"));
  }
}

TEST(LiveHabits, tools_that_the_service_refuses_are_refused_in_its_words) {
  const auto declared = [](const std::string& parameters) {
    return R"({"name":"f","parameters":)" + parameters + "}";
  };
  const std::string at = "setup.tools[0].function_declarations[0].parameters";
  for (const auto& [declaration, reason] :
       {std::pair{
            declared(R"({"type":"OBJECT","properties":{"ids":{"type":"ARRAY",)"
                     R"("items":{"type":"INTEGER","enum":[1,2,3]}}}})"),
            "Invalid value at '" + at + ".properties[0].value.items.enum[0]' (TYPE_STRING), 1"},
        std::pair{declared(R"({"$schema":"http://json-schema.org/draft-07/schema#"})"),
                  "Invalid JSON payload received. Unknown name \"$schema\" at '" + at + "'"},
        std::pair{declared(R"({"additionalProperties":false})"),
                  std::string("Invalid JSON payload received. Unknown name "
                              "\"additionalProperties\"")},
        std::pair{std::string(R"({"name":"set light"})"), std::string("Invalid function name.")},
        std::pair{std::string(R"({"name":"f"},{"name":"f"})"),
                  std::string("Duplicate function declaration found: f")}}) {
    Played talk(k38, R"("tools":[{"functionDeclarations":[)" + declaration + "]}]");
    ASSERT_TRUE(talk.closed) << declaration;
    EXPECT_EQ(talk.closed->code, 1007);
    EXPECT_THAT(talk.closed->reason, StartsWith(reason.substr(0, 123)));
  }
  Played json_schema(k38,
                     R"("tools":[{"functionDeclarations":[{"name":"f",)"
                     R"("parametersJsonSchema":{"$schema":"x","additionalProperties":false}}]}])");
  EXPECT_FALSE(json_schema.closed);
}

TEST(LiveHabits, a_role_that_is_none_is_refused_in_the_services_words) {
  Played talk(k38);
  talk.sends(R"({"clientContent":{"turns":[{"role":"system","parts":[{"text":"Greet"}]}],)"
             R"("turnComplete":true}})");
  ASSERT_TRUE(talk.closed);
  EXPECT_EQ(talk.closed->code, 1007);
  EXPECT_EQ(talk.closed->reason, "Please use a valid role: user, model.");
}

}  // namespace
}  // namespace livegate::offline
