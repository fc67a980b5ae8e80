#include "ws/mask.h"

#include <vector>

#include <gtest/gtest.h>

namespace livegate::ws {
namespace {

constexpr std::uint32_t kKey = 0x01234567;

// The definition, byte for byte.
std::uint8_t masked(std::uint8_t byte, std::uint64_t index) {
  return static_cast<std::uint8_t>(byte ^ (kKey >> (24 - 8 * (index % 4))));
}

TEST(WsMask, agrees_with_the_definition_at_every_length_offset_and_alignment) {
  for (std::size_t size = 0; size <= 40; ++size) {
    for (std::size_t start = 0; start < 9; ++start) {
      for (const std::uint64_t offset : {0, 1, 2, 3, 4, 5, 1'000'003}) {
        std::vector<std::uint8_t> bytes(start + size + 1, 0x5A);
        apply_mask(std::span(bytes).subspan(start, size), kKey, offset);
        for (std::size_t i = 0; i < size; ++i) {
          ASSERT_EQ(bytes[start + i], masked(0x5A, offset + i)) << size << ' ' << start;
        }
        ASSERT_EQ(bytes.back(), 0x5A);
      }
    }
  }
}

TEST(WsMask, twice_is_nothing) {
  std::vector<std::uint8_t> bytes(1001, 0x11);
  apply_mask(bytes, kKey, 3);
  EXPECT_NE(bytes, std::vector<std::uint8_t>(1001, 0x11));
  apply_mask(bytes, kKey, 3);
  EXPECT_EQ(bytes, std::vector<std::uint8_t>(1001, 0x11));
}

}  // namespace
}  // namespace livegate::ws
