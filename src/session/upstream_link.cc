#include "session/upstream_link.h"

#include <algorithm>

#include "base/limits.h"

namespace livegate::session {
namespace {

// A connection that held this long was sound: the next failure counts from one again.
constexpr Millis kStableAfter = 10s;

// The latest moment to move over before an announced end, in case no quiet moment came.
constexpr Millis kRenewMargin = 5s;

}  // namespace

void UpstreamLink::connect() {
  ++epoch_;
  state_ = State::connecting;
  resuming_ = !handle_.empty();
  deadline_.reset();
  renew_by_.reset();
}

void UpstreamLink::opened(Instant now) {
  state_ = State::setting_up;
  deadline_ = now + limits::kUpstreamSetupTimeMax;
}

void UpstreamLink::set_up(Instant now) {
  state_ = State::ready;
  was_ready_ = true;
  ready_at_ = now;
  deadline_ = now + limits::kKeepAliveEvery;
}

void UpstreamLink::go_away(Instant now, Millis time_left) {
  renew_by_ = now + std::max(time_left - kRenewMargin, Millis(0));
}

UpstreamLink::Loss UpstreamLink::lost(std::uint16_t code, std::string_view reason, Instant now) {
  const bool while_setting_up = state_ == State::setting_up;
  if (ready_at_ && now - *ready_at_ >= kStableAfter) attempt_ = 0;
  ready_at_.reset();
  renew_by_.reset();

  const ClosePolicy policy = close_policy(code, reason, resuming_ && while_setting_up);
  if (policy.verdict == CloseVerdict::fresh) handle_.clear();
  const int tries_max = was_ready_ ? backoff_.tries_max : backoff_.first_tries_max;
  if (policy.verdict == CloseVerdict::stop || attempt_ >= tries_max) {
    state_ = State::closed;
    deadline_.reset();
    return {true, policy.advice, Millis(0)};
  }
  // The service is there, only the handle was wrong: nothing to wait for, and not twice the same.
  const Millis wait = policy.verdict == CloseVerdict::fresh ? Millis(0) : draw_wait();
  ++attempt_;
  state_ = State::waiting;
  deadline_ = now + wait;
  return {false, {}, wait};
}

Millis UpstreamLink::draw_wait() {
  // Full jitter: thousands of sessions that lose the same service must not come back in step.
  const int doublings = std::min(attempt_, 20);
  const Millis ceiling = std::min(backoff_.cap, backoff_.base * (std::int64_t{1} << doublings));
  return Millis(static_cast<std::int64_t>(rng_.uniform() * static_cast<double>(ceiling.count())));
}

UpstreamLink::Due UpstreamLink::due(Instant now) {
  if (state_ == State::ready && renew_by_ && now >= *renew_by_) return Due::renew;
  if (!deadline_ || now < *deadline_) return Due::nothing;
  switch (state_) {
    case State::waiting:
      return Due::connect;
    case State::setting_up:
      return Due::setup_timeout;
    case State::ready:
      deadline_ = now + limits::kKeepAliveEvery;
      return Due::ping;
    default:
      return Due::nothing;
  }
}

std::optional<Instant> UpstreamLink::next_deadline() const {
  return state_ == State::ready ? soonest(deadline_, renew_by_) : deadline_;
}

}  // namespace livegate::session
