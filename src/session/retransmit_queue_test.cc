#include "session/retransmit_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace livegate::session {
namespace {

using testing::ElementsAre;

std::vector<std::string> kept(const RetransmitQueue& queue) {
  std::vector<std::string> all;
  for (std::size_t i = 0; i < queue.size(); ++i) all.emplace_back(queue.at(i).bytes);
  return all;
}

RetransmitQueue with(std::initializer_list<std::string_view> messages) {
  RetransmitQueue queue;  // capital letters are audio
  for (const std::string_view each : messages) queue.add(each, each < "a", each < "a");
  return queue;
}

TEST(RetransmitQueue, what_the_client_has_is_forgotten_and_the_rest_stays_in_order) {
  RetransmitQueue queue = with({"a", "B", "c", "D"});
  queue.confirm(2);
  EXPECT_THAT(kept(queue), ElementsAre("c", "D"));
  EXPECT_TRUE(queue.at(1).binary);
  EXPECT_FALSE(queue.at(0).binary);
  EXPECT_EQ(queue.sent(), 4u);
  EXPECT_EQ(queue.forgotten(), 2u);
}

TEST(RetransmitQueue, an_old_count_changes_nothing_and_too_large_a_one_is_all) {
  RetransmitQueue queue = with({"a", "b", "c"});
  queue.confirm(2);
  queue.confirm(1);
  EXPECT_THAT(kept(queue), ElementsAre("c"));
  queue.confirm(99);
  EXPECT_EQ(queue.size(), 0u);
  EXPECT_EQ(queue.sent(), 3u);
  EXPECT_EQ(queue.bytes(), 0u);
}

TEST(RetransmitQueue, audio_that_was_taken_back_never_had_a_number) {
  RetransmitQueue queue = with({"A", "B", "c", "D"});
  const auto before = queue.mark();
  queue.add("interrupted", false, false);
  queue.add("E", true, true);
  queue.revoke(2, before);
  EXPECT_THAT(kept(queue), ElementsAre("A", "c", "interrupted", "E"));
  EXPECT_EQ(queue.sent(), 4u);
}

TEST(RetransmitQueue, two_takings_back_of_one_event_keep_their_places) {
  RetransmitQueue queue = with({"A", "B"});
  const auto first = queue.mark();
  queue.add("C", true, true);
  queue.add("D", true, true);
  const auto second = queue.mark();
  queue.add("E", true, true);
  queue.revoke(1, first);
  queue.revoke(1, second);
  EXPECT_THAT(kept(queue), ElementsAre("A", "C", "E"));
}

TEST(RetransmitQueue, a_trimmed_message_that_is_taken_back_is_not_counted_as_sent) {
  RetransmitQueue queue = with({"A", "B", "C"});
  EXPECT_EQ(queue.trim(0), 3u);
  EXPECT_EQ(queue.sent(), 3u);
  queue.revoke(2, queue.mark());
  EXPECT_EQ(queue.sent(), 1u);
}

TEST(RetransmitQueue, trimming_forgets_the_oldest_until_it_fits) {
  RetransmitQueue queue;
  for (int i = 0; i < 10; ++i) queue.add(std::string(1000, 'x'), true, true);
  const std::size_t all = queue.bytes();
  EXPECT_EQ(queue.trim(all), 0u);
  EXPECT_EQ(queue.trim(all - 1), 1u);
  EXPECT_EQ(queue.trim(all / 2), 4u);
  EXPECT_EQ(queue.forgotten(), 5u);
}

TEST(RetransmitQueue, what_no_socket_ever_had_can_be_taken_out) {
  RetransmitQueue queue = with({"A", "b", "C", "d", "E"});
  const auto from = queue.mark_before(3);
  EXPECT_EQ(queue.count_from(from), 3u);
  EXPECT_EQ(queue.take_back_from(from), 2u);
  EXPECT_THAT(kept(queue), ElementsAre("A", "b", "d"));
  EXPECT_EQ(queue.mark_before(0), queue.mark());
  EXPECT_EQ(queue.count_from(queue.mark_before(99)), 3u);
}

TEST(RetransmitQueue, a_client_that_confirms_costs_no_more_than_what_is_on_its_way) {
  RetransmitQueue queue;
  std::size_t most = 0;
  for (std::uint64_t i = 1; i <= 10'000; ++i) {
    queue.add(std::string(960, static_cast<char>('a' + i % 26)), true, true);
    if (i % 50 == 0) queue.confirm(i - 10);
    most = std::max(most, queue.bytes());
    const auto newest = queue.at(queue.size() - 1);
    ASSERT_EQ(newest.bytes, std::string(960, static_cast<char>('a' + i % 26)));
  }
  EXPECT_LT(most, 61u * 1024);
  EXPECT_EQ(queue.sent(), 10'000u);
}

TEST(RetransmitQueue, what_is_kept_costs_little_more_than_its_bytes) {
  constexpr std::size_t kMost = 256 * 1024;
  RetransmitQueue queue;
  for (int i = 0; i < 1000; ++i) {  // pieces of a reply, 20 to 100 ms
    queue.add(std::string(static_cast<std::size_t>(960 + i * 37 % 3840), 'x'), true, true);
    queue.trim(kMost);
    ASSERT_LT(queue.capacity_bytes(), kMost * 4 / 3);
  }
}

TEST(RetransmitQueue, what_is_forgotten_or_taken_back_is_given_back) {
  RetransmitQueue queue;
  for (int reply = 0; reply < 20; ++reply) {
    queue.add("turn_started", false, false);
    for (int i = 0; i < 100; ++i) queue.add(std::string(4800, 'x'), true, true);
    queue.revoke(100, queue.mark());
    ASSERT_LT(queue.capacity_bytes(), 20u * 1024);
  }
  EXPECT_EQ(queue.size(), 20u);
  for (int i = 0; i < 1000; ++i) queue.add(std::string(4800, 'x'), true, true);
  queue.confirm(queue.sent());
  EXPECT_LT(queue.capacity_bytes(), 20u * 1024);
}

TEST(RetransmitQueue, a_message_larger_than_a_block_has_one_of_its_own) {
  RetransmitQueue queue = with({"a", "B"});
  queue.add(std::string(100'000, 'C'), true, true);
  queue.add("d", false, false);
  EXPECT_THAT(kept(queue), ElementsAre("a", "B", std::string(100'000, 'C'), "d"));
  queue.confirm(2);
  EXPECT_THAT(kept(queue), ElementsAre(std::string(100'000, 'C'), "d"));
  queue.revoke(1, queue.mark());
  EXPECT_THAT(kept(queue), ElementsAre("d"));
  EXPECT_EQ(queue.forgotten(), 2u);
}

}  // namespace
}  // namespace livegate::session
