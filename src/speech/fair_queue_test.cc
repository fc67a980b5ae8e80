#include "speech/fair_queue.h"

#include <string>

#include <gtest/gtest.h>

namespace livegate::speech {
namespace {

// All that can be taken at once, as "session:job".
std::string taken(FairQueue<int>& queue) {
  std::string all;
  while (const auto next = queue.take()) {
    all += std::to_string(next->session) + ":" + std::to_string(next->job) + " ";
  }
  return all;
}

TEST(FairQueue, a_session_has_one_piece_in_hand_and_keeps_nobody_waiting) {
  FairQueue<int> queue;
  for (const int job : {1, 2, 3}) queue.push(7, job);
  queue.push(8, 4);
  EXPECT_EQ(taken(queue), "7:1 8:4 ");
  EXPECT_EQ(queue.size(), 2U);
  queue.finished(8);
  EXPECT_EQ(taken(queue), "");
  queue.finished(7);
  EXPECT_EQ(taken(queue), "7:2 ");
}

TEST(FairQueue, sessions_take_turns) {
  FairQueue<int> queue;
  for (const int job : {1, 2}) queue.push(7, job);
  for (const int job : {3, 4}) queue.push(8, job);
  std::string order;
  while (const auto next = queue.take()) {
    order += std::to_string(next->job) + " ";
    queue.finished(next->session);
  }
  EXPECT_EQ(order, "1 3 2 4 ");
}

TEST(FairQueue, what_is_dropped_is_counted_and_takes_no_turn) {
  FairQueue<int> queue;
  for (const int job : {1, 2}) queue.push(7, job);
  queue.push(8, 3);
  queue.push(9, 4);
  ASSERT_EQ(queue.take()->job, 1);
  EXPECT_EQ(queue.drop([](int job) { return job == 2 || job == 3; }), 2U);
  EXPECT_EQ(queue.size(), 1U);
  EXPECT_EQ(taken(queue), "9:4 ");
  queue.finished(7);
  queue.push(7, 5);
  EXPECT_EQ(taken(queue), "7:5 ");
}

}  // namespace
}  // namespace livegate::speech
