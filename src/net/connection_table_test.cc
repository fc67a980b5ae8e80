#include "net/connection_table.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace livegate::net {
namespace {

using State = ConnectionTable::State;

IpAddress address(std::string_view text) { return IpAddress::parse(text).value(); }
const IpAddress kAlice = address("192.0.2.1");
const IpAddress kBob = address("192.0.2.2");

std::uint64_t instead(const ConnectionTable::Added& added) {
  return added.instead ? added.instead->id : 0;
}

TEST(ConnectionTableTest, the_oldest_silent_one_of_the_address_with_most_goes_first) {
  ConnectionTable table({.all = 4, .per_address = 0});
  const auto alice = table.add(kAlice, 0, false).id;
  const auto bob = table.add(kBob, 1, false).id;
  const auto bob_later = table.add(kBob, 1, false).id;
  table.add(kBob, 1, false);
  EXPECT_EQ(instead(table.add(kAlice, 0, false)), bob);
  // As many of each now: either may go, but nobody's second before the other's first.
  table.remove(alice);
  EXPECT_EQ(instead(table.add(kAlice, 0, false)), 0u);
  EXPECT_EQ(table.give_one_up()->id, bob_later) << "of two with two each, one of the oldest";
  EXPECT_EQ(table.size(), 3u);
}

TEST(ConnectionTableTest, one_that_asks_outlives_those_that_say_nothing_or_wait) {
  ConnectionTable table({.all = 5, .per_address = 0});
  const auto answering = table.add(kBob, 0, false).id;
  const auto asking = table.add(kBob, 0, false).id;
  const auto idle = table.add(kBob, 0, false).id;
  const auto silent = table.add(kBob, 0, false).id;
  const auto lingering = table.add(kBob, 0, false).id;
  table.set(lingering, State::lingering);
  table.set(answering, State::answering);
  table.set(asking, State::asking);
  table.set(idle, State::idle);
  for (const std::uint64_t gone : {lingering, silent, idle, asking, answering}) {
    EXPECT_EQ(table.give_one_up()->id, gone);
  }
  EXPECT_FALSE(table.give_one_up());
}

TEST(ConnectionTableTest, an_address_at_its_cap_makes_room_among_its_own) {
  ConnectionTable table({.all = 100, .per_address = 2});
  const auto other = table.add(kAlice, 0, false).id;
  const auto first = table.add(kBob, 7, false).id;
  table.add(kBob, 7, false);
  const auto added = table.add(kBob, 7, false);
  EXPECT_EQ(instead(added), first);
  EXPECT_EQ(added.instead->lane, 7u);
  EXPECT_TRUE(added.address_full);
  table.remove(other);
  EXPECT_EQ(table.size(), 2u);
}

TEST(ConnectionTableTest, a_trusted_proxy_has_no_cap_of_its_own) {
  ConnectionTable table({.all = 100, .per_address = 2});
  for (int i = 0; i < 50; ++i) EXPECT_EQ(instead(table.add(kBob, 0, true)), 0u);
}

TEST(ConnectionTableTest, a_subscriber_of_ipv6_is_one_address) {
  ConnectionTable table({.all = 100, .per_address = 2});
  table.add(address("2001:db8::1"), 0, false);
  table.add(address("2001:db8::2"), 0, false);
  EXPECT_NE(instead(table.add(address("2001:db8::3"), 0, false)), 0u);
  EXPECT_EQ(instead(table.add(address("2001:db8:0:1::1"), 0, false)), 0u);
}

TEST(ConnectionTableTest, it_forgets_an_address_with_its_last_connection) {
  ConnectionTable table({.all = 3, .per_address = 0});
  for (int i = 0; i < 1000; ++i) {
    const auto id = table.add(address("198.51.100." + std::to_string(i % 250)), 0, false).id;
    table.set(id, State::asking);
    if (i % 2 == 0) table.remove(id);
    EXPECT_LE(table.size(), 3u);
  }
  while (table.give_one_up()) {
  }
  EXPECT_EQ(table.size(), 0u);
  table.set(1, State::idle);
  table.remove(1);
}

}  // namespace
}  // namespace livegate::net
