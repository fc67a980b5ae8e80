#include <gtest/gtest.h>

#include "base/limits.h"
#include "proto/gemini.h"
#include "proto/proto_testing.h"

namespace livegate::proto {
namespace {

std::string decoded(GeminiDecoder& decoder, const std::string& text) {
  const PaddedString message(text);
  ServerMessage out;
  const auto result = decoder.decode_server(message.text(), out);
  return result ? "= " + testing::facts(out) : "! " + result.error().reason;
}

TEST(GeminiServerMessages, mean_what_the_golden_vectors_say) {
  GeminiDecoder decoder;
  const auto vectors = testing::read_vectors(LIVEGATE_GOLDEN "/gemini_server.txt");
  ASSERT_GE(vectors.size(), 50u);
  for (const auto& vector : vectors) {
    EXPECT_EQ(decoded(decoder, vector.message), vector.expected) << vector.message;
  }
}

TEST(GeminiServerMessages, come_back_from_their_own_encoding) {
  GeminiDecoder decoder;
  for (const auto& vector : testing::read_vectors(LIVEGATE_GOLDEN "/gemini_server.txt")) {
    if (vector.expected.starts_with("!")) continue;
    const PaddedString message(vector.message);
    ServerMessage first;
    ASSERT_TRUE(decoder.decode_server(message.text(), first)) << vector.message;
    std::string text;
    append_server_message(text, first);
    // Unknown members are written where they belong, which may change their order between messages.
    const PaddedString again(text);
    ServerMessage second;
    ASSERT_TRUE(decoder.decode_server(again.text(), second)) << text;
    std::string twice;
    append_server_message(twice, second);
    EXPECT_EQ(twice, text);
    EXPECT_EQ(testing::facts(second).size(), vector.expected.size() - 2) << text;
  }
}

TEST(GeminiServerMessages, keep_audio_as_a_view_of_the_message) {
  const PaddedString message(
      R"({"serverContent":{"modelTurn":{"parts":[{"inlineData":{"data":"AAECAwQF" }}]}}})");
  GeminiDecoder decoder;
  ServerMessage out;
  ASSERT_TRUE(decoder.decode_server(message.text(), out));
  ASSERT_EQ(out.media.size(), 1u);
  EXPECT_EQ(out.media[0].base64, "AAECAwQF");
  EXPECT_GE(out.media[0].base64.data(), message.text().data());
  EXPECT_LT(out.media[0].base64.data(), message.text().data() + message.text().size());
}

TEST(GeminiServerMessages, do_not_depend_on_what_stands_in_the_padding) {
  const std::string text = R"({"goAway":{"timeLeft":"1s"}})";
  GeminiDecoder decoder;
  for (const char filler : std::string("}]\",:{[ 0\\")) {
    const std::string whole = text + std::string(kTextPadding, filler);
    ServerMessage out;
    const auto kept = PaddedText::promise(std::string_view(whole).substr(0, text.size()));
    ASSERT_TRUE(decoder.decode_server(kept, out)) << filler;
    EXPECT_EQ(testing::facts(out), "go_away_ms(1000)");
    const auto cut = PaddedText::promise(std::string_view(whole).substr(0, text.size() - 1));
    EXPECT_FALSE(decoder.decode_server(cut, out)) << filler;
  }
}

TEST(GeminiServerMessages, are_refused_when_nested_too_deep_or_not_utf8) {
  GeminiDecoder decoder;
  const auto nested = [](std::size_t depth) {
    return R"({"x":)" + std::string(depth, '[') + std::string(depth, ']') + "}";
  };
  EXPECT_EQ(decoded(decoder, nested(limits::kJsonDepthMax)).front(), '=');
  const std::string too_deep = "! The message is nested deeper than 64 levels.";
  EXPECT_EQ(decoded(decoder, nested(limits::kJsonDepthMax + 1)), too_deep);
  EXPECT_EQ(decoded(decoder, nested(100000)), too_deep);
  EXPECT_EQ(decoded(decoder, "{\"x\":\"\xC3\x28\"}"),
            "! Invalid JSON payload received. Not valid UTF-8.");
}

TEST(GeminiServerMessages, hold_no_more_items_than_the_limit) {
  const auto parts = [](std::size_t count) {
    std::string text = R"({"serverContent":{"modelTurn":{"parts":[)";
    for (std::size_t i = 0; i < count; ++i) text += i == 0 ? R"({"text":""})" : R"(,{"text":""})";
    return text + "]}}}";
  };
  GeminiDecoder decoder;
  EXPECT_EQ(decoded(decoder, parts(limits::kMessageItemsMax)).front(), '=');
  EXPECT_EQ(decoded(decoder, parts(limits::kMessageItemsMax + 1)),
            "! Invalid value at 'server_content.model_turn.parts[4096]' (TYPE_LIST)");
}

TEST(GeminiServerMessages, small_ones_are_read_after_a_huge_one) {
  GeminiDecoder decoder;
  const std::string huge = R"({"serverContent":{"modelTurn":{"parts":[{"inlineData":{"data":")" +
                           std::string(3 * limits::kParserBytesKept, 'A') + R"("}}]}}})";
  EXPECT_EQ(decoded(decoder, huge).size(), 3 * limits::kParserBytesKept + 11);
  EXPECT_EQ(decoded(decoder, R"({"serverContent":{"interrupted":true}})"), "= interrupted");
}

}  // namespace
}  // namespace livegate::proto
