// Each scenario again and again, with the first operation of a kind failing, the second, the third,
// until it passes untouched: every place where a connection, a message or a tool may fail is
// walked.
#include <gtest/gtest.h>

#include "sim/conversation.h"

namespace livegate::sim {
namespace {

constexpr std::array kScenarios = {11U, 12U, 13U, 14U};

// Returns how many operations there were to fail.
std::uint64_t walk(std::uint64_t seed, Operation operation, Millis length) {
  session::Codecs codecs;
  for (std::uint64_t n = 0;; ++n) {
    const Options options{.length = length, .faults = false, .failing = operation, .failing_at = n};
    const Outcome outcome = Conversation(seed, options, codecs).run();
    EXPECT_EQ(outcome.broken, "") << "seed " << seed << ", operation " << n;
    if (outcome.tally.of(Count::fault_planned) == 0 || !outcome.broken.empty()) return n;
  }
}

TEST(FailLoop, any_connect_may_fail) {
  for (const unsigned seed : kScenarios) EXPECT_GT(walk(seed, Operation::connect, 30s), 0U) << seed;
}

TEST(FailLoop, any_message_to_the_model_may_be_the_last_of_its_connection) {
  std::uint64_t walked = 0;
  for (const unsigned seed : kScenarios) walked += walk(seed, Operation::model_send, 12s);
  EXPECT_GT(walked, 300U);
}

TEST(FailLoop, any_message_to_the_client_may_be_the_last_of_the_call) {
  std::uint64_t walked = 0;
  for (const unsigned seed : kScenarios) walked += walk(seed, Operation::client_send, 20s);
  EXPECT_GT(walked, 60U);
}

TEST(FailLoop, any_tool_may_never_answer) {
  std::uint64_t walked = 0;
  for (const unsigned seed : kScenarios) walked += walk(seed, Operation::tool, 2min);
  EXPECT_GT(walked, 3U);
}

}  // namespace
}  // namespace livegate::sim
