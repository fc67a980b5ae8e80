#include "policy/login_brake.h"

#include <algorithm>
#include <iterator>

namespace livegate::policy {

std::optional<Millis> LoginBrake::failed(const IpAddress& address, Instant now) {
  if (rate_.is_off()) return std::nullopt;
  Entry& entry = of(address.block(), now);
  if (now < entry.until) return elapsed(now, entry.until) + Millis(1);
  const bool braked = entry.delay > kFirstDelay && now < entry.until + kForgivenAfter;
  if (!braked) {
    entry.delay = kFirstDelay;
    if (!entry.free.wait(rate_, now)) {
      entry.free.take();
      return std::nullopt;
    }
  }
  const Millis delay = entry.delay;
  entry.delay = std::min(delay * 2, kDelayMax);
  entry.until = now + delay;
  return delay;
}

LoginBrake::Entry& LoginBrake::of(const IpAddress& block, Instant now) {
  if (const auto found = table_.find(block); found != table_.end()) {
    order_.splice(order_.end(), order_, found->second.at);
    return found->second;
  }
  if (table_.size() >= addresses_max_) {
    table_.erase(order_.front());
    order_.pop_front();
  }
  order_.push_back(block);
  const auto added = table_.emplace(
      block, Entry{TokenBucket(rate_, now), kFirstDelay, Instant{}, std::prev(order_.end())});
  return added.first->second;
}

}  // namespace livegate::policy
