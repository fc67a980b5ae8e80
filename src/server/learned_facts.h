// What the sessions of this process have found a model to do otherwise than its facts say, so that
// the next session begins with that.
//
// Decides that a correction is told once. Leaves finding it to the session. Any thread.
#pragma once

#include <algorithm>
#include <mutex>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "proto/model_facts.h"

namespace livegate::server {

class LearnedFacts {
 public:
  // True the first time. Above limits::kLearnedFactsMax nothing more is kept.
  bool add(proto::FactOverride fact) {
    const std::lock_guard lock(mutex_);
    const bool known = std::ranges::any_of(facts_, [&](const proto::FactOverride& each) {
      return each.model == fact.model && each.fact == fact.fact;
    });
    if (known || facts_.size() >= limits::kLearnedFactsMax) return false;
    facts_.push_back(std::move(fact));
    return true;
  }

  // Behind `facts`: what was learned overrides what was set.
  void append_to(std::vector<proto::FactOverride>& facts) const {
    const std::lock_guard lock(mutex_);
    facts.insert(facts.end(), facts_.begin(), facts_.end());
  }

 private:
  mutable std::mutex mutex_;
  std::vector<proto::FactOverride> facts_;
};

}  // namespace livegate::server
