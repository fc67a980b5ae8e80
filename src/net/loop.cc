#include "net/loop.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <chrono>
#include <thread>

#include "base/padded_text.h"
#include "net/loop_impl.h"

namespace livegate::net {
namespace {

// One read takes this much: a full TLS record, or some twenty frames of 20 ms of audio. What is not
// taken in the same turn is kept, so it is what each of many that wait costs.
constexpr std::size_t kReceiveBytes = 16 * 1024;

// A batch ends here even if more is ready: what was written in it must not wait for ever.
constexpr int kBatchHandlersMax = 256;
// ... or this much time has gone by: of its handlers, and of the turns behind them.
constexpr auto kBatchTimeMax = 500us;

// What one handler may take where its work can be cut.
constexpr auto kHandlerTimeMax = 500us;

Instant read_clock() {
  return Instant(std::chrono::duration_cast<SessionClock::duration>(
      std::chrono::steady_clock::now().time_since_epoch()));
}

std::chrono::steady_clock::time_point to_steady(Instant at) {
  return std::chrono::steady_clock::time_point(at.time_since_epoch());
}

}  // namespace

Loop::Impl::Impl(obs::HandlerTimes* times, std::chrono::microseconds tick, obs::HandlerTimes* lag)
    : receive_buffer_(kReceiveBytes + kTextPadding),
      times_(times),
      lag_(lag),
      tick_(tick),
      handler_began_(read_clock()),
      now(handler_began_),
      context(/*concurrency_hint=*/1),
      stay_(asio::make_work_guard(context)),
      alarm_(context) {}

Loop::Impl::~Impl() {
  turns_.clear();
  dirty_.clear();
}

void Loop::Impl::run() {
  flush();
  while (!context.stopped()) {
    time_is_stale_ = true;
    if (turns_.empty()) {
      wait_for_tick();
      sleeps_ = true;
      context.run_one();
      if (time_is_stale_) handler_began_ = read_clock();  // what ran was Asio's own
      sleeps_ = false;
      handler_done();
      if (!turns_.empty()) give_turn();
      flush();
      handler_done();
      time_is_stale_ = true;
    }
    const Instant began = handler_began_;
    batch_began_ = began;
    for (int i = 0; i < kBatchHandlersMax && context.poll_one() != 0; ++i) {
      handler_done();
      if (handler_began_ - began > kBatchTimeMax) break;
    }
    give_turns();
    flush();
    handler_done();
  }
  context.restart();  // here and not above: a stop() that comes before run() counts
}

// What arrives meanwhile makes one batch. After idle the tick is long over.
void Loop::Impl::wait_for_tick() {
  if (handler_began_ - batch_began_ >= tick_) return;
  std::this_thread::sleep_until(to_steady(batch_began_ + tick_));
  handler_began_ = read_clock();
}

void Loop::Impl::refresh() {
  if (!time_is_stale_) return;
  time_is_stale_ = false;
  now = read_clock();
  if (sleeps_) handler_began_ = now;
}

// The next one begins where this one ended: one look at the clock serves both.
void Loop::Impl::handler_done() {
  const Instant at = read_clock();
  if (times_ != nullptr) times_->observe(at - handler_began_);
  handler_began_ = at;
}

void Loop::Impl::give_turn() {
  refresh();
  const auto first = turns_.pop();
  const Instant began = handler_began_;
  if (lag_ != nullptr && !first.uses_much) lag_->observe(began - first.since);
  first.turn->take_turn();
  handler_done();
  TurnQueue::charge(*first.turn, handler_began_ - began, handler_began_);
}

// To as many as there is time for; the others have theirs behind what has become ready meanwhile.
void Loop::Impl::give_turns() {
  const Instant began = handler_began_;
  while (!turns_.empty() && handler_began_ - began <= kBatchTimeMax && !context.stopped()) {
    give_turn();
  }
}

bool Loop::Impl::is_late() const { return read_clock() - handler_began_ > kHandlerTimeMax; }

std::span<std::uint8_t> Loop::Impl::receive_buffer() {
  return std::span(receive_buffer_).first(kReceiveBytes);
}

void Loop::Impl::mark_dirty(std::shared_ptr<Flushable> written) {
  dirty_.push_back(std::move(written));
}

// A failing write ends its connection, whose owner may write to others: they are flushed in the
// same go.
void Loop::Impl::flush() {
  for (std::size_t i = 0; i < dirty_.size(); ++i) {
    const auto written = std::move(dirty_[i]);
    written->flush();
  }
  dirty_.clear();
}

void Loop::Impl::schedule(TimerSlot& slot, Instant at) {
  unschedule(slot);
  slot.place = timers_.emplace(at, &slot);
  if (!alarm_at_ || at < *alarm_at_) wait_for_next();
}

void Loop::Impl::unschedule(TimerSlot& slot) {
  if (!slot.place) return;
  timers_.erase(*slot.place);
  slot.place.reset();
}

void Loop::Impl::wait_for_next() {
  if (timers_.empty()) return;
  alarm_at_ = timers_.begin()->first;
  alarm_.expires_at(to_steady(*alarm_at_));  // cancels the wait before
  alarm_.async_wait(on_loop([this](const boost::system::error_code& error) {
    if (error) return;
    // The batch may have begun before the alarm was due: without this, nothing would be, and the
    // alarm would be set again and again until the batch ends.
    now = std::max(now, *alarm_at_);
    alarm_at_.reset();
    fire_due();
    if (!alarm_at_) wait_for_next();
  }));
}

// As many as there are now, and as one handler may do: a timer that arms itself for a time that has
// passed waits for the next round.
void Loop::Impl::fire_due() {
  for (std::size_t left = timers_.size(); left > 0 && !timers_.empty(); --left) {
    const auto first = timers_.begin();
    if (first->first > now || is_late()) return;
    TimerSlot& slot = *first->second;
    unschedule(slot);
    if (!slot.wanted) continue;
    if (*slot.wanted > now) {
      slot.place = timers_.emplace(*slot.wanted, &slot);
      continue;
    }
    slot.wanted.reset();
    const auto fire = slot.fire;
    (*fire)();
  }
}

Loop::Loop(obs::HandlerTimes* times, std::chrono::microseconds tick, obs::HandlerTimes* lag)
    : impl_(std::make_unique<Impl>(times, tick, lag)) {}
Loop::~Loop() = default;
void Loop::run() { impl_->run(); }
void Loop::stop() { impl_->context.stop(); }
Instant Loop::now() const { return impl_->now; }
bool Loop::is_late() const { return impl_->is_late(); }

void Loop::post(std::function<void()> work) {
  asio::post(impl_->context, impl_->on_loop(std::move(work)));
}

struct Timer::State : TimerSlot {
  explicit State(Loop::Impl& on) : loop(on) {}
  Loop::Impl& loop;
};

Timer::Timer(Loop& loop, std::function<void()> fire)
    : state_(std::make_unique<State>(loop.impl())) {
  state_->fire = std::make_shared<std::function<void()>>(std::move(fire));
}

Timer::~Timer() { state_->loop.unschedule(*state_); }

void Timer::arm(Instant at) {
  state_->wanted = at;
  if (state_->place && (*state_->place)->first <= at) return;
  state_->loop.schedule(*state_, at);
}

// Its place stays: arming again for later is then free as well.
void Timer::disarm() { state_->wanted.reset(); }

}  // namespace livegate::net
