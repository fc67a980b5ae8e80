// What a client may say when, and what it is refused with. Rows are those of the conformance table
// in docs/wire-gemini.md.
#include "offline/live_session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/base64.h"
#include "base/limits.h"
#include "offline/live_session_fixture.h"

namespace livegate::offline {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

std::string audio_message(std::string_view mime_type, std::string_view data) {
  return R"({"realtimeInput":{"audio":{"data":")" + std::string(data) + R"(","mimeType":")" +
         std::string(mime_type) + R"("}}})";
}

// A client that does one thing wrong after the setup and is shown the door.
void expect_refused(std::string_view setup, std::string_view message, std::uint16_t code,
                    std::string_view reason) {
  Conversation client;
  client.connects(setup);
  ASSERT_FALSE(client.closed) << client.closed->reason;
  client.sends(message);
  ASSERT_TRUE(client.closed) << message;
  EXPECT_EQ(client.closed->code, code);
  EXPECT_THAT(client.closed->reason, StartsWith(std::string(reason)));
}

TEST(LiveSession, row_5_a_wrong_key_is_refused_when_the_setup_comes) {
  Conversation client({.id = 1, .key = KeyCheck::wrong});
  EXPECT_FALSE(client.closed);
  client.connects();
  ASSERT_TRUE(client.closed);
  EXPECT_EQ(client.closed->code, 1007);
  EXPECT_EQ(client.closed->reason, "API key not valid. Please pass a valid API key.");
}

TEST(LiveSession, row_6_no_key_where_one_is_wanted_is_refused_in_123_bytes) {
  Conversation client({.id = 1, .key = KeyCheck::missing});
  client.connects();
  ASSERT_TRUE(client.closed);
  EXPECT_EQ(client.closed->code, 1008);
  EXPECT_EQ(
      client.closed->reason,
      "Method doesn't allow unregistered callers (callers without established identity). Please "
      "use API Key or other form of API c");
  EXPECT_EQ(client.closed->reason.size(), 123u);
}

TEST(LiveSession, row_7_setup_is_answered_with_the_services_own_26_bytes) {
  Conversation client;
  client.connects();
  ASSERT_EQ(client.raw.size(), 1u);
  EXPECT_EQ(client.raw[0], "{\n  \"setupComplete\": {}\n}\n");
  EXPECT_EQ(client.raw[0].size(), 26u);
}

TEST(LiveSession, a_setup_without_a_model_is_welcome) {
  Conversation client;
  client.sends(R"({"setup":{}})");
  EXPECT_THAT(client.story(), ElementsAre("setupComplete"));
}

TEST(LiveSession, the_grammar_is_told_before_anything_can_be_recognised) {
  Conversation client;
  client.connects_with_light();
  ASSERT_EQ(client.grammars.size(), 1u);
  EXPECT_THAT(client.grammars[0], HasSubstr("#JSGF"));
}

TEST(LiveSession, row_9_audio_before_the_setup_is_refused) {
  Conversation client;
  client.sends(R"({"realtimeInput":{"text":"hello"}})");
  ASSERT_TRUE(client.closed);
  EXPECT_EQ(client.closed->code, 1007);
  EXPECT_EQ(client.closed->reason, "setup must be the first message and only the first");
}

TEST(LiveSession, row_10_a_second_setup_is_refused) {
  expect_refused("", R"({"setup":{"model":"models/any"}})", 1007,
                 "setup must be the first message and only the first");
}

TEST(LiveSession, row_11_setup_in_snake_case_has_the_same_effect) {
  Conversation client;
  client.sends(
      R"({"setup":{"model":"models/any","generation_config":{"response_modalities":["AUDIO"]},)"
      R"("output_audio_transcription":{},"session_resumption":{}}})");
  client.types("hello");
  client.passes(5s);
  EXPECT_EQ(client.count("turnComplete"), 1u);
  EXPECT_GE(client.count("output"), 1u);
  EXPECT_GE(client.count("handle"), 2u);
}

TEST(LiveSession, row_12_the_python_envelope_and_both_base64_alphabets_give_the_same_audio) {
  std::vector<std::uint8_t> loud;
  for (int i = 0; i < 16000; ++i) {  // a square wave whose bytes need the 62nd and 63rd character
    const bool high = i / 20 % 2 == 0;
    loud.push_back(high ? 0xff : 0x00);
    loud.push_back(high ? 0x3e : 0xc1);
  }
  std::string standard(base64::encoded_size(loud.size()), '\0');
  base64::encode(loud, standard.data());
  std::string url_safe = standard;
  for (char& c : url_safe) c = c == '+' ? '-' : c == '/' ? '_' : c;
  ASSERT_NE(standard, url_safe);
  Conversation javascript;
  javascript.connects();
  javascript.sends(audio_message("audio/pcm;rate=16000", standard));
  javascript.sends(R"({"realtimeInput":{"audioStreamEnd":true}})");
  Conversation python;
  python.connects();
  python.sends(R"({"realtime_input": {"audio": {"data": ")" + url_safe +
               R"(", "mimeType": "audio/pcm;rate=16000"}}})");
  python.sends(R"({"realtime_input": {"audio_stream_end": true}})");
  ASSERT_EQ(javascript.utterances.size(), 1u);
  ASSERT_EQ(python.utterances.size(), 1u);
  EXPECT_EQ(javascript.utterances[0].samples, python.utterances[0].samples);
}

TEST(LiveSession, row_13_an_unknown_field_is_named) {
  Conversation client;
  client.sends(R"({"setup":{"model":"models/any","foo":1}})");
  ASSERT_TRUE(client.closed);
  EXPECT_EQ(client.closed->code, 1007);
  EXPECT_EQ(client.closed->reason,
            "Invalid JSON payload received. Unknown name \"foo\" at 'setup': Cannot find field.");
}

