#include "server/users.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <random>
#include <utility>

#include "base/limits.h"
#include "offline/auth_tokens.h"
#include "policy/access.h"
#include "proto/auth_token.h"

namespace livegate::server {
namespace {

constexpr std::string_view kNamePrefix = "auth_tokens/";
// The service's own times.
constexpr Millis kLifetime = std::chrono::minutes(30);
constexpr Millis kTimeToBegin = std::chrono::minutes(1);
constexpr Millis kLifetimeMax = std::chrono::hours(20);

// 256 bits of the system's randomness.
std::string new_name() {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::random_device device;
  std::string name(kNamePrefix);
  for (int word = 0; word < 8; ++word) {
    const std::uint32_t bits = device();
    for (int shift = 0; shift < 32; shift += 4) name += kHex[(bits >> shift) & 15];
  }
  return name;
}

// The slash of a minted token's name travels as %2F where a slash may not stand: in a subprotocol.
std::string as_minted(std::string_view token) {
  constexpr std::string_view kEscaped = "auth_tokens%2";
  const bool escaped = token.starts_with(kEscaped) && token.size() > kEscaped.size() &&
                       (token[kEscaped.size()] == 'F' || token[kEscaped.size()] == 'f');
  if (!escaped) return std::string(token);
  return std::string(kNamePrefix).append(token.substr(kEscaped.size() + 1));
}

std::string presented(const net::HttpRequest& request) {
  const std::string key = request.query_value("key").value_or("");
  const std::string token = request.query_value("access_token").value_or("");
  return as_minted(policy::presented_token({.authorization = request.header("Authorization"),
                                            .protocols = request.header("Sec-WebSocket-Protocol"),
                                            .api_key_header = request.header("x-goog-api-key"),
                                            .key_query = key,
                                            .token_query = token}));
}

Users::Entry refused(std::string_view code, std::string_view message, std::uint16_t live_close,
                     std::string_view live_reason) {
  Users::Entry entry;
  entry.allowed = false;
  entry.code = code;
  entry.message = message;
  entry.live_close = live_close;
  entry.live_reason = live_reason;
  return entry;
}

// The service's own text: official SDKs and those who use them know it.
Users::Entry unauthorized(std::string_view message) {
  return refused("unauthorized", message, 1007, "API key not valid. Please pass a valid API key.");
}

net::HttpResponse answer(int status, std::string body) {
  net::HttpResponse response;
  response.status = status;
  response.content_type = "application/json; charset=utf-8";
  response.body = std::move(body);
  response.headers = {{"Cache-Control", "no-store"}};
  return response;
}

net::HttpResponse refusal(int status, std::string_view message, std::string_view kind) {
  return answer(status, proto::http_error_json(status, message, kind));
}

// The text of tokens is not kept: Config::open_to_all() knows of no admin token any more.
bool is_open(const Settings& settings) {
  return settings.config.open_to_all() && !settings.admin_token;
}

Users::Entry revoked() {
  return refused("token_revoked", "This token has been revoked.", 1007,
                 "API key not valid. Please pass a valid API key.");
}

std::size_t pinned_bytes(const policy::TokenGrant& grant) {
  std::size_t bytes = grant.setup.size();
  for (const std::string& path : grant.mask) bytes += path.size();
  return bytes;
}

net::HttpResponse no_more_tokens(policy::TokenQuota::Verdict verdict) {
  if (verdict == policy::TokenQuota::Verdict::user_full) {
    return refusal(
        429,
        "This user holds as many tokens as one may: " + std::to_string(limits::kTokensPerUserMax) +
            ", or " + std::to_string(limits::kTokenBytesPerUserMax / (1024 * 1024)) +
            " MiB of what they pin. Try again when some have expired.",
        "RESOURCE_EXHAUSTED");
  }
  return refusal(429, "This gateway holds as many tokens as it can; try later.",
                 "RESOURCE_EXHAUSTED");
}

// `field`: as the service calls it in its errors. The error is its sentence.
Result<Millis, std::string> time_left(const std::string& text, std::string_view field,
                                      Millis unless_said) {
  if (text.empty()) return unless_said;
  const auto at = offline::parse_rfc3339(text);
  if (!at) {
    return Unexpected{"Invalid value at 'auth_token." + std::string(field) +
                      "' (type.googleapis.com/google.protobuf.Timestamp): RFC 3339 is wanted, "
                      "as 2026-11-22T22:00:00Z"};
  }
  const auto wall = std::chrono::floor<Millis>(std::chrono::system_clock::now().time_since_epoch());
  const Millis left = at->time_since_epoch() - wall;
  if (left > kLifetimeMax) {
    return Unexpected{std::string(field) + " is too far in the future. Maximum lifetime is 20h"};
  }
  return left;
}

}  // namespace

Users::Entry Users::enter(const net::HttpRequest& request, Instant now) {
  const std::string token = presented(request);
  if (token.starts_with(kNamePrefix)) {
    const std::lock_guard lock(mutex_);
    const auto ticket = table_.present(token, now);
    if (ticket.state == policy::TokenState::expired) {
      return refused("token_expired", "This token has expired; ask for a new one.", 1011,
                     "Token has expired");
    }
    if (ticket.state == policy::TokenState::unknown) {
      return unauthorized("This gateway has not handed out that token, or has forgotten it.");
    }
    if (config_->identity.revoked.has_user(ticket.grant->user)) {
      if (ticket.state == policy::TokenState::good) table_.give_back(*ticket.grant);
      return revoked();
    }
    Entry entry;
    entry.user = ticket.grant->user;
    entry.grant = ticket.grant;
    entry.only_resume = ticket.state == policy::TokenState::only_resume;
    return entry;
  }
  const std::shared_ptr<const Settings> settings = config_.get();
  if (is_open(*settings)) return {};
  const config::Identity& identity = settings->config.identity;
  const policy::KnownToken* const user = policy::find_user(token, settings->tokens);
  if (user == nullptr) {
    if (identity.takes_jwt() && policy::looks_like_jwt(token)) {
      return enter_with_jwt(token, identity, now);
    }
    return unauthorized("This gateway wants a user token, and the one given is not listed.");
  }
  if (identity.revoked.has_user(user->user) || identity.revoked.has_token(token)) return revoked();
  Entry entry;
  entry.user = user->user;
  return entry;
}

Users::Entry Users::enter_with_jwt(std::string_view token, const config::Identity& identity,
                                   Instant now) {
  const auto wall =
      std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch());
  const auto fetched = jwks_.keys();
  policy::JwtKeys keys = identity.keys;
  if (fetched) keys.add(*fetched);
  auto claims = policy::read_jwt(token, keys, identity.rules, wall);
  if (!claims) {
    const policy::JwtRefusal why = claims.error();
    if (why == policy::JwtRefusal::unknown_key) jwks_.want_newer();
    if (why == policy::JwtRefusal::expired) {
      return refused("token_expired", policy::sentence_of(why), 1011, "Token has expired");
    }
    return unauthorized(policy::sentence_of(why));
  }
  const policy::Revocations& list = identity.revoked;
  if (list.has_user(claims->user) || list.has_jti(claims->jti) || list.has_token(token)) {
    return revoked();
  }
  Entry entry;
  entry.user = claims->user;
  if (identity.end_sessions_at_expiry) {
    entry.expires_at =
        now + std::max(Millis(0), Millis(claims->expires_at + identity.rules.skew - wall));
  }
  entry.claims = std::move(*claims);
  return entry;
}

