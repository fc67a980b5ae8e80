// Changes the rate of a mono s16 stream, band-limited (speexdsp). Decides nothing; keeps the
// filter's state between calls, so the result does not depend on how the stream was cut into
// pieces.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace livegate::audio {

class Resampler {
 public:
  // Rates in Hz, kClientRateMinHz..kClientRateMaxHz each (LIVEGATE_CHECK).
  Resampler(int from_hz, int to_hz);
  ~Resampler();
  Resampler(Resampler&&) noexcept;
  Resampler& operator=(Resampler&&) noexcept;

  // Appends what `samples` become at the new rate to `out`. Equal rates copy.
  void process(std::span<const std::int16_t> samples, std::vector<std::int16_t>& out);

  // Forgets the past: the next sample begins a new stream.
  void reset();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace livegate::audio
