#include "session/keep_alive.h"

#include <gtest/gtest.h>

namespace livegate::session {
namespace {

using Due = ClientKeepAlive::Due;

constexpr Instant kStart{1000s};
constexpr Millis kEvery = limits::kKeepAliveEvery;

// Asks at every deadline up to `end`. Returns when the client is found to be gone, or `end`.
Instant gone_at(ClientKeepAlive& client, Instant end) {
  while (client.next_deadline() < end) {
    const Instant now = client.next_deadline();
    if (client.due(now) == Due::gone) return now;
  }
  return end;
}

TEST(PeerSilence, a_peer_is_gone_after_more_than_90_s_without_a_frame) {
  PeerSilence peer(kStart);
  EXPECT_FALSE(peer.is_gone(kStart + 90s));
  EXPECT_TRUE(peer.is_gone(kStart + 90s + 1ms));
  peer.heard(kStart + 90s + 1ms);
  EXPECT_FALSE(peer.is_gone(kStart + 180s));
}

TEST(ClientKeepAlive, pings_at_each_deadline_and_not_before) {
  ClientKeepAlive client(kStart);
  EXPECT_EQ(client.next_deadline(), kStart + kEvery);
  EXPECT_EQ(client.due(kStart + kEvery - 1ms), Due::nothing);
  EXPECT_EQ(client.next_deadline(), kStart + kEvery);
  EXPECT_EQ(client.due(kStart + kEvery), Due::ping);
  EXPECT_EQ(client.next_deadline(), kStart + 2 * kEvery);
}

TEST(ClientKeepAlive, a_timer_that_is_late_brings_one_ping_and_not_many) {
  ClientKeepAlive client(kStart);
  client.heard(kStart + 3 * kEvery);
  EXPECT_EQ(client.due(kStart + 4 * kEvery), Due::ping);
  EXPECT_EQ(client.next_deadline(), kStart + 5 * kEvery);
}

TEST(ClientKeepAlive, a_silent_client_is_gone_within_the_time_it_names) {
  ClientKeepAlive client(kStart);
  const Instant gone = gone_at(client, kStart + 1h);
  EXPECT_GT(gone, kStart + kPeerSilenceMax);
  EXPECT_LE(gone, kStart + ClientKeepAlive::kNoticedWithin);
}

TEST(ClientKeepAlive, a_client_that_answers_pings_stays) {
  ClientKeepAlive client(kStart);
  for (Instant now = kStart + kEvery; now < kStart + 1h; now = client.next_deadline()) {
    ASSERT_EQ(client.due(now), Due::ping);
    client.heard(now + 30s);  // as late as pongs have been seen
  }
}

TEST(ClientKeepAlive, a_paused_client_is_pinged_soon_and_often_and_never_gone) {
  ClientKeepAlive client(kStart);
  client.paused(kStart + 1s);
  EXPECT_EQ(client.next_deadline(), kStart + 1s + kPausedPingEvery);
  EXPECT_EQ(gone_at(client, kStart + 1h), kStart + 1h);
}

TEST(ClientKeepAlive, a_pause_does_not_put_a_ping_off) {
  ClientKeepAlive client(kStart);
  client.paused(kStart + kEvery - 1s);
  EXPECT_EQ(client.next_deadline(), kStart + kEvery);
}

TEST(ClientKeepAlive, silence_counts_from_the_end_of_a_pause) {
  ClientKeepAlive client(kStart);
  client.paused(kStart);
  client.resumed(kStart + 10min);
  const Instant gone = gone_at(client, kStart + 1h);
  EXPECT_GT(gone, kStart + 10min + kPeerSilenceMax);
  EXPECT_LE(gone, kStart + 10min + ClientKeepAlive::kNoticedWithin);
}

TEST(ClientKeepAlive, the_end_of_no_pause_is_no_sign_of_life) {
  ClientKeepAlive client(kStart);
  client.resumed(kStart + kPeerSilenceMax);
  EXPECT_LE(gone_at(client, kStart + 1h), kStart + ClientKeepAlive::kNoticedWithin);
}

TEST(ClientKeepAlive, another_connection_begins_without_silence_and_without_a_pause) {
  ClientKeepAlive client(kStart);
  client.paused(kStart);
  client.attached(kStart + 80s);
  EXPECT_EQ(client.next_deadline(), kStart + 80s + kEvery);
  const Instant gone = gone_at(client, kStart + 1h);
  EXPECT_GT(gone, kStart + 80s + kPeerSilenceMax);
  EXPECT_LE(gone, kStart + 80s + ClientKeepAlive::kNoticedWithin);
}

}  // namespace
}  // namespace livegate::session
