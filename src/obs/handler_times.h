// How long the handlers of one loop took: whatever holds a loop holds up every session on it.
//
// Written by the loop's thread alone, read by any: an observation is three plain stores.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iterator>

namespace livegate::obs {

class HandlerTimes {
 public:
  using Nanos = std::chrono::nanoseconds;
  // Upper bounds of the buckets; one more bucket takes what is longer.
  static constexpr std::array<Nanos, 11> kBounds = {
      std::chrono::microseconds(100), std::chrono::microseconds(250),
      std::chrono::microseconds(500), std::chrono::milliseconds(1),
      std::chrono::milliseconds(2),   std::chrono::milliseconds(5),
      std::chrono::milliseconds(10),  std::chrono::milliseconds(20),
      std::chrono::milliseconds(50),  std::chrono::milliseconds(250),
      std::chrono::seconds(1)};

  void observe(Nanos time) {
    std::size_t bucket = 0;
    while (bucket < kBounds.size() && time > kBounds[bucket]) ++bucket;
    add(buckets_[bucket], 1);
    add(sum_, static_cast<std::uint64_t>(std::max<Nanos::rep>(time.count(), 0)));
    const auto longest = Nanos(longest_.load(std::memory_order_relaxed));
    if (time > longest) longest_.store(time.count(), std::memory_order_relaxed);
  }

  // Not yet summed up: those of this bucket alone.
  [[nodiscard]] std::uint64_t bucket(std::size_t index) const {
    return buckets_[index].load(std::memory_order_relaxed);
  }
  [[nodiscard]] Nanos sum() const {
    return Nanos(static_cast<Nanos::rep>(sum_.load(std::memory_order_relaxed)));
  }
  [[nodiscard]] Nanos longest() const { return Nanos(longest_.load(std::memory_order_relaxed)); }

 private:
  static void add(std::atomic<std::uint64_t>& value, std::uint64_t amount) {
    value.store(value.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
  }

  std::array<std::atomic<std::uint64_t>, kBounds.size() + 1> buckets_{};
  std::atomic<std::uint64_t> sum_{0};
  std::atomic<Nanos::rep> longest_{0};
};

}  // namespace livegate::obs
