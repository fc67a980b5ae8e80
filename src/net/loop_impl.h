// Private to net: the loop as its own parts see it, with Asio in sight.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "net/loop.h"
#include "net/turn_queue.h"

namespace livegate::net {

namespace asio = boost::asio;

// Something that was written to in this batch.
class Flushable {
 public:
  virtual ~Flushable() = default;
  virtual void flush() = 0;
};

struct TimerSlot;
using Schedule = std::multimap<Instant, TimerSlot*>;

// One Timer. `place` may be earlier than `wanted`, never later.
struct TimerSlot {
  std::optional<Instant> wanted;
  std::optional<Schedule::iterator> place;
  std::shared_ptr<std::function<void()>> fire;  // shared: it may destroy its own timer
};

struct Loop::Impl {
  Impl(obs::HandlerTimes* times, std::chrono::microseconds tick, obs::HandlerTimes* lag);
  ~Impl();

  void run();
  void schedule(TimerSlot& slot, Instant at);
  void unschedule(TimerSlot& slot);
  void mark_dirty(std::shared_ptr<Flushable> written);
  // It takes its turn soon; nothing happens if it waits for it already.
  void wait_for_turn(std::shared_ptr<Turn> turn) { turns_.push(std::move(turn), now); }

  // Everything received on this loop passes through here, with kTextPadding behind it. Its content
  // is the caller's until the next read on this loop.
  [[nodiscard]] std::span<std::uint8_t> receive_buffer();

  // Wraps what Asio calls, so that time moves once a batch, before the first handler looks at it.
  template <class Handler>
  auto on_loop(Handler handler) {
    return [this, handler = std::move(handler)](const auto&... arguments) mutable {
      refresh();
      handler(arguments...);
    };
  }

  void refresh();
  [[nodiscard]] bool is_late() const;

 private:
  void wait_for_tick();
  void handler_done();
  void give_turn();
  void give_turns();
  void flush();
  void fire_due();
  void wait_for_next();

  // Order matters: handlers still waiting are destroyed with `context`, and may own slots of
  // `timers_`.
  std::vector<std::shared_ptr<Flushable>> dirty_;
  TurnQueue turns_;
  Schedule timers_;
  std::vector<std::uint8_t> receive_buffer_;
  obs::HandlerTimes* times_;
  obs::HandlerTimes* lag_;
  std::chrono::microseconds tick_;
  Instant handler_began_;
  Instant batch_began_{};
  bool sleeps_ = false;  // until the first handler of a batch
  bool time_is_stale_ = true;
  std::optional<Instant> alarm_at_;  // when `alarm_` is due

 public:
  Instant now;
  asio::io_context context;

 private:
  asio::executor_work_guard<asio::io_context::executor_type> stay_;
  asio::steady_timer alarm_;
};

}  // namespace livegate::net
