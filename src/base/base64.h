// Base64 (RFC 4648) between bytes and text, at memory speed: AVX2 where the processor has it, chosen once
// at start, and portable code elsewhere. Audio passes here fifty times a second in every session.
//
// Decoding takes both alphabets (the Python SDK sends the URL-safe one) and padding or none, as proto3 JSON
// does; it refuses every other character, blanks included.
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
[[nodiscard]] constexpr std::size_t decoded_size_max(std::size_t chars) { return chars / 4 * 3 + 3; }

// Writes exactly encoded_size(bytes.size()) characters, standard alphabet with padding, to `out`.
// Returns that count. `out` must not overlap `bytes`.
std::size_t encode(std::span<const std::uint8_t> bytes, char* out);

// Decodes `text` to `out`, which has room for decoded_size_max(text.size()) bytes and does not overlap it.
// Returns the number of bytes, or nothing if `text` is not base64.
[[nodiscard]] std::optional<std::size_t> decode(std::string_view text, std::uint8_t* out);

}  // namespace livegate::base64
