#include <array>
#include <numeric>

#include <gtest/gtest.h>

#include "base/base64.h"
#include "proto/gemini.h"
#include "proto/proto_testing.h"

namespace livegate::proto {
namespace {

template <class Append, class... Args>
std::string written(Append append, const Args&... args) {
  std::string out = "before ";
  append(out, args...);
  EXPECT_TRUE(out.starts_with("before "));
  return out.substr(7);
}

std::string client_facts(const std::string& text) {
  GeminiDecoder decoder;
  const PaddedString message(text);
  ClientMessage out;
  const auto result = decoder.decode_client(message.text(), out);
  return result ? testing::facts(out) : result.error().reason;
}

std::string server_facts(const std::string& text) {
  GeminiDecoder decoder;
  const PaddedString message(text);
  ServerMessage out;
  const auto result = decoder.decode_server(message.text(), out);
  return result ? testing::facts(out) : result.error().reason;
}

std::vector<std::int16_t> ramp(std::size_t samples) {
  std::vector<std::int16_t> out(samples);
  std::iota(out.begin(), out.end(), std::int16_t{-300});
  return out;
}

TEST(GeminiEncoding, of_client_messages_is_compact) {
  constexpr std::array<std::int16_t, 3> kSamples = {0, -1, 0x0102};
  EXPECT_EQ(written(append_realtime_audio, kSamples, 16000),
            R"({"realtimeInput":{"audio":{"mimeType":"audio/pcm;rate=16000","data":"AAD//wIB"}}})");
  EXPECT_EQ(written(append_realtime_image, "image/jpeg", "/9j/"),
            R"({"realtimeInput":{"video":{"mimeType":"image/jpeg","data":"/9j/"}}})");
  EXPECT_EQ(written(append_realtime_text, "say \"hi\"\n"),
            R"({"realtimeInput":{"text":"say \"hi\"\n"}})");
  EXPECT_EQ(written(append_activity_start), R"({"realtimeInput":{"activityStart":{}}})");
  EXPECT_EQ(written(append_activity_end), R"({"realtimeInput":{"activityEnd":{}}})");
  EXPECT_EQ(written(append_audio_stream_end), R"({"realtimeInput":{"audioStreamEnd":true}})");
  EXPECT_EQ(written(append_client_text, "user", "hi", true),
            R"({"clientContent":{"turns":[{"role":"user","parts":[{"text":"hi"}]}],)"
            R"("turnComplete":true}})");
  EXPECT_EQ(written(append_client_text, "", "hi", false),
            R"({"clientContent":{"turns":[{"parts":[{"text":"hi"}]}],"turnComplete":false}})");
  const FunctionResponse response{
      .id = "fc-1", .name = "f", .response_json = R"({"ok":true})", .scheduling = "SILENT"};
  EXPECT_EQ(written(append_tool_response, response),
            R"({"toolResponse":{"functionResponses":[{"id":"fc-1","name":"f",)"
            R"("response":{"ok":true},"scheduling":"SILENT"}]}})");
  const FunctionResponse bare{.id = {}, .name = "f", .response_json = {}, .scheduling = {}};
  EXPECT_EQ(written(append_tool_response, bare),
            R"({"toolResponse":{"functionResponses":[{"name":"f","response":{}}]}})");
}

TEST(GeminiEncoding, of_client_messages_comes_back) {
  for (const std::size_t samples : {0, 1, 2, 3, 320, 1600}) {
    const std::vector<std::int16_t> pcm = ramp(samples);
    GeminiDecoder decoder;
    const PaddedString message(written(append_realtime_audio, pcm, 16000));
    ClientMessage out;
    ASSERT_TRUE(decoder.decode_client(message.text(), out));
    ASSERT_EQ(out.realtime_input.audio.size(), 1u);
    const InlineData& audio = out.realtime_input.audio[0];
    EXPECT_EQ(pcm_rate_hz(audio.mime_type, 0), 16000);
    std::vector<std::uint8_t> bytes(base64::decoded_size_max(audio.base64.size()));
    const auto size = base64::decode(audio.base64, bytes.data());
    ASSERT_EQ(size, 2 * samples);
    EXPECT_TRUE(
        std::equal(pcm.begin(), pcm.end(), reinterpret_cast<const std::int16_t*>(bytes.data())));
  }
  EXPECT_EQ(client_facts(written(append_realtime_image, "image/png", "AAAA")),
            "realtime: video(image/png, AAAA)");
  EXPECT_EQ(client_facts(written(append_realtime_text, "\x01 \\")), "realtime: text(\x01 \\)");
  EXPECT_EQ(client_facts(written(append_activity_start)), "realtime: activity_start");
  EXPECT_EQ(client_facts(written(append_activity_end)), "realtime: activity_end");
  EXPECT_EQ(client_facts(written(append_audio_stream_end)), "realtime: audio_stream_end");
  EXPECT_TRUE(client_facts(written(append_client_text, "user", "hi", true))
                  .starts_with("content: text(hi); turn_complete; json("));
  const FunctionResponse response{
      .id = "1", .name = "f", .response_json = R"({"a":[1.0]})", .scheduling = "WHEN_IDLE"};
  EXPECT_EQ(client_facts(written(append_tool_response, response)),
            R"(tools: response(1, f, {"a":[1.0]}); scheduling(WHEN_IDLE))");
}

TEST(GeminiEncoding, of_server_messages_is_laid_out_as_by_the_service) {
  ServerMessage message;
  EXPECT_EQ(written(append_server_message, message), "{}\n");
  message.setup_complete = true;
  EXPECT_EQ(written(append_server_message, message), "{\n  \"setupComplete\": {}\n}\n");
  message.clear();
  message.turn_complete = true;
  message.cancelled_call_ids = {"a", "b"};
  EXPECT_EQ(written(append_server_message, message), R"({
  "serverContent": {
    "turnComplete": true
  },
  "toolCallCancellation": {
    "ids": [
      "a",
      "b"
    ]
  }
}
)");
}

