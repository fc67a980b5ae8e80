#include "audio/resampler.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "audio/pcm.h"
#include "audio/test_signals.h"
#include "base/check.h"

namespace livegate::audio {
namespace {

using Samples = std::vector<std::int16_t>;

Samples resampled(int from_hz, int to_hz, const Samples& in) {
  Resampler resampler(from_hz, to_hz);
  Samples out;
  resampler.process(in, out);
  return out;
}

// One second from the middle of two: whole periods of every tone here, and away from the ends,
// where the filter sees the stream begin and stop.
std::span<const std::int16_t> middle(const Samples& samples, int rate_hz) {
  const auto second = static_cast<std::size_t>(rate_hz);
  return std::span(samples).subspan(second / 2, second);
}

struct Rates {
  int from_hz;
  int to_hz;
};
std::string name_of(const testing::TestParamInfo<Rates>& info) {
  return std::to_string(info.param.from_hz) + "_to_" + std::to_string(info.param.to_hz);
}

class EveryRate : public testing::TestWithParam<Rates> {};
INSTANTIATE_TEST_SUITE_P(Resampler, EveryRate,
                         testing::Values(Rates{8000, 16000}, Rates{11025, 16000},
                                         Rates{16000, 16000}, Rates{22050, 16000},
                                         Rates{24000, 16000}, Rates{32000, 16000},
                                         Rates{44100, 16000}, Rates{48000, 16000},
                                         Rates{16000, 24000}),
                         name_of);

TEST_P(EveryRate, a_1_khz_tone_keeps_its_level) {
  const auto [from_hz, to_hz] = GetParam();
  const Samples out = resampled(from_hz, to_hz, sine(1000, from_hz, 2 * from_hz, 16000));
  EXPECT_NEAR(decibels(amplitude_at(1000, to_hz, middle(out, to_hz)) / 16000), 0.0, 0.5);
}

TEST_P(EveryRate, nothing_but_the_tone_comes_out) {
  const auto [from_hz, to_hz] = GetParam();
  const Samples out = resampled(from_hz, to_hz, sine(1000, from_hz, 2 * from_hz, 16000));
  const auto part = middle(out, to_hz);
  const double tone = amplitude_at(1000, to_hz, part) / std::sqrt(2.0) / 32768;
  const double all = rms(part);
  const double rest = std::sqrt(std::max(0.0, all * all - tone * tone));
  EXPECT_LT(decibels((rest + 1e-9) / all), -60.0);
}

TEST_P(EveryRate, the_stream_is_as_long_as_before) {
  const auto [from_hz, to_hz] = GetParam();
  const Samples out = resampled(from_hz, to_hz, Samples(static_cast<std::size_t>(10 * from_hz)));
  // Up to 4 ms are still in the filter.
  EXPECT_LE(out.size(), static_cast<std::size_t>(10 * to_hz + 1));
  EXPECT_GE(out.size(), static_cast<std::size_t>(10 * to_hz - to_hz / 250));
}

TEST_P(EveryRate, silence_stays_silence) {
  const auto [from_hz, to_hz] = GetParam();
  const Samples out = resampled(from_hz, to_hz, Samples(static_cast<std::size_t>(from_hz)));
  EXPECT_TRUE(std::ranges::all_of(out, [](int sample) { return sample == 0; }));
}

TEST_P(EveryRate, direct_current_passes_unchanged) {
  const auto [from_hz, to_hz] = GetParam();
  const Samples out =
      resampled(from_hz, to_hz, Samples(static_cast<std::size_t>(2 * from_hz), 10000));
  for (const std::int16_t sample : middle(out, to_hz)) ASSERT_NEAR(sample, 10000, 30);
}

TEST_P(EveryRate, full_scale_clamps_and_never_wraps) {
  const auto [from_hz, to_hz] = GetParam();
  // A square wave overshoots behind any band limit: 9 % above full scale.
  Samples square(static_cast<std::size_t>(from_hz));
  for (std::size_t i = 0; i < square.size(); ++i) {
    square[i] = i * 200 / static_cast<std::size_t>(from_hz) % 2 == 0 ? 32767 : -32768;
  }
  const Samples out = resampled(from_hz, to_hz, square);
  for (std::size_t i = 0; i < out.size(); ++i) {
    // Position within the half period; away from the edges by a quarter of it, the sign is certain.
    const double at = static_cast<double>(i) * 200 / to_hz;
    const double within = at - std::floor(at);
    if (within < 0.25 || within > 0.75) continue;
    ASSERT_EQ(out[i] > 0, static_cast<int>(at) % 2 == 0) << i;
    ASSERT_GT(std::abs(out[i]), 28000) << i;
  }
}

TEST_P(EveryRate, how_the_stream_was_cut_makes_no_difference) {
  const auto [from_hz, to_hz] = GetParam();
  const Samples in = noise(5, 30000, 20000);
  const Samples whole = resampled(from_hz, to_hz, in);
  for (const std::size_t piece : {1UL, 7UL, 160UL, 441UL, 960UL, 5000UL}) {
    Resampler resampler(from_hz, to_hz);
    Samples out;
    for (std::size_t at = 0; at < in.size(); at += piece) {
      resampler.process(std::span(in).subspan(at, std::min(piece, in.size() - at)), out);
    }
    ASSERT_EQ(out, whole) << piece;
  }
}

TEST_P(EveryRate, reset_forgets_the_past) {
  const auto [from_hz, to_hz] = GetParam();
  const Samples first = noise(6, 4321, 30000);
  const Samples second = noise(7, 4000, 30000);
  Resampler resampler(from_hz, to_hz);
  Samples discarded, out;
  resampler.process(first, discarded);
  resampler.reset();
  resampler.process(second, out);
  EXPECT_EQ(out, resampled(from_hz, to_hz, second));
}

TEST(Resampler, a_10_khz_tone_does_not_come_back_as_6_khz) {
  const Samples out = resampled(48000, 16000, sine(10000, 48000, 96000, 32000));
  EXPECT_LT(decibels(amplitude_at(6000, 16000, middle(out, 16000)) / 32000), -60.0);
  EXPECT_LT(level_dbfs(middle(out, 16000)), -60.0);
}

TEST(Resampler, the_image_of_a_tone_is_rejected_on_the_way_up) {
  const Samples out = resampled(16000, 24000, sine(5000, 16000, 32000, 32000));
  EXPECT_LT(decibels(amplitude_at(11000, 24000, middle(out, 24000)) / 32000), -60.0);
}

TEST(Resampler, does_not_shift_the_stream_in_time) {
  Samples click(48000);
  click[24000] = 30000;
  const Samples out = resampled(48000, 16000, click);
  const auto peak = std::ranges::max_element(out) - out.begin();
  EXPECT_NEAR(static_cast<double>(peak), 8000.0, 1.0);
}

TEST(Resampler, appends_and_leaves_what_was_there) {
  Resampler resampler(16000, 16000);
  Samples out = {1, 2};
  resampler.process(Samples{3, 4}, out);
  resampler.process({}, out);
  EXPECT_EQ(out, (Samples{1, 2, 3, 4}));
}

TEST(Resampler, refuses_rates_that_no_client_may_have) {
  EXPECT_THROW(Resampler(7999, 16000), CheckFailed);
  EXPECT_THROW(Resampler(16000, 48001), CheckFailed);
  EXPECT_THROW(Resampler(0, 0), CheckFailed);
}

}  // namespace
}  // namespace livegate::audio
