#include "audio/preroll.h"

#include <algorithm>
#include <utility>

namespace livegate::audio {
namespace {

// At 16 kHz and 300 ms every sample is moved 8 times, 80 kB a second of a session: 4 us.
std::size_t room_for(std::size_t samples) { return samples + samples / 8; }

}  // namespace

Preroll::Preroll(std::size_t samples_max, std::size_t samples)
    : samples_max_(samples_max), kept_(std::min(samples, samples_max)), samples_(room_for(kept_)) {}

void Preroll::keep(std::size_t samples) { kept_ = std::min(samples, samples_max_); }

void Preroll::push(std::span<const std::int16_t> samples) {
  if (samples.size() > kept_) samples = samples.last(kept_);
  if (end_ + samples.size() > samples_.size()) move_to_front(kept_ - samples.size());
  std::copy(samples.begin(), samples.end(), samples_.begin() + static_cast<std::ptrdiff_t>(end_));
  end_ += samples.size();
  begin_ = end_ - std::min(end_ - begin_, kept_);
}

// The newest `samples` of what is kept stay. Into other room where this one is too small, or far
// too large.
void Preroll::move_to_front(std::size_t samples) {
  const auto stay = last(samples);
  if (samples_.size() < room_for(kept_) || samples_.size() > 2 * room_for(kept_)) {
    std::vector<std::int16_t> other(room_for(std::min(samples_max_, kept_ + kept_ / 4)));
    std::copy(stay.begin(), stay.end(), other.begin());
    end_ = stay.size();
    samples_ = std::move(other);
  } else {
    std::copy(stay.begin(), stay.end(), samples_.begin());
    end_ = stay.size();
  }
  begin_ = 0;
}

std::span<const std::int16_t> Preroll::last(std::size_t samples) const {
  const auto kept = std::span<const std::int16_t>(samples_).subspan(begin_, end_ - begin_);
  return kept.last(std::min(samples, kept.size()));
}

}  // namespace livegate::audio
