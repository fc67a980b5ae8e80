// Caps of what says who somebody is, beside those of limits.h.
#pragma once

#include <cstddef>

namespace livegate::limits {

// One with two certificates' worth of claims; more is refused before anything is parsed.
inline constexpr std::size_t kJwtBytesMax = 8 * 1024;
// Claims and keys nest 4 deep.
inline constexpr std::size_t kJwtDepthMax = 16;
// The largest sets of public issuers have 20 keys of 2 kB each. A larger answer is refused, and the
// keys stay as they were; keys beyond the number are left out.
inline constexpr std::size_t kJwksBytesMax = 256 * 1024;
inline constexpr std::size_t kJwtKeysMax = 64;
inline constexpr std::size_t kJwtKidBytesMax = 256;
// Lines of auth.revoked_file, and its size: some 10 MB of memory. More: refused at start.
inline constexpr std::size_t kRevokedMax = 100'000;
inline constexpr std::size_t kRevokedFileBytesMax = 32 * 1024 * 1024;

}  // namespace livegate::limits
