#include "policy/allowance.h"

#include <algorithm>
#include <limits>

namespace livegate::policy {
namespace {

// Three years of what comes in are the most that is saved up, however slow the rate; one message
// may cost more than that, so that it cannot be had again at once. Both are far from where instants
// overflow, and so is where a bucket ends that many sessions of a user draw on.
constexpr double kSavedNanosMax = 1e17;
constexpr double kCostNanosMax = 2e17;
constexpr std::int64_t kFullAtMax = 4'000'000'000'000'000'000;

std::int64_t nanos(double amount, double per_second, double nanos_max) {
  return static_cast<std::int64_t>(std::min(amount / per_second * 1e9, nanos_max));
}

std::int64_t nanos(Instant at) { return at.time_since_epoch().count(); }

}  // namespace

const char* name_of(Limit limit) {
  switch (limit) {
    case Limit::audio:
      return "limits.audio_rate";
    case Limit::messages:
      return "limits.messages";
    case Limit::bytes:
      return "limits.received_mib";
    case Limit::texts:
      return "limits.texts";
    case Limit::text_bytes:
      return "limits.text_kib";
    case Limit::tool_bytes:
      return "limits.tool_kib";
    case Limit::pictures:
    case Limit::count_:
      break;
  }
  return "limits.pictures";
}

Allowance::Allowance(const Rates& rates) : rates_(rates) {
  for (auto& full_at : full_at_) full_at = std::numeric_limits<std::int64_t>::min();
}

void Allowance::take(Limit limit, double amount, Instant now) {
  const Rate& rate = rates_[index(limit)];
  if (rate.per_second <= 0 || amount <= 0) return;
  const std::int64_t cost = nanos(amount, rate.per_second, kCostNanosMax);
  auto& full_at = full_at_[index(limit)];
  std::int64_t before = full_at.load(std::memory_order_relaxed);
  const auto after = [&] {
    return std::min(std::max(before, nanos(now)), kFullAtMax - cost) + cost;
  };
  while (!full_at.compare_exchange_weak(before, after(), std::memory_order_relaxed)) {
  }
}

std::optional<Allowance::Wait> Allowance::wait(Instant now) const {
  std::optional<Wait> longest;
  for (std::size_t i = 0; i < kLimits; ++i) {
    const std::int64_t full_at = full_at_[i].load(std::memory_order_relaxed);
    if (full_at <= nanos(now)) continue;
    const Instant until{std::chrono::nanoseconds(
        full_at - nanos(rates_[i].at_once, rates_[i].per_second, kSavedNanosMax))};
    if (until > now && (!longest || until > longest->until)) {
      longest = Wait{static_cast<Limit>(i), until};
    }
  }
  return longest;
}

bool Allowance::is_full(Instant now) const {
  return std::ranges::all_of(full_at_, [now](const auto& full_at) {
    return full_at.load(std::memory_order_relaxed) <= nanos(now);
  });
}

}  // namespace livegate::policy
