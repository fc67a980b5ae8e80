#include "audio/ear.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include <gtest/gtest.h>

#include "audio/allocation_count.h"
#include "audio/pcm.h"
#include "audio/silero_testing.h"
#include "audio/test_signals.h"
#include "audio/voice_ear.h"
#include "base/check.h"
#include "base/level_floor.h"

namespace livegate::audio {
namespace {

using Samples = std::vector<std::int16_t>;

// A network that hears no speech anywhere, so that only the level wakes the ear.
std::shared_ptr<const SileroModel> test_model() {
  auto tensors = test_tensors(1);
  tensors.back().values.front() -= 6;
  return *SileroModel::parse(test_model_file(tensors), "test");
}

Samples tone(double hz, double peak, std::size_t count) {
  Samples out(count);
  for (std::size_t i = 0; i < count; ++i) {
    const double angle = 2 * std::numbers::pi * hz * static_cast<double>(i) / 16000;
    out[i] = static_cast<std::int16_t>(std::lround(peak * std::sin(angle)));
  }
  return out;
}

// A second of faint hum, then one of voice, then hum again.
Samples call() {
  Samples out = tone(300, 100, 16000);
  const auto voice = vowel(130, 16000, 16000, 12000);
  out.insert(out.end(), voice.begin(), voice.end());
  const auto rest = tone(300, 100, 32000);
  out.insert(out.end(), rest.begin(), rest.end());
  return out;
}

std::vector<Heard> heard_by(Ear& ear, const Samples& samples) {
  std::vector<Heard> out;
  const std::size_t size = ear.block_samples();
  for (std::size_t at = 0; at + size <= samples.size(); at += size) {
    out.push_back(ear.hear(std::span(samples).subspan(at, size)));
  }
  return out;
}

TEST(VoiceFilter, takes_away_rumble_and_raises_the_rest) {
  const auto gain_at = [](double hz) {
    Samples samples = tone(hz, 8000, 16000);
    const double before = rms(samples);
    VoiceFilter filter;
    filter.process(samples, samples);
    return 20 * std::log10(rms(samples) / before);
  };
  EXPECT_LT(gain_at(30), -15);
  EXPECT_NEAR(gain_at(120), 3.5 - 3.0, 0.3);
  EXPECT_NEAR(gain_at(1000), 3.5, 0.1);
  EXPECT_NEAR(gain_at(6000), 3.5, 0.1);
}

TEST(VoiceFilter, clips_what_is_too_loud) {
  Samples samples = tone(1000, 32000, 1600);
  VoiceFilter filter;
  filter.process(samples, samples);
  EXPECT_EQ(*std::ranges::max_element(samples), 32767);
  EXPECT_EQ(*std::ranges::min_element(samples), -32768);
}

TEST(VoiceEar, careful_answers_every_8_ms_as_four_networks_side_by_side) {
  const auto model = test_model();
  const Samples samples = call();
  VoiceEar ear(model, Tier::careful);
  const auto heard = heard_by(ear, samples);
  Samples filtered(samples.size());
  VoiceFilter filter;
  filter.process(samples, filtered);
  for (std::size_t phase = 0; phase < 4; ++phase) {
    SileroStream alone(model);
    for (std::size_t at = phase * 128; at + 512 <= samples.size(); at += 512) {
      const float expected = alone.push(std::span(filtered).subspan(at, 512));
      ASSERT_EQ(heard[at / 128 + 3].speech, expected) << at;
    }
  }
  EXPECT_EQ(ear.network_blocks(), heard.size() - 3);
  EXPECT_EQ(heard.front().length, 8ms);
}

TEST(VoiceEar, the_level_is_that_of_what_is_above_rumble) {
  VoiceEar ear(test_model(), Tier::careful);
  EXPECT_NEAR(heard_by(ear, tone(1000, 8000, 16000)).back().level_dbfs, -15.2, 0.3);
  ear.reset();
  EXPECT_LT(heard_by(ear, tone(20, 8000, 16000)).back().level_dbfs, -40);
}

TEST(VoiceEar, sleeps_while_nothing_rises_over_the_background) {
  for (const Tier tier : {Tier::fast, Tier::balanced}) {
    VoiceEar ear(test_model(), tier);
    heard_by(ear, tone(300, 100, 16000 * 3));
    const auto asleep = ear.network_blocks();
    EXPECT_GT(asleep, 0U);  // it listened at first
    heard_by(ear, tone(300, 100, 16000 * 3));
    EXPECT_EQ(ear.network_blocks(), asleep);
    EXPECT_EQ(heard_by(ear, tone(300, 100, 1600)).back().speech, 0);
  }
}

TEST(VoiceEar, is_awake_while_attended_closely) {
  VoiceEar ear(test_model(), Tier::balanced);
  heard_by(ear, tone(300, 100, 16000 * 3));
  const auto asleep = ear.network_blocks();
  ear.attend(true);
  heard_by(ear, tone(300, 100, 1280));
  EXPECT_GE(ear.network_blocks(), asleep + 10);
  ear.attend(false);
  heard_by(ear, tone(300, 100, 16000));
  const auto asleep_again = ear.network_blocks();
  heard_by(ear, tone(300, 100, 16000 * 3));
  EXPECT_EQ(ear.network_blocks(), asleep_again);
}

TEST(VoiceEar, who_wakes_it_is_heard_in_the_same_block_with_what_came_before) {
  const auto model = test_model();
  VoiceEar ear(model, Tier::balanced);
  heard_by(ear, tone(300, 100, 128 * 1000));
  const auto asleep = ear.network_blocks();
  const auto voice = vowel(130, 16000, 16000, 12000);
  (void)ear.hear(std::span(voice).first(128));
  EXPECT_EQ(ear.network_blocks(), asleep + 33);  // 256 ms of what it slept through, and this
}

TEST(VoiceEar, fast_costs_a_quarter_at_most) {
  VoiceEar fast(test_model(), Tier::fast), careful(test_model(), Tier::careful);
  heard_by(fast, call());
  heard_by(careful, call());
  EXPECT_GT(fast.network_blocks(), 0U);
  EXPECT_LE(4 * fast.network_blocks(), careful.network_blocks());
}

TEST(VoiceEar, reset_begins_a_new_stream) {
  for (const Tier tier : {Tier::fast, Tier::balanced, Tier::careful}) {
    VoiceEar ear(test_model(), tier);
    const auto first = heard_by(ear, call());
    ear.attend(true);
    ear.reset();
    const auto again = heard_by(ear, call());
    for (std::size_t i = 0; i < first.size(); ++i) {
      ASSERT_EQ(first[i].speech, again[i].speech) << i;
      ASSERT_EQ(first[i].level_dbfs, again[i].level_dbfs) << i;
    }
  }
}

TEST(VoiceEar, allocates_nothing_once_made) {
  VoiceEar ear(test_model(), Tier::balanced);
  const Samples samples = call();
  const auto before = allocation_count();
  for (std::size_t at = 0; at + 128 <= samples.size(); at += 128) {
    (void)ear.hear(std::span(samples).subspan(at, 128));
  }
  EXPECT_EQ(allocation_count(), before);
}

TEST(VoiceEar, a_block_of_another_length_is_refused) {
  VoiceEar ear(test_model(), Tier::balanced);
  EXPECT_THROW((void)ear.hear(Samples(127)), CheckFailed);
  EXPECT_THROW(VoiceEar(nullptr, Tier::balanced), CheckFailed);
}

TEST(Ear, every_kind_hears_a_voice_and_says_how_long_its_block_is) {
  EarOptions options{.model = test_model()};
  for (const EarKind kind : {EarKind::webrtc, EarKind::energy, EarKind::floor}) {
    options.kind = kind;
    options.frame_ms = 10;
    const auto ear = make_ear(options);
    EXPECT_EQ(ear->block_samples(), 160U);
    const auto heard = heard_by(*ear, call());
    EXPECT_EQ(heard[50].speech, 0);
    EXPECT_EQ(heard[120].speech, 1);
    EXPECT_EQ(heard[120].length, 10ms);
    EXPECT_GT(heard[120].level_dbfs, heard[50].level_dbfs + 20);
  }
  options.kind = EarKind::silero;
  EXPECT_EQ(make_ear(options)->block_samples(), 128U);
}

TEST(FloorVad, follows_the_background_where_a_fixed_threshold_does_not) {
  const auto vad = make_floor_vad(kFloorRiseDb, 10);
  const auto share = [&](const Samples& samples) {
    int speech = 0;
    const int frames = static_cast<int>(samples.size() / 160);
    for (int i = 0; i < frames; ++i) {
      speech += vad->is_speech(std::span(samples).subspan(static_cast<std::size_t>(i) * 160, 160));
    }
    return static_cast<double>(speech) / frames;
  };
  EXPECT_EQ(share(tone(300, 60, 16000)), 0.0);       // -58 dBFS
  EXPECT_EQ(share(tone(300, 400, 1600)), 1.0);       // 16 dB more
  EXPECT_LT(share(tone(300, 400, 16000 * 6)), 0.6);  // which stays
  EXPECT_EQ(share(tone(300, 400, 16000)), 0.0);      // and is background now
  EXPECT_EQ(share(tone(300, 4000, 1600)), 1.0);
}

TEST(LevelFloor, falls_at_once_rises_slowly_and_is_never_digital_silence) {
  LevelFloor floor;
  EXPECT_EQ(floor.push(8ms, -40), -40);
  for (int i = 0; i < 125; ++i) floor.push(8ms, -20);
  EXPECT_NEAR(floor.dbfs(), -37, 0.1);  // 3 dB a second
  EXPECT_NEAR(floor.level_dbfs(), -20, 0.1);
  for (int i = 0; i < 40; ++i) floor.push(8ms, -60);
  EXPECT_NEAR(floor.dbfs(), -60, 0.5);
  for (int i = 0; i < 1000; ++i) floor.push(8ms, -120);
  EXPECT_NEAR(floor.dbfs(), LevelFloor::kLowestDbfs, 0.01);
  floor.reset();
  EXPECT_EQ(floor.push(8ms, -30), -30);
}

}  // namespace
}  // namespace livegate::audio
