// How much of each kind one client may send, in time: token buckets, one a kind, of a session or of
// all sessions of a user together.
//
// Decides from when on the next message is taken. Leaves the clock, what a message is worth, and
// the waiting to the shell. No message is cut or dropped for it: one that is worth more than is
// left is taken on credit, and the next one waits until that is paid back.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/instant.h"

namespace livegate::policy {

enum class Limit : std::uint8_t {
  audio,       // seconds of sound
  messages,    // of any kind
  bytes,       // of any kind
  texts,       // messages that the model reads: typed lines, content, marks
  text_bytes,  // of these
  tool_bytes,  // of the answers of tools
  pictures,
  count_,
};
inline constexpr std::size_t kLimits = static_cast<std::size_t>(Limit::count_);

// So much at once, and then so much a second. `per_second` 0: as much as one likes.
struct Rate {
  double at_once = 0;
  double per_second = 0;
  bool operator==(const Rate&) const = default;
};
using Rates = std::array<Rate, kLimits>;

// The configuration's name of it: "limits.text_kib".
[[nodiscard]] const char* name_of(Limit limit);

// May be shared between threads: each bucket is one number, the instant at which it is full again.
class Allowance {
 public:
  explicit Allowance(const Rates& rates);

  // `amount` in the limit's unit, not negative.
  void take(Limit limit, double amount, Instant now);

  struct Wait {
    Limit limit;
    Instant until;
  };
  // The longest that there is; nothing where the next message may be taken.
  [[nodiscard]] std::optional<Wait> wait(Instant now) const;
  // Nothing has been taken that time has not given back.
  [[nodiscard]] bool is_full(Instant now) const;
  [[nodiscard]] const Rates& rates() const { return rates_; }
  [[nodiscard]] const Rate& rate(Limit limit) const { return rates_[index(limit)]; }

 private:
  static std::size_t index(Limit limit) { return static_cast<std::size_t>(limit); }

  Rates rates_;
  std::array<std::atomic<std::int64_t>, kLimits> full_at_;  // nanoseconds of the session clock
};

}  // namespace livegate::policy
