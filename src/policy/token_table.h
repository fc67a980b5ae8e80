// Short-lived tokens that this gateway has handed out: what each is good for, and until when.
//
// A name of 256 random bits and a row here, not a signed claim: how often a token may be used is
// known to a counter alone, and a pinned setup may be larger than any URL. The price is that a
// token is known to one process and ends with it, as its holder's session does.
//
// Decides what a presented name is worth. Leaves names, the calendar and locks to the server.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <queue>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/instant.h"

namespace livegate::policy {

struct TokenGrant {
  std::string user;               // on whose behalf it was handed out
  std::string setup;              // JSON object that is pinned, or empty
  std::vector<std::string> mask;  // of it, as in proto::pinned_setup
  int uses = 1;                   // new sessions; 0: any number
  Instant expires_at;             // no message counts from then on
  Instant begin_until;            // no new session begins from then on
  std::string row;                // set by the table: where it stands there
};

enum class TokenState : std::uint8_t {
  good,
  only_resume,  // spent, or too old to begin with: earlier sessions may be gone on with
  expired,
  unknown,
};

class TokenTable {
 public:
  // `name` is unique. How many there may be is the quota's to say; some of what has expired is
  // forgotten here.
  void add(const std::string& name, TokenGrant grant, Instant now);

  struct Ticket {
    TokenState state = TokenState::unknown;
    std::shared_ptr<const TokenGrant> grant;  // of good and only_resume
  };
  // Counts one use of a good one, and a session that is open. Takes the same time whichever byte of
  // the secret is wrong.
  Ticket present(std::string_view name, Instant now);
  // The use that was counted when this grant was given was none, and no session is open for it.
  void give_back(const TokenGrant& grant);
  // A session that is over goes on: true, and one more is open, if as many as the token has begun
  // are not open already. So a token of one use has one session at a time, whatever its handles.
  [[nodiscard]] bool go_on(const TokenGrant& grant);
  // One that was begun or went on is over.
  void ended(const TokenGrant& grant);

  [[nodiscard]] std::size_t size() const { return rows_.size(); }

 private:
  struct Row {
    std::string name;
    std::shared_ptr<const TokenGrant> grant;
    int uses_left = 0;
    int open = 0;  // sessions
  };
  struct End {
    Instant at;
    std::string row;
    bool operator>(const End& other) const { return at > other.at; }
  };
  [[nodiscard]] Row* row_of(const TokenGrant& grant);
  void forget_expired(Instant now);

  std::unordered_map<std::string, Row> rows_;  // by the public part of the name
  std::priority_queue<End, std::vector<End>, std::greater<>> ends_;  // the earliest first
};

}  // namespace livegate::policy
