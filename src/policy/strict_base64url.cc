#include "policy/strict_base64url.h"

#include <algorithm>
#include <cstdint>

#include "base/base64.h"

namespace livegate::policy {
namespace {

int value_of(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '-') return 62;
  return c == '_' ? 63 : -1;
}

}  // namespace

std::optional<std::string> decode_base64url(std::string_view text) {
  if (!std::ranges::all_of(text, [](char c) { return value_of(c) >= 0; })) return std::nullopt;
  const std::size_t over = text.size() % 4;
  if (over == 1) return std::nullopt;
  const int unused_bits = over == 2 ? 15 : over == 3 ? 3 : 0;
  if (over != 0 && (value_of(text.back()) & unused_bits) != 0) return std::nullopt;
  std::string bytes(base64::decoded_size_max(text.size()), '\0');
  const auto size = base64::decode(text, reinterpret_cast<std::uint8_t*>(bytes.data()));
  if (!size) return std::nullopt;
  bytes.resize(*size);
  return bytes;
}

}  // namespace livegate::policy
