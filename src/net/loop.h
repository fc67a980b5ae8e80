// One thread's event loop, and time for everything that lives on it.
//
// Decides the order of work: the first event after idle is handled and answered at once; all that
// has arrived meanwhile is handled as one batch, and every socket written to in a batch is flushed
// once, at its end. Under load batches begin a tick apart: waking up and sending are most of what a
// frame costs, and both are shared by all that arrives within the tick. Connections that have
// something to read take turns (net/turn_queue.h). Nothing on a loop is touched from another
// thread, except through post() and stop().
#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "base/instant.h"
#include "obs/handler_times.h"

namespace livegate::net {

class Loop {
 public:
  // `times`, if any, learns how long each handler took; it outlives the loop. `tick`: the least
  // time from the beginning of one batch to the next; 0: none. `lag`, if any, learns how long each
  // connection with something to read waits for its turn, those that use much left out: they wait
  // because of what they do themselves. It outlives the loop.
  explicit Loop(obs::HandlerTimes* times = nullptr, std::chrono::microseconds tick = {},
                obs::HandlerTimes* lag = nullptr);
  ~Loop();  // when run() has returned; whatever still waits is let go without being called
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  void run();                             // until stop(), also one that came before
  void stop();                            // any thread
  void post(std::function<void()> work);  // any thread; runs on the loop's own

  // The time at the start of the current batch; it stands still within one.
  [[nodiscard]] Instant now() const;

  // The handler that runs now has had its share: what is left of its work is for another one, so
  // that others get their turn. Reads the clock.
  [[nodiscard]] bool is_late() const;

  struct Impl;  // sees Asio; for this room only
  [[nodiscard]] Impl& impl() { return *impl_; }

 private:
  std::unique_ptr<Impl> impl_;
};

// Calls `fire` once, on the loop, at or soon after the instant it was last armed for.
class Timer {
 public:
  // `fire` may arm, disarm or destroy the timer.
  Timer(Loop& loop, std::function<void()> fire);
  ~Timer();  // disarms
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  // Arming for later than what is armed already costs nothing: it wakes early, sees that, and waits
  // on.
  void arm(Instant at);
  void disarm();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace livegate::net
