#include "session/live_wire.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/limits.h"
#include "base/padded_text.h"

namespace livegate::session {
namespace {

using testing::ElementsAre;

class LiveWireTest : public testing::Test {
 protected:
  const proto::ServerMessage& decoded(const std::string& text) {
    held.assign(text);
    EXPECT_TRUE(decoder.decode_server(held.text(), message)) << text;
    return message;
  }
  proto::GeminiDecoder decoder;
  proto::ServerMessage message;
  PaddedString held;
};

TEST_F(LiveWireTest, only_javascript_s_sdk_which_doubles_a_slash_is_given_text_frames) {
  constexpr std::string_view kPath = "/ws/google.ai.generativelanguage.v1beta.GenerativeService";
  EXPECT_FALSE(live_wire_of(kPath, "Mozilla/5.0", "").text_frames);
  EXPECT_FALSE(live_wire_of("/prefix" + std::string(kPath), "Mozilla/5.0", "").text_frames);
  EXPECT_TRUE(live_wire_of("/" + std::string(kPath), "Mozilla/5.0", "").text_frames);
  EXPECT_TRUE(live_wire_of("/prefix/" + std::string(kPath), "Mozilla/5.0", "").text_frames);
}

TEST_F(LiveWireTest, python_is_known_by_its_sdk_and_by_its_library) {
  for (const LiveWire& wire : {live_wire_of("", "google-genai-sdk/2.19.0 gl-python/3.12.1", ""),
                               live_wire_of("", "", "google-genai-sdk/2.19.0 gl-python/3.12.1"),
                               live_wire_of("", "Python/3.11 websockets/15.0.1", "")}) {
    EXPECT_TRUE(wire.known_only);
    EXPECT_EQ(wire.message_bytes_max, limits::kPythonMessageBytesMax);
    EXPECT_FALSE(wire.text_frames);
  }
  const LiveWire node = live_wire_of("", "google-genai-sdk/3.1.0 gl-node/v20.20.2",
                                     "google-genai-sdk/3.1.0 gl-node/v20.20.2");
  EXPECT_FALSE(node.known_only);
  EXPECT_EQ(node.message_bytes_max, 0u);
}

TEST_F(LiveWireTest, python_is_spared_frames_of_which_it_knows_nothing) {
  for (const char* text : {R"({"voiceActivity":{"type":"ACTIVITY_START"}})",
                           R"({"voiceActivity":{"type":"TYPE_UNSPECIFIED"}})",
                           R"({"somethingNew":{"a":1}})", R"({"error":{},"voiceActivity":{}})"}) {
    EXPECT_FALSE(is_known_to_python(decoded(text))) << text;
  }
  for (const char* text :
       {"{}", R"({"usageMetadata":{"totalTokenCount":1}})", R"({"serverContent":{"newField":1}})",
        R"({"somethingNew":1,"setupComplete":{}})",
        R"({"voiceActivity":{"type":"ACTIVITY_END"},"goAway":{}})"}) {
    EXPECT_TRUE(is_known_to_python(decoded(text))) << text;
  }
}

std::string audio_part(std::size_t chars) {
  return R"({"inlineData":{"mimeType":"audio/pcm;rate=24000","data":")" + std::string(chars, 'A') +
         R"("}})";
}

TEST_F(LiveWireTest, a_huge_message_becomes_several_with_nothing_lost_and_in_order) {
  decoded(R"({"usageMetadata":{"totalTokenCount":7},"serverContent":{"turnComplete":true,)"
          R"("outputTranscription":{"text":"hello"},"inputTranscription":{"text":"hi"},)"
          R"("modelTurn":{"parts":[)" +
          audio_part(40000) + "," + audio_part(80) + "]}}}");
  const SplitMessages split = split_message(message, 16000);
  EXPECT_EQ(split.parts_left_out, 0u);
  std::size_t chars = 0;
  std::vector<std::string> order;
  for (std::size_t i = 0; i < split.wires.size(); ++i) {
    EXPECT_LE(split.wires[i].size(), 16000u);
    const proto::ServerMessage& part = decoded(split.wires[i]);
    EXPECT_EQ(split.media_only[i], !part.media.empty());
    for (const auto& media : part.media) {
      EXPECT_EQ(media.base64.size() % 8, 0u) << "no sample is split";
      EXPECT_EQ(media.mime_type, "audio/pcm;rate=24000");
      chars += media.base64.size();
      order.emplace_back("audio");
    }
    if (part.input_transcription) order.emplace_back("input");
    if (part.output_transcription && part.turn_complete && part.usage) order.emplace_back("rest");
  }
  EXPECT_EQ(chars, 40080u);
  EXPECT_THAT(order, ElementsAre("input", "audio", "audio", "audio", "audio", "rest"));
}

TEST_F(LiveWireTest, what_cannot_be_cut_is_left_out_and_counted) {
  decoded(R"({"serverContent":{"turnComplete":true,"modelTurn":{"parts":[{"inlineData":)"
          R"({"mimeType":"video/mp4","data":")" +
          std::string(20000, 'A') + R"("}}]}}})");
  const SplitMessages split = split_message(message, 16000);
  EXPECT_EQ(split.parts_left_out, 1u);
  ASSERT_EQ(split.wires.size(), 1u);
  EXPECT_TRUE(decoded(split.wires[0]).turn_complete);
}

TEST_F(LiveWireTest, only_media_that_comes_alone_may_be_taken_back) {
  const std::string content = R"({"serverContent":{"modelTurn":{"parts":[)" + audio_part(8) + "]}";
  EXPECT_TRUE(is_media_only(decoded(content + "}}")));
  EXPECT_TRUE(is_media_only(decoded(content + R"(,"outputTranscription":{"text":"x"}}})")));
  EXPECT_FALSE(is_media_only(decoded(content + R"(,"turnComplete":true}})")));
  EXPECT_FALSE(is_media_only(decoded(content + R"(},"usageMetadata":{}})")));
  EXPECT_FALSE(is_media_only(decoded(R"({"serverContent":{"outputTranscription":{"text":"x"}}})")));
}

}  // namespace
}  // namespace livegate::session
