// A model file like Silero's with weights from a seed: what the tests of this room run on where the
// real file, which is not part of the source, is absent.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <string>
#include <string_view>
#include <vector>

#include <zlib.h>

#include "base/rng.h"

namespace livegate::audio {

using FileBytes = std::vector<std::uint8_t>;

struct TestTensor {
  std::string name;
  std::vector<std::uint64_t> shape;
  std::vector<float> values;
};

// The tensors of a network of Silero's shape.
inline std::vector<TestTensor> test_tensors(std::uint64_t seed) {
  Rng rng(seed);
  std::vector<TestTensor> out;
  const auto random = [&](const std::string& name, std::vector<std::uint64_t> shape, double size) {
    std::size_t count = 1;
    for (const std::uint64_t length : shape) count *= length;
    std::vector<float> values(count);
    for (float& value : values) value = static_cast<float>(size * (2 * rng.uniform() - 1));
    out.push_back({name, std::move(shape), std::move(values)});
  };
  TestTensor basis = {"stft.forward_basis_buffer", {258, 1, 256}, {}};
  for (std::size_t row = 0; row < 258; ++row) {
    for (std::size_t n = 0; n < 256; ++n) {
      const double turn = 2 * std::numbers::pi / 256;
      const double window = 0.5 - 0.5 * std::cos(turn * static_cast<double>(n));
      const double angle = turn * static_cast<double>(row % 129 * n % 256);
      basis.values.push_back(
          static_cast<float>(window * (row < 129 ? std::cos(angle) : -std::sin(angle))));
    }
  }
  out.push_back(basis);
  random("encoder.0.reparam_conv.weight", {128, 129, 3}, 0.1);
  random("encoder.0.reparam_conv.bias", {128}, 0.1);
  random("encoder.1.reparam_conv.weight", {64, 128, 3}, 0.1);
  random("encoder.1.reparam_conv.bias", {64}, 0.1);
  random("encoder.2.reparam_conv.weight", {64, 64, 3}, 0.1);
  random("encoder.2.reparam_conv.bias", {64}, 0.1);
  random("encoder.3.reparam_conv.weight", {128, 64, 3}, 0.1);
  random("encoder.3.reparam_conv.bias", {128}, 0.1);
  random("decoder.rnn.weight_ih", {512, 128}, 0.1);
  random("decoder.rnn.weight_hh", {512, 128}, 0.1);
  random("decoder.rnn.bias_ih", {512}, 0.1);
  random("decoder.rnn.bias_hh", {512}, 0.1);
  random("decoder.decoder.2.weight", {1, 128, 1}, 0.5);
  random("decoder.decoder.2.bias", {1}, 0.5);
  return out;
}

inline void put_integer(FileBytes& out, std::uint64_t value, unsigned bytes) {
  for (unsigned i = 0; i < bytes; ++i) out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

// With the right sum behind `content`, whatever that is.
inline FileBytes summed(FileBytes content) {
  put_integer(content, crc32(0, content.data(), static_cast<uInt>(content.size())), 4);
  return content;
}

// The file of these weights (audio/weights_file.h).
inline FileBytes test_model_file(const std::vector<TestTensor>& tensors) {
  constexpr std::string_view kMagic = "livegate weights 1\n";
  FileBytes file(kMagic.begin(), kMagic.end());
  for (const TestTensor& tensor : tensors) {
    put_integer(file, tensor.name.size(), 2);
    file.insert(file.end(), tensor.name.begin(), tensor.name.end());
    put_integer(file, tensor.shape.size(), 1);
    for (const std::uint64_t size : tensor.shape) put_integer(file, size, 4);
    for (const float value : tensor.values) {
      put_integer(file, std::bit_cast<std::uint32_t>(value), 4);
    }
  }
  return summed(std::move(file));
}

}  // namespace livegate::audio
