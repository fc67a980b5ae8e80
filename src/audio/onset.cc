#include "audio/onset.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"

namespace livegate::audio {
namespace {

constexpr float kHighPass = 0.954F;  // one pole, 120 Hz at 16 kHz
// The lowest of some smoothed levels lies below their mean by about this much.
constexpr float kLowestToMeanDb = 1.5F;
// Digital silence must not make the first breath of the room look like speech.
constexpr float kFloorMinDbfs = -75.0F;
// What was loud for one frame is over after the first, for a sentence after the second.
constexpr int kHangoverMinFrames = 5;
constexpr int kHangoverMaxFrames = 20;
constexpr int kBurstFramesMax = 8;
constexpr float kBurstPenaltyDb = 4.0F;
constexpr float kBurstPenaltyMaxDb = 12.0F;
constexpr float kForgivenDb = 0.02F;  // each frame

}  // namespace

bool Onset::push(std::span<const std::int16_t> frame) {
  LIVEGATE_CHECK(frame.size() == kOnsetFrameSamples);
  float power = 0;
  for (const std::int16_t sample : frame) {
    const float in = static_cast<float>(sample) / 32768.0F;
    last_out_ = kHighPass * (in - last_in_) + kHighPass * last_out_;
    last_in_ = in;
    power += last_out_ * last_out_;
  }
  power = std::max(power / static_cast<float>(kOnsetFrameSamples), 1e-12F);
  level_dbfs_ = 10 * std::log10(power);

  penalty_db_ = std::max(0.0F, penalty_db_ - kForgivenDb);
  const float needed =
      std::max(floor_dbfs_ + options_.over_floor_db, options_.least_dbfs) + penalty_db_;
  const float over = level_dbfs_ - needed;
  follow(power);
  if (open_) {
    if (over > 0) {
      ++loud_;
      left_ = std::min(kHangoverMaxFrames, kHangoverMinFrames + loud_);
    } else if (--left_ <= 0) {
      open_ = false;
      above_ = 0;
      if (loud_ <= kBurstFramesMax) {
        penalty_db_ = std::min(kBurstPenaltyMaxDb, penalty_db_ + kBurstPenaltyDb);
      }
    }
    return open_;
  }
  above_ = over > 0 ? above_ + 1 : 0;
  if (above_ < 2 && over <= options_.strong_db - options_.over_floor_db) return false;
  open_ = true;
  loud_ = above_;
  left_ = kHangoverMinFrames;
  return true;
}

// The floor that a frame is judged by comes from the frames before it.
void Onset::follow(float power) {
  recent_[static_cast<std::size_t>(frames_) % recent_.size()] = power;
  ++frames_;
  float sum = 0;
  const std::size_t held = std::min(recent_.size(), static_cast<std::size_t>(frames_));
  for (std::size_t i = 0; i < held; ++i) sum += recent_[i];
  lowest_now_ = std::min(lowest_now_, 10 * std::log10(sum / static_cast<float>(held)));
  float floor = lowest_now_;
  for (const float lowest : lowest_) floor = std::min(floor, lowest);
  floor_dbfs_ = std::max(kFloorMinDbfs, floor + kLowestToMeanDb);
  if (frames_ % kSpanFrames != 0) return;
  lowest_[static_cast<std::size_t>(frames_ / kSpanFrames) % kSpans] = lowest_now_;
  lowest_now_ = 200;
}

}  // namespace livegate::audio
