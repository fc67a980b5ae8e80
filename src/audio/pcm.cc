#include "audio/pcm.h"

#include <algorithm>
#include <cmath>

namespace livegate::audio {

double rms(std::span<const std::int16_t> samples) {
  if (samples.empty()) return 0.0;
  // Exact: a square is at most 2^30, so 2^34 samples fit before this overflows.
  std::uint64_t sum = 0;
  for (const std::int16_t sample : samples) {
    const std::int32_t value = sample;
    sum += static_cast<std::uint32_t>(value * value);
  }
  const double mean = static_cast<double>(sum) / static_cast<double>(samples.size());
  return std::sqrt(mean) / 32768.0;
}

double level_dbfs(std::span<const std::int16_t> samples) {
  const double level = rms(samples);
  if (level <= 0.0) return kSilenceDbfs;
  return std::max(kSilenceDbfs, 20.0 * std::log10(level));
}

}  // namespace livegate::audio
