#include "session/client_ledger.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace livegate::session {
namespace {

using testing::ElementsAre;

std::vector<std::string> kept(const ClientLedger& ledger) {
  std::vector<std::string> all;
  for (std::size_t i = 0; i < ledger.size(); ++i) all.emplace_back(ledger.at(i).bytes);
  return all;
}

ClientLedger with(std::initializer_list<std::string_view> messages) {
  ClientLedger ledger;  // capital letters are audio
  for (const std::string_view each : messages) ledger.add(each, each < "a", each < "a");
  return ledger;
}

TEST(ClientLedger, what_the_client_has_is_forgotten_and_the_rest_stays_in_order) {
  ClientLedger ledger = with({"a", "B", "c", "D"});
  ledger.confirm(2);
  EXPECT_THAT(kept(ledger), ElementsAre("c", "D"));
  EXPECT_TRUE(ledger.at(1).binary);
  EXPECT_FALSE(ledger.at(0).binary);
  EXPECT_EQ(ledger.sent(), 4u);
  EXPECT_EQ(ledger.forgotten(), 2u);
}

TEST(ClientLedger, an_old_count_changes_nothing_and_too_large_a_one_is_all) {
  ClientLedger ledger = with({"a", "b", "c"});
  ledger.confirm(2);
  ledger.confirm(1);
  EXPECT_THAT(kept(ledger), ElementsAre("c"));
  ledger.confirm(99);
  EXPECT_EQ(ledger.size(), 0u);
  EXPECT_EQ(ledger.sent(), 3u);
  EXPECT_EQ(ledger.bytes(), 0u);
}

TEST(ClientLedger, audio_that_was_taken_back_never_had_a_number) {
  ClientLedger ledger = with({"A", "B", "c", "D"});
  const auto before = ledger.mark();
  ledger.add("interrupted", false, false);
  ledger.add("E", true, true);
  ledger.take_back(2, before);
  EXPECT_THAT(kept(ledger), ElementsAre("A", "c", "interrupted", "E"));
  EXPECT_EQ(ledger.sent(), 4u);
}

TEST(ClientLedger, two_takings_back_of_one_event_keep_their_places) {
  ClientLedger ledger = with({"A", "B"});
  const auto first = ledger.mark();
  ledger.add("C", true, true);
  ledger.add("D", true, true);
  const auto second = ledger.mark();
  ledger.add("E", true, true);
  ledger.take_back(1, first);
  ledger.take_back(1, second);
  EXPECT_THAT(kept(ledger), ElementsAre("A", "C", "E"));
}

TEST(ClientLedger, a_trimmed_message_that_is_taken_back_is_not_counted_as_sent) {
  ClientLedger ledger = with({"A", "B", "C"});
  EXPECT_EQ(ledger.trim(0), 3u);
  EXPECT_EQ(ledger.sent(), 3u);
  ledger.take_back(2, ledger.mark());
  EXPECT_EQ(ledger.sent(), 1u);
}

TEST(ClientLedger, trimming_forgets_the_oldest_until_it_fits) {
  ClientLedger ledger;
  for (int i = 0; i < 10; ++i) ledger.add(std::string(1000, 'x'), true, true);
  const std::size_t all = ledger.bytes();
  EXPECT_EQ(ledger.trim(all), 0u);
  EXPECT_EQ(ledger.trim(all - 1), 1u);
  EXPECT_EQ(ledger.trim(all / 2), 4u);
  EXPECT_EQ(ledger.forgotten(), 5u);
}

TEST(ClientLedger, what_no_socket_ever_had_can_be_taken_out) {
  ClientLedger ledger = with({"A", "b", "C", "d", "E"});
  const auto from = ledger.mark_before(3);
  EXPECT_EQ(ledger.count_from(from), 3u);
  EXPECT_EQ(ledger.take_back_from(from), 2u);
  EXPECT_THAT(kept(ledger), ElementsAre("A", "b", "d"));
  EXPECT_EQ(ledger.mark_before(0), ledger.mark());
  EXPECT_EQ(ledger.count_from(ledger.mark_before(99)), 3u);
}

TEST(ClientLedger, a_client_that_confirms_costs_no_more_than_what_is_on_its_way) {
  ClientLedger ledger;
  std::size_t most = 0;
  for (std::uint64_t i = 1; i <= 10'000; ++i) {
    ledger.add(std::string(960, static_cast<char>('a' + i % 26)), true, true);
    if (i % 50 == 0) ledger.confirm(i - 10);
    most = std::max(most, ledger.bytes());
    const auto newest = ledger.at(ledger.size() - 1);
    ASSERT_EQ(newest.bytes, std::string(960, static_cast<char>('a' + i % 26)));
  }
  EXPECT_LT(most, 61u * 1024);
  EXPECT_EQ(ledger.sent(), 10'000u);
}

TEST(ClientLedger, what_is_kept_costs_little_more_than_its_bytes) {
  constexpr std::size_t kMost = 256 * 1024;
  ClientLedger ledger;
  for (int i = 0; i < 1000; ++i) {  // pieces of a reply, 20 to 100 ms
    ledger.add(std::string(static_cast<std::size_t>(960 + i * 37 % 3840), 'x'), true, true);
    ledger.trim(kMost);
    ASSERT_LT(ledger.capacity_bytes(), kMost * 4 / 3);
  }
}

TEST(ClientLedger, what_is_forgotten_or_taken_back_is_given_back) {
  ClientLedger ledger;
  for (int reply = 0; reply < 20; ++reply) {
    ledger.add("turn_started", false, false);
    for (int i = 0; i < 100; ++i) ledger.add(std::string(4800, 'x'), true, true);
    ledger.take_back(100, ledger.mark());
    ASSERT_LT(ledger.capacity_bytes(), 20u * 1024);
  }
  EXPECT_EQ(ledger.size(), 20u);
  for (int i = 0; i < 1000; ++i) ledger.add(std::string(4800, 'x'), true, true);
  ledger.confirm(ledger.sent());
  EXPECT_LT(ledger.capacity_bytes(), 20u * 1024);
}

TEST(ClientLedger, a_message_larger_than_a_block_has_one_of_its_own) {
  ClientLedger ledger = with({"a", "B"});
  ledger.add(std::string(100'000, 'C'), true, true);
  ledger.add("d", false, false);
  EXPECT_THAT(kept(ledger), ElementsAre("a", "B", std::string(100'000, 'C'), "d"));
  ledger.confirm(2);
  EXPECT_THAT(kept(ledger), ElementsAre(std::string(100'000, 'C'), "d"));
  ledger.take_back(1, ledger.mark());
  EXPECT_THAT(kept(ledger), ElementsAre("d"));
  EXPECT_EQ(ledger.forgotten(), 2u);
}

}  // namespace
}  // namespace livegate::session
