// Time as the core sees it: handed in, never read. SessionClock has no now(), so code in the core
// cannot look at a clock even by mistake; the shell makes Instants from the steady clock.
#pragma once

#include <chrono>
#include <optional>

namespace livegate {

struct SessionClock {
  using duration = std::chrono::nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<SessionClock, duration>;
  static constexpr bool is_steady = true;
};

using Instant = SessionClock::time_point;
using Millis = std::chrono::milliseconds;
using namespace std::chrono_literals;

// Whole milliseconds from `from` to `to`; negative if `to` is the earlier one.
[[nodiscard]] constexpr Millis elapsed(Instant from, Instant to) {
  return std::chrono::duration_cast<Millis>(to - from);
}

// The earlier of two instants that may be absent.
[[nodiscard]] constexpr std::optional<Instant> soonest(std::optional<Instant> a,
                                                       std::optional<Instant> b) {
  if (!a) return b;
  if (!b) return a;
  return *a < *b ? a : b;
}

}  // namespace livegate
