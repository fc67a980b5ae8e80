// Reads the constant tensors out of a model file in ONNX format, and nothing else of it.
//
// Decides what of the file is looked at: the `Constant` nodes inside one branch of the graph's
// top-level `If`, which is where Silero's file keeps the weights of its two sample rates. Leaves to
// the caller which tensors there must be, and of what shape. An ONNX file is a protobuf message
// (onnx.proto3, IR version 8); of the 40 message types we walk five, at a fixed depth, and every
// length in the file is checked against what is left of the message around it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace livegate::audio {

// Points into the file's bytes, which must outlive it.
struct OnnxTensor {
  std::string_view name;
  std::vector<std::uint64_t> shape;      // at most 4 dimensions; none: a scalar
  std::span<const std::uint8_t> f32_le;  // 4 bytes a value, as many as the shape says
};

// The float tensors of the branch (`then_branch` or `else_branch`), in the order of the file;
// tensors of other types and of no name are left out. The error is the part of a sentence that says
// what is wrong with the file: "it ends in the middle of a field".
[[nodiscard]] Result<std::vector<OnnxTensor>, std::string> read_branch_tensors(
    std::span<const std::uint8_t> file, std::string_view branch);

}  // namespace livegate::audio
