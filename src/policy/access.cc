#include "policy/access.h"

#include <algorithm>
#include <cctype>
#include <cstdint>

namespace livegate::policy {
namespace {

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char x, unsigned char y) {
    return std::tolower(x) == std::tolower(y);
  });
}

bool starts_with_ignoring_case(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() && equal_ignoring_case(text.substr(0, prefix.size()), prefix);
}

// The host of "host:port" or "[v6]:port".
std::string_view host_without_port(std::string_view host) {
  if (!host.empty() && host.front() == '[') return host.substr(0, host.find(']') + 1);
  return host.substr(0, host.find(':'));
}

// Digits and dots, or brackets: what a resolver is never asked about. "1.2.3.4.evil.com" has
// letters.
bool is_address_or_localhost(std::string_view host) {
  if (host.empty()) return false;
  if (equal_ignoring_case(host, "localhost")) return true;
  if (host.front() == '[') return host.back() == ']';
  return std::all_of(host.begin(), host.end(),
                     [](char c) { return (c >= '0' && c <= '9') || c == '.'; });
}

std::string_view origin_host(std::string_view origin) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (starts_with_ignoring_case(origin, scheme)) return origin.substr(scheme.size());
  }
  return {};
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::string_view bearer_protocol(std::string_view protocols) {
  constexpr std::string_view kPrefix = "bearer.";
  while (!protocols.empty()) {
    const std::size_t comma = protocols.find(',');
    const std::string_view item = trim(protocols.substr(0, comma));
    if (item.starts_with(kPrefix)) return item.substr(kPrefix.size());
    if (comma == std::string_view::npos) break;
    protocols.remove_prefix(comma + 1);
  }
  return {};
}

}  // namespace

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  // The length is not the secret; every byte of the longer one is looked at all the same.
  std::uint8_t difference = a.size() == b.size() ? 0 : 1;
  for (std::size_t i = 0; i < a.size(); ++i) {
    difference = static_cast<std::uint8_t>(difference | (a[i] ^ (b.empty() ? 0 : b[i % b.size()])));
  }
  return difference == 0;
}

bool origin_allowed(std::string_view origin, std::string_view host,
                    const std::vector<std::string>& listed) {
  if (origin.empty()) return true;
  for (const std::string& allowed : listed) {
    if (allowed == "*" || equal_ignoring_case(allowed, origin)) return true;
  }
  const std::string_view own = origin_host(origin);
  return !own.empty() && equal_ignoring_case(own, host) &&
         is_address_or_localhost(host_without_port(host));
}

std::vector<KnownToken> known_tokens(const std::vector<UserToken>& tokens) {
  std::vector<KnownToken> known;
  for (const UserToken& one : tokens) {
    if (!one.token.empty()) known.push_back({one.user, hash_of(one.token.reveal())});
  }
  return known;
}

const KnownToken* find_user(std::string_view presented, const std::vector<KnownToken>& tokens) {
  if (presented.empty()) return nullptr;
  const SecretHash hash = hash_of(presented);
  const KnownToken* found = nullptr;
  for (const KnownToken& candidate : tokens) {
    if (same_hash(hash, candidate.hash)) found = &candidate;
  }
  return found;
}

std::string_view presented_token(const Credentials& credentials) {
  for (const std::string_view scheme : {"Bearer ", "Token "}) {
    if (starts_with_ignoring_case(credentials.authorization, scheme)) {
      return trim(credentials.authorization.substr(scheme.size()));
    }
  }
  if (const auto token = bearer_protocol(credentials.protocols); !token.empty()) return token;
  if (!credentials.api_key_header.empty()) return credentials.api_key_header;
  if (!credentials.key_query.empty()) return credentials.key_query;
  return credentials.token_query;
}

}  // namespace livegate::policy
