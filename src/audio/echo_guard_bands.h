// How loud a stream is in three bands, every 10 ms: all that the echo guard knows of a sound.
//
// Decides the bands: low 120..600 Hz, middle 600..2000 Hz, high 2000..7000 Hz, at any rate, so that
// what was played at 24 kHz can be compared with what was heard at 16 kHz. Leaves the comparing to
// echo_guard.h.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace livegate::audio {

inline constexpr std::size_t kEchoBands = 3;
inline constexpr int kEchoFramesPerSecond = 100;

// dBFS of each band, -120 for nothing.
using BandLevels = std::array<float, kEchoBands>;
[[nodiscard]] constexpr BandLevels all_bands(float dbfs) { return {dbfs, dbfs, dbfs}; }

class BandMeter {
 public:
  // `rate_hz`: at least 16000, a multiple of 100 (LIVEGATE_CHECK).
  explicit BandMeter(int rate_hz);

  // Takes samples up to the end of the frame that has begun and cuts them off the front of
  // `samples`. True when that frame is whole: levels() has it. Call until it is false.
  bool push(std::span<const std::int16_t>& samples);
  [[nodiscard]] const BandLevels& levels() const { return levels_; }

  // Begins a new stream.
  void reset();

 private:
  // A lane for each band, and one of nothing.
  using Lanes = float __attribute__((vector_size(16)));
  // Second order, transposed direct form II.
  struct Sections {
    Lanes b0{}, b1{}, b2{}, a1{}, a2{};
    Lanes s1{}, s2{};
    Lanes run(Lanes in) {
      const Lanes out = b0 * in + s1;
      s1 = b1 * in + s2 - a1 * out;
      s2 = b2 * in - a2 * out;
      return out;
    }
    void low_pass(std::size_t band, double edge_hz, double rate_hz);
    void high_pass(std::size_t band, double edge_hz, double rate_hz);
  };

  std::size_t frame_samples_;
  Sections above_, below_;
  Lanes power_{};
  std::size_t taken_ = 0;
  BandLevels levels_ = all_bands(-120.0F);
};

}  // namespace livegate::audio
