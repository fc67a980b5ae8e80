// A number for a message, by which two of them are told apart: quick, and no secret.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace livegate::sim {

[[nodiscard]] inline std::uint64_t mix(std::uint64_t digest, std::uint64_t word) {
  digest = (digest ^ word) * 0x9e3779b97f4a7c15ULL;
  return digest ^ (digest >> 29);
}

// Four words at a time, which do not wait for each other: most of what is hashed is audio.
[[nodiscard]] inline std::uint64_t digest_of(std::string_view bytes) {
  using Words = std::array<std::uint64_t, 4>;
  Words lanes = {bytes.size(), 1, 2, 3};
  while (!bytes.empty()) {
    Words words{};
    const std::size_t size = bytes.size() < sizeof words ? bytes.size() : sizeof words;
    std::memcpy(words.data(), bytes.data(), size);
    for (std::size_t i = 0; i < lanes.size(); ++i) lanes[i] = mix(lanes[i], words[i]);
    bytes.remove_prefix(size);
  }
  return mix(mix(mix(lanes[0], lanes[1]), lanes[2]), lanes[3]);
}

}  // namespace livegate::sim
