// When a session wants to be looked at again, and why.
#pragma once

#include <cstdint>
#include <optional>

#include "base/instant.h"

namespace livegate::session {

enum class DeadlineReason : std::uint8_t {
  start,      // the client has not said what it wants
  away,       // the client has not come back
  upstream,   // a retry, a setup that takes too long, a ping, a move to another connection
  stall,      // an answer is overdue, of the model or of a tool
  audio_gap,  // the client went quiet in mid-speech, or behind it
  picture,    // the newest picture may be sent
  budget,     // a budget is spent, and the reply will have been played
  token,      // the client's short-lived token expires
  drain,      // the gateway is going down
  time,       // the session has lasted long, or been idle
};

struct Deadline {
  Instant at;
  DeadlineReason reason;
};

// The earliest of those that were offered; of equal ones the first.
class EarliestDeadline {
 public:
  void offer(std::optional<Instant> at, DeadlineReason reason) {
    if (at && (!first_ || *at < first_->at)) first_ = Deadline{*at, reason};
  }
  [[nodiscard]] std::optional<Deadline> get() const { return first_; }

 private:
  std::optional<Deadline> first_;
};

}  // namespace livegate::session
