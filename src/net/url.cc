// Url of connector.h.
#include <algorithm>
#include <charconv>

#include "net/connector.h"

namespace livegate::net {
namespace {

// RFC 3986 allows no blanks or control characters anywhere; in a request line they would begin
// another.
bool is_printable(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7F'; });
}

bool starts_with_any_case(std::string_view text, std::string_view prefix) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return text.size() >= prefix.size() &&
         std::ranges::equal(text.substr(0, prefix.size()), prefix, {}, lower);
}

}  // namespace

Result<Url, std::string> Url::parse(std::string_view text) {
  const auto bad = [](std::string why) { return Unexpected{"the URL " + std::move(why)}; };
  Url url;
  if (!is_printable(text)) return bad("has a character in it that must be percent-encoded");
  if (starts_with_any_case(text, "wss://")) {
    url.tls = true;
    text.remove_prefix(6);
  } else if (starts_with_any_case(text, "ws://")) {
    text.remove_prefix(5);
  } else {
    return bad("must begin with ws:// or wss://");
  }
  const std::size_t end = std::min(text.find_first_of("/?#"), text.size());
  std::string_view authority = text.substr(0, end);
  const std::string_view rest = text.substr(end);
  if (rest.find('#') != std::string_view::npos) return bad("has a fragment (RFC 6455 section 3)");
  if (authority.find('@') != std::string_view::npos) return bad("has a user in it");
  url.path = rest.starts_with('/') ? std::string(rest) : "/" + std::string(rest);

  std::string_view port;
  if (authority.starts_with('[')) {
    const std::size_t close = authority.find(']');
    if (close == std::string_view::npos) return bad("has a [ without ]");
    url.host = authority.substr(1, close - 1);
    authority.remove_prefix(close + 1);
    if (!authority.empty() && authority[0] != ':')
      return bad("has something between ] and the port");
    port = authority.substr(std::min<std::size_t>(1, authority.size()));
  } else {
    const std::size_t colon = std::min(authority.find(':'), authority.size());
    url.host = authority.substr(0, colon);
    port = authority.substr(std::min(colon + 1, authority.size()));
  }
  if (url.host.empty()) return bad("names no host");
  url.port = url.tls ? 443 : 80;
  if (!port.empty()) {
    const auto [stop, error] = std::from_chars(port.data(), port.data() + port.size(), url.port);
    if (error != std::errc() || stop != port.data() + port.size() || url.port == 0) {
      return bad("has a port that is not a number from 1 to 65535");
    }
  }
  return url;
}

}  // namespace livegate::net
