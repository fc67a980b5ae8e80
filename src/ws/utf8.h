// Is this UTF-8? Asked in pieces, as bytes arrive, and answered as soon as it is certain (RFC
// 3629).
//
// Leaves the meaning of the text to others. Overlong forms, surrogates and code points above
// U+10FFFF are not UTF-8; a byte order mark and non-characters are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace livegate::ws {

class Utf8Check {
 public:
  // False as soon as no continuation could make the text valid; then only reset() helps.
  [[nodiscard]] bool feed(std::span<const std::uint8_t> bytes);
  // True between characters: the text may end here.
  [[nodiscard]] bool at_boundary() const { return needed_ == 0; }
  void reset() { needed_ = 0; }

 private:
  bool begin(std::uint8_t lead);

  std::uint8_t needed_ = 0;  // continuation bytes that must still come
  std::uint8_t low_ = 0x80;  // bounds of the very next one
  std::uint8_t high_ = 0xBF;
};

[[nodiscard]] bool is_utf8(std::string_view text);

// The longest prefix of `text` (which is UTF-8) within `bytes_max` bytes that does not cut a
// character.
[[nodiscard]] std::string_view utf8_prefix(std::string_view text, std::size_t bytes_max);

}  // namespace livegate::ws
