// What each user's sessions may send together, wherever they live.
//
// Decides which sessions share an allowance, and for how long one is remembered: a user who leaves
// and comes back finds it as it was. Asked when a session begins, behind a lock; what it gives is
// used without one, by every shard at the same time.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "base/instant.h"
#include "base/limits.h"
#include "policy/allowance.h"

namespace livegate::server {

class Allowances {
 public:
  explicit Allowances(std::size_t users_max = limits::kAllowancesMax) : users_max_(users_max) {}

  // `rates`: those in force. Where they have changed, sessions from now on share a new one.
  [[nodiscard]] std::shared_ptr<policy::Allowance> of(const std::string& user,
                                                      const policy::Rates& rates, Instant now) {
    const std::lock_guard lock(mutex_);
    const auto found = users_.find(user);
    if (found != users_.end() && found->second->rates() == rates) return found->second;
    if (found == users_.end() && users_.size() >= users_max_) make_room(now);
    return users_[user] = std::make_shared<policy::Allowance>(rates);
  }

  [[nodiscard]] std::size_t users() const {
    const std::lock_guard lock(mutex_);
    return users_.size();
  }

 private:
  // Those go that nobody uses and that are as new; if there are none, one that nobody uses.
  void make_room(Instant now) {
    std::erase_if(users_, [now](const auto& entry) {
      return entry.second.use_count() == 1 && entry.second->is_full(now);
    });
    if (users_.size() < users_max_) return;
    for (auto user = users_.begin(); user != users_.end(); ++user) {
      if (user->second.use_count() > 1) continue;
      users_.erase(user);
      return;
    }
  }

  std::size_t users_max_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, std::shared_ptr<policy::Allowance>> users_;
};

}  // namespace livegate::server
