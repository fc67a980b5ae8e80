// How long a session may last, and how long it may go by without anything being said.
//
// Decides when a word of the coming end is due, and when the end. Leaves to the session what counts
// as said, how both are told, and that nobody is cut off in mid-turn.
#pragma once

#include <algorithm>
#include <optional>

#include "base/instant.h"

namespace livegate::session {

class TimeLimits {
 public:
  // From the word to the end; less where the limit itself is shorter than two of these.
  static constexpr Millis kWarning = 60s;
  // A turn that runs at the end may take so much longer.
  static constexpr Millis kTurnMax = 30s;

  enum class Limit { length, idle };
  enum class Due { nothing, word, end };

  // 0: no limit.
  TimeLimits(Millis longest, Millis idle, Instant began)
      : longest_(longest), idle_(idle), began_(began), said_(began) {}

  void said(Instant now) {
    said_ = now;
    if (told_ == Limit::idle) told_.reset();
  }

  // Once for each word; again and again for the end, until there is one.
  [[nodiscard]] Due due(Instant now, bool between_turns) {
    if (now < word_at(next())) return Due::nothing;
    const Limit limit = next();
    const Instant end = end_at(limit);
    if (now >= (between_turns ? end : end + kTurnMax)) return Due::end;
    if (told_ == limit) return Due::nothing;
    told_ = limit;
    return Due::word;
  }
  [[nodiscard]] std::optional<Instant> next_deadline(Instant now) const {
    if (longest_ <= 0ms && idle_ <= 0ms) return std::nullopt;
    const Limit limit = next();
    if (told_ != limit) return word_at(limit);
    return now < end_at(limit) ? end_at(limit) : end_at(limit) + kTurnMax;
  }

  // There may be something to be told, or done.
  [[nodiscard]] bool is_near(Instant now) const { return now >= word_at(next()); }

  // The one that ends first, and the time until then.
  [[nodiscard]] Limit next() const {
    if (longest_ <= 0ms) return Limit::idle;
    return idle_ > 0ms && said_ + idle_ < began_ + longest_ ? Limit::idle : Limit::length;
  }
  [[nodiscard]] Millis left(Instant now) const {
    return std::max(elapsed(now, end_at(next())), Millis(0));
  }
  [[nodiscard]] Millis allowed(Limit limit) const {
    return limit == Limit::length ? longest_ : idle_;
  }

 private:
  [[nodiscard]] Instant end_at(Limit limit) const {
    if (allowed(limit) <= 0ms) return Instant::max() - kTurnMax;
    return (limit == Limit::length ? began_ : said_) + allowed(limit);
  }
  [[nodiscard]] Instant word_at(Limit limit) const {
    return end_at(limit) - std::min(kWarning, allowed(limit) / 2);
  }

  Millis longest_;
  Millis idle_;
  Instant began_;
  Instant said_;
  std::optional<Limit> told_;
};

}  // namespace livegate::session
