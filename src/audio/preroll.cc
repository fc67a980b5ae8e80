#include "audio/preroll.h"

#include <algorithm>
#include <utility>

namespace livegate::audio {

Preroll::Preroll(std::size_t samples_max, std::size_t samples)
    : samples_max_(samples_max), kept_(std::min(samples, samples_max)), ring_(kept_) {}

void Preroll::keep(std::size_t samples) {
  kept_ = std::min(samples, samples_max_);
  size_ = std::min(size_, kept_);
}

void Preroll::push(std::span<const std::int16_t> samples) {
  if (samples.size() > kept_) samples = samples.last(kept_);
  if (samples.empty()) return;
  if (ring_.size() < kept_ || ring_.size() > 2 * kept_) {
    make_room(std::min(samples_max_, kept_ + kept_ / 4));
  }
  const std::size_t until_end = std::min(samples.size(), ring_.size() - next_);
  std::ranges::copy(samples.first(until_end), ring_.begin() + static_cast<std::ptrdiff_t>(next_));
  std::ranges::copy(samples.subspan(until_end), ring_.begin());
  next_ = (next_ + samples.size()) % ring_.size();
  size_ = std::min(size_ + samples.size(), kept_);
}

// For `samples`, at least as many as there are.
void Preroll::make_room(std::size_t samples) {
  std::vector<std::int16_t> other(samples);
  static_cast<void>(copy(0, std::span(other).first(size_)));
  ring_ = std::move(other);
  next_ = size_ % samples;
}

std::span<const std::int16_t> Preroll::last(std::size_t samples) {
  samples = std::min(samples, size_);
  if (samples > next_) {
    std::rotate(ring_.begin(), ring_.begin() + static_cast<std::ptrdiff_t>(next_), ring_.end());
    next_ = 0;
    return std::span(ring_).last(samples);
  }
  return std::span(ring_).subspan(next_ - samples, samples);
}

bool Preroll::copy(std::size_t ago, std::span<std::int16_t> out) const {
  if (ago + out.size() > size_) return false;
  if (out.empty()) return true;
  const std::size_t from = (next_ + 2 * ring_.size() - ago - out.size()) % ring_.size();
  const std::size_t until_end = std::min(out.size(), ring_.size() - from);
  std::ranges::copy(std::span(ring_).subspan(from, until_end), out.begin());
  std::ranges::copy(std::span(ring_).first(out.size() - until_end), out.subspan(until_end).begin());
  return true;
}

}  // namespace livegate::audio
