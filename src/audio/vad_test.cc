#include "audio/vad.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "audio/test_signals.h"
#include "base/check.h"

namespace livegate::audio {
namespace {

using Samples = std::vector<std::int16_t>;

std::vector<bool> verdicts(Vad& vad, const Samples& stream) {
  std::vector<bool> out;
  const std::size_t frame = vad.frame_samples();
  for (std::size_t at = 0; at + frame <= stream.size(); at += frame) {
    out.push_back(vad.is_speech(std::span(stream).subspan(at, frame)));
  }
  return out;
}

double share_of_speech(Vad& vad, const Samples& stream) {
  double speech = 0, all = 0;
  for (const bool verdict : verdicts(vad, stream)) {
    speech += verdict ? 1 : 0;
    all += 1;
  }
  return speech / all;
}

Samples joined(Samples first, const Samples& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

struct Setting {
  int aggressiveness;
  int frame_ms;
};
std::string name_of(const testing::TestParamInfo<Setting>& setting) {
  return "aggressiveness_" + std::to_string(setting.param.aggressiveness) + "_at_" +
         std::to_string(setting.param.frame_ms) + "_ms";
}

class EverySetting : public testing::TestWithParam<Setting> {};
INSTANTIATE_TEST_SUITE_P(WebRtcVad, EverySetting,
                         testing::Values(Setting{0, 10}, Setting{0, 20}, Setting{0, 30},
                                         Setting{1, 10}, Setting{1, 20}, Setting{1, 30},
                                         Setting{2, 10}, Setting{2, 20}, Setting{2, 30},
                                         Setting{3, 10}, Setting{3, 20}, Setting{3, 30}),
                         name_of);

TEST_P(EverySetting, tells_a_voice_from_silence) {
  const auto vad = make_webrtc_vad(GetParam().aggressiveness, GetParam().frame_ms);
  EXPECT_EQ(vad->frame_samples(), static_cast<std::size_t>(GetParam().frame_ms * 16));
  EXPECT_EQ(share_of_speech(*vad, Samples(32000)), 0.0);
  EXPECT_GT(share_of_speech(*vad, vowel(120, 16000, 32000, 16000)), 0.9);
}

TEST_P(EverySetting, reset_forgets_the_stream) {
  const auto used = make_webrtc_vad(GetParam().aggressiveness, GetParam().frame_ms);
  const auto fresh = make_webrtc_vad(GetParam().aggressiveness, GetParam().frame_ms);
  const Samples stream = joined(noise(1, 16000, 900), vowel(140, 16000, 16000, 4000));
  (void)verdicts(*used, noise(2, 48000, 20000));
  used->reset();
  EXPECT_EQ(verdicts(*used, stream), verdicts(*fresh, stream));
}

TEST(WebRtcVad, learns_that_steady_noise_is_not_speech) {
  const auto vad = make_webrtc_vad(3, 20);
  (void)verdicts(*vad, noise(3, 32000, 1000));
  EXPECT_LT(share_of_speech(*vad, noise(4, 160000, 1000)), 0.05);
}

TEST(WebRtcVad, more_aggressive_calls_fewer_frames_speech) {
  const Samples faint = joined(noise(5, 32000, 300), vowel(120, 16000, 64000, 250));
  const auto mild = make_webrtc_vad(0, 20);
  const auto strict = make_webrtc_vad(3, 20);
  EXPECT_GE(share_of_speech(*mild, faint), share_of_speech(*strict, faint));
}

TEST(WebRtcVad, refuses_settings_and_frames_it_does_not_have) {
  EXPECT_THROW(make_webrtc_vad(4, 20), CheckFailed);
  EXPECT_THROW(make_webrtc_vad(-1, 20), CheckFailed);
  EXPECT_THROW(make_webrtc_vad(2, 25), CheckFailed);
  const auto vad = make_webrtc_vad(2, 20);
  EXPECT_THROW((void)vad->is_speech(Samples(319)), CheckFailed);
  EXPECT_THROW((void)vad->is_speech(Samples(321)), CheckFailed);
}

TEST(EnergyVad, the_threshold_is_a_fraction_of_full_scale) {
  const auto vad = make_energy_vad(kEnergyThreshold, 20);
  // 0.015 of 32768 is 491.5.
  EXPECT_FALSE(vad->is_speech(Samples(320, 491)));
  EXPECT_TRUE(vad->is_speech(Samples(320, 492)));
  EXPECT_TRUE(vad->is_speech(Samples(320, -492)));
  EXPECT_FALSE(vad->is_speech(Samples(320)));
}

TEST(EnergyVad, refuses_thresholds_that_decide_nothing) {
  EXPECT_THROW(make_energy_vad(0.0, 20), CheckFailed);
  EXPECT_THROW(make_energy_vad(1.0, 20), CheckFailed);
  EXPECT_THROW(make_energy_vad(kEnergyThreshold, 0), CheckFailed);
  const auto vad = make_energy_vad(kEnergyThreshold, 10);
  EXPECT_THROW((void)vad->is_speech(Samples(320)), CheckFailed);
}

}  // namespace
}  // namespace livegate::audio
