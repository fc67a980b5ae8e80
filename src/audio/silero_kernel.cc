#include "audio/silero_kernel.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <new>
#include <numbers>

#include "base/check.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

// The sums of a group of outputs live in registers only if every loop over them is unrolled, which
// GCC does not do by itself at -O2: 14 us a block instead of 39.
#if defined(__clang__)
#define LIVEGATE_UNROLL _Pragma("unroll")
#else
#define LIVEGATE_UNROLL _Pragma("GCC unroll 8")
#endif

namespace livegate::audio::silero {
namespace {

constexpr std::align_val_t kCacheLine{64};
constexpr std::size_t kSums = 64;  // computed at once: 8 registers of 8, which hides an FMA's delay

// Four floats in one register on every processor that has such registers; the compiler knows the
// operators.
using Four = float __attribute__((vector_size(16)));
using FourInts = std::int32_t __attribute__((vector_size(16)));

Four four(float value) { return Four{value, value, value, value}; }

Four square_root(Four values) {
#if defined(__x86_64__)
  return _mm_sqrt_ps(values);
#else
  for (int lane = 0; lane < 4; ++lane) values[lane] = std::sqrt(values[lane]);
  return values;
#endif
}

// e^x to 2 units in the last place (Cephes' polynomial after taking out powers of two). `value` is
// kept within +-87, where neither it nor its inverse leaves the normal numbers.
Four exponential(Four value) {
  value = value < four(-87.0F) ? four(-87.0F) : value;
  value = value > four(87.0F) ? four(87.0F) : value;
  const Four halves = value * 1.44269504F + (value < four(0.0F) ? four(-0.5F) : four(0.5F));
  const FourInts powers = __builtin_convertvector(halves, FourInts);
  const Four whole = __builtin_convertvector(powers, Four);
  const Four x = value - whole * 0.693359375F + whole * 2.12194440e-4F;
  Four sum = four(1.9875691500e-4F);
  sum = sum * x + 1.3981999507e-3F;
  sum = sum * x + 8.3334519073e-3F;
  sum = sum * x + 4.1665795894e-2F;
  sum = sum * x + 1.6666665459e-1F;
  sum = sum * x + 5.0000001201e-1F;
  sum = sum * x * x + x + 1.0F;
  const FourInts scale = (powers + 127) << 23;
  Four factor;
  std::memcpy(&factor, &scale, sizeof(factor));
  return sum * factor;
}

Four sigmoid_of(Four value) { return 1.0F / (1.0F + exponential(-value)); }
Four tangent_of(Four value) { return 2.0F / (1.0F + exponential(-2.0F * value)) - 1.0F; }

Four load(const float* from) {
  Four values;
  std::memcpy(&values, from, sizeof(values));
  return values;
}
void store(float* to, Four values) { std::memcpy(to, &values, sizeof(values)); }

template <std::size_t kPositions>
void layer_scalar_at(const Layer& layer, const float* in, std::size_t in_stride, float* out,
                     Activation activation) {
  constexpr std::size_t kGroup = kSums / kPositions;
  const float* weights = layer.packed.data();
  for (std::size_t group = 0; group < layer.outputs; group += kGroup) {
    float sums[kPositions][kGroup];
    for (auto& row : sums) std::copy_n(layer.bias.data() + group, kGroup, row);
    for (std::size_t i = 0; i < layer.inputs; ++i, weights += kGroup) {
      for (std::size_t p = 0; p < kPositions; ++p) {
        const float value = in[p * in_stride + i];
        for (std::size_t o = 0; o < kGroup; ++o) sums[p][o] += value * weights[o];
      }
    }
    for (std::size_t p = 0; p < kPositions; ++p) {
      for (std::size_t o = 0; o < kGroup; ++o) {
        const float sum = sums[p][o];
        const bool cut = activation == Activation::relu && sum < 0.0F;
        out[p * layer.outputs + group + o] = cut ? 0.0F : sum;
      }
    }
  }
}

#if defined(__x86_64__)
template <std::size_t kPositions>
__attribute__((target("avx2,fma"))) void layer_avx2_fma_at(const Layer& layer, const float* in,
                                                           std::size_t in_stride, float* out,
                                                           Activation activation) {
  constexpr std::size_t kGroup = kSums / kPositions;
  constexpr std::size_t kRegisters = kGroup / 8;
  const float* weights = layer.packed.data();
  const __m256 zero = _mm256_setzero_ps();
  for (std::size_t group = 0; group < layer.outputs; group += kGroup) {
    __m256 sums[kPositions][kRegisters];
    LIVEGATE_UNROLL
    for (std::size_t r = 0; r < kRegisters; ++r) {
      const __m256 bias = _mm256_load_ps(layer.bias.data() + group + 8 * r);
      LIVEGATE_UNROLL
      for (std::size_t p = 0; p < kPositions; ++p) sums[p][r] = bias;
    }
    for (std::size_t i = 0; i < layer.inputs; ++i, weights += kGroup) {
      __m256 row[kRegisters];
      LIVEGATE_UNROLL
      for (std::size_t r = 0; r < kRegisters; ++r) row[r] = _mm256_load_ps(weights + 8 * r);
      LIVEGATE_UNROLL
      for (std::size_t p = 0; p < kPositions; ++p) {
        const __m256 value = _mm256_broadcast_ss(in + p * in_stride + i);
        LIVEGATE_UNROLL
        for (std::size_t r = 0; r < kRegisters; ++r) {
          sums[p][r] = _mm256_fmadd_ps(value, row[r], sums[p][r]);
        }
      }
    }
    LIVEGATE_UNROLL
    for (std::size_t p = 0; p < kPositions; ++p) {
      LIVEGATE_UNROLL
      for (std::size_t r = 0; r < kRegisters; ++r) {
        const __m256 sum =
            activation == Activation::relu ? _mm256_max_ps(sums[p][r], zero) : sums[p][r];
        _mm256_storeu_ps(out + p * layer.outputs + group + 8 * r, sum);
      }
    }
  }
}
#endif

}  // namespace

AlignedFloats::AlignedFloats(std::size_t count)
    : memory_(static_cast<float*>(::operator new(count * sizeof(float), kCacheLine))) {
  std::fill_n(memory_.get(), count, 0.0F);
}

void AlignedFloats::Free::operator()(float* memory) const { ::operator delete(memory, kCacheLine); }

Layer::Layer(std::size_t at_positions, std::span<const float> weights,
             std::span<const float> biases)
    : positions(at_positions),
      inputs(biases.empty() ? 0 : weights.size() / biases.size()),
      outputs(biases.size()),
      packed(weights.size()),
      bias(biases.size()) {
  LIVEGATE_CHECK(positions == 1 || positions == 2 || positions == 4);
  LIVEGATE_CHECK(outputs > 0 && outputs % kSums == 0 && inputs * outputs == weights.size());
  std::copy(biases.begin(), biases.end(), bias.data());
  const std::size_t together = kSums / positions;
  float* to = packed.data();
  for (std::size_t group = 0; group < outputs; group += together) {
    for (std::size_t i = 0; i < inputs; ++i) {
      for (std::size_t o = 0; o < together; ++o) *to++ = weights[(group + o) * inputs + i];
    }
  }
}

namespace internal {

void layer_scalar(const Layer& layer, const float* in, std::size_t in_stride, float* out,
                  Activation activation) {
  switch (layer.positions) {
    case 4:
      return layer_scalar_at<4>(layer, in, in_stride, out, activation);
    case 2:
      return layer_scalar_at<2>(layer, in, in_stride, out, activation);
    default:
      return layer_scalar_at<1>(layer, in, in_stride, out, activation);
  }
}

#if defined(__x86_64__)
bool has_avx2_fma() {
  return __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("fma") != 0;
}

void layer_avx2_fma(const Layer& layer, const float* in, std::size_t in_stride, float* out,
                    Activation activation) {
  switch (layer.positions) {
    case 4:
      return layer_avx2_fma_at<4>(layer, in, in_stride, out, activation);
    case 2:
      return layer_avx2_fma_at<2>(layer, in, in_stride, out, activation);
    default:
      return layer_avx2_fma_at<1>(layer, in, in_stride, out, activation);
  }
}
#else
bool has_avx2_fma() { return false; }

void layer_avx2_fma(const Layer& layer, const float* in, std::size_t in_stride, float* out,
                    Activation activation) {
  layer_scalar(layer, in, in_stride, out, activation);
}
#endif

}  // namespace internal

LayerCode best_layer_code() {
  return internal::has_avx2_fma() ? internal::layer_avx2_fma : internal::layer_scalar;
}

Spectrum::Spectrum(std::span<const float, kWindowSamples> window) {
  std::copy(window.begin(), window.end(), window_.begin());
  for (std::size_t i = 0; i < reversed_.size(); ++i) {
    std::size_t reversed = 0;
    for (std::size_t bit = 1, mirror = reversed_.size() / 2; mirror > 0; bit *= 2, mirror /= 2) {
      if ((i & bit) != 0) reversed |= mirror;
    }
    reversed_[i] = static_cast<std::uint8_t>(reversed);
  }
  const auto turn = [](std::size_t k, double of) {
    const double angle = -2 * std::numbers::pi * static_cast<double>(k) / of;
    return Turn{static_cast<float>(std::cos(angle)), static_cast<float>(std::sin(angle))};
  };
  for (std::size_t k = 0; k < turns_.size(); ++k) {
    turns_[k] = turn(k, 128);
    half_turns_[k] = turn(k, 256);
  }
}

// The usual way to a transform of 256 real values: take even samples as real and odd ones as
// imaginary parts of 128 complex values, transform those, and sort the two out again. A lane of
// each register is one of the four spectra.
void Spectrum::magnitudes(std::span<const float, kSpectraSamples> samples, float* out) const {
  constexpr std::size_t kPoints = kWindowSamples / 2;
  constexpr std::size_t kStep = kWindowSamples / 2;
  struct Point {
    Four re, im;
  };
  Point points[kPoints];
  const auto lanes = [&](std::size_t at) {
    const float* s = samples.data() + at;
    return Four{s[0], s[kStep], s[2 * kStep], s[3 * kStep]} * window_[at];
  };
  for (std::size_t n = 0; n < kPoints; ++n) {
    points[reversed_[n]] = {lanes(2 * n), lanes(2 * n + 1)};
  }
  for (std::size_t half = 1; half < kPoints; half *= 2) {
    for (std::size_t j = 0; j < half; ++j) {
      const Turn turn = turns_[j * (kPoints / 2 / half)];
      for (std::size_t at = j; at < kPoints; at += 2 * half) {
        const Point a = points[at];
        const Point b = points[at + half];
        const Point turned = {b.re * turn.cosine - b.im * turn.sine,
                              b.re * turn.sine + b.im * turn.cosine};
        points[at] = {a.re + turned.re, a.im + turned.im};
        points[at + half] = {a.re - turned.re, a.im - turned.im};
      }
    }
  }
  const auto put = [&](std::size_t bin, Four re, Four im) {
    const Four magnitude = square_root(re * re + im * im);
    for (std::size_t row = 0; row < kSpectra; ++row) out[row * kBins + bin] = magnitude[row];
  };
  put(0, points[0].re + points[0].im, four(0.0F));
  put(kPoints, points[0].re - points[0].im, four(0.0F));
  put(kPoints / 2, points[kPoints / 2].re, points[kPoints / 2].im);
  for (std::size_t k = 1; k < kPoints / 2; ++k) {
    const Point a = points[k];
    const Point b = points[kPoints - k];
    const Point even = {(a.re + b.re) * 0.5F, (a.im - b.im) * 0.5F};
    const Point odd = {(a.im + b.im) * 0.5F, (b.re - a.re) * 0.5F};
    const Turn turn = half_turns_[k];
    const Point turned = {odd.re * turn.cosine - odd.im * turn.sine,
                          odd.re * turn.sine + odd.im * turn.cosine};
    put(k, even.re + turned.re, even.im + turned.im);
    put(kPoints - k, even.re - turned.re, even.im - turned.im);
  }
}

void lstm_step(std::span<float, 4 * kUnits> gates, std::span<float, kUnits> memory,
               std::span<float, kUnits> output) {
  for (std::size_t u = 0; u < kUnits; u += 4) {
    const Four input = sigmoid_of(load(gates.data() + u));
    const Four forget = sigmoid_of(load(gates.data() + kUnits + u));
    const Four candidate = tangent_of(load(gates.data() + 2 * kUnits + u));
    const Four pass = sigmoid_of(load(gates.data() + 3 * kUnits + u));
    const Four kept = forget * load(memory.data() + u) + input * candidate;
    store(memory.data() + u, kept);
    store(output.data() + u, pass * tangent_of(kept));
  }
}

float sigmoid(float value) { return sigmoid_of(four(value))[0]; }

}  // namespace livegate::audio::silero
