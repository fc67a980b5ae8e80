#include "net/turn_queue.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace livegate::net {
namespace {

using testing::ElementsAre;

constexpr Instant kStart = Instant() + 1h;

struct Named : Turn {
  explicit Named(std::string its_name) : name(std::move(its_name)) {}
  void take_turn() override {}
  std::string name;
};

struct TurnQueueTest : testing::Test {
  std::shared_ptr<Named> named(const char* name) { return std::make_shared<Named>(name); }
  std::vector<std::string> order() {
    std::vector<std::string> names;
    while (!queue.empty()) names.push_back(static_cast<Named&>(*queue.pop().turn).name);
    return names;
  }
  TurnQueue queue;
};

TEST_F(TurnQueueTest, those_of_whom_nothing_is_known_go_as_they_came) {
  for (const char* name : {"a", "b", "c", "d"}) queue.push(named(name), kStart);
  EXPECT_THAT(order(), ElementsAre("a", "b", "c", "d"));
}

TEST_F(TurnQueueTest, who_used_less_goes_first_though_others_came_before) {
  const auto greedy = named("greedy");
  const auto modest = named("modest");
  for (const auto& each : {greedy, modest}) queue.push(each, kStart);
  static_cast<void>(order());
  TurnQueue::charge(*greedy, 20ms, kStart);
  TurnQueue::charge(*modest, 100us, kStart);
  queue.push(greedy, kStart + 10ms);
  queue.push(modest, kStart + 500ms);
  EXPECT_THAT(order(), ElementsAre("modest", "greedy"));
}

TEST_F(TurnQueueTest, a_new_connection_goes_before_one_that_uses_much) {
  const auto greedy = named("greedy");
  TurnQueue::charge(*greedy, 20ms, kStart);
  queue.push(greedy, kStart);
  queue.push(named("new"), kStart + 500ms);
  EXPECT_THAT(order(), ElementsAre("new", "greedy"));
}

TEST_F(TurnQueueTest, nobody_waits_for_ever) {
  const auto greedy = named("greedy");
  TurnQueue::charge(*greedy, 10s, kStart);
  queue.push(greedy, kStart);
  const auto modest = named("modest");
  int turns = 0;
  for (std::string first; first != "greedy" && turns < 100; ++turns) {
    queue.push(modest, kStart);
    first = static_cast<Named&>(*queue.pop().turn).name;
  }
  EXPECT_EQ(turns, 8) << "the longest wait comes first once in a while";
}

TEST_F(TurnQueueTest, what_was_used_is_forgotten) {
  const auto once = named("once");
  const auto steady = named("steady");
  for (const auto& each : {once, steady}) queue.push(each, kStart);
  static_cast<void>(order());
  TurnQueue::charge(*once, 1s, kStart);
  Instant now = kStart;
  for (int i = 0; i < 2000; ++i) TurnQueue::charge(*steady, 50us, now += 10ms);
  queue.push(steady, now);
  queue.push(once, now);
  EXPECT_THAT(order(), ElementsAre("once", "steady"));
}

TEST_F(TurnQueueTest, tells_since_when_the_first_waits_and_whether_it_uses_much) {
  const auto modest = named("modest");
  const auto greedy = named("greedy");
  TurnQueue::charge(*modest, 4ms, kStart);
  TurnQueue::charge(*greedy, 20ms, kStart);
  queue.push(greedy, kStart);
  queue.push(modest, kStart + 1ms);
  queue.push(modest, kStart + 2ms);
  const auto first = queue.pop();
  EXPECT_EQ(first.turn, modest);
  EXPECT_EQ(first.since, kStart + 1ms) << "when it was queued, and not when it was again";
  EXPECT_FALSE(first.uses_much);
  const auto second = queue.pop();
  EXPECT_EQ(second.since, kStart);
  EXPECT_TRUE(second.uses_much);
}

TEST_F(TurnQueueTest, one_that_waits_already_does_not_wait_twice) {
  const auto one = named("one");
  queue.push(one, kStart);
  queue.push(one, kStart);
  EXPECT_THAT(order(), ElementsAre("one"));
  queue.push(one, kStart);
  EXPECT_THAT(order(), ElementsAre("one"));
}

}  // namespace
}  // namespace livegate::net
