#include "offline/conversation_book.h"

#include <array>

#include <gtest/gtest.h>

#include "base/limits.h"

namespace livegate::offline {
namespace {

bool says(const std::string& json, const std::string& part) {
  return json.find(part) != std::string::npos;
}

TEST(ConversationBook, the_same_audio_in_other_pieces_has_the_same_hash) {
  const std::array<std::uint8_t, 4> bytes = {1, 2, 3, 4};
  ConversationCounts whole;
  ConversationCounts pieces;
  ConversationCounts swapped;
  whole.heard(bytes.data(), 4);
  pieces.heard(bytes.data(), 2);
  pieces.heard(bytes.data() + 2, 2);
  swapped.heard(bytes.data() + 2, 2);
  swapped.heard(bytes.data(), 2);
  EXPECT_EQ(whole.audio_hash, pieces.audio_hash);
  EXPECT_NE(whole.audio_hash, swapped.audio_hash);
  EXPECT_EQ(whole.audio_samples, 2u);
  EXPECT_EQ(pieces.audio_messages, 2u);
}

TEST(ConversationBook, a_response_counts_as_awaited_once) {
  ConversationCounts counts;
  counts.called("a");
  counts.responded("a");
  counts.responded("a");
  counts.responded("never called");
  EXPECT_EQ(counts.tool_responses, 3u);
  EXPECT_EQ(counts.tool_responses_awaited, 1u);
  EXPECT_EQ(counts.tool_responses_repeated, 1u);
}

TEST(ConversationBook, the_total_holds_what_is_no_longer_listed) {
  ConversationBook book;
  const std::size_t all = limits::kOfflineConversationsListedMax + 3;
  for (std::size_t i = 0; i < all; ++i) book.begin()->audio_samples = 2;
  const std::string json = book.to_json();
  EXPECT_TRUE(says(json, "\"audio_samples\":" + std::to_string(2 * all))) << json.substr(0, 300);
  EXPECT_FALSE(says(json, "\"conversation\":1,"));
  EXPECT_TRUE(says(json, "\"conversation\":" + std::to_string(all) + ","));
}

TEST(ConversationBook, faults_are_named_where_there_were_any) {
  ConversationCounts counts;
  EXPECT_TRUE(says(to_json(counts), "\"faults\":{}"));
  counts.faults[static_cast<std::size_t>(Fault::drop)] = 2;
  EXPECT_TRUE(says(to_json(counts), "\"faults\":{\"drop\":2}"));
}

}  // namespace
}  // namespace livegate::offline
