#include "flight/mask.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/rng.h"

namespace livegate::flight {
namespace {

constexpr std::array<std::string_view, 5> kSecret = {"handle", "newHandle", "token", "resume",
                                                     "access_token"};
// Values that say what a message is, and no word of anybody.
constexpr std::array<std::string_view, 20> kKept = {"type",
                                                    "id",
                                                    "ids",
                                                    "name",
                                                    "mime_type",
                                                    "mimeType",
                                                    "role",
                                                    "model",
                                                    "timeLeft",
                                                    "code",
                                                    "activityHandling",
                                                    "turnCoverage",
                                                    "turnCompleteReason",
                                                    "interactionStatus",
                                                    "responseModalities",
                                                    "behavior",
                                                    "scheduling",
                                                    "startOfSpeechSensitivity",
                                                    "endOfSpeechSensitivity",
                                                    "thinkingLevel"};
constexpr std::array<std::string_view, 3> kWords = {"text", "data", "heard"};

template <std::size_t N>
bool is_one_of(const std::array<std::string_view, N>& keys, std::string_view key) {
  return std::find(keys.begin(), keys.end(), key) != keys.end();
}

// Past the string that begins at `at`, behind its quote: where its closing quote stands.
std::size_t end_of_string(std::string_view json, std::size_t at) {
  while (true) {
    const std::size_t quote = json.find('"', at);
    if (quote == std::string_view::npos) return json.size();
    std::size_t slashes = 0;
    while (slashes < quote - at && json[quote - 1 - slashes] == '\\') ++slashes;
    if (slashes % 2 == 0) return quote;
    at = quote + 1;
  }
}

// The escape of another character that takes as many bytes of UTF-8.
std::string_view like(std::string_view hex) {
  unsigned code = 0;
  (void)std::from_chars(hex.data(), hex.data() + hex.size(), code, 16);
  if (code < 0x20) return hex;
  if (code < 0x80) return "0078";
  if (code < 0x800) return "00d7";
  if (code >= 0xd800 && code < 0xdc00) return "d83d";
  if (code >= 0xdc00 && code < 0xe000) return "de42";
  return "2022";
}

// Each character becomes another of its length; escapes stay what they are.
void append_flat(std::string& out, std::string_view value, bool base64) {
  for (std::size_t i = 0; i < value.size(); ++i) {
    const auto byte = static_cast<unsigned char>(value[i]);
    if (byte == '\\' && i + 1 < value.size()) {
      out += value.substr(i, 2);
      if (value[++i] != 'u' || i + 4 >= value.size()) continue;
      out += like(value.substr(i + 1, 4));
      i += 4;
    } else if (byte < 0x80) {
      out += base64 && byte == '=' ? '=' : 'A';
    } else if (byte < 0xe0) {
      out += byte < 0xc0 ? value[i] : '\xc3';
      if (byte >= 0xc0 && i + 1 < value.size()) out += '\x97', ++i;
    } else {
      const std::string_view other = byte < 0xf0 ? "\xe2\x80\xa2" : "\xf0\x9f\x99\x82";
      const std::size_t bytes = std::min(other.size(), value.size() - i);
      out += other.substr(0, bytes);
      i += bytes - 1;
    }
  }
}

}  // namespace

std::string Mask::secret(std::string_view value) const {
  if (flat_) return std::string(value.size(), '*');
  std::uint64_t hash = salt_;
  for (const char c : value) hash = Rng(hash ^ static_cast<unsigned char>(c)).next();
  std::string name;
  Rng letters(hash);
  while (name.size() < value.size()) name += static_cast<char>('a' + letters.next() % 26);
  return name;
}

void Mask::append_value(std::string& out, std::string_view key, std::string_view value) const {
  if (is_one_of(kSecret, key)) {
    out += secret(value);
  } else if (speech_ || is_one_of(kKept, key)) {
    out += value;
  } else if (flat_ || is_one_of(kWords, key) || value.find('\\') != std::string_view::npos ||
             std::any_of(value.begin(), value.end(),
                         [](char c) { return static_cast<unsigned char>(c) >= 0x80; })) {
    append_flat(out, value, key == "data");
  } else {
    out += secret(value);
  }
}

void Mask::append(std::string& out, std::string_view json) const {
  std::string_view key;
  for (std::size_t at = 0; at < json.size();) {
    const std::size_t quote = std::min(json.find('"', at), json.size());
    out += json.substr(at, quote - at);
    if (quote == json.size()) return;
    const std::size_t end = end_of_string(json, quote + 1);
    const std::string_view value = json.substr(quote + 1, end - quote - 1);
    const std::size_t next = std::min(json.find_first_not_of(" \n\r\t", end + 1), json.size());
    out += '"';
    if (next < json.size() && json[next] == ':') {
      key = value;
      out += value;
    } else {
      append_value(out, key, value);
    }
    if (end < json.size()) out += '"';
    at = end + 1;
  }
}

}  // namespace livegate::flight
