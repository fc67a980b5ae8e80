// An allowance that fills evenly: what is not used is saved up to a bound. And a table of them, one
// for each user or address.
//
// Decides how many of something may happen in what time. Reads no clock; leaves words and counts to
// the server.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <functional>
#include <list>
#include <optional>
#include <unordered_map>
#include <utility>

#include "base/instant.h"

namespace livegate::policy {

// So many at once, and so many a minute. `per_minute` 0: any number.
struct BucketRate {
  double per_minute = 0;
  double burst = 0;
  [[nodiscard]] bool is_off() const { return per_minute <= 0; }
};

class TokenBucket {
 public:
  TokenBucket(const BucketRate& rate, Instant now) : left_(rate.burst), filled_(now) {}

  // How long until one may be taken; nothing: now.
  [[nodiscard]] std::optional<Millis> wait(const BucketRate& rate, Instant now) {
    fill(rate, now);
    if (rate.is_off() || left_ >= 1) return std::nullopt;
    const double minutes = (1 - left_) / rate.per_minute;
    return Millis(static_cast<Millis::rep>(minutes * 60'000) + 1);
  }
  // One that wait() allows.
  void take() { left_ -= 1; }

 private:
  void fill(const BucketRate& rate, Instant now) {
    const std::chrono::duration<double, std::ratio<60>> passed = now - filled_;
    filled_ = std::max(filled_, now);
    left_ = std::min(rate.burst, left_ + std::max(passed.count(), 0.0) * rate.per_minute);
  }
  double left_;
  Instant filled_;
};

// At most `size_max` buckets: of more the one that was least recently used is forgotten, which
// gives its owner a full one.
template <class Key>
class BucketTable {
 public:
  BucketTable(const BucketRate& rate, std::size_t size_max) : rate_(rate), size_max_(size_max) {}

  void set_rate(const BucketRate& rate) { rate_ = rate; }

  // Takes one of `key`'s. Not allowed: how long until there is one again.
  std::optional<Millis> take(const Key& key, Instant now) {
    if (rate_.is_off()) return std::nullopt;
    TokenBucket& bucket = of(key, now);
    if (const auto wait = bucket.wait(rate_, now)) return wait;
    bucket.take();
    return std::nullopt;
  }
  // The same without taking it.
  [[nodiscard]] std::optional<Millis> wait(const Key& key, Instant now) {
    const auto found = table_.find(key);
    if (rate_.is_off() || found == table_.end()) return std::nullopt;
    return found->second.bucket.wait(rate_, now);
  }
  [[nodiscard]] std::size_t size() const { return table_.size(); }

 private:
  struct Entry {
    TokenBucket bucket;
    typename std::list<Key>::iterator at;
  };

  TokenBucket& of(const Key& key, Instant now) {
    if (const auto found = table_.find(key); found != table_.end()) {
      order_.splice(order_.end(), order_, found->second.at);
      return found->second.bucket;
    }
    if (table_.size() >= size_max_) {
      table_.erase(order_.front());
      order_.pop_front();
    }
    order_.push_back(key);
    const auto added = table_.emplace(key, Entry{TokenBucket(rate_, now), std::prev(order_.end())});
    return added.first->second.bucket;
  }

  BucketRate rate_;
  std::size_t size_max_;
  std::list<Key> order_;  // least recently used first
  std::unordered_map<Key, Entry> table_;
};

}  // namespace livegate::policy