TEST(LiveSession, row_14_what_is_not_json_is_refused) {
  expect_refused("", "hello", 1007, "Invalid JSON payload received.");
}

TEST(LiveSession, row_15_two_messages_in_one_are_refused) {
  expect_refused("", R"({"realtimeInput":{"text":"hi"},"clientContent":{"turnComplete":true}})",
                 1007, "");
}

TEST(LiveSession, row_16_a_model_without_its_prefix_is_not_found) {
  Conversation client({.id = 1, .api_version = "v1alpha"});
  client.sends(R"({"setup":{"model":"gemini"}})");
  ASSERT_TRUE(client.closed);
  EXPECT_EQ(client.closed->code, 1008);
  EXPECT_THAT(client.closed->reason,
              StartsWith("gemini is not found for API version v1alpha, or is not supported"));
}

TEST(LiveSession, row_17_text_as_the_answer_is_refused) {
  Conversation client;
  client.connects(R"("generationConfig":{"responseModalities":["TEXT"]})");
  ASSERT_TRUE(client.closed);
  EXPECT_EQ(client.closed->code, 1007);
  EXPECT_EQ(
      client.closed->reason,
      "The requested combination of response modalities (TEXT) is not supported by the model");
}

TEST(LiveSession, row_26_activity_start_with_detection_on_is_refused) {
  expect_refused(
      "", R"({"realtimeInput":{"activityStart":{}}})", 1007,
      "Explicit activity control is not supported when automatic activity detection is enabled.");
}

TEST(LiveSession, row_42_an_unknown_handle_is_refused) {
  Conversation client;
  client.connects(R"("sessionResumption":{"handle":"never-given-out"})");
  ASSERT_TRUE(client.closed);
  EXPECT_EQ(client.closed->code, 1007);
  EXPECT_EQ(client.closed->reason, "Request contains an invalid argument.");
}

TEST(LiveSession, row_54_a_long_reason_is_cut_on_a_character) {
  Conversation client;
  std::string model;
  for (int i = 0; i < 100; ++i) model += "\xc3\xa4";  // an umlaut: two bytes, and 123 is odd
  client.sends(R"({"setup":{"model":")" + model + R"("}})");
  ASSERT_TRUE(client.closed);
  EXPECT_EQ(client.closed->reason, model.substr(0, 122));
}

TEST(LiveSession, row_55_a_client_that_leaves_in_mid_reply_ends_everything) {
  Conversation client;
  client.connects();
  client.voice_waits = true;
  client.types("tell me a story");
  ASSERT_EQ(client.speeches.size(), 1u);
  client.leaves();
  EXPECT_THAT(client.cancelled_speeches, ElementsAre(client.speeches[0].speech));
  EXPECT_FALSE(client.session->next_deadline());
  EXPECT_FALSE(client.closed);
}

TEST(LiveSession, after_a_close_nothing_is_answered) {
  Conversation client;
  client.sends("x");
  ASSERT_TRUE(client.closed);
  client.connects();  // the fixture fails on any action
  EXPECT_TRUE(client.facts.empty());
}

TEST(LiveSession, a_client_that_never_sends_a_setup_is_closed) {
  Conversation client;
  client.passes(limits::kStartTimeMax - 1ms);
  EXPECT_FALSE(client.closed);
  client.passes(1ms);
  ASSERT_TRUE(client.closed);
  EXPECT_EQ(client.closed->code, 1011);
}

TEST(LiveSession, bad_base64_and_audio_that_is_no_pcm_are_refused) {
  const char* const kReason = "Request contains an invalid argument.";
  expect_refused("", audio_message("audio/pcm;rate=16000", "!!!!"), 1007, kReason);
  expect_refused("", audio_message("audio/wav", "AAAA"), 1007, kReason);
  expect_refused("", audio_message("audio/pcm;rate=1000000", "AAAA"), 1007, kReason);
  expect_refused("", audio_message("audio/pcm;rate=16000", "AAAA"), 1007, kReason);  // three bytes
  expect_refused("", R"({"realtimeInput":{"video":{"data":"!!!!","mimeType":"image/jpeg"}}})", 1007,
                 kReason);
}

TEST(LiveSession, tools_that_cannot_be_read_are_refused_with_a_reason) {
  Conversation client;
  client.connects(R"("tools":[{"functionDeclarations":[{"description":"has no name"}]}])");
  ASSERT_TRUE(client.closed);
  EXPECT_EQ(client.closed->code, 1007);
  EXPECT_THAT(client.closed->reason, StartsWith("Request contains an invalid argument. "));
}

TEST(LiveSession, negative_detection_times_are_refused) {
  Conversation client;
  client.connects(
      R"("realtimeInputConfig":{"automaticActivityDetection":{"silenceDurationMs":-5}})");
  ASSERT_TRUE(client.closed);
  EXPECT_EQ(client.closed->reason, "Request contains an invalid argument.");
}

TEST(LiveSession, text_without_an_end_is_refused_at_the_cap) {
  Conversation client;
  client.connects();
  const std::string chunk(limits::kOfflineHeldTextBytesMax / 2, 'a');
  for (int i = 0; i < 3 && !client.closed; ++i) {
    std::string json;
    proto::append_client_text(json, "user", chunk, false);
    client.sends(json);
  }
  ASSERT_TRUE(client.closed);
  EXPECT_EQ(client.closed->reason, "Request contains an invalid argument.");
}

}  // namespace
}  // namespace livegate::offline
