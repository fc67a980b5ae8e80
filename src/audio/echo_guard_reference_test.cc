#include "audio/echo_guard_reference.h"

#include <vector>

#include <gtest/gtest.h>

#include "audio/test_signals.h"
#include "base/check.h"

namespace livegate::audio {
namespace {

constexpr Instant kBegin{1h};

// One second loud, one second nothing, as often as asked for; 24 kHz.
std::vector<std::int16_t> pattern(int times) {
  std::vector<std::int16_t> out;
  for (int i = 0; i < times; ++i) {
    for (const std::int16_t sample : sine(1000, 24000, 24000, 8000)) out.push_back(sample);
    out.insert(out.end(), 24000, 0);
  }
  return out;
}

bool is_loud(EchoReference& subject, Instant at, Millis ahead = 0ms) {
  return subject.levels(at, ahead)[1] > -40;
}

TEST(BandMeter, a_tone_is_loudest_in_its_band_at_either_rate) {
  const double tones_hz[] = {300, 1100, 4000};
  for (const int rate_hz : {16000, 24000}) {
    for (std::size_t band = 0; band < kEchoBands; ++band) {
      BandMeter meter(rate_hz);
      const auto samples = sine(tones_hz[band], rate_hz, static_cast<std::size_t>(rate_hz), 16384);
      std::span<const std::int16_t> left(samples);
      while (meter.push(left)) {
      }
      EXPECT_NEAR(meter.levels()[band], -9.03, 1) << rate_hz << " band " << band;
      for (std::size_t other = 0; other < kEchoBands; ++other) {
        if (other == band) continue;
        EXPECT_LT(meter.levels()[other], meter.levels()[band] - 9);
      }
    }
  }
}

TEST(EchoReference, without_reports_playing_begins_on_arrival_in_real_time) {
  EchoReference subject(10s);
  subject.begin_turn();
  subject.append(pattern(2), kBegin);
  EXPECT_TRUE(is_loud(subject, kBegin + 500ms));
  EXPECT_FALSE(is_loud(subject, kBegin + 1500ms));
  EXPECT_TRUE(is_loud(subject, kBegin + 1900ms, 150ms));
  EXPECT_TRUE(is_loud(subject, kBegin + 2500ms));
  EXPECT_TRUE(subject.is_playing(kBegin + 2500ms));
  EXPECT_FALSE(subject.is_playing(kBegin + 4500ms));
}

TEST(EchoReference, a_reply_that_runs_dry_goes_on_when_more_arrives) {
  EchoReference subject(10s);
  subject.begin_turn();
  const auto all = pattern(1);
  const std::span<const std::int16_t> samples(all);
  subject.append(samples.first(12000), kBegin);
  EXPECT_FALSE(is_loud(subject, kBegin + 600ms));
  subject.append(samples.subspan(12000), kBegin + 3s);
  EXPECT_TRUE(is_loud(subject, kBegin + 3200ms));
  EXPECT_FALSE(is_loud(subject, kBegin + 3700ms));
}

TEST(EchoReference, reports_move_the_head_and_late_ones_hardly) {
  EchoReference subject(10s);
  subject.begin_turn();
  subject.append(pattern(2), kBegin);
  subject.played(24 * 100, kBegin + 500ms);  // it began 400 ms later than it arrived
  EXPECT_TRUE(is_loud(subject, kBegin + 1300ms));
  subject.played(24 * 800, kBegin + 1300ms);  // 100 ms late
  EXPECT_FALSE(is_loud(subject, kBegin + 1420ms));
  subject.played(24 * 500, kBegin + 1450ms);  // the client ran dry
  EXPECT_TRUE(is_loud(subject, kBegin + 1900ms));
}

TEST(EchoReference, how_long_a_client_takes_to_begin_is_kept_for_its_next_reply) {
  EchoReference subject(10s);
  subject.begin_turn();
  subject.append(pattern(1), kBegin);
  subject.played(24 * 100, kBegin + 500ms);
  subject.begin_turn();
  subject.append(pattern(1), kBegin + 10s);
  EXPECT_FALSE(is_loud(subject, kBegin + 10300ms));
  EXPECT_TRUE(is_loud(subject, kBegin + 10300ms, 150ms));
  EXPECT_TRUE(is_loud(subject, kBegin + 11300ms));
}

TEST(EchoReference, what_was_dropped_counts_as_the_loudest_and_the_rest_is_exact) {
  EchoReference subject(2s);
  subject.begin_turn();
  subject.append(pattern(2), kBegin);
  EXPECT_EQ(subject.dropped_frames(), 200u);
  EXPECT_TRUE(is_loud(subject, kBegin + 1500ms));
  EXPECT_TRUE(is_loud(subject, kBegin + 2500ms));
  EXPECT_FALSE(is_loud(subject, kBegin + 3500ms));
}

TEST(EchoReference, a_flush_leaves_nothing_to_play) {
  EchoReference subject(10s);
  subject.begin_turn();
  subject.append(pattern(1), kBegin);
  subject.flush();
  EXPECT_FALSE(is_loud(subject, kBegin + 500ms));
  EXPECT_FALSE(subject.is_playing(kBegin + 500ms));
}

TEST(EchoReference, keeping_less_than_a_second_is_the_callers_mistake) {
  EXPECT_THROW(EchoReference(100ms), CheckFailed);
}

}  // namespace
}  // namespace livegate::audio
