#include "speech/narrow_band.h"

#include <cmath>
#include <numbers>

#include <gtest/gtest.h>

#include "audio/resampler.h"
#include "speech/synthesizer.h"

namespace livegate::speech {
namespace {

std::vector<std::int16_t> resampled(const std::vector<std::int16_t>& samples, int from, int to) {
  std::vector<std::int16_t> result;
  audio::Resampler(from, to).process(samples, result);
  return result;
}

std::vector<std::int16_t> tone(double hz) {
  std::vector<std::int16_t> samples;
  for (int i = 0; i < 16000; ++i) {
    samples.push_back(static_cast<std::int16_t>(
        std::lround(8000 * std::sin(2.0 * std::numbers::pi * hz * i / 16000))));
  }
  return samples;
}

// The amplitude at `hz`, by correlation.
double level_at(double hz, const std::vector<std::int16_t>& samples) {
  double in_phase = 0.0;
  double across = 0.0;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const double phase = 2.0 * std::numbers::pi * hz * static_cast<double>(i) / 16000;
    in_phase += samples[i] * std::cos(phase);
    across += samples[i] * std::sin(phase);
  }
  return 2.0 * std::hypot(in_phase, across) / static_cast<double>(samples.size());
}

TEST(NarrowBand, tells_speech_of_a_telephone_from_any_other) {
  const auto synthesizer = Synthesizer::open();
  for (const Voice voice : {Voice::rms, Voice::slt}) {
    const auto wide = synthesizer->speak("set the kitchen lights to fifty percent", voice, 16000);
    EXPECT_FALSE(is_narrow_band(wide));
    const auto narrow = resampled(resampled(wide, 16000, 8000), 8000, 16000);
    EXPECT_TRUE(is_narrow_band(narrow));
    EXPECT_FALSE(is_narrow_band(widened(narrow)));
  }
  EXPECT_FALSE(is_narrow_band({}));
  EXPECT_FALSE(is_narrow_band(std::vector<std::int16_t>(16000)));
}

TEST(NarrowBand, what_is_filled_in_is_the_mirror_image_a_tenth_as_loud) {
  const auto wide = widened(tone(3000));
  EXPECT_NEAR(level_at(3000, wide), 8000, 10);
  EXPECT_NEAR(level_at(5000, wide), 800, 10);
}

}  // namespace
}  // namespace livegate::speech
