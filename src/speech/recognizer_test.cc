#include "speech/recognizer.h"

#include <future>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/rng.h"
#include "speech/synthesizer.h"

namespace livegate::speech {
namespace {

constexpr const char* kLamps =
    "#JSGF V1.0; grammar lamps; public <s> = turn (on | off) the (kitchen | bedroom) lights;";
constexpr const char* kClock = "#JSGF V1.0; grammar clock; public <s> = what time is it;";

// One recogniser for all tests: opening it reads 30 MB.
class RecognizerTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    auto opened = Recognizer::open({.threads = 2, .work = {}});
    ASSERT_TRUE(opened);
    recognizer_ = std::move(*opened).release();
    synthesizer_ = Synthesizer::open().release();
  }
  static void TearDownTestSuite() {
    delete recognizer_;
    delete synthesizer_;
  }

  static std::vector<std::int16_t> spoken(const std::string& text) {
    std::vector<std::int16_t> samples(4800);
    const auto speech = synthesizer_->speak(text, Voice::rms, 16000);
    samples.insert(samples.end(), speech.begin(), speech.end());
    samples.resize(samples.size() + 4800);
    return samples;
  }

  static Recognition hear(const char* jsgf, std::vector<std::int16_t> samples) {
    auto grammar = recognizer_->compile(jsgf);
    EXPECT_TRUE(grammar);
    std::promise<Recognition> heard;
    EXPECT_TRUE(recognizer_->recognize(
        {.grammar = *grammar, .samples = std::move(samples), .session = 1, .cancelled = nullptr},
        [&](Recognition recognition) { heard.set_value(std::move(recognition)); }));
    return heard.get_future().get();
  }

  static Recognizer* recognizer_;
  static Synthesizer* synthesizer_;
};

Recognizer* RecognizerTest::recognizer_ = nullptr;
Synthesizer* RecognizerTest::synthesizer_ = nullptr;

TEST_F(RecognizerTest, understands_a_sentence_of_the_grammar) {
  const Recognition heard = hear(kLamps, spoken("turn off the bedroom lights"));
  EXPECT_TRUE(heard.accepted);
  EXPECT_EQ(heard.text, "turn off the bedroom lights");
  EXPECT_GT(heard.score, 0.0);
}

TEST_F(RecognizerTest, refuses_other_sentences) {
  for (const char* const line : {"the weather in paris is nice today", "go forward ten meters",
                                 "she left the room without a word", "what time is it"}) {
    const Recognition heard = hear(kLamps, spoken(line));
    EXPECT_FALSE(heard.accepted) << line << " as " << heard.text;
    EXPECT_EQ(heard.text, "");
  }
}

TEST_F(RecognizerTest, refuses_silence_noise_and_next_to_nothing) {
  EXPECT_FALSE(hear(kLamps, {}).accepted);
  EXPECT_FALSE(hear(kLamps, std::vector<std::int16_t>(1)).accepted);
  EXPECT_FALSE(hear(kLamps, std::vector<std::int16_t>(32000)).accepted);
  std::vector<std::int16_t> noise(32000);
  Rng rng(7);
  for (auto& sample : noise) sample = static_cast<std::int16_t>(8000 * rng.uniform());
  EXPECT_FALSE(hear(kLamps, noise).accepted);
}

TEST_F(RecognizerTest, refuses_what_is_longer_than_any_command) {
  auto samples = spoken("turn on the kitchen lights");
  samples.resize(13 * 16000);
  EXPECT_FALSE(hear(kLamps, std::move(samples)).accepted);
}

TEST_F(RecognizerTest, grammars_do_not_disturb_each_other) {
  const auto command = spoken("turn on the kitchen lights");
  const double alone = hear(kLamps, command).score;
  EXPECT_TRUE(hear(kClock, spoken("what time is it")).accepted);
  EXPECT_FALSE(hear(kClock, command).accepted);
  // Not quite equal: a decoder starts from the densities that were best when it stopped.
  EXPECT_NEAR(hear(kLamps, command).score, alone, 0.3);
}

TEST_F(RecognizerTest, equal_texts_are_one_grammar) {
  auto first = recognizer_->compile(kLamps);
  auto second = recognizer_->compile(kLamps);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->get(), second->get());
}

TEST_F(RecognizerTest, names_the_words_that_nobody_can_pronounce) {
  const auto result =
      recognizer_->compile("#JSGF V1.0; grammar g; public <s> = turn on the zorbulator;");
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error(), ::testing::HasSubstr("zorbulator"));
  EXPECT_TRUE(recognizer_->knows_word("thermostat"));
  EXPECT_FALSE(recognizer_->knows_word("zorbulator"));
}

TEST_F(RecognizerTest, a_text_that_is_no_grammar_is_an_error) {
  EXPECT_FALSE(recognizer_->compile("this is not a grammar"));
  EXPECT_FALSE(recognizer_->compile("#JSGF V1.0; grammar g; <s> = no public rule;"));
  EXPECT_FALSE(recognizer_->compile(""));
}

TEST_F(RecognizerTest, more_grammars_than_are_kept_still_work) {
  for (int i = 0; i < 10; ++i) {
    const std::string jsgf = "#JSGF V1.0; grammar g" + std::to_string(i) +
                             "; public <s> = what time is it | good morning;";
    EXPECT_TRUE(hear(jsgf.c_str(), spoken("what time is it")).accepted) << i;
  }
}

}  // namespace
}  // namespace livegate::speech
