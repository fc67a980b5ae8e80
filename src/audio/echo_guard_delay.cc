#include "audio/echo_guard_delay.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace livegate::audio {
namespace {

constexpr float kMemory = 0.9967F;  // 3 s
// Below this there is noise, whose ups and downs say nothing.
constexpr float kFloorDbfs = -70.0F;
constexpr float kFlatDb2 = 1.0F;
// Levels are taken relative to this, so that sums of squares keep their precision.
constexpr float kMiddleDbfs = -45.0F;

float clipped(float dbfs) { return std::max(dbfs, kFloorDbfs) - kMiddleDbfs; }

}  // namespace

void EchoDelay::push(const BandLevels& microphone, const EchoHistory& played) {
  weight_ = weight_ * kMemory + 1;
  std::array<float, kEchoShifts> shared{}, spread_x{};
  float spread_y = 0;
  const float share = 1 / weight_;
  for (std::size_t band = 0; band < kEchoBands; ++band) {
    Sums& sums = sums_[band];
    const float y = clipped(microphone[band]);
    sums.y = sums.y * kMemory + y;
    sums.yy = sums.yy * kMemory + y * y;
    spread_y += sums.yy - sums.y * sums.y / weight_;
    const auto levels = played.band(band);
    for (std::size_t shift = 0; shift < kEchoShifts; ++shift) {
      const float x = clipped(levels[shift]);
      sums.x[shift] = sums.x[shift] * kMemory + x;
      sums.xx[shift] = sums.xx[shift] * kMemory + x * x;
      sums.xy[shift] = sums.xy[shift] * kMemory + x * y;
      shared[shift] += sums.xy[shift] - sums.x[shift] * sums.y * share;
      spread_x[shift] += sums.xx[shift] - sums.x[shift] * sums.x[shift] * share;
    }
  }
  agreement_ = -1;
  const float flat = kFlatDb2 * static_cast<float>(kEchoBands) * weight_;
  if (spread_y < flat) return;
  // The best agreement has the best square with its sign.
  std::array<float, kEchoShifts> squares;
  for (std::size_t shift = 0; shift < kEchoShifts; ++shift) {
    squares[shift] = shared[shift] * std::abs(shared[shift]) / std::max(spread_x[shift], flat);
    if (spread_x[shift] < flat) squares[shift] = -std::numeric_limits<float>::max();
  }
  const auto best = std::ranges::max_element(squares);
  const auto at = static_cast<std::size_t>(best - squares.begin());
  if (spread_x[at] < flat) return;
  best_ = at;
  agreement_ = shared[at] / std::sqrt(spread_x[at] * spread_y);
}

float EchoDelay::expected_over(std::size_t band, float played_dbfs) const {
  const Sums& sums = sums_[band];
  const float mean_x = sums.x[best_] / weight_, mean_y = sums.y / weight_;
  const float spread = sums.xx[best_] / weight_ - mean_x * mean_x;
  const float shared = sums.xy[best_] / weight_ - mean_x * mean_y;
  const float slope = spread < kFlatDb2 ? 0 : std::clamp(shared / spread, 0.0F, 1.5F);
  const float x = played_dbfs - kMiddleDbfs;
  return mean_y + slope * (x - mean_x) - x;
}

}  // namespace livegate::audio
