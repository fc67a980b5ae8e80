// What a seed decides: draws over the core's Rng, in the words of a plan.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>

#include "base/instant.h"
#include "base/rng.h"

namespace livegate::sim {

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : rng_(seed) {}

  [[nodiscard]] bool chance(double probability) { return rng_.uniform() < probability; }
  // From `low` to `high`, both included.
  [[nodiscard]] int between(int low, int high) {
    return low + static_cast<int>(rng_.uniform() * (high - low + 1));
  }
  [[nodiscard]] Millis between(Millis low, Millis high) {
    return low + Millis(static_cast<std::int64_t>(rng_.uniform() *
                                                  static_cast<double>((high - low).count() + 1)));
  }
  // Waiting times of rare events: exponential.
  [[nodiscard]] Millis about(Millis mean) {
    return Millis(static_cast<std::int64_t>(-std::log(1 - rng_.uniform()) *
                                            static_cast<double>(mean.count())));
  }
  template <class T, std::size_t N>
  [[nodiscard]] T pick(const std::array<T, N>& of) {
    return of[static_cast<std::size_t>(between(0, static_cast<int>(N) - 1))];
  }
  // For a part that draws for itself: what it draws moves nobody else's dice.
  [[nodiscard]] std::uint64_t seed() { return rng_.next(); }

 private:
  Rng rng_;
};

}  // namespace livegate::sim
