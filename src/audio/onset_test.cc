#include "audio/onset.h"

#include <vector>

#include <gtest/gtest.h>

#include "audio/allocation_count.h"
#include "audio/test_signals.h"
#include "base/check.h"

namespace livegate::audio {
namespace {

// Feeds a signal and counts the frames until it opens; -1: never.
int frames_until_open(Onset& subject, const std::vector<std::int16_t>& samples) {
  const std::span<const std::int16_t> all(samples);
  for (std::size_t i = 0; i + kOnsetFrameSamples <= all.size(); i += kOnsetFrameSamples) {
    if (subject.push(all.subspan(i, kOnsetFrameSamples))) {
      return static_cast<int>(i / kOnsetFrameSamples) + 1;
    }
  }
  return -1;
}

TEST(Onset, a_voice_over_a_quiet_room_opens_within_two_frames) {
  Onset subject;
  EXPECT_EQ(frames_until_open(subject, noise(1, 32000, 30)), -1);
  const int frames = frames_until_open(subject, vowel(120, 16000, 1600, 6000));
  EXPECT_GE(frames, 1);
  EXPECT_LE(frames, 2);
}

TEST(Onset, a_steady_noise_is_no_onset_once_it_is_known) {
  Onset subject;
  const auto steady = noise(2, 96000, 1500);
  for (std::size_t at = 0; at < 48000; at += kOnsetFrameSamples) {
    static_cast<void>(subject.push(std::span(steady).subspan(at, kOnsetFrameSamples)));
  }
  const std::vector<std::int16_t> rest(steady.begin() + 48000, steady.end());
  EXPECT_EQ(frames_until_open(subject, rest), -1);
}

TEST(Onset, mains_hum_below_the_voice_is_damped) {
  Onset subject;
  EXPECT_EQ(frames_until_open(subject, sine(50, 16000, 48000, 120)), -1);
  EXPECT_LT(subject.level_dbfs(), -55);
}

TEST(Onset, a_click_closes_soon_and_raises_the_bar_for_the_next) {
  const auto click = vowel(100, 16000, kOnsetFrameSamples, 3000);
  const auto room = noise(4, kOnsetFrameSamples * 30, 30);
  Onset subject;
  static_cast<void>(frames_until_open(subject, noise(1, 32000, 30)));
  int opened = 0;
  for (int i = 0; i < 6; ++i) {
    opened += frames_until_open(subject, click) == 1 ? 1 : 0;
    for (std::size_t at = 0; at < room.size(); at += kOnsetFrameSamples) {
      static_cast<void>(subject.push(std::span(room).subspan(at, kOnsetFrameSamples)));
    }
    EXPECT_FALSE(subject.push(std::span(room).first(kOnsetFrameSamples)));
  }
  EXPECT_GE(opened, 1);
  EXPECT_LT(opened, 6);
}

TEST(Onset, only_whole_frames_are_taken_and_none_allocates) {
  Onset subject;
  const auto room = noise(4, kOnsetFrameSamples, 30);
  EXPECT_THROW(static_cast<void>(subject.push(std::span(room).first(10))), CheckFailed);
  const std::size_t before = allocation_count();
  for (int i = 0; i < 1000; ++i) static_cast<void>(subject.push(room));
  EXPECT_EQ(allocation_count(), before);
}

}  // namespace
}  // namespace livegate::audio
