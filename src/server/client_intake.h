// How fast what one client sends is taken: by what its session has made of it so far, and by what
// its user's other sessions take.
//
// Decides from when on the next message may be read, and how that is said. Leaves the not-reading
// and the time to SessionDriver, what a message was worth to the session, and what is allowed to
// policy.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/instant.h"
#include "policy/allowance.h"
#include "session/session.h"

namespace livegate::server {

class ClientIntake {
 public:
  // `user`: shared with its other sessions; null where the gateway asks for none.
  ClientIntake(const policy::Rates& rates, std::shared_ptr<policy::Allowance> user)
      : own_(rates), user_(std::move(user)) {}

  struct Pause {
    policy::Limit limit;
    bool of_user;
    Instant until;
    bool is_new;  // the limit was kept so far, or for a while
  };
  // Behind a message, or a piece of one, of `bytes`. `so_far`: all that the session has counted.
  [[nodiscard]] std::optional<Pause> took(const session::Counters& so_far, std::size_t messages,
                                          std::size_t bytes, Instant now);

  // One sentence: the limit's name, what is allowed, and when the next message is taken.
  [[nodiscard]] std::string sentence(const Pause& pause, Instant now) const;

 private:
  bool take(policy::Limit limit, double amount, Instant now);

  policy::Allowance own_;
  std::shared_ptr<policy::Allowance> user_;
  session::Counters seen_;
  std::optional<Instant> kept_from_;  // a pause that begins behind it is a new one
};

}  // namespace livegate::server
