#include "policy/jwt.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "base/identity_limits.h"
#include "policy/jwt_json.h"
#include "policy/strict_base64url.h"

namespace livegate::policy {
namespace {

using simdjson::dom::object;

constexpr std::size_t kUserBytesMax = 128;
constexpr std::size_t kIdBytesMax = 256;
constexpr std::size_t kNameBytesMax = 256;  // of a model, a voice
constexpr double kLatest = 1e11;            // seconds since 1970: the year 5138

struct Parts {
  std::string_view header, payload, signature, signed_text;
};

std::optional<Parts> parts_of(std::string_view token) {
  if (token.size() > limits::kJwtBytesMax || !looks_like_jwt(token)) return std::nullopt;
  const std::size_t first = token.find('.');
  const std::size_t last = token.rfind('.');
  return Parts{token.substr(0, first), token.substr(first + 1, last - first - 1),
               token.substr(last + 1), token.substr(0, last)};
}

bool is_plain(std::string_view text) {
  return std::ranges::none_of(text, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

bool same_type(std::string_view type, std::string_view lower) {
  return std::ranges::equal(type, lower, [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
  });
}

// The key that the header means.
Result<const JwtKeys::Key*, JwtRefusal> key_of(const object& header, const JwtKeys& keys) {
  // What `crit` lists has to be understood, and none of it is.
  if (has(header, "crit")) return Unexpected{JwtRefusal::malformed};
  if (has(header, "typ")) {
    const std::string_view type = text_of(header, "typ");
    if (!same_type(type, "jwt") && !same_type(type, "at+jwt")) {
      return Unexpected{JwtRefusal::malformed};
    }
  }
  const std::string_view kid = text_of(header, "kid");
  if ((has(header, "kid") && kid.empty()) || kid.size() > limits::kJwtKidBytesMax) {
    return Unexpected{JwtRefusal::malformed};
  }
  JwtAlgorithm algorithm{};
  if (!read_algorithm(text_of(header, "alg"), algorithm)) return Unexpected{JwtRefusal::algorithm};
  const JwtKeys::Key* const key = keys.find(kid, algorithm);
  if (key == nullptr) return Unexpected{JwtRefusal::unknown_key};
  return key;
}

// Numbers alone, in the range that a calendar has. A fraction is allowed (RFC 7519, section 2).
bool read_time(const object& claims, std::string_view name, std::optional<double>& out) {
  const auto found = claims.at_key(name);
  if (found.error() != simdjson::SUCCESS) return true;
  double value = 0;
  if (found.get(value) != simdjson::SUCCESS || !(value >= 0 && value <= kLatest)) return false;
  out = value;
  return true;
}

bool read_count(const object& limits, std::string_view name, std::optional<std::uint64_t>& out) {
  const auto found = limits.at_key(name);
  if (found.error() != simdjson::SUCCESS) return true;
  return found.get(out.emplace()) == simdjson::SUCCESS;
}

bool read_amount(const object& limits, std::string_view name, std::optional<double>& out) {
  const auto found = limits.at_key(name);
  if (found.error() != simdjson::SUCCESS) return true;
  return found.get(out.emplace()) == simdjson::SUCCESS && std::isfinite(*out) && *out >= 0;
}

bool read_limits(const object& claims, const std::string& name, ClaimedLimits& out) {
  if (name.empty() || !has(claims, name)) return true;
  object limits;
  return claims.at_key(name).get(limits) == simdjson::SUCCESS &&
         read_count(limits, "sessions", out.sessions) &&
         read_count(limits, "session_minutes", out.session_minutes) &&
         read_amount(limits, "audio_rate", out.audio_rate) &&
         read_count(limits, "text_bytes_per_minute", out.text_bytes_per_minute) &&
         read_count(limits, "messages_per_minute", out.messages_per_minute) &&
         read_amount(limits, "budget_usd_per_day", out.budget_usd_per_day);
}

// One that is there and no good string is refused: it may be a pin.
bool read_text(const object& claims, const std::string& name, std::size_t bytes_max,
               std::string& out) {
  if (name.empty() || !has(claims, name)) return true;
  out = text_of(claims, name);
  return !out.empty() && out.size() <= bytes_max;
}

bool is_for(const object& claims, std::string_view audience) {
  simdjson::dom::array list;
  if (claims.at_key("aud").get(list) != simdjson::SUCCESS)
    return text_of(claims, "aud") == audience;
  return std::any_of(list.begin(), list.end(), [&](const simdjson::dom::element& one) {
    std::string_view text;
    return one.get(text) == simdjson::SUCCESS && text == audience;
  });
}

std::optional<JwtRefusal> check_times(const object& claims, const JwtRules& rules, double now,
                                      JwtClaims& out) {
  std::optional<double> expires;
  std::optional<double> not_before;
  std::optional<double> issued;
  if (!read_time(claims, "exp", expires) || !read_time(claims, "nbf", not_before) ||
      !read_time(claims, "iat", issued) || !expires) {
    return JwtRefusal::claims;
  }
  const auto skew = static_cast<double>(rules.skew.count());
  const auto lifetime_max = static_cast<double>(rules.lifetime_max.count());
  if (now >= *expires + skew) return JwtRefusal::expired;
  if (not_before.value_or(0) > now + skew || issued.value_or(0) > now + skew) {
    return JwtRefusal::not_yet;
  }
  if (*expires > now + lifetime_max + skew || *expires - issued.value_or(*expires) > lifetime_max) {
    return JwtRefusal::lifetime;
  }
  out.expires_at = std::chrono::seconds(static_cast<std::int64_t>(*expires));
  return std::nullopt;
}

}  // namespace

std::string_view sentence_of(JwtRefusal refusal) {
  switch (refusal) {
    case JwtRefusal::malformed:
      return "The token is no JSON Web Token as RFC 7515 has it, or is too large.";
    case JwtRefusal::algorithm:
      return "The token is signed with none of HS256, RS256, ES256, EdDSA.";
    case JwtRefusal::unknown_key:
      return "This gateway has no key that the token names; if it is a new one, try again soon.";
    case JwtRefusal::signature:
      return "The token's signature is wrong.";
    case JwtRefusal::issuer:
      return "The token is not from the issuer that this gateway trusts (iss).";
    case JwtRefusal::audience:
      return "The token is not meant for this gateway (aud).";
    case JwtRefusal::expired:
      return "The token has expired (exp); ask for a new one.";
    case JwtRefusal::not_yet:
      return "The token is not in force yet (nbf, iat).";
    case JwtRefusal::lifetime:
      return "The token is in force for longer than this gateway allows (exp).";
    case JwtRefusal::claims:
      return "A claim that this gateway needs is missing from the token, or has a wrong value.";
  }
  return {};
}

bool looks_like_jwt(std::string_view token) { return std::ranges::count(token, '.') == 2; }

Result<JwtClaims, JwtRefusal> read_jwt(std::string_view token, const JwtKeys& keys,
                                       const JwtRules& rules, std::chrono::seconds now) {
  const auto parts = parts_of(token);
  if (!parts) return Unexpected{JwtRefusal::malformed};
  const auto header_text = decode_base64url(parts->header);
  const auto payload_text = decode_base64url(parts->payload);
  const auto signature = decode_base64url(parts->signature);
  if (!header_text || !payload_text || !signature) return Unexpected{JwtRefusal::malformed};
  JwtJson json;
  const auto header = json.object(*header_text);
  if (!header) return Unexpected{JwtRefusal::malformed};
  const auto key = key_of(*header, keys);
  if (!key) return Unexpected{key.error()};
  if (!signature_holds(**key, parts->signed_text, *signature)) {
    return Unexpected{JwtRefusal::signature};
  }
  const auto claims = json.object(*payload_text);
  if (!claims) return Unexpected{JwtRefusal::malformed};
  if (rules.issuer.empty() || text_of(*claims, "iss") != rules.issuer) {
    return Unexpected{JwtRefusal::issuer};
  }
  if (rules.audience.empty() || !is_for(*claims, rules.audience)) {
    return Unexpected{JwtRefusal::audience};
  }
  JwtClaims out;
  if (const auto refused = check_times(*claims, rules, static_cast<double>(now.count()), out)) {
    return Unexpected{*refused};
  }
  if (!read_text(*claims, rules.user_claim, kUserBytesMax, out.user) || out.user.empty() ||
      !is_plain(out.user) || !read_text(*claims, "jti", kIdBytesMax, out.jti) ||
      !read_text(*claims, rules.model_claim, kNameBytesMax, out.model) ||
      !read_text(*claims, rules.voice_claim, kNameBytesMax, out.voice) ||
      !read_text(*claims, rules.instruction_claim, limits::kJwtBytesMax, out.instruction) ||
      !read_limits(*claims, rules.limits_claim, out.limits)) {
    return Unexpected{JwtRefusal::claims};
  }
  return out;
}

}  // namespace livegate::policy
