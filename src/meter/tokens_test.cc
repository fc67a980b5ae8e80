#include "meter/tokens.h"

#include <gtest/gtest.h>

#include "base/padded_text.h"

namespace livegate::meter {
namespace {

Tokens of(std::string_view usage) {
  proto::GeminiDecoder decoder;
  proto::ServerMessage message;
  PaddedString text;
  text.assign(R"({"usageMetadata":)" + std::string(usage) + "}");
  const auto read = decoder.decode_server(text.text(), message);
  EXPECT_TRUE(read) << usage;
  EXPECT_TRUE(message.usage) << usage;
  return message.usage ? tokens_of(*message.usage) : Tokens{};
}

TEST(Tokens, what_the_details_leave_out_of_their_sum_is_counted_as_other) {
  // As recorded of gemini-3.8-live: 27 of 626 are in no detail, thoughts stand beside the total.
  const Tokens tokens = of(
      R"({"promptTokenCount": 626, "responseTokenCount": 63, "totalTokenCount": 689,
          "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 312},
                                  {"modality": "AUDIO", "tokenCount": 287}],
          "responseTokensDetails": [{"modality": "AUDIO", "tokenCount": 63}],
          "thoughtsTokenCount": 40})");
  EXPECT_EQ(tokens.of, (std::array<std::int64_t, kKinds>{312, 287, 0, 27, 0, 63, 0, 40}));
  EXPECT_EQ(tokens.in(), 626);
  EXPECT_EQ(tokens.out(), 103);
}

TEST(Tokens, details_that_say_more_than_their_sum_stand) {
  const Tokens tokens = of(
      R"({"promptTokenCount": 5, "promptTokensDetails": [{"modality": "AUDIO", "tokenCount": 9}]})");
  EXPECT_EQ(tokens[Kind::audio_in], 9);
  EXPECT_EQ(tokens[Kind::other_in], 0);
}

TEST(Tokens, a_report_without_details_is_all_other) {
  const Tokens tokens =
      of(R"({"promptTokenCount": 24, "candidatesTokenCount": 5, "totalTokenCount": 29})");
  EXPECT_EQ(tokens[Kind::other_in], 24);
  EXPECT_EQ(tokens[Kind::other_out], 5);
}

TEST(Tokens, reads_vertex_names_snake_case_strings_and_details_without_counts) {
  const Tokens vertex = of(
      R"({"candidatesTokenCount": 61, "candidatesTokensDetails": [
          {"modality": "TEXT", "tokenCount": 11}, {"modality": "AUDIO"}]})");
  EXPECT_EQ(vertex[Kind::text_out], 11);
  EXPECT_EQ(vertex[Kind::other_out], 50);
  const Tokens strings = of(
      R"({"prompt_token_count": "515", "responseTokenCount": "31",
          "promptTokensDetails": [{"modality": "TEXT"}, {"tokenCount": 3}]})");
  EXPECT_EQ(strings[Kind::other_in], 515);
  EXPECT_EQ(strings[Kind::other_out], 31);
}

TEST(Tokens, a_total_is_used_where_there_is_nothing_else) {
  EXPECT_EQ(of(R"({"totalTokenCount": 42})")[Kind::other_out], 42);
  EXPECT_EQ(of(R"({"totalTokenCount": 42, "promptTokenCount": 5})").sum(), 5);
  EXPECT_EQ(of("{}"), Tokens{});
}

TEST(Tokens, pictures_video_and_documents_are_one_kind) {
  const Tokens tokens = of(
      R"({"promptTokenCount": 60, "promptTokensDetails": [
          {"modality": "IMAGE", "tokenCount": 10}, {"modality": "VIDEO", "tokenCount": 20},
          {"modality": "DOCUMENT", "tokenCount": 30}]})");
  EXPECT_EQ(tokens[Kind::image_in], 60);
}

TEST(Tokens, what_a_tool_of_the_service_added_counts_beside_the_prompt) {
  const Tokens tokens = of(R"({"promptTokenCount": 10, "toolUsePromptTokenCount": 7})");
  EXPECT_EQ(tokens[Kind::text_in], 7);
  EXPECT_EQ(tokens[Kind::other_in], 10);
}

TEST(Tokens, negative_numbers_count_as_none_and_huge_ones_as_the_most_that_a_turn_can_have) {
  const Tokens tokens = of(
      R"({"promptTokenCount": -7, "responseTokenCount": 9223372036854775807,
          "thoughtsTokenCount": 1e300, "promptTokensDetails": [
            {"modality": "TEXT", "tokenCount": -3}, {"modality": "AUDIO", "tokenCount": 1e12}]})");
  EXPECT_EQ(tokens[Kind::text_in], 0);
  EXPECT_EQ(tokens[Kind::audio_in], kTokensPerTurnMax);
  EXPECT_EQ(tokens[Kind::other_in], 0);
  EXPECT_EQ(tokens[Kind::other_out], kTokensPerTurnMax);
  EXPECT_EQ(tokens[Kind::thoughts], kTokensPerTurnMax);
}

TEST(Tokens, a_number_that_is_none_loses_no_message) {
  const Tokens tokens = of(
      R"({"promptTokenCount": "many", "responseTokenCount": 4, "thoughtsTokenCount": true,
          "promptTokensDetails": [{"modality": 3, "tokenCount": {"a": 1}}]})");
  EXPECT_EQ(tokens.in(), 0);
  EXPECT_EQ(tokens[Kind::other_out], 4);
}

TEST(Tokens, merging_two_reports_of_one_turn_counts_nothing_twice) {
  Tokens first;
  first[Kind::other_in] = 100;
  Tokens second;
  second[Kind::text_in] = 70;
  second[Kind::other_in] = 30;
  second[Kind::audio_out] = 5;
  const Tokens both = merged(first, second);
  EXPECT_EQ(both.in(), 100);
  EXPECT_EQ(both[Kind::text_in], 70);
  EXPECT_EQ(both[Kind::audio_out], 5);
  EXPECT_EQ(merged(both, both), both);
}

}  // namespace
}  // namespace livegate::meter
