#include <gtest/gtest.h>

#include "base/limits.h"
#include "proto/gemini.h"
#include "proto/proto_testing.h"

namespace livegate::proto {
namespace {

std::string decoded(GeminiDecoder& decoder, const std::string& text) {
  const PaddedString message(text);
  ClientMessage out;
  const auto result = decoder.decode_client(message.text(), out);
  if (result) return "= " + testing::facts(out);
  EXPECT_EQ(result.error().close_code, 1007);
  EXPECT_LE(result.error().reason.size(), limits::kCloseReasonBytesMax);
  return "! " + result.error().reason;
}

TEST(GeminiClientMessages, mean_what_the_golden_vectors_say) {
  GeminiDecoder decoder;
  const auto vectors = testing::read_vectors(LIVEGATE_GOLDEN "/gemini_client.txt");
  ASSERT_GE(vectors.size(), 60u);
  for (const auto& vector : vectors) {
    EXPECT_EQ(decoded(decoder, vector.message), vector.expected) << vector.message;
  }
}

TEST(GeminiClientMessages, are_refused_in_at_most_123_bytes_of_whole_characters) {
  GeminiDecoder decoder;
  const std::string prefix = "Invalid JSON payload received. Unknown name \"";
  for (std::size_t length = 60; length < 90; ++length) {
    const std::string name = std::string(length, 'x') + "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80";
    const std::string reason = decoded(decoder, "{\"setup\":{\"" + name + "\":1}}").substr(2);
    EXPECT_TRUE(reason.starts_with(prefix + std::string(60, 'x'))) << reason;
    std::string again;
    append_json_string(again, reason);
    EXPECT_EQ(again.find("\xEF\xBF\xBD"), std::string::npos) << reason;
  }
}

TEST(GeminiClientMessages, never_carry_control_characters_into_a_close_reason) {
  GeminiDecoder decoder;
  EXPECT_EQ(decoded(decoder, R"({"a\nb\u0000":1})"),
            "! Invalid JSON payload received. Unknown name \"a b \": Cannot find field.");
}

TEST(GeminiClientMessages, with_a_setup_above_the_cap_are_refused) {
  GeminiDecoder decoder;
  const auto setup = [](std::size_t bytes) {
    return R"({"setup":{"systemInstruction":{"parts":[{"text":")" + std::string(bytes, 'a') +
           R"("}]}}})";
  };
  EXPECT_EQ(decoded(decoder, setup(limits::kSetupBytesMax)).front(), '=');
  EXPECT_EQ(decoded(decoder, setup(limits::kSetupBytesMax + 1)),
            "! Request contains an invalid argument.");
}

TEST(GeminiClientMessages, hold_a_bounded_number_of_items_in_all_lists_together) {
  GeminiDecoder decoder;
  const auto content = [](std::size_t turns, std::size_t parts) {
    std::string turn = R"({"parts":[{"text":"a"})";
    for (std::size_t i = 1; i < parts; ++i) turn += R"(,{"text":"a"})";
    std::string text = R"({"clientContent":{"turns":[)" + turn + "]}";
    for (std::size_t i = 1; i < turns; ++i) text += "," + turn + "]}";
    return text + "]}}";
  };
  const std::string refusal = "! The lists of a message hold at most 4096 items together.";
  EXPECT_EQ(decoded(decoder, content(1, limits::kMessageItemsMax - 1)).front(), '=');
  EXPECT_EQ(decoded(decoder, content(1, limits::kMessageItemsMax)), refusal);
  EXPECT_EQ(decoded(decoder, content(64, 63)).front(), '=');
  EXPECT_EQ(decoded(decoder, content(64, 64)), refusal);
  EXPECT_EQ(decoded(decoder, content(1, 1)).front(), '=') << "the next message starts from none";
}

TEST(GeminiClientMessages, one_decoder_serves_both_directions_and_forgets_the_last_message) {
  GeminiDecoder decoder;
  ClientMessage out;
  const PaddedString setup(R"({"setup":{"model":"models/a","sessionResumption":{"handle":"h"}}})");
  ASSERT_TRUE(decoder.decode_client(setup.text(), out));
  const PaddedString server(R"({"setupComplete":{}})");
  ServerMessage answer;
  ASSERT_TRUE(decoder.decode_server(server.text(), answer));
  const PaddedString text(R"({"realtimeInput":{"text":"hi"}})");
  ASSERT_TRUE(decoder.decode_client(text.text(), out));
  EXPECT_EQ(testing::facts(out), "realtime: text(hi)");
  EXPECT_EQ(out.setup.model, "");
  EXPECT_EQ(out.setup.document, "{}");
}

}  // namespace
}  // namespace livegate::proto
