// Whole conversations from fixed seeds. Those from fresh ones: cli/sim_test.cc.
#include "sim/conversation.h"

#include <gtest/gtest.h>

#include "recording/replay.h"

namespace livegate::sim {
namespace {

Outcome hold(std::uint64_t seed, const Options& options) {
  session::Codecs codecs;
  return Conversation(seed, options, codecs).run();
}

TEST(Conversation, fixed_seeds_break_no_invariant) {
  Tally tally;
  for (std::uint64_t seed = 1; seed <= 48; ++seed) {
    const Outcome outcome = hold(seed, {.length = 5min});
    EXPECT_EQ(outcome.broken, "") << "livegate sim --minutes 5 --seed " << seed;
    tally.add(outcome.tally);
  }
  // A world in which nothing happens would break nothing either.
  EXPECT_GT(tally.of(Count::replies), 150U);
  EXPECT_GT(tally.of(Count::resumed), 5U);
  EXPECT_GT(tally.of(Count::tools_answered), 5U);
  EXPECT_GT(tally.of(Count::barge_ins), 5U);
  EXPECT_GT(tally.of(Count::fault_connection_dropped), 5U);
}

TEST(Conversation, clients_come_back_and_get_what_they_lack) {
  Tally tally;
  for (std::uint64_t seed = 300; seed < 338; ++seed) {
    const Outcome outcome = hold(seed, {.length = 5min});
    EXPECT_EQ(outcome.broken, "") << "livegate sim --minutes 5 --seed " << seed;
    tally.add(outcome.tally);
  }
  EXPECT_GT(tally.of(Count::fault_client_broken), 20U);
  EXPECT_GT(tally.of(Count::clients_returned), 20U);
  EXPECT_GT(tally.of(Count::sent_again), 100U);
  EXPECT_GT(tally.of(Count::fault_client_stays_away), 0U);
  EXPECT_GT(tally.of(Count::fault_client_found_silent), 0U);
}

TEST(Conversation, without_faults_every_utterance_is_answered) {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    const Outcome outcome = hold(seed, {.length = 3min, .faults = false});
    EXPECT_EQ(outcome.broken, "") << seed;
    EXPECT_GT(outcome.tally.of(Count::replies), 0U) << seed;
    EXPECT_EQ(outcome.tally.of(Count::frames_dropped), 0U) << seed;
    EXPECT_EQ(outcome.tally.of(Count::ended_by_service), 0U) << seed;
  }
}

TEST(Conversation, the_same_seed_gives_the_same_log) {
  for (std::uint64_t seed = 100; seed < 105; ++seed) {
    const Outcome first = hold(seed, {.length = 2min});
    const Outcome second = hold(seed, {.length = 2min});
    EXPECT_EQ(first.hash, second.hash);
    EXPECT_EQ(first.tally.counts, second.tally.counts);
  }
  EXPECT_NE(hold(100, {.length = 2min}).hash, hold(101, {.length = 2min}).hash);
}

TEST(Conversation, every_recording_is_held_again_bit_exactly) {
  for (std::uint64_t seed = 200; seed < 216; ++seed) {
    const bool speech = seed % 2 == 0;
    const Outcome outcome = hold(seed, {.length = 3min, .records = true, .records_speech = speech});
    const recording::Replayed again = recording::replay(outcome.recording, nullptr);
    EXPECT_TRUE(again.readable && again.whole) << seed;
    EXPECT_EQ(again.differs_at, 0U) << seed << ": " << again.expected << " / " << again.got;
    EXPECT_GT(again.events, outcome.tally.of(Count::events)) << "and what was measured";
  }
}

}  // namespace
}  // namespace livegate::sim
