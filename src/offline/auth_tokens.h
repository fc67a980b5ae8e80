// Ephemeral tokens that the stand-in has handed out: how long each counts, for how many sessions,
// and what it pins. Shared by all sessions of one thread.
//
// Decides the service's defaults and limits of time (half an hour of messages, a minute to begin,
// at most 20 hours). Leaves what a token is called to the shell, which has real randomness.
#pragma once

#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.h"
#include "base/result.h"
#include "proto/auth_token.h"

namespace livegate::offline {

using WallTime = std::chrono::sys_time<Millis>;

struct AuthToken {
  std::string name;              // "auth_tokens/..."
  std::optional<int> uses_left;  // new sessions; nothing: any number
  Instant expires_at;            // no message counts from then on
  Instant new_until;             // no session begins from then on; resumed ones do
  std::optional<std::string> setup;
  std::vector<std::string> mask;
};

// "2026-11-22T22:00:00Z", with a fraction or an offset if it likes. Nothing for anything else.
[[nodiscard]] std::optional<WallTime> parse_rfc3339(std::string_view text);

// The same the other way round: "2026-11-22T22:00:00.250Z".
[[nodiscard]] std::string to_rfc3339(WallTime time);

class AuthTokenStore {
 public:
  struct Times {
    WallTime expires_at;
    WallTime new_until;
  };
  // `wall` is what `now` is called on the calendar. The error is the service's sentence (HTTP 400).
  // More than limits::kOfflineTokensMax: the oldest is forgotten.
  Result<Times, std::string> create(const proto::AuthTokenRequest& request, std::string name,
                                    Instant now, WallTime wall);
  // Null for one that was never handed out, or forgotten. Expired ones are found.
  [[nodiscard]] std::shared_ptr<AuthToken> find(std::string_view name) const;

 private:
  std::deque<std::shared_ptr<AuthToken>> tokens_;  // oldest first
};

}  // namespace livegate::offline