TEST(GeminiEncoding, of_server_audio_from_samples_is_the_same_as_from_a_message) {
  for (const std::size_t samples : {0, 1, 2, 3, 4800}) {
    const std::vector<std::int16_t> pcm = ramp(samples);
    std::string base64(base64::encoded_size(2 * samples), '\0');
    base64::encode({reinterpret_cast<const std::uint8_t*>(pcm.data()), 2 * samples}, base64.data());
    const std::string direct = written(append_server_audio, pcm, 24000);
    EXPECT_EQ(server_facts(direct), "media(audio/pcm;rate=24000, " + base64 + ")");
    ServerMessage message;
    message.media.push_back({.mime_type = "audio/pcm;rate=24000", .base64 = base64});
    if (samples == 0) continue;  // an empty member is left out
    EXPECT_EQ(direct, written(append_server_message, message));
  }
}

TEST(GeminiEncoding, of_a_server_message_with_every_fact_comes_back) {
  ServerMessage message;
  message.setup_complete = true;
  message.session_id = "s";
  message.resumption = {.handle = "h", .resumable = true};
  message.activity = ActivityType::end;
  message.input_transcription = {.text = " a\"b", .finished = true};
  message.interim_input_transcription = {.text = "c"};
  message.interrupted = true;
  message.media = {{.mime_type = "audio/pcm", .base64 = "AAAA"},
                   {.mime_type = "video/mp4", .base64 = "BBBB"}};
  message.text = {"one", ""};
  message.thoughts = {"hm\xF0\x9F\x98\x80"};
  message.output_transcription = {.text = "d"};
  message.cancelled_call_ids = {"x"};
  message.function_calls = {{.id = "1", .name = "f", .args_json = "{\"a\": 1}"},
                            {.id = "", .name = "g", .args_json = "{}"}};
  message.generation_complete = message.turn_complete = message.waiting_for_input = true;
  message.turn_complete_reason = "NEED_MORE_INPUT";
  message.interaction_status = "IDLE";
  message.usage = {.prompt_tokens = 1,
                   .response_tokens = 2,
                   .total_tokens = 3,
                   .json = R"({"promptTokenCount":1,"responseTokenCount":2,"totalTokenCount":3})"};
  message.go_away_time_left = std::chrono::milliseconds(50040);
  message.unknown = {{.path = "toolCall.functionCalls[1]", .key = "willContinue", .json = "true"},
                     {.path = "goAway", .key = "why", .json = "[1]"},
                     {.path = "", .key = "a\"b", .json = "null"}};
  const std::string text = written(append_server_message, message);
  message.unknown.pop_back();  // null is as good as absent
  EXPECT_EQ(server_facts(text), testing::facts(message));
}

