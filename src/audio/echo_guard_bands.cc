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

void BandMeter::Sections::low_pass(std::size_t band, double edge_hz, double rate_hz) {
  const Bilinear at(edge_hz, rate_hz);
  b0[band] = b2[band] = static_cast<float>(at.k * at.k * at.norm);
  b1[band] = 2 * b0[band];
  a1[band] = static_cast<float>(2 * (at.k * at.k - 1) * at.norm);
  a2[band] = static_cast<float>((1 - std::numbers::sqrt2 * at.k + at.k * at.k) * at.norm);
}

void BandMeter::Sections::high_pass(std::size_t band, double edge_hz, double rate_hz) {
  low_pass(band, edge_hz, rate_hz);
  b0[band] = b2[band] = static_cast<float>(Bilinear(edge_hz, rate_hz).norm);
  b1[band] = -2 * b0[band];
}

BandMeter::BandMeter(int rate_hz)
    : frame_samples_(static_cast<std::size_t>(rate_hz / kEchoFramesPerSecond)) {
  LIVEGATE_CHECK(rate_hz >= 16000 && rate_hz % kEchoFramesPerSecond == 0);
  for (std::size_t band = 0; band < kEchoBands; ++band) {
    above_.high_pass(band, kEdges[band].from_hz, rate_hz);
    below_.low_pass(band, kEdges[band].to_hz, rate_hz);
  }
}

bool BandMeter::push(std::span<const std::int16_t>& samples) {
  const std::size_t count = std::min(samples.size(), frame_samples_ - taken_);
  // Where the compiler sees that nothing else changes them, they stay in registers.
  Sections above = above_, below = below_;
  Lanes power = power_;
  for (const std::int16_t sample : samples.first(count)) {
    const float in = static_cast<float>(sample) / 32768.0F;
    const Lanes out = below.run(above.run(Lanes{in, in, in, in}));
    power += out * out;
  }
  above_ = above;
  below_ = below;
  power_ = power;
  samples = samples.subspan(count);
  taken_ += count;
  if (taken_ < frame_samples_) return false;
  for (std::size_t band = 0; band < kEchoBands; ++band) {
    const float mean = power_[band] / static_cast<float>(frame_samples_);
    levels_[band] = 10 * std::log10(std::max(mean, 1e-12F));
  }
  power_ = Lanes{};
  taken_ = 0;
  return true;
}

void BandMeter::reset() {
  for (Sections* sections : {&above_, &below_}) sections->s1 = sections->s2 = Lanes{};
  power_ = Lanes{};
  taken_ = 0;
  levels_ = all_bands(-120.0F);
}

}  // namespace livegate::audio
