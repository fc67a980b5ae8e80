// How much later the microphone hears what is played: the shift at which the two envelopes agree.
//
// Decides the best shift and how good it is, by the correlation of the levels of all bands over
// about the last three seconds. Leaves to echo_guard.h what follows from it.
#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "audio/echo_guard_bands.h"

namespace livegate::audio {

inline constexpr std::size_t kEchoShifts = 96;  // frames of 10 ms

// The last levels of what was played, newest first.
class EchoHistory {
 public:
  static constexpr std::size_t kSize = 128;
  EchoHistory() {
    for (auto& band : bands_) band.fill(-120.0F);
  }
  void push(const BandLevels& levels) {
    newest_ = (newest_ + kSize - 1) % kSize;
    put(0, levels);
  }
  // In place of those of `frames` ago, less than kSize.
  void put(std::size_t frames, const BandLevels& levels) {
    const std::size_t at = (newest_ + frames) % kSize;
    for (std::size_t band = 0; band < kEchoBands; ++band) {
      bands_[band][at] = bands_[band][at + kSize] = levels[band];
    }
  }
  // Of one band, by how many frames ago it was.
  [[nodiscard]] std::span<const float, kSize> band(std::size_t number) const {
    return std::span(bands_[number]).subspan(newest_).first<kSize>();
  }

 private:
  // Twice over, so that kSize of them are one piece wherever the newest is.
  std::array<std::array<float, 2 * kSize>, kEchoBands> bands_;
  std::size_t newest_ = 0;
};

class EchoDelay {
 public:
  // The next frame: what the microphone held, beside what was played up to then.
  void push(const BandLevels& microphone, const EchoHistory& played);
  void reset() { *this = EchoDelay(); }

  [[nodiscard]] float frames_compared() const { return weight_; }  // fading
  [[nodiscard]] std::size_t best_shift() const { return best_; }
  [[nodiscard]] float agreement() const { return agreement_; }  // -1..1, at the best shift
  // By how much the microphone lies over the reference where that is `played` dBFS, at the best
  // shift: on the line of least squares.
  [[nodiscard]] float expected_over(std::size_t band, float played_dbfs) const;

 private:
  struct Sums {
    std::array<float, kEchoShifts> x{}, xx{}, xy{};
    float y = 0, yy = 0;
  };
  std::array<Sums, kEchoBands> sums_{};
  float weight_ = 0;
  std::size_t best_ = 0;
  float agreement_ = 0;
};

}  // namespace livegate::audio
