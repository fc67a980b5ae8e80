#include "proto/picture.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

#include "base/base64.h"

namespace livegate::proto {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";
constexpr std::size_t kHeadBytes = 12;  // tell every kind
constexpr std::size_t kHeadChars = 16;
constexpr std::size_t kUrlHeadMax = 128;
constexpr std::string_view kAllowed =
    "image/jpeg, image/png, image/webp, image/heic and image/heif";

bool is_blank(char c) { return kBlanks.find(c) != std::string_view::npos; }

// Of a type: "image/jpeg" of "IMAGE/JPG; q=1". Empty for one that is not taken.
std::string_view known_type(std::string_view type) {
  constexpr std::array<std::string_view, 7> kTypes = {"image/jpeg", "image/jpg",  "image/pjpeg",
                                                      "image/png",  "image/webp", "image/heic",
                                                      "image/heif"};
  type = type.substr(0, type.find(';'));
  while (!type.empty() && is_blank(type.back())) type.remove_suffix(1);
  const auto same = [type](std::string_view known) {
    return std::ranges::equal(type, known, [](char a, char b) {
      return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
    });
  };
  const auto* const found = std::ranges::find_if(kTypes, same);
  if (found == kTypes.end()) return {};
  return found - kTypes.begin() < 3 ? kTypes[0] : *found;
}

// What the first bytes of a file say that it is; empty for what is no picture.
std::string_view type_of(std::string_view bytes, std::string_view stated) {
  using namespace std::string_view_literals;
  if (bytes.starts_with("\xFF\xD8\xFF"sv)) return "image/jpeg";
  if (bytes.starts_with("\x89PNG\r\n\x1A\n"sv)) return "image/png";
  if (bytes.starts_with("RIFF"sv) && bytes.substr(8).starts_with("WEBP"sv)) return "image/webp";
  if (bytes.size() < 8 || bytes.substr(4, 4) != "ftyp"sv) return {};
  return stated == "image/heif" ? stated : "image/heic";
}

// "data:image/jpeg;base64,": its size, blanks before it included; 0 if there is none.
std::size_t url_head(std::string_view text) {
  std::size_t at = text.find_first_not_of(kBlanks);
  if (at == std::string_view::npos || !text.substr(at).starts_with("data:")) return 0;
  const std::size_t comma = text.substr(0, kUrlHeadMax).find(',', at);
  return comma == std::string_view::npos ? 0 : comma + 1;
}

std::string_view type_in_url(std::string_view head) {
  const std::size_t colon = head.find(':');
  return colon == std::string_view::npos
             ? std::string_view()
             : head.substr(colon + 1, head.find_first_of(";,", colon) - colon - 1);
}

// The first bytes of what `text` encodes, blanks left out. `used`: so many characters said so.
std::string head_bytes(std::string_view text, std::size_t* used) {
  std::string chars;
  std::size_t at = 0;
  for (; at < text.size() && chars.size() < kHeadChars; ++at) {
    if (!is_blank(text[at])) chars += text[at];
  }
  if (used != nullptr) *used = at;
  std::array<std::uint8_t, base64::decoded_size_max(kHeadChars)> bytes{};
  const auto size = base64::decode(chars, bytes.data());
  return {reinterpret_cast<const char*>(bytes.data()), std::min(size.value_or(0), kHeadBytes)};
}

// Whether every character is one of base64's, and padding stands at the end alone.
bool is_base64(std::string_view text) {
  const std::size_t end = text.find_last_not_of('=');
  const std::string_view body = text.substr(0, end == std::string_view::npos ? 0 : end + 1);
  const std::size_t padding = text.size() - body.size();
  if (body.size() % 4 == 1 || padding > 2 || (padding > 0 && text.size() % 4 != 0)) return false;
  return std::ranges::all_of(body, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' ||
           c == '/' || c == '-' || c == '_';
  });
}

std::string quoted(std::string_view type) {
  constexpr std::size_t kQuotedMax = 40;
  std::string out(type.substr(0, kQuotedMax));
  std::ranges::replace_if(
      out, [](char c) { return c < 0x20 || c > 0x7E; }, '?');
  return '"' + out + '"';
}

}  // namespace

Result<Picture, std::string> read_picture(std::string_view mime_type, std::string_view base64,
                                          std::string& scratch) {
  const std::size_t head = url_head(base64);
  if (mime_type.empty()) mime_type = type_in_url(base64.substr(0, head));
  const std::string_view stated = known_type(mime_type);
  if (!mime_type.empty() && stated.empty()) {
    return Unexpected{"A picture of the type " + quoted(mime_type) + " is not taken; allowed are " +
                      std::string(kAllowed) + "."};
  }
  base64.remove_prefix(head);
  if (std::ranges::any_of(base64, is_blank)) {
    scratch.assign(base64);
    std::erase_if(scratch, is_blank);
    base64 = scratch;
  }
  if (base64.empty()) return Unexpected{std::string("A picture has no data.")};
  if (!is_base64(base64)) {
    return Unexpected{
        std::string("The data of a picture is not base64: it must be the file's bytes in base64 "
                    "and nothing else.")};
  }
  const std::string_view found = type_of(head_bytes(base64, nullptr), stated);
  if (found.empty()) {
    return Unexpected{"The data of a picture" +
                      (mime_type.empty() ? std::string() : " of the type " + quoted(mime_type)) +
                      " begins as none of " + std::string(kAllowed) + "."};
  }
  return Picture{.mime_type = found, .base64 = base64};
}

std::size_t picture_head(std::string_view base64) {
  const std::size_t head = url_head(base64);
  std::size_t used = 0;
  const bool known = !type_of(head_bytes(base64.substr(head), &used), {}).empty();
  return known ? head + used : 0;
}

}  // namespace livegate::proto
