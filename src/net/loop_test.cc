#include "net/loop.h"

#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "net/loop_impl.h"
#include "net/test_world.h"

namespace livegate::net {
namespace {

using test::World;
using testing::ElementsAre;

TEST(Loop, runs_what_is_posted_in_order) {
  Loop loop;
  std::vector<int> seen;
  for (int i = 0; i < 3; ++i) {
    loop.post([&seen, i] { seen.push_back(i); });
  }
  loop.post([&] { loop.stop(); });
  loop.run();
  EXPECT_THAT(seen, ElementsAre(0, 1, 2));
}

TEST(Loop, a_stop_that_comes_before_run_counts) {
  Loop loop;
  loop.stop();
  loop.run();  // would wait for ever
  SUCCEED();
}

TEST(Loop, can_be_posted_to_from_another_thread_while_it_sleeps) {
  Loop loop;
  std::thread::id ran_on;
  std::thread other([&] {
    loop.post([&] {
      ran_on = std::this_thread::get_id();
      loop.stop();
    });
  });
  loop.run();
  other.join();
  EXPECT_EQ(ran_on, std::this_thread::get_id());
}

TEST(Loop, time_stands_still_within_a_batch_and_goes_on_between) {
  World world;
  const Instant before = world.loop.now();
  std::vector<Instant> seen;
  Timer timer(world.loop, [&] {
    seen.push_back(world.loop.now());
    const auto start = std::chrono::steady_clock::now();
    while (std::chrono::steady_clock::now() == start) {
    }
    seen.push_back(world.loop.now());
    world.changed();
  });
  timer.arm(before + 1ms);
  world.run_until([&] { return seen.size() == 2; });
  EXPECT_EQ(seen[0], seen[1]);
  EXPECT_GE(seen[0], before + 1ms);
}

// What is due at different times within a tick is handled together, which without one it is not.
TEST(Loop, batches_begin_a_tick_apart) {
  for (const bool ticks : {true, false}) {
    Loop loop(nullptr, ticks ? 100ms : 0ms);
    std::vector<Instant> fired;
    Timer last(loop, [&] {
      fired.push_back(loop.now());
      loop.stop();
    });
    Timer first(loop, [&] { fired.push_back(loop.now()); });
    loop.post([&] {
      first.arm(loop.now() + 1ms);
      last.arm(loop.now() + 10ms);
    });
    loop.run();
    ASSERT_EQ(fired.size(), 2u);
    EXPECT_EQ(fired[0] == fired[1], ticks);
  }
}

struct BusyTurn : Turn {
  BusyTurn(Loop& its_loop, Millis its_time) : loop(its_loop), time(its_time) {}
  void take_turn() override {
    const auto end = std::chrono::steady_clock::now() + time;
    while (std::chrono::steady_clock::now() < end) {
    }
    if (--loop_turns == 0) loop.stop();
  }
  Loop& loop;
  Millis time;
  static inline int loop_turns = 0;
};

TEST(Loop, tells_how_long_each_waited_for_its_turn) {
  obs::HandlerTimes lag;
  Loop loop(nullptr, {}, &lag);
  BusyTurn::loop_turns = 2;
  loop.post([&loop] {
    for (int i = 0; i < 2; ++i) {
      loop.impl().wait_for_turn(std::make_shared<BusyTurn>(loop, 3ms));
    }
  });
  loop.run();
  std::uint64_t count = 0;
  for (std::size_t i = 0; i <= obs::HandlerTimes::kBounds.size(); ++i) count += lag.bucket(i);
  EXPECT_EQ(count, 2U);
  EXPECT_GE(lag.longest(), 3ms) << "the second waits for the first";
}

TEST(Timer, fires_once_and_not_before_its_time) {
  World world;
  int fired = 0;
  std::vector<Instant> at;
  Timer timer(world.loop, [&] {
    ++fired;
    at.push_back(world.loop.now());
    world.changed();
  });
  const Instant due = world.loop.now() + 5ms;
  timer.arm(due);
  world.run_until([&] { return fired == 1; });
  EXPECT_GE(at[0], due);
  bool later = false;
  Timer other(world.loop, [&] {
    later = true;
    world.changed();
  });
  other.arm(world.loop.now() + 5ms);
  world.run_until([&] { return later; });
  EXPECT_EQ(fired, 1);
}

TEST(Timer, obeys_the_last_arming_whether_earlier_or_later) {
  World world;
  std::vector<std::string> order;
  const auto note = [&](const char* name) {
    return [&world, &order, name] {
      order.emplace_back(name);
      world.changed();
    };
  };
  Timer pushed_back(world.loop, note("pushed back"));
  Timer brought_forward(world.loop, note("brought forward"));
  Timer plain(world.loop, note("plain"));
  const Instant now = world.loop.now();
  pushed_back.arm(now + 1ms);
  pushed_back.arm(now + 30ms);
  brought_forward.arm(now + 1h);
  brought_forward.arm(now + 5ms);
  plain.arm(now + 15ms);
  world.run_until([&] { return order.size() == 3; });
  EXPECT_THAT(order, ElementsAre("brought forward", "plain", "pushed back"));
}

TEST(Timer, does_not_fire_when_disarmed_or_destroyed) {
  World world;
  bool wrong = false;
  bool done = false;
  Timer disarmed(world.loop, [&] { wrong = true; });
  auto destroyed = std::make_unique<Timer>(world.loop, [&] { wrong = true; });
  Timer last(world.loop, [&] {
    done = true;
    world.changed();
  });
  disarmed.arm(world.loop.now() + 1ms);
  destroyed->arm(world.loop.now() + 1ms);
  last.arm(world.loop.now() + 5ms);
  disarmed.disarm();
  destroyed.reset();
  world.run_until([&] { return done; });
  EXPECT_FALSE(wrong);
}

TEST(Timer, may_be_destroyed_by_what_it_calls) {
  World world;
  bool fired = false;
  std::unique_ptr<Timer> timer;
  timer = std::make_unique<Timer>(world.loop, [&world, &timer, &fired] {
    timer.reset();
    fired = true;
    world.changed();
  });
  timer->arm(world.loop.now());
  world.run_until([&] { return fired; });
  EXPECT_EQ(timer, nullptr);
}

TEST(Timer, that_arms_itself_for_the_past_lets_others_work) {
  World world;
  int fired = 0;
  std::unique_ptr<Timer> timer;
  timer = std::make_unique<Timer>(world.loop, [&] {
    ++fired;
    timer->arm(world.loop.now() - 1s);
    world.changed();
  });
  timer->arm(world.loop.now());
  bool posted_ran = false;
  world.loop.post([&] {
    posted_ran = true;
    world.changed();
  });
  world.run_until([&] { return posted_ran && fired > 3; });
}

}  // namespace
}  // namespace livegate::net
