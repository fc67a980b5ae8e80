// Private to net: in which order connections that have something to read get their loop's time.
//
// A multilevel feedback queue. Decides who goes first: those who have used the loop least of late,
// so that a client that sends all it can waits for those that talk, and they do not wait for it.
// Every few turns it is who waits longest, so that each has its turn. Leaves to the loop how long a
// turn is.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <memory>

#include "base/instant.h"

namespace livegate::net {

// What takes turns on a loop. It waits in the queue once at most.
class Turn {
 public:
  virtual ~Turn() = default;
  // On the loop. May queue this object again for what is left of its work.
  virtual void take_turn() = 0;

 private:
  friend class TurnQueue;
  [[nodiscard]] std::chrono::nanoseconds used_until(Instant now) const;

  // Of the loop's time, of late. A new one comes behind sessions that talk, which use a half.
  std::chrono::nanoseconds used_ = 2ms;
  Instant used_at_{};
  bool waits_ = false;
};

class TurnQueue {
 public:
  // Nothing happens if it waits already.
  void push(std::shared_ptr<Turn> turn, Instant now);
  [[nodiscard]] bool empty() const { return size_ == 0; }
  struct Popped {
    std::shared_ptr<Turn> turn;
    Instant since;   // when it began to wait
    bool uses_much;  // so that its wait says nothing of the others'
  };
  // The first; the queue is not empty.
  [[nodiscard]] Popped pop();
  // Its turn took so long.
  static void charge(Turn& turn, std::chrono::nanoseconds used, Instant now);
  void clear();

 private:
  struct Waiting {
    std::uint64_t number;  // who came first has the least
    std::shared_ptr<Turn> turn;
    Instant since;
  };
  using Level = std::deque<Waiting>;
  Level& first_level();

  // Each for twice the use of the one before.
  std::array<Level, 12> levels_;
  std::size_t size_ = 0;
  std::uint64_t next_number_ = 0;
  unsigned turns_ = 0;
};

}  // namespace livegate::net
