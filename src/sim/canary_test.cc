// Planted bugs that the simulation has to find, soon: a harness that finds none of these would not
// find ours.
#include <gtest/gtest.h>

#include "sim/conversation.h"

namespace livegate::sim {
namespace {

// How many seeds it took; 0: it was not found.
std::uint64_t seeds_until_found(Canary canary, std::uint64_t first, std::uint64_t seeds_max) {
  session::Codecs codecs;
  for (std::uint64_t i = 0; i < seeds_max; ++i) {
    const Options options{.length = 10min, .canary = canary};
    if (!Conversation(first + i, options, codecs).run().broken.empty()) return i + 1;
  }
  return 0;
}

TEST(Canary, held_speech_that_is_sent_twice_is_found) {
  EXPECT_NE(seeds_until_found(Canary::held_twice, 900, 50), 0U);
}
TEST(Canary, a_piece_of_an_interrupted_reply_is_found) {
  EXPECT_NE(seeds_until_found(Canary::stale_frame, 900, 50), 0U);
}
TEST(Canary, a_lost_piece_of_speech_is_found) {
  EXPECT_NE(seeds_until_found(Canary::lost_piece, 900, 50), 0U);
}
TEST(Canary, a_tools_answer_that_is_sent_twice_is_found) {
  EXPECT_NE(seeds_until_found(Canary::answer_twice, 900, 50), 0U);
}
TEST(Canary, a_message_over_a_dead_connection_is_found) {
  EXPECT_NE(seeds_until_found(Canary::dead_epoch, 900, 50), 0U);
}
TEST(Canary, a_session_that_trusts_a_mark_that_ends_nothing_is_found) {
  EXPECT_NE(seeds_until_found(Canary::mark_trusted, 900, 50), 0U);
}
TEST(Canary, a_message_that_a_returning_client_gets_twice_is_found) {
  EXPECT_NE(seeds_until_found(Canary::again_twice, 900, 50), 0U);
}
TEST(Canary, a_keep_alive_that_hears_no_client_is_found) {
  EXPECT_NE(seeds_until_found(Canary::deaf_to_pongs, 900, 50), 0U);
}
TEST(Canary, a_token_that_opens_a_session_for_ever_is_found) {
  EXPECT_NE(seeds_until_found(Canary::token_kept, 900, 50), 0U);
}

}  // namespace
}  // namespace livegate::sim
