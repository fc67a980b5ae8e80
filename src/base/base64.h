// Base64 (RFC 4648) between bytes and text, at memory speed: AVX2 where the processor has it,
// chosen once at start, and portable code elsewhere. Audio passes here fifty times a second in
// every session.
//
// Decoding is as lenient as proto3 JSON and no more: both alphabets, even mixed (the Python SDK
// sends the URL-safe one), padding whole or absent, and whatever the unused bits of the last
// character are. It refuses every other character, blanks included, padding anywhere but where it
// belongs, and a lone last character.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace livegate::base64 {

// Characters that `bytes` bytes encode to, padding included.
[[nodiscard]] constexpr std::size_t encoded_size(std::size_t bytes) { return (bytes + 2) / 3 * 4; }

// An upper bound of the bytes that `chars` characters decode to.
[[nodiscard]] constexpr std::size_t decoded_size_max(std::size_t chars) {
  return chars / 4 * 3 + 3;
}

// Writes exactly encoded_size(bytes.size()) characters, standard alphabet with padding, to `out`.
// Returns that count. `out` must not overlap `bytes`.
std::size_t encode(std::span<const std::uint8_t> bytes, char* out);

// Decodes `text` to `out`, which has room for decoded_size_max(text.size()) bytes and does not
// overlap it. Returns the number of bytes, or nothing if `text` is not base64.
[[nodiscard]] std::optional<std::size_t> decode(std::string_view text, std::uint8_t* out);

// Both ways of doing it, for the test that compares them. The AVX2 pair needs has_avx2().
namespace internal {
[[nodiscard]] bool has_avx2();
std::size_t encode_scalar(std::span<const std::uint8_t> bytes, char* out);
std::size_t encode_avx2(std::span<const std::uint8_t> bytes, char* out);
[[nodiscard]] std::optional<std::size_t> decode_scalar(std::string_view text, std::uint8_t* out);
[[nodiscard]] std::optional<std::size_t> decode_avx2(std::string_view text, std::uint8_t* out);
}  // namespace internal

}  // namespace livegate::base64
