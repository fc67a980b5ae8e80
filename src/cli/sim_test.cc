// What `livegate sim` prints and refuses, and a few conversations from fresh seeds.
#include "cli/sim.h"

#include <sstream>

#include <gtest/gtest.h>

#include "cli/replay.h"

namespace livegate::cli {
namespace {

// The failure says which seed it was, and how to see it again.
TEST(Sim, a_few_conversations_from_fresh_seeds_break_no_invariant) {
  std::ostringstream out;
  std::ostringstream err;
  EXPECT_EQ(run_sim({.seeds = 6, .minutes = 5, .threads = 1}, out, err), 0) << out.str();
}

TEST(Sim, a_broken_invariant_names_the_seed_that_shows_it_again) {
  std::ostringstream out;
  std::ostringstream err;
  const SimOptions options{.seeds = 20,
                           .seed = 900,
                           .seeds_given = true,
                           .minutes = 10,
                           .threads = 1,
                           .canary = "dead-epoch"};
  EXPECT_EQ(run_sim(options, out, err), 1);
  EXPECT_NE(out.str().find("livegate sim --seed 9"), std::string::npos) << out.str();
  EXPECT_NE(out.str().find("--minutes 10 --canary dead-epoch"), std::string::npos) << out.str();
}

TEST(Sim, a_trace_or_a_recording_is_of_one_seed) {
  std::ostringstream out;
  std::ostringstream err;
  EXPECT_EQ(run_sim({.trace = true}, out, err), 2);
  EXPECT_EQ(run_sim({.record_file = "never.flight"}, out, err), 2);
  EXPECT_EQ(run_sim({.with_speech = true}, out, err), 2);
  EXPECT_EQ(out.str(), "");
  EXPECT_EQ(err.str(),
            "livegate sim: --trace wants a --seed, and that alone.\n"
            "livegate sim: --record wants a --seed, and that alone.\n"
            "livegate sim: --with-speech wants a --record.\n");
}

TEST(Sim, a_recorded_conversation_is_held_again_by_replay) {
  const std::string file = testing::TempDir() + "sim_test.flight";
  for (const bool speech : {false, true}) {
    std::ostringstream out;
    std::ostringstream err;
    const SimOptions options{.seed = 300, .minutes = 2, .record_file = file, .with_speech = speech};
    EXPECT_EQ(run_sim(options, out, err), 0) << out.str() << err.str();
    EXPECT_EQ(run_replay({.file = file}, out, err), 0) << out.str() << err.str();
    EXPECT_NE(out.str().find(speech ? "with speech: the same" : "without speech: the same"),
              std::string::npos)
        << out.str();
  }
}

TEST(Sim, a_recording_that_cannot_be_written_is_said) {
  std::ostringstream out;
  std::ostringstream err;
  const SimOptions options{.seed = 300, .minutes = 1, .record_file = "/nowhere/sim.flight"};
  EXPECT_EQ(run_sim(options, out, err), 2);
  EXPECT_EQ(err.str(), "livegate sim: /nowhere/sim.flight cannot be written.\n");
}

}  // namespace
}  // namespace livegate::cli
