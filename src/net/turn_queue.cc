#include "net/turn_queue.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

namespace livegate::net {
namespace {

using Nanos = std::chrono::nanoseconds;

// What was used so long ago counts half.
constexpr Nanos kHalfLife = 1s;
// Up to here the use of the first level; a session that talks uses 0.5 ms a second.
constexpr unsigned kFirstLevelBits = 18;  // 0.26 ms
// From here on it uses much: 8.4 ms, more than a session that talks on any processor.
constexpr std::size_t kMuchLevel = 6;
// Every so many turns it is who waits longest.
constexpr unsigned kLongestWaitEvery = 8;

}  // namespace

Nanos Turn::used_until(Instant now) const {
  if (now <= used_at_) return used_;
  const double half_lives = std::chrono::duration<double>(now - used_at_) / kHalfLife;
  return std::chrono::duration_cast<Nanos>(used_ * std::exp2(-half_lives));
}

void TurnQueue::push(std::shared_ptr<Turn> turn, Instant now) {
  if (std::exchange(turn->waits_, true)) return;
  if (turn->used_at_ == Instant()) turn->used_at_ = now;
  const auto used = static_cast<std::uint64_t>(turn->used_until(now).count());
  const auto level = static_cast<std::size_t>(std::bit_width(used >> kFirstLevelBits));
  levels_[std::min(level, levels_.size() - 1)].push_back({next_number_++, std::move(turn), now});
  ++size_;
}

TurnQueue::Level& TurnQueue::first_level() {
  if (++turns_ % kLongestWaitEvery != 0) {
    return *std::ranges::find_if_not(levels_, &Level::empty);
  }
  return *std::ranges::min_element(levels_, {}, [](const Level& level) {
    return level.empty() ? UINT64_MAX : level.front().number;
  });
}

TurnQueue::Popped TurnQueue::pop() {
  Level& level = first_level();
  const bool uses_much = &level >= &levels_[kMuchLevel];
  Popped first{std::move(level.front().turn), level.front().since, uses_much};
  level.pop_front();
  --size_;
  first.turn->waits_ = false;
  return first;
}

void TurnQueue::charge(Turn& turn, Nanos used, Instant now) {
  turn.used_ = turn.used_until(now) + used;
  turn.used_at_ = std::max(turn.used_at_, now);
}

void TurnQueue::clear() {
  for (Level& level : levels_) level.clear();
  size_ = 0;
}

}  // namespace livegate::net
