#include "speech/synthesizer.h"

#include <future>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "audio/pcm.h"

namespace livegate::speech {
namespace {

using Sentences = std::vector<Synthesizer::Sentence>;

std::shared_ptr<std::atomic<bool>> flag(bool value) {
  return std::make_shared<std::atomic<bool>>(value);
}

Sentences say_all(Synthesizer& synthesizer, const std::string& text, int rate_hz) {
  std::promise<Sentences> whole;
  auto gathered = std::make_shared<Sentences>();
  const bool taken = synthesizer.say(text, Voice::slt, rate_hz, flag(false),
                                     [&whole, gathered](Synthesizer::Sentence sentence) {
                                       const bool last = sentence.last;
                                       gathered->push_back(std::move(sentence));
                                       if (last) whole.set_value(*gathered);
                                     });
  EXPECT_TRUE(taken);
  return whole.get_future().get();
}

TEST(Synthesizer, speaks_sentence_by_sentence_in_order) {
  const auto synthesizer = Synthesizer::open();
  const Sentences said = say_all(*synthesizer, "Hello there. It is ten o'clock.", 24000);
  ASSERT_EQ(said.size(), 2U);
  EXPECT_EQ(said[0].text, "Hello there.");
  EXPECT_EQ(said[1].text, "It is ten o'clock.");
  EXPECT_FALSE(said[0].last);
  for (const auto& sentence : said) {
    EXPECT_GT(sentence.samples.size(), 12000U);
    EXPECT_GT(audio::level_dbfs(sentence.samples), -40.0);
  }
}

TEST(Synthesizer, lengths_follow_the_rate) {
  const auto synthesizer = Synthesizer::open();
  const double at_16k =
      static_cast<double>(synthesizer->speak("Good morning.", Voice::rms, 16000).size());
  for (const int rate_hz : {8000, 24000, 48000}) {
    const auto samples = synthesizer->speak("Good morning.", Voice::rms, rate_hz);
    EXPECT_NEAR(static_cast<double>(samples.size()), at_16k * rate_hz / 16000.0, rate_hz / 100.0);
  }
}

TEST(Synthesizer, an_empty_text_is_one_empty_last_sentence) {
  const auto synthesizer = Synthesizer::open();
  const Sentences said = say_all(*synthesizer, "", 24000);
  ASSERT_EQ(said.size(), 1U);
  EXPECT_TRUE(said[0].last);
  EXPECT_TRUE(said[0].samples.empty());
}

TEST(Synthesizer, says_nothing_that_was_cancelled) {
  const auto synthesizer = Synthesizer::open();
  std::atomic<int> heard{0};
  EXPECT_TRUE(synthesizer->say("Never heard.", Voice::slt, 24000, flag(true),
                               [&](const Synthesizer::Sentence&) { ++heard; }));
  (void)say_all(*synthesizer, "Heard.", 24000);  // behind it in the queue
  EXPECT_EQ(heard, 0);
}

TEST(Synthesizer, stops_between_sentences_once_cancelled) {
  const auto synthesizer = Synthesizer::open();
  const auto cancelled = flag(false);
  std::atomic<int> heard{0};
  EXPECT_TRUE(synthesizer->say("One. Two. Three.", Voice::slt, 24000, cancelled,
                               [&](const Synthesizer::Sentence&) {
                                 ++heard;
                                 *cancelled = true;
                               }));
  (void)say_all(*synthesizer, "Heard.", 24000);
  EXPECT_EQ(heard, 1);
}

TEST(Synthesizer, a_full_queue_refuses) {
  // They outlive the thread that uses them.
  std::promise<void> started;
  std::promise<void> release;
  auto released = release.get_future().share();
  const auto synthesizer = Synthesizer::open();
  const auto nothing = [](const Synthesizer::Sentence&) {};
  EXPECT_TRUE(
      synthesizer->say("First.", Voice::slt, 24000, flag(false), [&](const Synthesizer::Sentence&) {
        started.set_value();
        released.wait();
      }));
  started.get_future().wait();  // it is out of the queue now
  int taken = 0;
  while (synthesizer->say("More.", Voice::slt, 24000, flag(true), nothing)) ++taken;
  EXPECT_EQ(taken, 256);
  release.set_value();
}

}  // namespace
}  // namespace livegate::speech
