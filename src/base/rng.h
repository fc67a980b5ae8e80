// Randomness as an input: the core is given one of these and never asks the system.
#pragma once

#include <cstdint>

namespace livegate {

// SplitMix64 (Steele, Lea, Flood, 2014): 8 bytes of state, fit for jitter and simulation, not for
// secrets.
class Rng {
 public:
  explicit Rng(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15ULL);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
  }

  // Rng(state()) draws what this one will.
  [[nodiscard]] std::uint64_t state() const { return state_; }

  // Uniform in [0, 1).
  double uniform() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }

 private:
  std::uint64_t state_;
};

}  // namespace livegate
