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
  // Keeps `samples_max` (may be 0, which keeps nothing), has room for them and an eighth more, and
  // never allocates again unless keep() is used.
  explicit Preroll(std::size_t samples_max) : Preroll(samples_max, samples_max) {}
  // The same, but begins with keep(samples).
  Preroll(std::size_t samples_max, std::size_t samples);

  // From now on so many are worth keeping, at most samples_max; older ones are forgotten as others
  // come. The room grows and shrinks with it, in few steps.
  void keep(std::size_t samples);

  // Appends; what is older than what is kept is forgotten. `samples` is copied.
  void push(std::span<const std::int16_t> samples);

  // The newest `samples`, or all there are where there are fewer, oldest first. Valid until the
  // next call of push or clear.
  [[nodiscard]] std::span<const std::int16_t> last(std::size_t samples) const;

  [[nodiscard]] std::size_t size() const { return end_ - begin_; }
  [[nodiscard]] std::size_t room() const { return samples_.size(); }  // in samples
  void clear() { begin_ = end_ = 0; }

 private:
  void move_to_front(std::size_t samples);

  std::size_t samples_max_;
  std::size_t kept_;
  std::size_t begin_ = 0;  // samples_[begin_, end_) are kept
  std::size_t end_ = 0;
  // More room than is kept, so that what is kept is one piece and moves once in a while only.
  std::vector<std::int16_t> samples_;
};

}  // namespace livegate::audio
