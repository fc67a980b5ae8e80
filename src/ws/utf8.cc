#include "ws/utf8.h"

#include <cstring>

namespace livegate::ws {
namespace {

constexpr std::uint64_t kHighBits = 0x8080808080808080ULL;

// The length of the leading run of ASCII, in whole words. Text here is nearly always JSON with
// base64 in it.
std::size_t ascii_run(std::span<const std::uint8_t> bytes) {
  std::size_t at = 0;
  while (bytes.size() - at >= 4 * sizeof(std::uint64_t)) {
    std::uint64_t words[4];
    std::memcpy(words, bytes.data() + at, sizeof words);
    if (((words[0] | words[1] | words[2] | words[3]) & kHighBits) != 0) break;
    at += sizeof words;
  }
  return at;
}

}  // namespace

// The table of well-formed sequences (Unicode 15, table 3-7): only the first continuation byte has
// bounds of its own.
bool Utf8Check::begin(std::uint8_t lead) {
  low_ = 0x80;
  high_ = 0xBF;
  if (lead < 0x80) return true;
  if (lead < 0xC2 || lead > 0xF4)
    return false;  // a stray continuation, overlong, or above U+10FFFF
  if (lead < 0xE0) {
    needed_ = 1;
  } else if (lead < 0xF0) {
    needed_ = 2;
    if (lead == 0xE0) low_ = 0xA0;   // overlong
    if (lead == 0xED) high_ = 0x9F;  // surrogates
  } else {
    needed_ = 3;
    if (lead == 0xF0) low_ = 0x90;   // overlong
    if (lead == 0xF4) high_ = 0x8F;  // above U+10FFFF
  }
  return true;
}

bool Utf8Check::feed(std::span<const std::uint8_t> bytes) {
  std::size_t at = 0;
  while (at < bytes.size()) {
    if (needed_ == 0) {
      at += ascii_run(bytes.subspan(at));
      // Up to 32 bytes one by one, then try the fast way again.
      const std::size_t stop = std::min<std::size_t>(bytes.size(), at + 32);
      for (; at < stop && needed_ == 0; ++at) {
        if (!begin(bytes[at])) return false;
      }
      continue;
    }
    const std::uint8_t byte = bytes[at++];
    if (byte < low_ || byte > high_) return false;
    low_ = 0x80;
    high_ = 0xBF;
    --needed_;
  }
  return true;
}

bool is_utf8(std::string_view text) {
  Utf8Check check;
  return check.feed({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}) &&
         check.at_boundary();
}

std::string_view utf8_prefix(std::string_view text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  std::size_t end = bytes_max;
  while (end > 0 && (static_cast<std::uint8_t>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end);
}

}  // namespace livegate::ws