TEST(GeminiEncoding, writes_usage_from_its_numbers_where_there_is_no_text) {
  ServerMessage message;
  message.usage = {.prompt_tokens = 515, .response_tokens = 0, .total_tokens = 546, .json = {}};
  EXPECT_EQ(written(append_server_message, message), R"({
  "usageMetadata": {
    "promptTokenCount": 515,
    "totalTokenCount": 546
  }
}
)");
}

TEST(GeminiEncoding, of_text_is_json_whatever_the_bytes) {
  const auto json = [](std::string_view text) { return written(append_json_string, text); };
  EXPECT_EQ(json(""), "\"\"");
  EXPECT_EQ(json("a\"\\\b\f\n\r\t\x1f/"), R"("a\"\\\u0008\u000c\n\r\t\u001f/")");
  EXPECT_EQ(json(std::string_view("\0", 1)), R"("\u0000")");
  EXPECT_EQ(json("\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\x7F"),
            "\"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\x7F\"");
  const std::string bad = "\xEF\xBF\xBD";
  EXPECT_EQ(json("a\xFF"), "\"a" + bad + "\"");
  EXPECT_EQ(json("\xC3"), "\"" + bad + "\"");                      // cut short
  EXPECT_EQ(json("\xC0\x80"), "\"" + bad + bad + "\"");            // overlong
  EXPECT_EQ(json("\xED\xA0\x80"), "\"" + bad + bad + bad + "\"");  // a surrogate
  EXPECT_EQ(json("\xF4\x90\x80\x80x"), "\"" + bad + bad + bad + bad + "x\"");
}

TEST(PcmRate, is_read_from_the_mime_type) {
  EXPECT_EQ(pcm_rate_hz("audio/pcm;rate=16000", 1), 16000);
  EXPECT_EQ(pcm_rate_hz("audio/pcm; rate=24000", 1), 24000);
  EXPECT_EQ(pcm_rate_hz("Audio/PCM ;channels=1; RATE=8000", 1), 8000);
  EXPECT_EQ(pcm_rate_hz("audio/pcm", 24000), 24000);
  EXPECT_EQ(pcm_rate_hz("audio/pcm;channels=1", 24000), 24000);
  for (const std::string_view other :
       {"", "audio/wav", "audio/pcmu", "image/jpeg", "audio/pcm;rate=", "audio/pcm;rate=16k",
        "audio/pcm;rate=0", "audio/pcm;rate=-8000", "audio/pcm;rate=99999999999"}) {
    EXPECT_EQ(pcm_rate_hz(other, 24000), 0) << other;
  }
}

TEST(PcmRate, a_stated_layout_counts) {
  for (const std::string_view ours :
       {"audio/pcm;rate=16000;channels=1;bits=16;endian=little", "audio/pcm;rate=16000;codec=pcm",
        "audio/pcm;encoding=LINEAR16;rate=16000", "audio/pcm;rate=\"16000\";format=pcm_s16le",
        "audio/pcm;sample-format=s16le", "audio/pcm;rate=16000;what=ever"}) {
    EXPECT_EQ(pcm_rate_hz(ours, 16000), 16000) << ours;
  }
  for (const std::string_view other :
       {"audio/pcm;rate=16000;channels=2", "audio/pcm;channels=2;rate=16000",
        "audio/pcm;rate=16000;bits=24", "audio/pcm;rate=16000;endian=big", "audio/l16;rate=16000",
        "audio/L16", "audio/wav", "audio/opus", "audio/webm;codecs=opus",
        "audio/pcm;rate=16000;encoding=f32le", "audio/pcm;rate=16000;format=mulaw",
        "audio/pcm;rate=16000;channels=", "audio/pcm;rate=16000;rate=24000"}) {
    EXPECT_EQ(pcm_rate_hz(other, 16000), 0) << other;
  }
}

}  // namespace
}  // namespace livegate::proto
