#include "proto/lone_surrogates.h"

#include <optional>
#include <string>
#include <vector>

namespace livegate::proto {
namespace {

constexpr std::size_t kEscape = 6;  // "\ud83d"

// The unit of an escape that begins at `at`; nothing if there is none.
std::optional<unsigned> unit_at(std::string_view text, std::size_t at) {
  if (at + kEscape > text.size() || text[at] != '\\' || text[at + 1] != 'u') return std::nullopt;
  unsigned unit = 0;
  for (const char c : text.substr(at + 2, 4)) {
    const char lower = static_cast<char>(c | 0x20);
    const bool digit = c >= '0' && c <= '9';
    if (!digit && (lower < 'a' || lower > 'f')) return std::nullopt;
    unit = unit * 16 + static_cast<unsigned>(digit ? c - '0' : lower - 'a' + 10);
  }
  return unit;
}

bool is_leading(unsigned unit) { return unit >= 0xD800 && unit <= 0xDBFF; }
bool is_trailing(unsigned unit) { return unit >= 0xDC00 && unit <= 0xDFFF; }

}  // namespace

bool mend_lone_surrogates(std::string_view message, PaddedString& mended) {
  std::string text;  // empty: nothing was found yet
  for (std::size_t at = message.find('\\'); at != std::string_view::npos;
       at = message.find('\\', at)) {
    const std::optional<unsigned> unit = unit_at(message, at);
    if (!unit) {
      at += 2;  // another escape; of "\\" both
      continue;
    }
    const auto next = is_leading(*unit) ? unit_at(message, at + kEscape) : std::nullopt;
    if (next && is_trailing(*next)) {
      at += 2 * kEscape;
      continue;
    }
    if (is_leading(*unit) || is_trailing(*unit)) {
      if (text.empty()) text = message;
      text.replace(at, kEscape, "\\ufffd");
    }
    at += kEscape;
  }
  if (text.empty()) return false;
  mended.assign(text);
  return true;
}

}  // namespace livegate::proto
