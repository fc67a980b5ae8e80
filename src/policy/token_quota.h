// How many short-lived tokens there may be: of one user, so that nobody fills the table for others,
// and in all.
//
// Decides whether one more may be handed out. Knows no secrets, so that it can be asked, and can
// refuse, without the lock that everybody who connects needs. A token counts until the minute after
// its end. Leaves locks and words to the server.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>

#include "base/instant.h"

namespace livegate::policy {

class TokenQuota {
 public:
  enum class Verdict : std::uint8_t { taken, user_full, all_full };
  // `bytes`: what the token pins. The work does not grow with the tokens there are: what has
  // expired is forgotten by the minute, some of it at each call.
  Verdict take(const std::string& user, std::size_t bytes, Instant expires_at, Instant now);

  [[nodiscard]] std::size_t size() const { return all_.tokens; }

 private:
  struct Held {
    std::size_t tokens = 0;
    std::size_t bytes = 0;
    void add(const Held& other);
    void remove(const Held& other);
  };
  using OfUsers = std::unordered_map<std::string, Held>;
  void forget_expired(Instant now);

  std::map<std::int64_t, OfUsers> until_;  // the minute from which on they no longer count
  OfUsers users_;
  Held all_;
};

}  // namespace livegate::policy
