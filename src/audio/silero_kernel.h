// The arithmetic of the Silero network: dense layers, the spectrum before them, the LSTM cell
// behind them.
//
// Decides how each is computed, and picks the code for this processor: AVX-512, else AVX2 with FMA,
// else what runs everywhere. Leaves to silero.h which layers there are. Every
// convolution of the network is a dense layer: with activations stored position by position, the
// kernel's window over three positions is one row of consecutive values. Nothing allocates but the
// making of a layer, and nothing here has state.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace livegate::audio::silero {

// Floats that begin at a cache line.
class AlignedFloats {
 public:
  explicit AlignedFloats(std::size_t count);
  [[nodiscard]] float* data() { return memory_.get(); }
  [[nodiscard]] const float* data() const { return memory_.get(); }

 private:
  struct Free {
    void operator()(float* memory) const;
  };
  std::unique_ptr<float, Free> memory_;
};

// `outputs` weighted sums over `inputs` values, at `positions` places of the input at once, so that
// each weight is read once.
class Layer {
 public:
  // `weights`: one row of inputs for each output; `outputs` is a multiple of 64, `positions` 1, 2
  // or 4 (LIVEGATE_CHECK).
  Layer(std::size_t positions, std::span<const float> weights, std::span<const float> bias);

  std::size_t positions;
  std::size_t inputs;
  std::size_t outputs;
  AlignedFloats packed;  // for each group of 64 / positions outputs, their weights input by input
  AlignedFloats bias;
};

// What is done with a layer's sums.
enum class Activation : std::uint8_t { none, relu };

inline constexpr std::size_t kUnits = 128;  // of the LSTM cell

// How the network is computed on some kind of processor.
struct Code {
  const char* name;
  bool runs_here;
  // Reads `layer.inputs` values at in, in + in_stride, ... and writes `layer.outputs` values at
  // out, out + layer.outputs, ...: one row for each position.
  void (*layer)(const Layer& layer, const float* in, std::size_t in_stride, float* out,
                Activation activation);
  // One step of the LSTM: from the four gates' sums (input, forget, candidate, output, kUnits each)
  // and the cell's memory to new memory and output.
  void (*lstm_step)(const float* gates, float* memory, float* output);
};
// All there are, the best first, the portable one last.
[[nodiscard]] std::span<const Code> codes();
// The best that runs on this processor.
[[nodiscard]] const Code& best_code();

namespace internal {
void layer_scalar(const Layer& layer, const float* in, std::size_t in_stride, float* out,
                  Activation activation);
void layer_avx2_fma(const Layer& layer, const float* in, std::size_t in_stride, float* out,
                    Activation activation);
void layer_avx512(const Layer& layer, const float* in, std::size_t in_stride, float* out,
                  Activation activation);
}  // namespace internal

inline constexpr std::size_t kWindowSamples = 256;
inline constexpr std::size_t kBins = kWindowSamples / 2 + 1;
inline constexpr std::size_t kSpectra = 4;  // of one block, 128 samples apart
inline constexpr std::size_t kSpectraSamples = (kSpectra - 1) * kWindowSamples / 2 + kWindowSamples;

// Magnitudes of the windowed Fourier transform, by an FFT that computes the four spectra of a block
// side by side. 8 times less work than the convolution with sines that the model's graph writes.
class Spectrum {
 public:
  explicit Spectrum(std::span<const float, kWindowSamples> window);

  // Writes kSpectra rows of kBins magnitudes.
  void magnitudes(std::span<const float, kSpectraSamples> samples, float* out) const;

 private:
  struct Turn {
    float cosine, sine;
  };
  std::array<float, kWindowSamples> window_;
  std::array<std::uint8_t, kWindowSamples / 2> reversed_;  // index bits in reverse order
  std::array<Turn, kWindowSamples / 4> turns_;             // e^(-2 pi i k / 128)
  std::array<Turn, kWindowSamples / 4> half_turns_;        // e^(-2 pi i k / 256)
};

[[nodiscard]] float sigmoid(float value);

}  // namespace livegate::audio::silero
