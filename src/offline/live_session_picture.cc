#include "offline/live_session_picture.h"

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace livegate::offline {
namespace {

using Bytes = std::span<const std::uint8_t>;

bool has_at(Bytes bytes, std::size_t at, std::string_view text) {
  if (bytes.size() < at + text.size()) return false;
  return std::equal(text.begin(), text.end(), bytes.begin() + static_cast<std::ptrdiff_t>(at),
                    [](char a, std::uint8_t b) { return static_cast<std::uint8_t>(a) == b; });
}

int big16(Bytes bytes, std::size_t at) { return bytes[at] << 8 | bytes[at + 1]; }
int little16(Bytes bytes, std::size_t at) { return bytes[at] | bytes[at + 1] << 8; }
int little24(Bytes bytes, std::size_t at) { return little16(bytes, at) | bytes[at + 2] << 16; }

// PNG: the IHDR chunk comes first and begins with two 32-bit sizes (ISO/IEC 15948, 11.2.2).
std::optional<PictureSize> png_size(Bytes bytes) {
  if (bytes.size() < 24 || !has_at(bytes, 12, "IHDR")) return std::nullopt;
  if (big16(bytes, 16) != 0 || big16(bytes, 20) != 0)
    return std::nullopt;  // 65536 and up: not a camera's
  return PictureSize{.width = big16(bytes, 18), .height = big16(bytes, 22)};
}

// JPEG: segments up to the first start of frame, SOF0..SOF15 without DHT, JPG and DAC (ITU-T T.81,
// B.2.2).
std::optional<PictureSize> jpeg_size(Bytes bytes) {
  std::size_t at = 2;
  while (at + 9 <= bytes.size()) {
    if (bytes[at] != 0xff) return std::nullopt;
    const std::uint8_t marker = bytes[at + 1];
    if (marker == 0xff) {  // a fill byte
      ++at;
      continue;
    }
    if (marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc) {
      return PictureSize{.width = big16(bytes, at + 7), .height = big16(bytes, at + 5)};
    }
    at += 2 + static_cast<std::size_t>(big16(bytes, at + 2));
  }
  return std::nullopt;
}

// WebP: the first chunk is VP8 (RFC 6386, 9.1), VP8L or VP8X (RFC 9649, 2.5 to 2.7).
std::optional<PictureSize> webp_size(Bytes bytes) {
  if (bytes.size() < 30) return std::nullopt;
  if (has_at(bytes, 12, "VP8 ")) {
    return PictureSize{.width = little16(bytes, 26) & 0x3fff,
                       .height = little16(bytes, 28) & 0x3fff};
  }
  if (has_at(bytes, 12, "VP8L")) {
    const std::uint32_t bits = static_cast<std::uint32_t>(little16(bytes, 21)) |
                               static_cast<std::uint32_t>(little16(bytes, 23)) << 16;
    return PictureSize{.width = static_cast<int>(bits & 0x3fff) + 1,
                       .height = static_cast<int>(bits >> 14 & 0x3fff) + 1};
  }
  if (has_at(bytes, 12, "VP8X")) {
    return PictureSize{.width = little24(bytes, 24) + 1, .height = little24(bytes, 27) + 1};
  }
  return std::nullopt;
}

}  // namespace

std::optional<PictureSize> picture_size(std::span<const std::uint8_t> bytes) {
  if (has_at(bytes, 0, "\x89PNG\r\n\x1a\n")) return png_size(bytes);
  if (has_at(bytes, 0, "\xff\xd8\xff")) return jpeg_size(bytes);
  if (has_at(bytes, 0, "RIFF") && has_at(bytes, 8, "WEBP")) return webp_size(bytes);
  return std::nullopt;
}

}  // namespace livegate::offline
