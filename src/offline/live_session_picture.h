// How large a picture is, read from its first bytes; nothing else of it is looked at.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace livegate::offline {

struct PictureSize {
  int width = 0;
  int height = 0;
  bool operator==(const PictureSize&) const = default;
};

// `bytes`: a JPEG, PNG or WebP file. Nothing if it is none of these or ends before its size.
[[nodiscard]] std::optional<PictureSize> picture_size(std::span<const std::uint8_t> bytes);

}  // namespace livegate::offline
