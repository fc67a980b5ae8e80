// Dense layers: portable, for AVX2 with FMA, and for AVX-512.
#include <algorithm>
#include <new>

#include "audio/silero_kernel.h"
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
// As above with registers of 16. Some groups at once, each a row of weights of its own, so that
// there are as many sums in flight.
template <std::size_t kPositions, std::size_t kGroups>
__attribute__((target("avx512f"))) void layer_avx512_at(const Layer& layer, const float* in,
                                                        std::size_t in_stride, float* out,
                                                        Activation activation) {
  constexpr std::size_t kGroup = kSums / kPositions;
  constexpr std::size_t kEach = kGroup / 16;  // registers
  constexpr std::size_t kRegisters = kGroups * kEach;
  const std::size_t apart = layer.inputs * kGroup;
  const float* weights = layer.packed.data();
  const __m512 zero = _mm512_setzero_ps();
  for (std::size_t group = 0; group < layer.outputs; group += kGroups * kGroup) {
    __m512 sums[kPositions][kRegisters];
    LIVEGATE_UNROLL
    for (std::size_t r = 0; r < kRegisters; ++r) {
      const __m512 bias = _mm512_load_ps(layer.bias.data() + group + 16 * r);
      LIVEGATE_UNROLL
      for (std::size_t p = 0; p < kPositions; ++p) sums[p][r] = bias;
    }
    for (std::size_t i = 0; i < layer.inputs; ++i, weights += kGroup) {
      __m512 row[kRegisters];
      LIVEGATE_UNROLL
      for (std::size_t r = 0; r < kRegisters; ++r) {
        row[r] = _mm512_load_ps(weights + r / kEach * apart + r % kEach * 16);
      }
      LIVEGATE_UNROLL
      for (std::size_t p = 0; p < kPositions; ++p) {
        const __m512 value = _mm512_set1_ps(in[p * in_stride + i]);
        LIVEGATE_UNROLL
        for (std::size_t r = 0; r < kRegisters; ++r) {
          sums[p][r] = _mm512_fmadd_ps(value, row[r], sums[p][r]);
        }
      }
    }
    weights += (kGroups - 1) * apart;
    LIVEGATE_UNROLL
    for (std::size_t p = 0; p < kPositions; ++p) {
      LIVEGATE_UNROLL
      for (std::size_t r = 0; r < kRegisters; ++r) {
        const bool cuts = activation == Activation::relu;
        const __m512 sum = cuts ? _mm512_max_ps(sums[p][r], zero) : sums[p][r];
        _mm512_storeu_ps(out + p * layer.outputs + group + 16 * r, sum);
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

void layer_avx512(const Layer& layer, const float* in, std::size_t in_stride, float* out,
                  Activation activation) {
  switch (layer.positions) {
    case 4:
      return layer_avx512_at<4, 4>(layer, in, in_stride, out, activation);
    case 2:
      return layer_avx512_at<2, 2>(layer, in, in_stride, out, activation);
    default:
      return layer.outputs % 128 == 0
                 ? layer_avx512_at<1, 2>(layer, in, in_stride, out, activation)
                 : layer_avx512_at<1, 1>(layer, in, in_stride, out, activation);
  }
}
#else
void layer_avx2_fma(const Layer& layer, const float* in, std::size_t in_stride, float* out,
                    Activation activation) {
  layer_scalar(layer, in, in_stride, out, activation);
}

void layer_avx512(const Layer& layer, const float* in, std::size_t in_stride, float* out,
                  Activation activation) {
  layer_scalar(layer, in, in_stride, out, activation);
}
#endif

}  // namespace internal

}  // namespace livegate::audio::silero
