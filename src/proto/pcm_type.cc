// What a mime type says of samples. Ours are 16 bits, little-endian, one channel: a type that says
// otherwise is another format, and not this one at a guess.
#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <string_view>
#include <utility>

#include "proto/gemini.h"

namespace livegate::proto {
namespace {

constexpr int kRateMax = 384000;

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view kAround = " \t\"";
  const std::size_t first = text.find_first_not_of(kAround);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kAround) - first + 1);
}

// The parameters that state a layout, each with the values that are ours.
struct Stated {
  std::string_view key;
  std::array<std::string_view, 6> ours;
};
constexpr std::array kLayout = {
    Stated{"channels", {"1", "mono"}},
    Stated{"channel", {"1", "mono"}},
    Stated{"bits", {"16"}},
    Stated{"bitdepth", {"16"}},
    Stated{"bitspersample", {"16"}},
    Stated{"samplesize", {"16"}},
    Stated{"endian", {"little", "le", "littleendian"}},
    Stated{"endianness", {"little", "le", "littleendian"}},
    Stated{"byteorder", {"little", "le", "littleendian"}},
    Stated{"encoding", {"linear16", "pcms16le", "s16le", "int16", "pcm16", "signedinteger"}},
    Stated{"format", {"linear16", "pcms16le", "s16le", "int16", "pcm16", "signedinteger"}},
    Stated{"sampleformat", {"s16", "pcms16le", "s16le", "int16", "pcm16", "signedinteger"}},
    Stated{"codec", {"pcm", "pcms16le", "s16le", "linear16", "pcm16"}},
    Stated{"codecs", {"pcm", "pcms16le", "s16le", "linear16", "pcm16", "1"}},
};

// Nothing is known of a parameter that states no layout; it is ignored, as the service does.
bool is_ours(std::string_view key, std::string_view value) {
  const auto plain = [](std::string_view text) {
    std::string out = lower(text);
    std::erase_if(out, [](char c) { return c == '-' || c == '_'; });
    return out;
  };
  const std::string name = plain(key);
  const auto* const stated =
      std::ranges::find_if(kLayout, [&](const Stated& each) { return each.key == name; });
  if (stated == kLayout.end()) return true;
  const std::string said = plain(value);
  return !said.empty() && std::ranges::find(stated->ours, said) != stated->ours.end();
}

}  // namespace

int pcm_rate_hz(std::string_view mime_type, int fallback) {
  std::size_t end = mime_type.find(';');
  if (lower(trim(mime_type.substr(0, end))) != "audio/pcm") return 0;
  int rate_hz = 0;
  while (end != std::string_view::npos) {
    mime_type.remove_prefix(end + 1);
    end = mime_type.find(';');
    const std::string_view parameter = mime_type.substr(0, end);
    const std::size_t equals = parameter.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string_view key = trim(parameter.substr(0, equals));
    const std::string_view value = trim(parameter.substr(equals + 1));
    if (lower(key) != "rate") {
      if (!is_ours(key, value)) return 0;
      continue;
    }
    const char* const last = value.data() + value.size();
    int stated_hz = 0;
    const auto [rest, code] = std::from_chars(value.data(), last, stated_hz);
    const bool sound = code == std::errc() && rest == last && stated_hz > 0;
    if (!sound || stated_hz > kRateMax || (rate_hz != 0 && stated_hz != rate_hz)) return 0;
    rate_hz = stated_hz;
  }
  return rate_hz == 0 ? fallback : rate_hz;
}

}  // namespace livegate::proto
