// Signals with known answers, for the tests of this room.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <span>
#include <vector>

#include "base/rng.h"

namespace livegate::audio {

inline std::vector<std::int16_t> sine(double tone_hz, int rate_hz, std::size_t samples,
                                      double amplitude) {
  std::vector<std::int16_t> out(samples);
  for (std::size_t i = 0; i < samples; ++i) {
    const double phase = 2 * std::numbers::pi * tone_hz * static_cast<double>(i) / rate_hz;
    out[i] = static_cast<std::int16_t>(std::lround(amplitude * std::sin(phase)));
  }
  return out;
}

// Uniform white noise in [-amplitude, amplitude].
inline std::vector<std::int16_t> noise(std::uint64_t seed, std::size_t samples, double amplitude) {
  Rng rng(seed);
  std::vector<std::int16_t> out(samples);
  for (auto& sample : out) {
    sample = static_cast<std::int16_t>(std::lround(amplitude * (2 * rng.uniform() - 1)));
  }
  return out;
}

// A crude voice: pulses at `pitch_hz` through resonances at 500, 1500 and 2500 Hz.
inline std::vector<std::int16_t> vowel(double pitch_hz, int rate_hz, std::size_t samples,
                                       double amplitude) {
  const auto period = static_cast<std::size_t>(rate_hz / pitch_hz);
  std::vector<std::int16_t> out(samples);
  for (std::size_t i = 0; i < samples; ++i) {
    const double t = static_cast<double>(i % period) / rate_hz;
    double value = 0;
    for (const double formant_hz : {500.0, 1500.0, 2500.0}) {
      value += std::exp(-t * 400) * std::sin(2 * std::numbers::pi * formant_hz * t) / 3;
    }
    out[i] = static_cast<std::int16_t>(std::lround(amplitude * value));
  }
  return out;
}

// Amplitude of the component of `samples` at `tone_hz`.
inline double amplitude_at(double tone_hz, int rate_hz, std::span<const std::int16_t> samples) {
  double in_phase = 0, quadrature = 0;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const double phase = 2 * std::numbers::pi * tone_hz * static_cast<double>(i) / rate_hz;
    in_phase += samples[i] * std::cos(phase);
    quadrature += samples[i] * std::sin(phase);
  }
  return 2 * std::hypot(in_phase, quadrature) / static_cast<double>(samples.size());
}

inline double decibels(double ratio) { return 20 * std::log10(ratio); }

}  // namespace livegate::audio
