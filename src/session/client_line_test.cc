#include "session/client_line.h"

#include <gtest/gtest.h>

#include "base/limits.h"

namespace livegate::session {
namespace {

Instant at(Millis since_start) { return Instant{} + since_start; }

// One event that sends the client one message.
Actions sends(ClientLine& line, std::string_view text, ClientPart part = ClientPart::session,
              Instant now = at(0ms)) {
  Actions actions;
  actions.add(SendClient{Actions::outside(text), true, part, /*revocable=*/true});
  line.settle(actions, 0, now);
  return actions;
}

TEST(ClientLine, without_grace_nothing_is_kept_and_nobody_is_waited_for) {
  ClientLine line(0ms);
  sends(line, "offer", ClientPart::offer);
  sends(line, "one");
  EXPECT_EQ(line.kept_bytes(), 0u);
  EXPECT_FALSE(line.lose(0, at(1s)));
  EXPECT_FALSE(line.may_return(0));
}

TEST(ClientLine, counting_begins_behind_the_first_offer_and_leaves_out_what_is_the_connections) {
  ClientLine line(30s);
  sends(line, "error before ready");
  EXPECT_FALSE(line.may_return(0)) << "nobody knows the way back yet";
  sends(line, "ready", ClientPart::offer);
  EXPECT_TRUE(line.may_return(0));
  sends(line, "pong", ClientPart::connection);
  EXPECT_FALSE(line.may_return(1));
  sends(line, "one");
  sends(line, "another offer", ClientPart::offer);
  EXPECT_TRUE(line.may_return(2));
  EXPECT_FALSE(line.may_return(3)) << "it cannot have more than was sent";
}

TEST(ClientLine, a_client_that_is_away_is_sent_nothing_and_then_what_it_lacks) {
  ClientLine line(30s);
  sends(line, "ready", ClientPart::offer);
  sends(line, "one");
  sends(line, "two");
  EXPECT_TRUE(line.lose(0, at(1s)));
  EXPECT_FALSE(line.lose(0, at(2s))) << "it is away already";
  EXPECT_EQ(line.next_deadline(), at(31s));
  EXPECT_TRUE(sends(line, "three").list().empty());
  Actions closing;
  closing.add(CloseClient{1000, ""});
  line.settle(closing, 0, at(2s));
  EXPECT_TRUE(closing.list().empty());

  Actions again;
  EXPECT_EQ(line.send_again(1, again, at(3s)), 2u);
  ASSERT_EQ(again.list().size(), 2u);
  EXPECT_EQ(again.bytes(std::get<SendClient>(again.list()[0]).payload), "two");
  EXPECT_EQ(again.bytes(std::get<SendClient>(again.list()[1]).payload), "three");
  EXPECT_FALSE(line.is_away());
  EXPECT_FALSE(line.may_return(0)) << "what it said it had is forgotten";
}

TEST(ClientLine, one_that_does_not_count_is_sent_what_never_left) {
  ClientLine line(30s);
  sends(line, "offer", ClientPart::offer);
  for (const auto* each : {"one", "two", "three"}) sends(line, each);
  line.lose(/*unsent=*/1, at(1s));
  sends(line, "four");
  Actions again;
  EXPECT_EQ(line.send_again(std::nullopt, again, at(2s)), 2u);
  EXPECT_EQ(again.bytes(std::get<SendClient>(again.list()[0]).payload), "three");
}

TEST(ClientLine, a_barge_in_takes_back_what_waits_for_a_client_that_is_away) {
  ClientLine line(30s);
  sends(line, "ready", ClientPart::offer);
  sends(line, "left over the old connection");
  line.lose(0, at(1s));
  sends(line, "stale");
  Actions interrupted;
  interrupted.add(RevokeAudio{});
  interrupted.add(SendClient{Actions::outside("interrupted"), false});
  line.settle(interrupted, 0, at(1s));
  EXPECT_TRUE(interrupted.list().empty());
  Actions again;
  EXPECT_EQ(line.send_again(0, again, at(2s)), 2u) << "all but the stale one";
}

TEST(ClientLine, one_that_never_confirms_costs_a_sixteenth) {
  ClientLine line(30s);
  const std::string second(48'000, 'x');
  sends(line, "ready", ClientPart::offer);
  for (int i = 0; i < 200; ++i) sends(line, second, ClientPart::session, at(i * 1s));
  EXPECT_LE(line.kept_bytes(), limits::kUnconfirmedLedgerBytesMax + second.size())
      << "the newest may still be in its socket";
  EXPECT_GT(line.forgotten_unconfirmed(), 190u);
  EXPECT_FALSE(line.may_return(0));
  EXPECT_TRUE(line.may_return(200));

  ClientLine queueing(30s);
  sends(queueing, "ready", ClientPart::offer);
  queueing.queued(10 * second.size());
  for (int i = 0; i < 10; ++i) sends(queueing, second);
  EXPECT_TRUE(queueing.may_return(0)) << "what its socket still holds is kept besides";
}

// Found by livegate sim: a reply that was held is handed on in one event, and the oldest of it was
// forgotten before anybody had said that it waits.
TEST(ClientLine, what_one_event_brings_is_kept_whatever_its_size) {
  ClientLine line(30s);
  const std::string second(48'000, 'x');
  sends(line, "ready", ClientPart::offer);
  Actions burst;
  for (int i = 0; i < 20; ++i) burst.add(SendClient{Actions::outside(second), true});
  line.settle(burst, 0, at(0ms));
  EXPECT_TRUE(line.may_return(0));
  EXPECT_EQ(line.forgotten_unconfirmed(), 0U);
}

TEST(ClientLine, one_that_confirms_may_lack_87_seconds_of_a_reply) {
  ClientLine line(30s);
  const std::string second(48'000, 'x');
  sends(line, "ready", ClientPart::offer);
  line.confirm(0, at(0ms));
  for (int i = 0; i < 87; ++i) sends(line, second, ClientPart::session, at(1s));
  EXPECT_TRUE(line.may_return(0));
  sends(line, second, ClientPart::session, at(1s));
  EXPECT_FALSE(line.may_return(0));
  sends(line, second, ClientPart::session, at(32s));
  EXPECT_LE(line.kept_bytes(), limits::kUnconfirmedLedgerBytesMax + second.size())
      << "it has stopped confirming";
}

TEST(ClientLine, more_than_is_kept_cannot_wait) {
  ClientLine line(30s);
  const std::string second(48'000, 'x');
  sends(line, "ready", ClientPart::offer);
  line.lose(0, at(0ms));
  for (int i = 0; i < 87; ++i) sends(line, second);
  EXPECT_FALSE(line.overfull());
  sends(line, second);
  EXPECT_TRUE(line.overfull());
}

}  // namespace
}  // namespace livegate::session
