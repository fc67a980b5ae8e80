// The Silero voice detector, version 5 or 6, for 16 kHz: a small neural network that gives the
// probability of speech in every 32 ms.
//
// Decides nothing about when speech begins or ends: a probability is all it says. It runs without
// an inference runtime: the network is fixed (silero_kernel.h), the weights are read from a flat
// file (weights_file.h), and a file that holds another network is refused. The network's shape:
// 64 samples of the block before and 512 new ones, mirrored at the end by 64; four spectra of 129
// magnitudes; convolutions over three positions, each with ReLU, 129 -> 128 -> 64 -> 64 -> 128
// channels, the middle two taking every other position, so that one position is left; an LSTM of
// 128 units; one weighted sum of its rectified output; the logistic function.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "audio/silero_kernel.h"
#include "base/result.h"

namespace livegate::audio {

inline constexpr std::size_t kSileroBlockSamples = 512;   // 32 ms
inline constexpr std::size_t kSileroContextSamples = 64;  // of the block before

// The network's weights. Immutable; one serves every session and thread.
class SileroModel {
 public:
  using Loaded = Result<std::shared_ptr<const SileroModel>, std::string>;
  // The error is one sentence that names the file.
  [[nodiscard]] static Loaded load(const std::string& path);
  // The same from the file's bytes, which need not outlive the call; `name` is what errors call it.
  [[nodiscard]] static Loaded parse(std::span<const std::uint8_t> file, const std::string& name);

 private:
  friend class SileroStream;
  struct Weights;
  explicit SileroModel(const Weights& weights);

  silero::Spectrum spectrum_;
  silero::Layer first_, second_, third_, fourth_, gates_;
  std::array<float, silero::kUnits> last_{};
  float last_bias_ = 0;
};

// One stream through the network: its memory, 1.3 kB. The activations, 11 kB, are on the stack of
// whoever pushes, where those of the stream before have warmed it. Nothing allocates.
class SileroStream {
 public:
  // `code`: how it is computed, for tests; elsewhere the best this processor has. Not copied.
  explicit SileroStream(std::shared_ptr<const SileroModel> model,
                        const silero::Code& code = silero::best_code());

  // `block`: the next kSileroBlockSamples samples of the stream (LIVEGATE_CHECK), mono at 16 kHz.
  // Returns the probability that there is speech in them, 0..1.
  [[nodiscard]] float push(std::span<const std::int16_t> block);

  // Begins a new stream.
  void reset();

 private:
  std::shared_ptr<const SileroModel> model_;
  const silero::Code* code_;
  std::array<float, kSileroContextSamples> context_{};
  std::array<float, silero::kUnits> output_{};
  std::array<float, silero::kUnits> memory_{};
};

}  // namespace livegate::audio
