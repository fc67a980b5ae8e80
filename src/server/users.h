// On whose behalf a request comes: a user of the configuration, one that a JWT names, or the holder
// of a short-lived token that this gateway has handed out; and handing these out over HTTP.
//
// Decides who is let in, and the words for who is not. Shared by all shards: asked when somebody
// connects or wants a token, never for a frame. Leaves what a token is worth to policy, and what it
// pins to the session.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/instant.h"
#include "net/http.h"
#include "policy/jwt.h"
#include "policy/token_quota.h"
#include "policy/token_table.h"
#include "server/jwks_watch.h"
#include "server/live_settings.h"

namespace livegate::server {

class Users {
 public:
  // Both outlive it.
  Users(const LiveSettings& config, JwksWatch& jwks) : config_(config), jwks_(jwks) {}

  struct Entry {
    bool allowed = true;
    std::string user;                                 // empty where the gateway asks for none
    std::shared_ptr<const policy::TokenGrant> grant;  // of a short-lived token
    bool only_resume = false;                         // ... that begins no session any more
    policy::JwtClaims claims;                         // of a JWT; empty otherwise
    std::optional<Instant> expires_at;                // of a JWT that ends its sessions
    // Not allowed: how both wires say so.
    std::string_view code;
    std::string_view message;
    std::uint16_t native_close = 1008;
    std::uint16_t live_close = 1007;
    std::string_view live_reason;
  };
  // Counts one use of a short-lived token.
  [[nodiscard]] Entry enter(const net::HttpRequest& request, Instant now);
  // What entered with this grant has begun no session: it goes on with another, or was refused.
  void went_on(const policy::TokenGrant& grant);
  // May one that is over go on as a session of its own? If so, `ended` follows, as for one begun.
  [[nodiscard]] bool may_go_on(const policy::TokenGrant& grant);
  void ended(const policy::TokenGrant& grant);

  // "/v1/tokens", "/v1beta/auth_tokens" and its other versions, with any prefix.
  [[nodiscard]] static bool is_token_path(std::string_view path);
  // The answer to a request of any method there; docs/drop-in.md, "Tokens".
  [[nodiscard]] net::HttpResponse mint(const net::HttpRequest& request, Instant now);

 private:
  [[nodiscard]] Entry enter_with_jwt(std::string_view token, const config::Identity& identity,
                                     Instant now);

  const LiveSettings& config_;
  JwksWatch& jwks_;
  std::mutex mutex_;
  policy::TokenTable table_;
  std::mutex quota_mutex_;  // whoever is refused a token holds up nobody who connects
  policy::TokenQuota quota_;
};

}  // namespace livegate::server
