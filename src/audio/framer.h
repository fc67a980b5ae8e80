// Cuts a stream of samples that comes in pieces of any size into frames of one size. Decides
// nothing; never allocates after construction; a frame that lies whole in a piece is handed out
// where it lies.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/check.h"

namespace livegate::audio {

class Framer {
 public:
  explicit Framer(std::size_t frame_samples) : begun_(frame_samples) {
    LIVEGATE_CHECK(frame_samples > 0);
  }

  [[nodiscard]] std::size_t frame_samples() const { return begun_.size(); }

  // Samples that wait for the rest of their frame.
  [[nodiscard]] std::size_t pending_samples() const { return filled_; }
  // They themselves; valid until the next call.
  [[nodiscard]] std::span<const std::int16_t> pending() const {
    return std::span<const std::int16_t>(begun_).first(filled_);
  }

  // Calls `take(std::span<const std::int16_t>)` for every frame that `samples` complete, in order.
  // The frame is valid during that call, which must not push or reset.
  template <class Take>
  void push(std::span<const std::int16_t> samples, Take&& take) {
    if (filled_ > 0) {
      const std::size_t missing = std::min(begun_.size() - filled_, samples.size());
      keep(samples.first(missing));
      samples = samples.subspan(missing);
      if (filled_ < begun_.size()) return;
      filled_ = 0;
      take(std::span<const std::int16_t>(begun_));
    }
    for (; samples.size() >= begun_.size(); samples = samples.subspan(begun_.size())) {
      take(samples.first(begun_.size()));
    }
    keep(samples);
  }

  // Forgets the begun frame.
  void reset() { filled_ = 0; }

 private:
  void keep(std::span<const std::int16_t> samples) {
    std::copy(samples.begin(), samples.end(),
              begun_.begin() + static_cast<std::ptrdiff_t>(filled_));
    filled_ += samples.size();
  }

  std::vector<std::int16_t> begun_;  // room for one frame, of which `filled_` samples are there
  std::size_t filled_ = 0;
};

}  // namespace livegate::audio
