#include "policy/places.h"

#include <gtest/gtest.h>

namespace livegate::policy {
namespace {

using Limit = Places::Limit;
using Ids = std::vector<Places::Id>;

constexpr Instant kNow = Instant(100s);
const IpAddress kHome = IpAddress::parse("192.0.2.1").value();
const IpAddress kOffice = IpAddress::parse("198.51.100.1").value();

struct PlacesTest : testing::Test {
  Places::Id next = 1;

  // Connects and starts. The id, or 0 if it was refused.
  Places::Id start(Places& places, const std::string& user, const IpAddress& address = kHome,
                   Instant now = kNow) {
    const auto id = next++;
    places.arrive(id, user, address);
    last = places.begin(id, now);
    if (last.refusal) places.leave(id);
    return last.refusal ? 0 : id;
  }
  Places::Decision last;
};

TEST_F(PlacesTest, a_place_is_taken_by_a_start_and_not_by_a_connection) {
  Places places({.sessions = 2});
  for (Places::Id id = 100; id < 140; ++id) places.arrive(id, "bob", kHome);
  EXPECT_EQ(places.taken(), 0u);
  EXPECT_NE(start(places, "alice"), 0u);
  EXPECT_NE(start(places, "alice"), 0u);
  EXPECT_TRUE(places.is_full());
  EXPECT_EQ(start(places, "alice"), 0u);
  EXPECT_EQ(last.refusal->limit, Limit::sessions);
  EXPECT_EQ(last.refusal->allowed, 2u);
  EXPECT_GT(last.refusal->retry_after, 0ms);
}

TEST_F(PlacesTest, the_oldest_that_waits_for_its_client_makes_way_for_a_new_one) {
  Places places({.sessions = 4});
  const auto alice = start(places, "alice");
  const auto bob = start(places, "bob");
  const auto bob_too = start(places, "bob");
  const auto bob_talks = start(places, "bob");
  places.wait(alice);
  places.wait(bob);
  places.wait(bob_too);
  EXPECT_FALSE(places.is_full());
  EXPECT_NE(start(places, "carol"), 0u);
  EXPECT_EQ(last.gone, Ids{bob}) << "bob has most that wait";
  places.back(alice);
  places.back(bob);  // too late: it has no place any more
  EXPECT_NE(start(places, "carol"), 0u);
  EXPECT_EQ(last.gone, Ids{bob_too});
  EXPECT_EQ(start(places, "carol"), 0u) << "nobody waits any more";
  places.leave(bob_talks);
  places.leave(bob);
  EXPECT_NE(start(places, "carol"), 0u);
  EXPECT_EQ(places.taken(), 4u);
}

TEST_F(PlacesTest, whoever_starts_and_vanishes_keeps_no_place_from_others) {
  Places places({.sessions = 200, .per_user = 100, .waiting_per_user = 50});
  for (int i = 0; i < 1000; ++i) {
    const auto id = start(places, "bob");
    ASSERT_NE(id, 0u);
    places.wait(id);
  }
  EXPECT_EQ(places.taken(), 50u);
  for (int i = 0; i < 100; ++i) EXPECT_NE(start(places, "alice"), 0u);
}

TEST_F(PlacesTest, one_user_and_one_address_have_their_own_bounds) {
  Places places({.sessions = 100, .per_user = 2, .per_address = 3});
  const auto first = start(places, "bob");
  const auto second = start(places, "bob", kOffice);
  EXPECT_EQ(start(places, "bob"), 0u);
  EXPECT_EQ(last.refusal->limit, Limit::sessions_per_user);
  places.wait(second);
  EXPECT_NE(start(places, "bob"), 0u);
  EXPECT_EQ(last.gone, Ids{second});
  EXPECT_NE(start(places, "alice"), 0u);
  EXPECT_EQ(start(places, "carol"), 0u);
  EXPECT_EQ(last.refusal->limit, Limit::sessions_per_address);
  EXPECT_NE(start(places, "carol", kOffice), 0u);
  places.wait(first);
  EXPECT_NE(start(places, "carol"), 0u);
  EXPECT_EQ(last.gone, Ids{first});
}

TEST_F(PlacesTest, one_that_makes_way_for_its_user_makes_way_for_the_address_and_for_all) {
  Places places({.sessions = 2, .per_user = 2, .per_address = 2});
  const auto first = start(places, "bob");
  start(places, "bob");
  places.wait(first);
  EXPECT_NE(start(places, "bob"), 0u);
  EXPECT_EQ(last.gone, Ids{first});
}

TEST_F(PlacesTest, without_users_an_address_is_who_somebody_is) {
  Places places({.sessions = 4, .per_user = 1, .waiting_per_user = 1});
  const auto first = start(places, "");
  const auto second = start(places, "");
  places.wait(first);
  EXPECT_EQ(places.wait(second).gone, Ids{first});
  const auto elsewhere = start(places, "", kOffice);
  EXPECT_TRUE(places.wait(elsewhere).gone.empty());
}

TEST_F(PlacesTest, new_sessions_are_counted_by_user_and_by_address) {
  Places places({.sessions = 1000,
                 .new_per_user = {.per_minute = 6, .burst = 3},
                 .new_per_address = {.per_minute = 60, .burst = 5}});
  for (int i = 0; i < 3; ++i) EXPECT_NE(start(places, "bob"), 0u);
  EXPECT_EQ(start(places, "bob"), 0u);
  EXPECT_EQ(last.refusal->limit, Limit::new_sessions_per_user);
  EXPECT_EQ(last.refusal->allowed, 6u);
  EXPECT_EQ(last.refusal->retry_after, 10'001ms);
  EXPECT_NE(start(places, "alice"), 0u);
  EXPECT_NE(start(places, "alice"), 0u);
  EXPECT_EQ(start(places, "alice"), 0u);
  EXPECT_EQ(last.refusal->limit, Limit::new_sessions_per_address);
  EXPECT_NE(start(places, "alice", kOffice), 0u);
  EXPECT_NE(start(places, "bob", kHome, kNow + 10'001ms), 0u);
}

TEST_F(PlacesTest, connections_that_start_nothing_make_way_for_those_who_do) {
  Places places({.sessions = 10, .arrivals = 3});
  places.arrive(101, "bob", kHome);
  places.arrive(102, "alice", kHome);
  places.arrive(103, "bob", kHome);
  EXPECT_EQ(places.arrive(104, "carol", kHome).gone, Ids{101});
  EXPECT_TRUE(places.begin(101, kNow).refusal) << "it is gone";
  EXPECT_FALSE(places.begin(102, kNow).refusal);
  EXPECT_TRUE(places.arrive(105, "bob", kHome).gone.empty());
}

TEST_F(PlacesTest, a_client_may_connect_twice_as_often_as_it_may_begin) {
  Places places({.sessions = 10, .new_per_user = {.per_minute = 3, .burst = 3}});
  for (int i = 0; i < 6; ++i) EXPECT_FALSE(places.connects("bob", kHome, kNow));
  const auto refusal = places.connects("bob", kHome, kNow);
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->limit, Limit::connects);
  EXPECT_FALSE(places.connects("alice", kHome, kNow));
  EXPECT_FALSE(places.connects("bob", kHome, kNow + refusal->retry_after));
}

TEST_F(PlacesTest, new_limits_hold_from_now_on) {
  Places places({.sessions = 2, .new_per_user = {.per_minute = 2, .burst = 2}});
  EXPECT_NE(start(places, "bob"), 0u);
  EXPECT_NE(start(places, "bob"), 0u);
  EXPECT_EQ(start(places, "bob"), 0u);
  places.set_limits({.sessions = 3});
  EXPECT_NE(start(places, "bob"), 0u);
  places.set_limits({.sessions = 1});
  EXPECT_EQ(places.taken(), 3u) << "nobody loses a place";
  EXPECT_TRUE(places.is_full());
}

TEST_F(PlacesTest, nothing_is_left_of_those_who_have_gone) {
  Places places(
      {.sessions = 5, .per_user = 3, .per_address = 4, .waiting_per_user = 2, .arrivals = 4});
  Ids ids;
  for (int i = 0; i < 2000; ++i) {
    const auto id = next++;
    places.arrive(id, "user" + std::to_string(i % 7), i % 3 == 0 ? kHome : kOffice);
    if (i % 4 != 0) places.begin(id, kNow);
    if (i % 5 == 0) places.wait(id);
    if (i % 10 == 0) places.back(id);
    ids.push_back(id);
    EXPECT_LE(places.taken(), 5u);
    if (i % 6 == 0) places.leave(ids[static_cast<std::size_t>(i) / 2]);
  }
  for (const auto id : ids) places.leave(id);
  EXPECT_EQ(places.taken(), 0u);
  EXPECT_FALSE(places.is_full());
  for (int i = 0; i < 3; ++i) EXPECT_NE(start(places, "user1"), 0u);
}

}  // namespace
}  // namespace livegate::policy
