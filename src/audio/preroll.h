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
  // Keeps `samples_max` (may be 0, which keeps nothing), has room for just them, and never
  // allocates again unless keep() is used.
  explicit Preroll(std::size_t samples_max) : Preroll(samples_max, samples_max) {}
  // The same, but begins with keep(samples).
  Preroll(std::size_t samples_max, std::size_t samples);

  // From now on so many are worth keeping, at most samples_max; older ones are forgotten. The room
  // grows and shrinks with it, in few steps.
  void keep(std::size_t samples);

  // Appends; what is older than what is kept is forgotten. `samples` is copied.
  void push(std::span<const std::int16_t> samples);

  // The newest `samples`, or all there are where there are fewer, oldest first. Valid until the
  // next call of push or clear. May move all there is, to make one piece of it: for once in a turn.
  [[nodiscard]] std::span<const std::int16_t> last(std::size_t samples);
  // Fills `out` with what ended `ago` samples before the newest; whether there is so much.
  [[nodiscard]] bool copy(std::size_t ago, std::span<std::int16_t> out) const;

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::size_t room() const { return ring_.size(); }  // in samples
  void clear() { size_ = 0; }

 private:
  void make_room(std::size_t samples);

  std::size_t samples_max_;
  std::size_t kept_;
  std::size_t size_ = 0;
  std::size_t next_ = 0;  // where in the ring the next sample goes
  std::vector<std::int16_t> ring_;
};

}  // namespace livegate::audio
