#include "audio/echo_guard_bands.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/check.h"

namespace livegate::audio {
namespace {

struct Edges {
  double from_hz, to_hz;
};
constexpr std::array<Edges, kEchoBands> kEdges{{{120, 600}, {600, 2000}, {2000, 7000}}};

// Butterworth, by the bilinear transform.
struct Bilinear {
  double k, norm;
  Bilinear(double edge_hz, double rate_hz)
      : k(std::tan(std::numbers::pi * edge_hz / rate_hz)),
        norm(1 / (1 + std::numbers::sqrt2 * k + k * k)) {}
};

}  // namespace

BandMeter::Section BandMeter::low_pass(double edge_hz, double rate_hz) {
  const Bilinear at(edge_hz, rate_hz);
  Section section;
  section.b0 = static_cast<float>(at.k * at.k * at.norm);
  section.b1 = 2 * section.b0;
  section.b2 = section.b0;
  section.a1 = static_cast<float>(2 * (at.k * at.k - 1) * at.norm);
  section.a2 = static_cast<float>((1 - std::numbers::sqrt2 * at.k + at.k * at.k) * at.norm);
  return section;
}

BandMeter::Section BandMeter::high_pass(double edge_hz, double rate_hz) {
  const Bilinear at(edge_hz, rate_hz);
  Section section = low_pass(edge_hz, rate_hz);
  section.b0 = static_cast<float>(at.norm);
  section.b1 = -2 * section.b0;
  section.b2 = section.b0;
  return section;
}

BandMeter::BandMeter(int rate_hz)
    : frame_samples_(static_cast<std::size_t>(rate_hz / kEchoFramesPerSecond)) {
  LIVEGATE_CHECK(rate_hz >= 16000 && rate_hz % kEchoFramesPerSecond == 0);
  for (std::size_t band = 0; band < kEchoBands; ++band) {
    above_[band] = high_pass(kEdges[band].from_hz, rate_hz);
    below_[band] = low_pass(kEdges[band].to_hz, rate_hz);
  }
}

bool BandMeter::push(std::span<const std::int16_t>& samples) {
  const std::size_t count = std::min(samples.size(), frame_samples_ - taken_);
  for (const std::int16_t sample : samples.first(count)) {
    const float in = static_cast<float>(sample) / 32768.0F;
    for (std::size_t band = 0; band < kEchoBands; ++band) {
      const float out = below_[band].run(above_[band].run(in));
      power_[band] += out * out;
    }
  }
  samples = samples.subspan(count);
  taken_ += count;
  if (taken_ < frame_samples_) return false;
  for (std::size_t band = 0; band < kEchoBands; ++band) {
    const float mean = power_[band] / static_cast<float>(frame_samples_);
    levels_[band] = 10 * std::log10(std::max(mean, 1e-12F));
  }
  power_ = {};
  taken_ = 0;
  return true;
}

void BandMeter::reset() {
  for (auto* row : {&above_, &below_}) {
    for (Section& section : *row) section.s1 = section.s2 = 0;
  }
  power_ = {};
  taken_ = 0;
  levels_ = all_bands(-120.0F);
}

}  // namespace livegate::audio
