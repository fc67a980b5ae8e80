// An end of speech that the model is told of before it is final: the reply to it is held back until
// the person has really finished, and dropped unheard if the person continues.
//
// Decides whether such an end may be announced, and keeps what the model says to it: at most
// limits::kHeldReplyBytesMax. Leaves to SpeechHandler when an end is announced or retracted, and to
// ReplyHandler what the held messages mean once they are released. Costs nothing where
// UplinkOptions::speculative_share_max is 0.
#pragma once

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/instant.h"
#include "session/held_reply.h"
#include "session/speculation_budget.h"

namespace livegate::session {

class SpeculativeEnd {
 public:
  struct Announced {
    Instant at;
    Instant speech_ended;
  };

  explicit SpeculativeEnd(double share_max) : budget_(share_max) {}

  [[nodiscard]] bool may_announce() const { return budget_.allows_one(); }
  void announce(Announced end) { announced_ = end, overflowed_ = false; }
  [[nodiscard]] bool is_announced() const { return announced_.has_value(); }
  // What the model says now may answer an end that is not final.
  [[nodiscard]] bool holds() const { return announced_ && !overflowed_; }
  // The person continues. The held reply is released, so that it is dropped like any stale one.
  void retract() {
    announced_.reset();
    budget_.retracted();
    release_due_ = true;
  }
  // The speech is over. The end that was announced for it, if one was: its reply is released.
  std::optional<Announced> confirm() {
    budget_.turn_over();
    release_due_ |= announced_.has_value();
    return std::exchange(announced_, std::nullopt);
  }

  [[nodiscard]] bool holds_reply() const { return !held_.empty(); }
  // False where there is no more room: the model answers, so the person has finished, and nothing
  // more is held.
  [[nodiscard]] bool keep(std::string_view message, Instant now, bool stops_model) {
    if (!held_.keep(message, now)) {
      overflowed_ = true;
      return false;
    }
    holds_call_ |= stops_model;
    return true;
  }
  // The held reply has a tool call that stops the model: it takes nothing before the answer.
  [[nodiscard]] bool holds_call() const { return holds_call_; }

  // True once after an end was retracted or confirmed: held messages are due when the event in
  // hand, whose bytes are being read, is done.
  [[nodiscard]] bool take_release_due() { return std::exchange(release_due_, false); }
  // The held messages; actions may point into them until forget_released().
  [[nodiscard]] const std::vector<HeldReply::Message>& release() {
    released_ = held_.take();
    holds_call_ = false;
    return released_;
  }
  void forget_released() { released_.clear(); }
  // The connection is gone. Returns how many messages were dropped.
  std::size_t drop() {
    holds_call_ = false;
    return held_.drop();
  }

 private:
  std::optional<Announced> announced_;
  bool overflowed_ = false;  // the reply to it was too large to be held
  SpeculationBudget budget_;
  HeldReply held_;
  bool holds_call_ = false;
  bool release_due_ = false;
  std::vector<HeldReply::Message> released_;
};

}  // namespace livegate::session
