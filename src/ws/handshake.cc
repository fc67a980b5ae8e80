#include "ws/handshake.h"

#include <algorithm>
#include <array>

#include <openssl/evp.h>

#include "base/check.h"

namespace livegate::ws {
namespace {

constexpr std::string_view kGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";  // section 1.3

bool is_base64_char(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
         c == '/';
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string_view trim(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

}  // namespace

std::string accept_value(std::string_view key) {
  std::string input(key);
  input += kGuid;
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned int digest_bytes = 0;
  // SHA-1 is what the RFC asks for; nothing here rests on its strength (section 10.8).
  LIVEGATE_CHECK(EVP_Digest(input.data(), input.size(), digest.data(), &digest_bytes, EVP_sha1(),
                            nullptr) == 1);
  std::array<unsigned char, 29> text;  // 28 characters of base64 and a zero
  LIVEGATE_CHECK(digest_bytes == 20);
  const int size = EVP_EncodeBlock(text.data(), digest.data(), static_cast<int>(digest_bytes));
  return {reinterpret_cast<const char*>(text.data()), static_cast<std::size_t>(size)};
}

bool is_valid_key(std::string_view key) {
  // 16 bytes are 22 characters and two of padding. The four spare bits of the 22nd are not looked
  // at: a decoder may ignore them (RFC 4648 section 3.5), and the answer is computed from the text,
  // not from the bytes.
  return key.size() == 24 && key.ends_with("==") &&
         std::ranges::all_of(key.substr(0, 22), is_base64_char);
}

std::vector<std::string_view> split_header(std::string_view value) {
  std::vector<std::string_view> names;
  while (!value.empty()) {
    const std::size_t comma = std::min(value.find(','), value.size());
    const std::string_view name = trim(value.substr(0, comma));
    if (!name.empty())
      names.push_back(name);  // empty list elements are ignored (RFC 9110 section 5.6.1)
    value.remove_prefix(std::min(comma + 1, value.size()));
  }
  return names;
}

bool header_has_token(std::string_view value, std::string_view token) {
  return std::ranges::any_of(split_header(value), [token](std::string_view name) {
    return std::ranges::equal(name, token, {}, lower, lower);
  });
}

}  // namespace livegate::ws
