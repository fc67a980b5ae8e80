#include "audio/preroll.h"

#include <algorithm>

namespace livegate::audio {

Preroll::Preroll(std::size_t samples_max) : samples_max_(samples_max), samples_(2 * samples_max) {}

void Preroll::push(std::span<const std::int16_t> samples) {
  if (samples.size() > samples_max_) samples = samples.last(samples_max_);
  if (end_ + samples.size() > samples_.size()) {  // to the front; each sample moves once at most
    const std::size_t stays = samples_max_ - samples.size();
    const auto keep = last(stays);
    std::copy(keep.begin(), keep.end(), samples_.begin());
    end_ = keep.size();
    begin_ = 0;
  }
  std::copy(samples.begin(), samples.end(), samples_.begin() + static_cast<std::ptrdiff_t>(end_));
  end_ += samples.size();
  begin_ = end_ - std::min(end_ - begin_, samples_max_);
}

std::span<const std::int16_t> Preroll::last(std::size_t samples) const {
  const auto kept = std::span<const std::int16_t>(samples_).subspan(begin_, end_ - begin_);
  return kept.last(std::min(samples, kept.size()));
}

std::size_t Preroll::size() const { return end_ - begin_; }

void Preroll::clear() { begin_ = end_ = 0; }

}  // namespace livegate::audio
