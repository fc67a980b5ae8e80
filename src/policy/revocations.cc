#include "policy/revocations.h"

#include <algorithm>

#include "base/identity_limits.h"
#include "policy/secret_hash.h"

namespace livegate::policy {
namespace {

constexpr std::string_view kUser = "user ";
constexpr std::string_view kJti = "jti ";
constexpr std::string_view kHash = "sha256 ";

std::string_view trim(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r";
  const std::size_t begin = text.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlank) + 1 - begin);
}

bool is_hash(std::string_view text) {
  return text.size() == 64 && std::ranges::all_of(text, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

bool is_entry(std::string_view line) {
  if (line.starts_with(kHash)) return is_hash(line.substr(kHash.size()));
  return (line.starts_with(kUser) && line.size() > kUser.size()) ||
         (line.starts_with(kJti) && line.size() > kJti.size());
}

}  // namespace

Result<Revocations, std::string> Revocations::parse(std::string_view text) {
  Revocations all;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = text.find('\n');
    const std::string_view line = trim(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.empty() || line.front() == '#') continue;
    const std::string place = "line " + std::to_string(number);
    if (!is_entry(line)) {
      return Unexpected{place + " is none of: user NAME, jti ID, sha256 and 64 lower-case digits."};
    }
    if (all.lines_.size() >= limits::kRevokedMax) {
      return Unexpected{place + " is one too many: at most " + std::to_string(limits::kRevokedMax) +
                        " are taken."};
    }
    all.lines_.emplace(line);
  }
  return all;
}

bool Revocations::has_user(std::string_view user) const {
  return !lines_.empty() && lines_.contains(std::string(kUser).append(user));
}

bool Revocations::has_jti(std::string_view jti) const {
  return !lines_.empty() && !jti.empty() && lines_.contains(std::string(kJti).append(jti));
}

bool Revocations::has_token(std::string_view token) const {
  return !lines_.empty() && lines_.contains(std::string(kHash).append(hex_of(hash_of(token))));
}

}  // namespace livegate::policy
