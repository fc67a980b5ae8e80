// How loud the background is: the lowest that a stream's level has been, let up slowly.
//
// Decides nothing; detectors and endpointers ask how far a block lies above it. It falls as fast
// as the smoothed level does and rises by a few dB a second, so that a word does not lift it and a
// fan that was switched on is background soon.
#pragma once

#include <algorithm>

#include "base/instant.h"

namespace livegate {

class LevelFloor {
 public:
  // Nothing that a microphone gives is quieter: digital silence is no floor that the first breath
  // after it could be called loud over.
  static constexpr float kLowestDbfs = -70;

  // One block: its length and level. Returns the floor after it, in dBFS.
  float push(Millis length, float level_dbfs) {
    const float level = std::max(level_dbfs, kLowestDbfs);
    const auto ms = static_cast<float>(length.count());
    smooth_dbfs_ = fresh_ ? level : smooth_dbfs_ + (level - smooth_dbfs_) * ms / (kSmoothMs + ms);
    const float raised = floor_dbfs_ + kRiseDbPerMs * ms;
    floor_dbfs_ = fresh_ ? smooth_dbfs_ : std::min(smooth_dbfs_, raised);
    fresh_ = false;
    return floor_dbfs_;
  }

  [[nodiscard]] float dbfs() const { return floor_dbfs_; }
  // The level itself, smoothed.
  [[nodiscard]] float level_dbfs() const { return smooth_dbfs_; }
  void reset() { *this = LevelFloor(); }

 private:
  static constexpr float kSmoothMs = 24;
  static constexpr float kRiseDbPerMs = 0.003F;

  bool fresh_ = true;
  float smooth_dbfs_ = kLowestDbfs;
  float floor_dbfs_ = kLowestDbfs;
};

}  // namespace livegate
