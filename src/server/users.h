// On whose behalf a request comes: a user of the configuration, or whoever holds a short-lived
// token that this gateway has handed out; and handing these out over HTTP.
//
// Decides who is let in, and the words for who is not. Shared by all shards: asked when somebody
// connects or wants a token, never for a frame. Leaves what a token is worth to policy, and what it
// pins to the session.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "base/instant.h"
#include "net/http.h"
#include "policy/token_quota.h"
#include "policy/token_table.h"
#include "server/live_settings.h"

namespace livegate::server {

class Users {
 public:
  explicit Users(const LiveSettings& config) : config_(config) {}

  struct Entry {
    bool allowed = true;
    std::string user;                                 // empty where the gateway asks for none
    std::shared_ptr<const policy::TokenGrant> grant;  // of a short-lived token
    bool only_resume = false;                         // ... that begins no session any more
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
  const LiveSettings& config_;
  std::mutex mutex_;
  policy::TokenTable table_;
  std::mutex quota_mutex_;  // whoever is refused a token holds up nobody who connects
  policy::TokenQuota quota_;
};

}  // namespace livegate::server
