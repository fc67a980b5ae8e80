// What keeps one caller from harming another: sound that resembles nothing, callers that leave, and
// sessions that ask for more than their share.
#include <algorithm>
#include <future>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "audio/resampler.h"
#include "base/rng.h"
#include "speech/decoder.h"
#include "speech/pronunciations.h"
#include "speech/recognizer.h"
#include "speech/synthesizer.h"

namespace livegate::speech {
namespace {

constexpr const char* kLamps =
    "#JSGF V1.0; grammar lamps; public <s> = turn (on | off) the (kitchen | bedroom) lights;";

using Samples = std::vector<std::int16_t>;
using Asked = std::future<Recognition>;

std::unique_ptr<Recognizer> open(int threads, const WorkOptions& work = {}) {
  auto opened = Recognizer::open({.threads = threads, .work = work});
  EXPECT_TRUE(opened);
  return std::move(*opened);
}

Samples spoken(const std::string& text, int rate_hz = 16000) {
  static const auto synthesizer = Synthesizer::open();
  Samples samples(static_cast<std::size_t>(rate_hz) * 3 / 10);
  const auto speech = synthesizer->speak(text, Voice::rms, rate_hz);
  samples.insert(samples.end(), speech.begin(), speech.end());
  samples.resize(samples.size() + static_cast<std::size_t>(rate_hz) * 3 / 10);
  return samples;
}

// As by a microphone's gain without a limiter.
Samples clipped(Samples samples, int gain) {
  for (auto& sample : samples) {
    sample = static_cast<std::int16_t>(std::clamp(sample * gain, -32768, 32767));
  }
  return samples;
}

Samples noise(std::size_t count) {
  Samples samples(count);
  Rng rng(7);
  for (auto& sample : samples) sample = static_cast<std::int16_t>(20000 * rng.uniform() - 10000);
  return samples;
}

Asked ask(Recognizer& recognizer, Samples samples, std::uint64_t session,
          std::shared_ptr<const std::atomic<bool>> cancelled = nullptr) {
  auto grammar = recognizer.compile(kLamps);
  EXPECT_TRUE(grammar);
  auto heard = std::make_shared<std::promise<Recognition>>();
  auto asked = heard->get_future();
  EXPECT_TRUE(recognizer.recognize(
      {.grammar = *grammar,
       .samples = std::move(samples),
       .session = session,
       .cancelled = std::move(cancelled)},
      [heard](Recognition recognition) { heard->set_value(std::move(recognition)); }));
  return asked;
}

TEST(RecognizerLoad, clipped_and_noisy_sound_is_decoded_within_the_limit_of_work) {
  const auto recognizer = open(1);
  for (const int gain : {4, 12, 60}) {
    const auto heard =
        ask(*recognizer, clipped(spoken("turn off the bedroom lights"), gain), 1).get();
    EXPECT_FALSE(heard.given_up) << gain;
    EXPECT_THAT(heard.text, ::testing::AnyOf("", "turn off the bedroom lights")) << gain;
  }
  EXPECT_FALSE(ask(*recognizer, noise(4 * 16000), 1).get().accepted);
  EXPECT_EQ(recognizer->counts().given_up, 0U);
}

TEST(RecognizerLoad, speech_of_a_telephone_is_understood) {
  const auto recognizer = open(1);
  for (const char* const line : {"turn off the bedroom lights", "turn on the kitchen lights"}) {
    Samples narrow;
    audio::Resampler(8000, 16000).process(spoken(line, 8000), narrow);
    EXPECT_EQ(ask(*recognizer, std::move(narrow), 1).get().text, line);
  }
}

TEST(RecognizerLoad, too_much_work_ends_in_a_refusal_that_is_counted) {
  const auto recognizer = open(1, {.each = Millis(0), .per_second = Millis(0)});
  const auto heard = ask(*recognizer, spoken("turn off the bedroom lights"), 1).get();
  EXPECT_TRUE(heard.given_up);
  EXPECT_FALSE(heard.accepted);
  EXPECT_EQ(heard.text, "");
  EXPECT_EQ(recognizer->counts().given_up, 1U);
}

TEST(RecognizerLoad, an_utterance_whose_session_has_gone_is_not_answered) {
  const auto recognizer = open(1);
  auto gone = std::make_shared<std::atomic<bool>>(true);
  Asked left = ask(*recognizer, noise(8 * 16000), 1, gone);
  EXPECT_TRUE(ask(*recognizer, spoken("turn off the bedroom lights"), 2).get().accepted);
  EXPECT_THROW(left.get(), std::future_error);
  EXPECT_EQ(recognizer->counts().cancelled, 1U);
}

TEST(RecognizerLoad, a_search_ends_as_soon_as_it_is_told_to) {
  const auto dictionary = Pronunciations::read(model_folder() + "/cmudict-en-us.dict");
  const auto words = words_of_grammar(kLamps);
  ASSERT_TRUE(dictionary && words);
  const auto decoder = Decoder::for_grammar(kLamps, dictionary->excerpt(*words));
  ASSERT_TRUE(decoder);
  const Features features = (*decoder)->features(spoken("turn off the bedroom lights"));
  EXPECT_GT(features.frames(), 150U);
  int asked = 0;
  EXPECT_THAT((*decoder)->decode(features, [&] { return ++asked < 3; }), ::testing::IsEmpty());
  EXPECT_EQ(asked, 3);
  EXPECT_FALSE((*decoder)->decode(features, [] { return true; }).empty());
}

TEST(RecognizerLoad, who_goes_frees_the_worker_for_the_others) {
  const auto recognizer = open(1);
  auto gone = std::make_shared<std::atomic<bool>>(false);
  Asked left = ask(*recognizer, noise(12 * 16000), 1, gone);
  Asked stays = ask(*recognizer, spoken("turn off the bedroom lights"), 2);
  gone->store(true);
  EXPECT_TRUE(stays.get().accepted);
  EXPECT_THROW(left.get(), std::future_error);
  EXPECT_EQ(recognizer->counts().cancelled, 1U);
  EXPECT_EQ(recognizer->counts().decoded, 1U);
}

TEST(RecognizerLoad, one_session_cannot_occupy_all_workers) {
  const auto recognizer = open(2);
  auto gone = std::make_shared<std::atomic<bool>>(false);
  std::vector<Asked> many;
  for (int i = 0; i < 8; ++i) many.push_back(ask(*recognizer, noise(12 * 16000), 1, gone));
  EXPECT_TRUE(ask(*recognizer, spoken("turn off the bedroom lights"), 2).get().accepted);
  EXPECT_EQ(many.back().wait_for(std::chrono::seconds(0)), std::future_status::timeout);
  gone->store(true);
}

TEST(RecognizerLoad, a_full_queue_refuses_but_not_for_those_who_have_gone) {
  const auto recognizer = open(1);
  auto grammar = recognizer->compile(kLamps);
  ASSERT_TRUE(grammar);
  auto gone = std::make_shared<std::atomic<bool>>(false);
  const auto asks = [&](std::uint64_t session) {
    return recognizer->recognize(
        {.grammar = *grammar, .samples = noise(8 * 16000), .session = session, .cancelled = gone},
        [](const Recognition&) {});
  };
  std::size_t taken = 0;
  while (taken < 1000 && asks(1)) ++taken;
  EXPECT_GE(taken, 64U);
  EXPECT_LE(taken, 66U);
  EXPECT_EQ(recognizer->counts().refused, 1U);
  gone->store(true);
  EXPECT_TRUE(ask(*recognizer, spoken("turn off the bedroom lights"), 2).get().accepted);
}

TEST(RecognizerLoad, the_machine_decides_how_many_workers_there_are) {
  constexpr std::uint64_t kGiB = std::uint64_t{1} << 30;
  EXPECT_EQ(threads_for(1, 16 * kGiB), 2);
  EXPECT_EQ(threads_for(4, 16 * kGiB), 4);
  EXPECT_EQ(threads_for(64, 256 * kGiB), 8);
  EXPECT_EQ(threads_for(8, kGiB), 3);
  EXPECT_EQ(threads_for(8, kGiB / 4), 1);
  EXPECT_EQ(threads_for(0, 0), 1);
  EXPECT_GE(default_threads(), 1);
}

}  // namespace
}  // namespace livegate::speech
