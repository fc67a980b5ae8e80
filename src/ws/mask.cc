#include "ws/mask.h"

#include <bit>
#include <cstddef>
#include <cstring>

namespace livegate::ws {

void apply_mask(std::span<std::uint8_t> bytes, std::uint32_t key, std::uint64_t offset) {
  key = std::rotl(key, static_cast<int>(offset % 4) * 8);
  const std::uint8_t in_order[4] = {
      static_cast<std::uint8_t>(key >> 24), static_cast<std::uint8_t>(key >> 16),
      static_cast<std::uint8_t>(key >> 8), static_cast<std::uint8_t>(key)};
  std::uint8_t pattern[8];
  std::memcpy(pattern, in_order, 4);
  std::memcpy(pattern + 4, in_order, 4);
  std::uint64_t word_mask = 0;
  std::memcpy(&word_mask, pattern, sizeof word_mask);

  std::size_t at = 0;
  for (; bytes.size() - at >= sizeof word_mask; at += sizeof word_mask) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + at, sizeof word);
    word ^= word_mask;
    std::memcpy(bytes.data() + at, &word, sizeof word);
  }
  for (; at < bytes.size(); ++at) bytes[at] ^= in_order[at % 4];
}

}  // namespace livegate::ws
