// The sample formats that cross our wires: s16 little-endian mono, and float in [-1, 1] inside
// detectors.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace livegate::audio {

inline constexpr int kUplinkRateHz = 16000;    // what the model hears
inline constexpr int kDownlinkRateHz = 24000;  // what the model says
inline constexpr int kClientRateMinHz = 8000;
inline constexpr int kClientRateMaxHz = 48000;

// Root mean square of `samples` as a fraction of full scale, 0..1; 0 for an empty span.
[[nodiscard]] double rms(std::span<const std::int16_t> samples);

// The same in dBFS: 0 is a full-scale square wave, a full-scale sine is -3.01; silence gives
// kSilenceDbfs.
[[nodiscard]] double level_dbfs(std::span<const std::int16_t> samples);
inline constexpr double kSilenceDbfs = -120.0;

}  // namespace livegate::audio
