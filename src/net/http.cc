#include "net/http.h"

#include <algorithm>

#include "ws/handshake.h"

namespace livegate::net {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char l = lower(c);
  return l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}

}  // namespace

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out.push_back(text[i]);
      continue;
    }
    if (text.size() - i < 3) return std::nullopt;
    const int high = hex_digit(text[i + 1]);
    const int low = hex_digit(text[i + 2]);
    if (high < 0 || low < 0 || (high == 0 && low == 0)) return std::nullopt;
    out.push_back(static_cast<char>(high * 16 + low));
    i += 2;
  }
  return out;
}

std::vector<std::string_view> HttpRequest::all(std::string_view name) const {
  std::vector<std::string_view> found;
  for (const auto& [header, value] : headers) {
    if (std::ranges::equal(header, name, {}, lower, lower)) found.push_back(value);
  }
  return found;
}

std::string_view HttpRequest::header(std::string_view name) const {
  const auto found = std::ranges::find_if(headers, [name](const auto& header) {
    return std::ranges::equal(header.first, name, {}, lower, lower);
  });
  return found == headers.end() ? std::string_view() : std::string_view(found->second);
}

std::optional<std::string> HttpRequest::query_value(std::string_view name) const {
  std::string_view rest = query;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('&'), rest.size());
    const std::string_view pair = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    const std::size_t equals = std::min(pair.find('='), pair.size());
    if (percent_decoded(pair.substr(0, equals)) != name) continue;
    return percent_decoded(pair.substr(std::min(equals + 1, pair.size())));
  }
  return std::nullopt;
}

bool HttpRequest::wants_websocket() const {
  // Section 4.2.1. Lists in several headers of one name are one list (RFC 9110 section 5.3).
  const auto any_has = [this](std::string_view name, std::string_view token) {
    return std::ranges::any_of(headers, [&](const auto& header) {
      return std::ranges::equal(header.first, name, {}, lower, lower) &&
             ws::header_has_token(header.second, token);
    });
  };
  return method == "GET" && any_has("Upgrade", "websocket") && any_has("Connection", "upgrade");
}

}  // namespace livegate::net
