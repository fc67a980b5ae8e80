// The last of a stream: what was said before anybody knew that it was speech.
//
// Keeps samples, decides nothing: when speech began and how much of what came before it is wanted
// is turn/endpointer.h's and the caller's business.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace livegate::audio {

class Preroll {
 public:
  // Allocates room for `samples_max` (may be 0, which keeps nothing) and never again.
  explicit Preroll(std::size_t samples_max);

  // Appends; what is older than samples_max is forgotten. `samples` is copied.
  void push(std::span<const std::int16_t> samples);

  // The newest `samples`, or all there are where there are fewer, oldest first. Valid until the
  // next call of push or clear.
  [[nodiscard]] std::span<const std::int16_t> last(std::size_t samples) const;

  [[nodiscard]] std::size_t size() const;
  void clear();

 private:
  std::size_t samples_max_;
  std::size_t begin_ = 0;  // samples_[begin_, end_) are kept
  std::size_t end_ = 0;
  std::vector<std::int16_t> samples_;  // twice the room, so that what is kept is always one piece
};

}  // namespace livegate::audio
