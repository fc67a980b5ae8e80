#include "session/upstream_link.h"

#include <gtest/gtest.h>

#include "base/limits.h"

namespace livegate::session {
namespace {

using State = UpstreamLink::State;
using Due = UpstreamLink::Due;

constexpr Instant kStart{};

class UpstreamLinkTest : public testing::Test {
 protected:
  void come_up(Instant at) {
    if (link.state() != State::connecting) link.connect();
    link.opened(at);
    link.set_up(at);
  }

  UpstreamLink link{Backoff{.base = 1s, .cap = 30s, .tries_max = 8, .first_tries_max = 3}, 480s,
                    Rng(7)};
};

TEST_F(UpstreamLinkTest, every_connection_has_a_number_of_its_own) {
  link.connect();
  const auto first = link.epoch();
  link.lost(1006, "", kStart);
  link.connect();
  EXPECT_EQ(link.epoch(), first + 1);
}

TEST_F(UpstreamLinkTest, waits_grow_up_to_the_cap_and_are_drawn_anew_each_time) {
  come_up(kStart);
  Millis ceiling = 1s;
  Millis longest{0};
  for (int i = 0; i < 8; ++i) {
    const auto loss = link.lost(1006, "", kStart);
    ASSERT_FALSE(loss.give_up) << i;
    EXPECT_LT(loss.retry_in, ceiling) << i;
    longest = std::max(longest, loss.retry_in);
    ceiling = std::min<Millis>(ceiling * 2, 30s);
    link.connect();
  }
  EXPECT_GT(longest, 4s) << "the later waits must really be longer";
}

TEST_F(UpstreamLinkTest, it_gives_up_after_the_allowed_tries) {
  come_up(kStart);
  for (int i = 0; i < 8; ++i) {
    ASSERT_FALSE(link.lost(1006, "", kStart).give_up);
    link.connect();
  }
  EXPECT_TRUE(link.lost(1006, "", kStart).give_up);
}

TEST_F(UpstreamLinkTest, before_there_ever_was_a_connection_it_gives_up_sooner) {
  for (int i = 0; i < 3; ++i) {
    link.connect();
    ASSERT_FALSE(link.lost(1006, "", kStart).give_up);
  }
  link.connect();
  EXPECT_TRUE(link.lost(1006, "", kStart).give_up);
}

TEST_F(UpstreamLinkTest, a_connection_that_held_counts_the_next_failure_from_one) {
  Instant now = kStart;
  for (int i = 0; i < 20; ++i) {
    come_up(now);
    now += 11s;
    ASSERT_FALSE(link.lost(1006, "", now).give_up) << i;
    EXPECT_EQ(link.attempt(), 1);
    link.connect();
  }
}

TEST_F(UpstreamLinkTest, a_refused_key_is_not_tried_again) {
  link.connect();
  link.opened(kStart);
  const auto loss = link.lost(1007, "API key not valid. Please pass a valid API key.", kStart);
  EXPECT_TRUE(loss.give_up);
  EXPECT_FALSE(loss.advice.empty());
}

TEST_F(UpstreamLinkTest, a_refused_handle_is_dropped_and_the_rest_tried_without_it) {
  link.remember("old-handle");
  link.connect();
  EXPECT_TRUE(link.resumed());
  link.opened(kStart);
  const auto loss = link.lost(1007, "Request contains an invalid argument.", kStart);
  EXPECT_FALSE(loss.give_up);
  EXPECT_EQ(loss.retry_in, 0ms);
  EXPECT_TRUE(link.handle().empty());
  link.connect();
  EXPECT_FALSE(link.resumed());
}

TEST_F(UpstreamLinkTest, deadlines_are_the_retry_the_setup_and_the_ping) {
  link.connect();
  EXPECT_FALSE(link.next_deadline()) << "connecting is timed by whoever opens the socket";
  link.opened(kStart);
  EXPECT_EQ(link.next_deadline(), kStart + limits::kUpstreamSetupTimeMax);
  EXPECT_EQ(link.due(kStart + limits::kUpstreamSetupTimeMax), Due::setup_timeout);
  link.set_up(kStart);
  EXPECT_EQ(link.next_deadline(), kStart + limits::kKeepAliveEvery);
  EXPECT_EQ(link.due(kStart + limits::kKeepAliveEvery), Due::ping);
  EXPECT_EQ(link.next_deadline(), kStart + 2 * limits::kKeepAliveEvery);
  const auto loss = link.lost(1006, "", kStart);
  EXPECT_EQ(link.next_deadline(), kStart + loss.retry_in);
  EXPECT_EQ(link.due(kStart + loss.retry_in), Due::connect);
}

TEST_F(UpstreamLinkTest, an_announced_end_is_moved_away_from_in_time) {
  come_up(kStart);
  EXPECT_FALSE(link.move_wanted(kStart));
  link.go_away(kStart, 15s);
  EXPECT_TRUE(link.move_wanted(kStart));
  EXPECT_EQ(link.due(kStart), Due::move_if_quiet);
  EXPECT_EQ(link.due(kStart + 11s), Due::move_if_quiet);
  EXPECT_EQ(link.due(kStart + 11250ms), Due::move);
}

TEST_F(UpstreamLinkTest, of_a_short_notice_a_quarter_is_left_for_the_move) {
  come_up(kStart);
  link.go_away(kStart, 600ms);
  EXPECT_EQ(link.due(kStart + 449ms), Due::move_if_quiet);
  EXPECT_EQ(link.due(kStart + 450ms), Due::move);
}

TEST_F(UpstreamLinkTest, a_connection_of_age_looks_for_a_quiet_moment_but_only_with_a_handle) {
  link.remember("handle");
  come_up(kStart);
  Instant now = kStart;
  while (!link.move_wanted(now)) {
    now = *link.next_deadline();
    link.due(now);
    ASSERT_LE(now, kStart + 480s);
  }
  EXPECT_GE(now, kStart + 432s);
  EXPECT_EQ(link.due(now + 250ms), Due::move_if_quiet);

  link.forget_handle();
  link.due(now + 500ms);
  EXPECT_GT(link.next_deadline(), now + 10s) << "nobody looks every quarter of a second in vain";
}

TEST_F(UpstreamLinkTest, a_handle_with_which_no_connection_comes_up_is_given_up) {
  link.remember("handle");
  come_up(kStart);
  link.lost(1006, "", kStart);
  for (int i = 0; i < 3; ++i) {
    link.connect();
    EXPECT_TRUE(link.resumed());
    link.opened(kStart);
    ASSERT_FALSE(link.lost(1011, "The service is currently unavailable.", kStart).give_up);
  }
  link.connect();
  EXPECT_FALSE(link.resumed());
}

TEST_F(UpstreamLinkTest, what_was_refused_in_a_conversation_is_not_said_again) {
  link.remember("handle");
  come_up(kStart);
  const auto loss = link.lost(1007, "Request contains an invalid argument.", kStart + 1s);
  EXPECT_FALSE(loss.give_up);
  EXPECT_FALSE(loss.repeats);
  EXPECT_EQ(link.handle(), "handle") << "what it brings back was taken";
  come_up(kStart + 2s);
  EXPECT_FALSE(link.lost(1007, "Request contains an invalid argument.", kStart + 3s).give_up);
  EXPECT_TRUE(link.handle().empty()) << "so soon again: it may be in there";
  come_up(kStart + 4s);
  EXPECT_FALSE(link.lost(1008, "Words that nobody has seen yet", kStart + 5s).give_up);
  come_up(kStart + 6s);
  EXPECT_TRUE(link.lost(1007, "Request contains an invalid argument.", kStart + 7s).give_up)
      << "it is something else";
}

}  // namespace
}  // namespace livegate::session
