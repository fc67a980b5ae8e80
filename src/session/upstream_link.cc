#include "session/upstream_link.h"

#include <algorithm>

#include "base/limits.h"

namespace livegate::session {
namespace {

// A connection that held this long was sound: the next failure counts from one again.
constexpr Millis kStableAfter = 10s;

// The latest moment to move before an announced end, in case no quiet one came; of a shorter notice
// a quarter.
constexpr Millis kMoveMargin = 5s;

// A quiet moment is looked for this often.
constexpr Millis kLookEvery = 250ms;

// So often a handle is tried with which no connection comes up; then the conversation goes on
// without.
constexpr int kRefusalsMax = 3;

// What was said and refused is left out. Where the next conversation is refused so soon after, it
// may be what the handle brings back; and so many in a row are something else.
constexpr Millis kAnewAgainAfter = 60s;
constexpr int kAnewInARowMax = 4;

// The first wait after a connection that was sound is shorter: a person is in mid-sentence.
constexpr int kFirstWaitShare = 4;

}  // namespace

void UpstreamLink::connect() {
  ++epoch_;
  state_ = State::connecting;
  resuming_ = !handle_.empty();
  deadline_.reset();
  move_from_.reset();
  look_at_.reset();
  move_by_.reset();
}

void UpstreamLink::opened(Instant now) {
  state_ = State::setting_up;
  deadline_ = now + limits::kUpstreamSetupTimeMax;
}

void UpstreamLink::set_up(Instant now) {
  state_ = State::ready;
  was_ready_ = true;
  refusals_ = 0;
  ready_at_ = now;
  deadline_ = now + limits::kKeepAliveEvery;
  if (age_max_ > 0ms) {
    // Not all that began together move together.
    const double share = 0.9 + 0.1 * rng_.uniform();
    move_from_ = look_at_ =
        now + Millis(static_cast<std::int64_t>(share * static_cast<double>(age_max_.count())));
  }
}

void UpstreamLink::go_away(Instant now, Millis time_left) {
  const Millis left = std::max(time_left, Millis(0));
  move_from_ = look_at_ = now;
  move_by_ = now + left - std::min(kMoveMargin, left / 4);
}

UpstreamLink::Loss UpstreamLink::lost(std::uint16_t code, std::string_view reason, Instant now) {
  const ClosedIn where = state_ == State::ready ? ClosedIn::conversation
                         : resuming_            ? ClosedIn::resumption
                                                : ClosedIn::setup;
  const bool was_set_up = where == ClosedIn::conversation;
  if (ready_at_ && now - *ready_at_ >= kStableAfter) attempt_ = 0;
  ready_at_.reset();

  ClosePolicy policy = close_policy(code, reason, where);
  if (state_ == State::setting_up && resuming_ && ++refusals_ >= kRefusalsMax) {
    policy.verdict = CloseVerdict::fresh;
  }
  const bool anew = policy.verdict == CloseVerdict::anew;
  if (anew) {
    anews_ = anew_at_ && now - *anew_at_ < kAnewAgainAfter ? anews_ + 1 : 1;
    anew_at_ = now;
  }
  const bool again = anew && anews_ >= kAnewInARowMax;
  if ((anew && anews_ > 1) || policy.verdict == CloseVerdict::fresh) handle_.clear();
  const int tries_max = was_ready_ ? backoff_.tries_max : backoff_.first_tries_max;
  if (policy.verdict == CloseVerdict::stop || again || attempt_ >= tries_max) {
    state_ = State::closed;
    deadline_.reset();
    return {.give_up = true, .advice = policy.advice, .retry_in = {}, .repeats = false};
  }
  // The service is there, only the handle was wrong: nothing to wait for, and not twice the same.
  const bool at_once = policy.verdict == CloseVerdict::fresh || anew;
  const Millis wait = at_once                       ? Millis(0)
                      : was_set_up && attempt_ == 0 ? draw_wait() / kFirstWaitShare
                                                    : draw_wait();
  ++attempt_;
  state_ = State::waiting;
  deadline_ = now + wait;
  return {.give_up = false, .advice = {}, .retry_in = wait, .repeats = !anew};
}

Millis UpstreamLink::draw_wait() {
  // Full jitter: thousands of sessions that lose the same service must not come back in step.
  const int doublings = std::min(attempt_, 20);
  const Millis ceiling = std::min(backoff_.cap, backoff_.base * (std::int64_t{1} << doublings));
  return Millis(static_cast<std::int64_t>(rng_.uniform() * static_cast<double>(ceiling.count())));
}

UpstreamLink::Due UpstreamLink::due(Instant now) {
  if (state_ == State::ready && move_by_ && now >= *move_by_) return Due::move;
  if (state_ == State::ready && look_at_ && now >= *look_at_) {
    // Without a handle a move would cost the model its memory: only where it must be.
    if (handle_.empty() && !move_by_) {
      look_at_.reset();
    } else {
      look_at_ = now + kLookEvery;
      return Due::move_if_quiet;
    }
  }
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
  return state_ == State::ready ? soonest(deadline_, soonest(look_at_, move_by_)) : deadline_;
}

}  // namespace livegate::session
