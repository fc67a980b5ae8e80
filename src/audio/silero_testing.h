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

#include "base/rng.h"

namespace livegate::audio {

using FileBytes = std::vector<std::uint8_t>;

// ---- protobuf, as far as it takes

inline void put_varint(FileBytes& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<std::uint8_t>(value | 0x80));
  out.push_back(static_cast<std::uint8_t>(value));
}
inline void put_integer(FileBytes& out, std::uint64_t field, std::uint64_t value) {
  put_varint(out, field << 3);
  put_varint(out, value);
}
inline void put_bytes(FileBytes& out, std::uint64_t field, const FileBytes& bytes) {
  put_varint(out, field << 3 | 2);
  put_varint(out, bytes.size());
  out.insert(out.end(), bytes.begin(), bytes.end());
}
inline void put_text(FileBytes& out, std::uint64_t field, std::string_view text) {
  put_bytes(out, field, FileBytes(text.begin(), text.end()));
}

// ---- the model

struct TestTensor {
  std::string name;
  std::vector<std::uint64_t> shape;
  std::vector<float> values;
  std::uint64_t type = 1;  // float
};

inline FileBytes node_of(const TestTensor& tensor) {
  FileBytes raw;
  for (const float value : tensor.values) {
    const auto bits = std::bit_cast<std::uint32_t>(value);
    for (unsigned i = 0; i < 4; ++i) raw.push_back(static_cast<std::uint8_t>(bits >> (8 * i)));
  }
  FileBytes message;
  for (const std::uint64_t size : tensor.shape) put_integer(message, 1, size);
  put_integer(message, 2, tensor.type);
  put_text(message, 8, tensor.name);
  put_bytes(message, 9, raw);
  FileBytes attribute;
  put_text(attribute, 1, "value");
  put_bytes(attribute, 5, message);
  FileBytes node;
  put_text(node, 2, "output of " + tensor.name);
  put_text(node, 4, "Constant");
  put_bytes(node, 5, attribute);
  return node;
}

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

// The file: a graph whose `If` has the tensors in its then_branch, beside nodes of other kinds.
inline FileBytes test_model_file(const std::vector<TestTensor>& tensors) {
  FileBytes branch;
  FileBytes relu;
  put_text(relu, 4, "Relu");
  put_bytes(branch, 1, relu);
  for (const TestTensor& tensor : tensors) put_bytes(branch, 1, node_of(tensor));
  FileBytes attribute;
  put_text(attribute, 1, "then_branch");
  put_bytes(attribute, 6, branch);
  FileBytes choice;
  put_text(choice, 4, "If");
  put_bytes(choice, 5, attribute);
  FileBytes graph;
  put_bytes(graph, 1, relu);
  put_bytes(graph, 1, choice);
  put_text(graph, 2, "silero");
  FileBytes file;
  put_integer(file, 1, 8);
  put_text(file, 2, "test");
  put_bytes(file, 7, graph);
  return file;
}

}  // namespace livegate::audio