void Users::went_on(const policy::TokenGrant& grant) {
  const std::lock_guard lock(mutex_);
  table_.give_back(grant);
}

bool Users::may_go_on(const policy::TokenGrant& grant) {
  const std::lock_guard lock(mutex_);
  return table_.go_on(grant);
}

void Users::ended(const policy::TokenGrant& grant) {
  const std::lock_guard lock(mutex_);
  table_.ended(grant);
}

bool Users::is_token_path(std::string_view path) {
  if (path == "/v1/tokens") return true;
  constexpr std::array<std::string_view, 3> kPaths = {"/v1/auth_tokens", "/v1beta/auth_tokens",
                                                      "/v1alpha/auth_tokens"};
  return std::ranges::any_of(kPaths, [path](std::string_view end) { return path.ends_with(end); });
}

net::HttpResponse Users::mint(const net::HttpRequest& request, Instant now) {
  if (request.method != "POST") {
    auto response = refusal(405, "Tokens are asked for with POST.", "INVALID_ARGUMENT");
    response.headers.emplace_back("Allow", "POST");
    return response;
  }
  const std::shared_ptr<const Settings> settings = config_.get();
  if (!policy::origin_allowed(request.header("Origin"), request.header("Host"),
                              settings->config.allowed_origins)) {
    return refusal(403, "This page may not ask for tokens here.", "PERMISSION_DENIED");
  }
  policy::TokenGrant grant;
  const std::string secret = presented(request);
  if (settings->admin_token && policy::same_hash(policy::hash_of(secret), *settings->admin_token)) {
    grant.user = request.query_value("user").value_or("app").substr(0, 64);
  } else if (const auto* user = policy::find_user(secret, settings->tokens); user != nullptr) {
    grant.user = user->user;
  } else if (!is_open(*settings)) {
    return refusal(401, "A user's token of this gateway is wanted, or its admin token.",
                   "UNAUTHENTICATED");
  }
  const policy::Revocations& list = settings->config.identity.revoked;
  if (list.has_user(grant.user) || list.has_token(secret)) {
    return refusal(401, "This token has been revoked.", "UNAUTHENTICATED");
  }
  auto asked = proto::read_auth_token_request(request.body);
  if (!asked) return refusal(400, asked.error(), "INVALID_ARGUMENT");
  const auto lifetime = time_left(asked->expire_time, "expire_time", kLifetime);
  const auto to_begin =
      time_left(asked->new_session_expire_time, "new_session_expire_time", kTimeToBegin);
  if (!lifetime) return refusal(400, lifetime.error(), "INVALID_ARGUMENT");
  if (!to_begin) return refusal(400, to_begin.error(), "INVALID_ARGUMENT");
  grant.uses = asked->uses.value_or(1);
  if (grant.uses < 0) {
    return refusal(400, "Invalid value at 'auth_token.uses': 0 (any number) or more.",
                   "INVALID_ARGUMENT");
  }
  if (!asked->field_mask.empty() && !asked->setup) {
    return refusal(400,
                   "field_mask says what of bidi_generate_content_setup is pinned; it is "
                   "missing.",
                   "INVALID_ARGUMENT");
  }
  grant.setup = std::move(asked->setup).value_or("");
  grant.mask = std::move(asked->field_mask);
  grant.expires_at = now + *lifetime;
  grant.begin_until = now + std::min(*lifetime, *to_begin);
  {
    const std::lock_guard lock(quota_mutex_);
    const auto verdict = quota_.take(grant.user, pinned_bytes(grant), grant.expires_at, now);
    if (verdict != policy::TokenQuota::Verdict::taken) return no_more_tokens(verdict);
  }
  const std::string name = new_name();
  const std::lock_guard lock(mutex_);
  table_.add(name, std::move(grant), now);
  return answer(200, proto::auth_token_json(name));
}

}  // namespace livegate::server
