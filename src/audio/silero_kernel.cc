// The spectrum before the layers, the LSTM cell behind them, and which code runs here.
#include "audio/silero_kernel.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numbers>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace livegate::audio::silero {
namespace {

// Floats in one register, on processors that have it; the compiler knows the operators, and takes
// several smaller registers elsewhere. All of this is inlined into code for one processor.
template <std::size_t kLanes>
struct Register;
template <>
struct Register<4> {
  using Floats = float __attribute__((vector_size(16)));
  using Ints = std::int32_t __attribute__((vector_size(16)));
};
template <>
struct Register<8> {
  using Floats = float __attribute__((vector_size(32)));
  using Ints = std::int32_t __attribute__((vector_size(32)));
};
template <>
struct Register<16> {
  using Floats = float __attribute__((vector_size(64)));
  using Ints = std::int32_t __attribute__((vector_size(64)));
};
#define LIVEGATE_INLINE [[gnu::always_inline]] inline

using Four = Register<4>::Floats;

Four four(float value) { return Four{value, value, value, value}; }

Four square_root(Four values) {
#if defined(__x86_64__)
  return _mm_sqrt_ps(values);
#else
  for (int lane = 0; lane < 4; ++lane) values[lane] = std::sqrt(values[lane]);
  return values;
#endif
}

// values = e^values to 2 units in the last place (Cephes' polynomial after taking out powers of
// two). They are kept within +-87, where neither it nor its inverse leaves the normal numbers.
template <std::size_t kLanes>
LIVEGATE_INLINE void exponential(typename Register<kLanes>::Floats& values) {
  using Floats = typename Register<kLanes>::Floats;
  using Ints = typename Register<kLanes>::Ints;
  const Floats none{};
  Floats x = values < none - 87.0F ? none - 87.0F : values;
  x = x > none + 87.0F ? none + 87.0F : x;
  const Floats halves = x * 1.44269504F + (x < none ? none - 0.5F : none + 0.5F);
  const Ints powers = __builtin_convertvector(halves, Ints);
  const Floats whole = __builtin_convertvector(powers, Floats);
  x = x - whole * 0.693359375F + whole * 2.12194440e-4F;
  Floats sum = none + 1.9875691500e-4F;
  sum = sum * x + 1.3981999507e-3F;
  sum = sum * x + 8.3334519073e-3F;
  sum = sum * x + 4.1665795894e-2F;
  sum = sum * x + 1.6666665459e-1F;
  sum = sum * x + 5.0000001201e-1F;
  sum = sum * x * x + x + 1.0F;
  const Ints scale = (powers + 127) << 23;
  Floats factor;
  std::memcpy(&factor, &scale, sizeof(factor));
  values = sum * factor;
}

// from kLanes values at `from`: 1 / (1 + e^-x).
template <std::size_t kLanes>
LIVEGATE_INLINE void sigmoids(const float* from, typename Register<kLanes>::Floats& out) {
  std::memcpy(&out, from, sizeof(out));
  out = -out;
  exponential<kLanes>(out);
  out = 1.0F / (1.0F + out);
}

template <std::size_t kLanes>
LIVEGATE_INLINE void tangents(typename Register<kLanes>::Floats& values) {
  values = -2.0F * values;
  exponential<kLanes>(values);
  values = 2.0F / (1.0F + values) - 1.0F;
}

template <std::size_t kLanes>
LIVEGATE_INLINE void lstm_step_by(const float* gates, float* memory, float* output) {
  using Floats = typename Register<kLanes>::Floats;
  for (std::size_t u = 0; u < kUnits; u += kLanes) {
    Floats input, forget, candidate, pass, kept;
    sigmoids<kLanes>(gates + u, input);
    sigmoids<kLanes>(gates + kUnits + u, forget);
    sigmoids<kLanes>(gates + 3 * kUnits + u, pass);
    std::memcpy(&candidate, gates + 2 * kUnits + u, sizeof(candidate));
    tangents<kLanes>(candidate);
    std::memcpy(&kept, memory + u, sizeof(kept));
    kept = forget * kept + input * candidate;
    std::memcpy(memory + u, &kept, sizeof(kept));
    tangents<kLanes>(kept);
    kept = pass * kept;
    std::memcpy(output + u, &kept, sizeof(kept));
  }
}

void lstm_step_portable(const float* gates, float* memory, float* output) {
  lstm_step_by<4>(gates, memory, output);
}

#if defined(__x86_64__)
__attribute__((target("avx2,fma"))) void lstm_step_avx2_fma(const float* gates, float* memory,
                                                            float* output) {
  lstm_step_by<8>(gates, memory, output);
}
__attribute__((target("avx512f"))) void lstm_step_avx512(const float* gates, float* memory,
                                                         float* output) {
  lstm_step_by<16>(gates, memory, output);
}
#endif

}  // namespace

std::span<const Code> codes() {
  static const Code all[] = {
#if defined(__x86_64__)
    {"AVX-512", __builtin_cpu_supports("avx512f") != 0, internal::layer_avx512, lstm_step_avx512},
    {"AVX2", __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("fma") != 0,
     internal::layer_avx2_fma, lstm_step_avx2_fma},
#endif
    {"portable", true, internal::layer_scalar, lstm_step_portable},
  };
  return all;
}

const Code& best_code() {
  static const Code& best = *std::ranges::find_if(codes(), &Code::runs_here);
  return best;
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

float sigmoid(float value) {
  const float values[4] = {value};
  Four out;
  sigmoids<4>(values, out);
  return out[0];
}

}  // namespace livegate::audio::silero
