// A network's weights as a flat file, which scripts/models/flatten.py writes.
//
// Layout, integers and floats little-endian:
//   "livegate weights 1\n"
//   for each tensor: u16 bytes of its name, the name, u8 dimensions, u32 each, then f32 each value
//   u32 CRC-32 of everything before
//
// Decides whether a file is whole. Leaves to its reader which tensors there must be, and of what
// shape.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace livegate::audio {

// Points into the file's bytes, which must outlive it.
struct WeightTensor {
  std::string_view name;
  std::vector<std::uint64_t> shape;      // at most 4 dimensions; none: a single value
  std::span<const std::uint8_t> f32_le;  // 4 bytes a value, as many as the shape says
};

// In the order of the file. The error is the part of a sentence that says what is wrong with the
// file: "it ends in the middle of a tensor".
[[nodiscard]] Result<std::vector<WeightTensor>, std::string> read_weights(
    std::span<const std::uint8_t> file);

}  // namespace livegate::audio
