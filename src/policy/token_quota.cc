#include "policy/token_quota.h"

#include <chrono>

#include "base/limits.h"

namespace livegate::policy {
namespace {

// Of one minute, at each call: a minute has one row a user.
constexpr int kForgottenAtOnce = 1024;

}  // namespace

void TokenQuota::Held::add(const Held& other) {
  tokens += other.tokens;
  bytes += other.bytes;
}

void TokenQuota::Held::remove(const Held& other) {
  tokens -= other.tokens;
  bytes -= other.bytes;
}

TokenQuota::Verdict TokenQuota::take(const std::string& user, std::size_t bytes, Instant expires_at,
                                     Instant now) {
  forget_expired(now);
  const Held one{1, bytes};
  if (all_.tokens >= limits::kTokensMax || all_.bytes + bytes > limits::kTokenBytesMax) {
    return Verdict::all_full;
  }
  if (const auto held = users_.find(user); held != users_.end()) {
    const bool full = held->second.tokens >= limits::kTokensPerUserMax ||
                      held->second.bytes + bytes > limits::kTokenBytesPerUserMax;
    if (full) return Verdict::user_full;
  }
  const auto minute = std::chrono::ceil<std::chrono::minutes>(expires_at.time_since_epoch());
  until_[minute.count()][user].add(one);
  users_[user].add(one);
  all_.add(one);
  return Verdict::taken;
}

void TokenQuota::forget_expired(Instant now) {
  const auto minute = std::chrono::floor<std::chrono::minutes>(now.time_since_epoch());
  int left = kForgottenAtOnce;
  while (left > 0 && !until_.empty() && until_.begin()->first <= minute.count()) {
    OfUsers& over = until_.begin()->second;
    for (auto row = over.begin(); row != over.end() && left > 0; --left) {
      const auto user = users_.find(row->first);
      user->second.remove(row->second);
      if (user->second.tokens == 0) users_.erase(user);
      all_.remove(row->second);
      row = over.erase(row);
    }
    if (over.empty()) until_.erase(until_.begin());
  }
}

}  // namespace livegate::policy
