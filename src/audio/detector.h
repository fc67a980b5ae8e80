// Voice detectors that say how likely speech is, block by block, whatever their block is: 10, 20,
// 30 or 32 ms.
//
// A sibling of Vad (vad.h), whose answer is yes or no: thresholds, smoothing and gates over a
// probability are for whoever asks. Either can be had as the other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "audio/silero.h"
#include "audio/vad.h"

namespace livegate::audio {

// Over mono s16 blocks at 16 kHz. One object serves one stream.
class Detector {
 public:
  virtual ~Detector() = default;
  [[nodiscard]] virtual std::size_t block_samples() const = 0;
  // `block`: exactly block_samples() samples (LIVEGATE_CHECK), read during the call only. Returns
  // the probability of speech in it, 0..1, known as soon as its last sample is.
  [[nodiscard]] virtual float probability(std::span<const std::int16_t> block) = 0;
  // Forgets what it learned of the stream.
  virtual void reset() = 0;
};

// The Silero network: 512 samples, 32 ms.
[[nodiscard]] std::unique_ptr<Detector> make_silero_detector(
    std::shared_ptr<const SileroModel> model);

// A yes or no as 1 or 0.
[[nodiscard]] std::unique_ptr<Detector> make_detector(std::unique_ptr<Vad> vad);

// Speech from a probability of `on` until one below `off`; 0.5 and 0.35 are what Silero's authors
// use.
struct Thresholds {
  float on = 0.5F;
  float off = 0.35F;  // at most `on` (LIVEGATE_CHECK)
};
[[nodiscard]] std::unique_ptr<Vad> make_vad(std::unique_ptr<Detector> detector,
                                            const Thresholds& thresholds);

}  // namespace livegate::audio
