#include "proto/native.h"

#include <cmath>

#include <gtest/gtest.h>

#include "base/limits.h"
#include "proto/proto_testing.h"

namespace livegate::proto::native {
namespace {

// Keeps the message for as long as its views are looked at.
class Decoded {
 public:
  explicit Decoded(const std::string& text)
      : message_(text), result_(decoder_.decode(message_.text())) {}

  template <class T>
  const T& as() const {
    EXPECT_TRUE(result_) << (result_ ? "" : result_.error().message);
    return std::get<T>(*result_);
  }
  [[nodiscard]] std::string error() const {
    return result_ ? "none" : result_.error().code + ": " + result_.error().message;
  }

 private:
  NativeDecoder decoder_;
  PaddedString message_;
  Result<ClientMessage, ProtocolError> result_;
};

TEST(NativeClientMessages, give_all_fields_of_start) {
  const Decoded decoded(
      R"({"rate":48000,"model":"m","voice":"Kore","language":"en-US","system_instruction":"a\nb",)"
      R"("tools":[{"name":"f","description":"d","parameters":{"type":"object"}}, {"name":"g"}],)"
      R"("echo_cancellation":true,"client":"web 1.0","type":"start"})");
  const Start& start = decoded.as<Start>();
  EXPECT_EQ(start.rate_hz, 48000);
  EXPECT_EQ(start.model, "m");
  EXPECT_EQ(start.voice, "Kore");
  EXPECT_EQ(start.language, "en-US");
  EXPECT_EQ(start.system_instruction, "a\nb");
  EXPECT_EQ(start.tools_json,
            R"([{"name":"f","description":"d","parameters":{"type":"object"}}, {"name":"g"}])");
  EXPECT_EQ(start.client, "web 1.0");
  EXPECT_TRUE(start.echo_cancellation);
}

TEST(NativeClientMessages, fall_back_to_defaults) {
  for (const char* text : {R"({"type":"start"})", R"({"type":"start","rate":null,"tools":null})"}) {
    const Decoded decoded(text);
    EXPECT_EQ(decoded.as<Start>().rate_hz, 16000);
    EXPECT_EQ(decoded.as<Start>().tools_json, "");
  }
}

TEST(NativeClientMessages, give_what_each_type_carries) {
  EXPECT_EQ(Decoded(R"({"type":"text","text":"hi \u00e9"})").as<Text>().text, "hi \xC3\xA9");
  EXPECT_EQ(Decoded(R"({"type":"text","text":""})").as<Text>().text, "");
  const Decoded image(R"({"type":"image","mime_type":"image\/png","data":"AA\/A"})");
  EXPECT_EQ(image.as<Image>().mime_type, "image/png");
  EXPECT_EQ(image.as<Image>().base64, "AA/A");
  const Decoded result(R"({"type":"tool_result","id":"c","result":[1, {"a":null}]})");
  EXPECT_EQ(result.as<ToolResult>().id, "c");
  EXPECT_EQ(result.as<ToolResult>().result_json, R"([1, {"a":null}])");
  EXPECT_EQ(Decoded(R"({"type":"tool_result","id":"c","result":"x"})").as<ToolResult>().result_json,
            R"("x")");
  EXPECT_EQ(Decoded(R"({"type":"tool_result","id":"c","error":"no"})").as<ToolResult>().error,
            "no");
  EXPECT_EQ(Decoded(R"({"type":"playback","samples":4800})").as<Playback>().samples, 4800);
  EXPECT_EQ(Decoded(R"({"type":"ping","id":-7})").as<Ping>().id, -7);
  Decoded(R"({"type":"mute"})").as<Mute>();
  Decoded(R"({"type":"unmute"})").as<Unmute>();
  Decoded(R"({"type":"interrupt"})").as<Interrupt>();
  Decoded(R"({"type":"stop"})").as<Stop>();
}

TEST(NativeClientMessages, that_are_json_are_never_called_something_else) {
  const std::pair<std::string, std::string> cases[] = {
      {R"({"type":"ping","id":1e999})",
       "bad_field: The field id of \"ping\" must be a whole number."},
      {R"({"type":"ping","id":123456789012345678901234567890})",
       "bad_field: The field id of \"ping\" must be a whole number."},
      {R"({"type":"tool_result","id":"c","result":)" + std::string(100, '[') +
           std::string(100, ']') + "}",
       "bad_field: The message is nested deeper than 64 levels."},
      {R"({"type":"tool_result","id":"c","result":1e99999999999})",
       "bad_field: Invalid value (TYPE_DOUBLE)."},
  };
  for (const auto& [message, error] : cases) EXPECT_EQ(Decoded(message).error(), error) << message;
}

TEST(NativeClientMessages, that_are_wrong_are_refused_by_the_fields_name) {
  constexpr const char* kNotJson = "bad_json: The text frame is not a JSON object.";
  const std::pair<std::string, std::string> cases[] = {
      {"", kNotJson},
      {"hello", kNotJson},
      {"[]", kNotJson},
      {R"({"type":"stop")", kNotJson},
      {R"({"type":"stop"} {})", kNotJson},
      {R"({"type":"text","text":"\q"})", kNotJson},
      {R"({"type":"tool_result","id":"1","result":{"a":}})", kNotJson},
      {"{}", "unknown_type: The field type is missing; every text frame has one."},
      {R"({"type":"hello"})",
       "unknown_type: The type \"hello\" is not known; allowed are start, text, image, mute, "
       "unmute, interrupt, tool_result, playback, ping, stop."},
      {R"({"type":5})", "bad_field: The field type must be a string."},
      {R"({"type":"start","Rate":1})",
       "unknown_field: The field \"Rate\" of \"start\" is not known."},
      {R"({"type":"stop","now":true})",
       "unknown_field: The field \"now\" of \"stop\" is not known."},
      {R"({"type":"start","echo_cancellation":"on"})",
       "bad_field: The field echo_cancellation of \"start\" must be true or false."},
      {R"({"type":"start","rate":7999})",
       "bad_field: The field rate of \"start\" must be a whole number of Hz from 8000 to 48000."},
      {R"({"type":"start","rate":1e99})",
       "bad_field: The field rate of \"start\" must be a whole number."},
      {R"({"type":"start","rate":"16000"})",
       "bad_field: The field rate of \"start\" must be a whole number."},
      {R"({"type":"start","voice":1})",
       "bad_field: The field voice of \"start\" must be a string."},
      {R"({"type":"start","client":"a\tb"})",
       "bad_field: The field client of \"start\" must be at most 64 printable ASCII characters."},
      {R"({"type":"start","tools":{}})",
       "bad_field: The field tools of \"start\" must be an array of function declarations."},
      {R"({"type":"start","tools":[1]})",
       "bad_field: The field tools[0] of \"start\" must be an object with name, description and "
       "parameters."},
      {R"({"type":"start","tools":[{"name":"a"},{}]})",
       "bad_field: The field tools[1].name of \"start\" is missing."},
      {R"({"type":"start","tools":[{"name":"a","parameters":[]}]})",
       "bad_field: The field tools[0].parameters of \"start\" must be an object."},
      {R"({"type":"start","tools":[{"name":"a","strict":true}]})",
       "unknown_field: The field \"tools[0].strict\" of \"start\" is not known."},
      {R"({"type":"text"})", "bad_field: The field text of \"text\" is missing."},
      {R"({"type":"text","text":["a"]})",
       "bad_field: The field text of \"text\" must be a string."},
      {R"({"type":"image","data":"AAAA"})",
       "bad_field: The field mime_type of \"image\" is missing."},
      {R"({"type":"image","mime_type":"image/gif","data":"AAAA"})",
       "bad_field: The field mime_type of \"image\" must be image/jpeg, image/png or image/webp."},
      {R"({"type":"image","mime_type":"image/png","data":5})",
       "bad_field: The field data of \"image\" must be base64 text."},
      {R"({"type":"image","mime_type":"image/png"})",
       "bad_field: The field data of \"image\" is missing."},
      {R"({"type":"tool_result","result":1})",
       "bad_field: The field id of \"tool_result\" is missing."},
      {R"({"type":"tool_result","id":"1","error":""})",
       "bad_field: The field error of \"tool_result\" must be a sentence."},
      {R"({"type":"tool_result","id":"1","result":1,"error":"x"})",
       "bad_field: The fields result and error of \"tool_result\": only one may be given."},
      {R"({"type":"playback"})", "bad_field: The field samples of \"playback\" is missing."},
      {R"({"type":"playback","samples":-1})",
       "bad_field: The field samples of \"playback\" must be a whole number, 0 or more."},
      {R"({"type":"ping","id":1.5})",
       "bad_field: The field id of \"ping\" must be a whole number."},
  };
  for (const auto& [text, error] : cases) EXPECT_EQ(Decoded(text).error(), error) << text;
}

TEST(NativeClientMessages, may_fill_the_limits_and_not_more) {
  const auto with_client = [](std::size_t bytes) {
    return Decoded(R"({"type":"start","client":")" + std::string(bytes, 'x') + "\"}").error();
  };
  EXPECT_EQ(with_client(64), "none");
  EXPECT_NE(with_client(65), "none");
  const auto with_instruction = [](std::size_t bytes) {
    return Decoded(R"({"type":"start","system_instruction":")" + std::string(bytes, 'x') + "\"}")
        .error();
  };
  EXPECT_EQ(with_instruction(limits::kSetupBytesMax), "none");
  EXPECT_EQ(
      with_instruction(limits::kSetupBytesMax + 1),
      "bad_field: The field system_instruction of \"start\" must be at most 256 KiB of text.");
}

TEST(NativeClientMessages, are_quoted_in_errors_only_in_part_and_in_whole_characters) {
  std::string type;
  for (int i = 0; i < 100; ++i) type += "\xE2\x82\xAC";
  const std::string error = Decoded("{\"type\":\"" + type + "\"}").error();
  EXPECT_TRUE(error.starts_with("unknown_type: The type \"" + type.substr(0, 63) + "\" is"));
}

TEST(NativeClientMessages, are_accepted_as_the_browser_client_says_them) {
  const auto golden = testing::read_lines(LIVEGATE_GOLDEN "/native_client.jsonl");
  ASSERT_GT(golden.size(), 10u);
  for (const std::string& line : golden) EXPECT_EQ(Decoded(line).error(), "none") << line;
}

TEST(NativeEvents, are_written_as_the_golden_vectors_say) {
  const auto golden = testing::read_lines(LIVEGATE_GOLDEN "/native_events.jsonl");
  std::vector<std::string> events;
  const auto add = [&](auto append, const auto&... args) {
    append(events.emplace_back(), args...);
  };
  add(append_ready, Ready{.session = "k3v9q2",
                          .model = "models/m",
                          .upstream = "offline",
                          .turn_taking = {},
                          .notice = "This is the offline assistant.",
                          .rate_hz = 48000});
  add(append_ready, Ready{.session = "k3v9q2",
                          .model = "models/m",
                          .upstream = "gemini",
                          .turn_taking = "turns",
                          .notice = {}});
  add(append_speech_started, 1240);
  add(append_speech_ended, 3120);
  add(append_turn_started, 1u);
  add(append_interrupted, 1u, 1480, "Once upon");
  add(append_ducked, 1u, true);
  add(append_ducked, 1u, false);
  add(append_transcript, Role::user, 1u, "dim the \"lights\"", false);
  add(append_transcript, Role::model, 1u, " Dimming.", true);
  add(append_text, 2u, "a\nb");
  add(append_tool_call, 1u, "call-1", "set_light", R"({"brightness":30})");
  add(append_tool_call, 1u, "call-2", "stop", "");
  add(append_tool_cancelled, "call-1");
  add(append_generation_complete, 1u);
  add(append_no_answer, 1u, "holding_line", "The model is still at work on its answer.");
  add(append_turn_complete, 1u, false,
      TurnLatency{.first_packet_ms = 93,
                  .end_to_end_ms = 611,
                  .continuous_ms = 41,
                  .decision_ms = 500,
                  .gateway_ms = 0.2},
      TurnTimeline{.speech_ended = 5120.4,
                   .decided = 5620,
                   .sent = 5620,
                   .first_byte = 5713.25,
                   .first_audio = 5730.8,
                   .forwarded = 5731,
                   .completed = 9000.125},
      std::optional(TurnUsage{515, 31, 546}),
      std::optional(TurnCost{"0.000906", "0.012500", 4321, true}));
  add(append_turn_complete, 2u, true,
      TurnLatency{.first_packet_ms = {},
                  .end_to_end_ms = {},
                  .continuous_ms = {},
                  .decision_ms = {},
                  .gateway_ms = 12.3456},
      TurnTimeline{}, std::optional<TurnUsage>(), std::optional<TurnCost>());
  add(append_budget, Budget{.limit = "budget.user_day_usd",
                            .allowed_usd = "1.500000",
                            .renews_in_s = 3600,
                            .message = "The budget is nearly spent."});
  add(append_reconnecting, "go_away", 1, 500);
  add(append_reconnected, true, 0);
  add(append_pong, -7, 86400000.5);
  add(append_error, "bad_audio", "Half a sample.", false);
  add(append_bye, "stopped", false);
  EXPECT_EQ(events, golden);
}

TEST(NativeEvents, leave_out_a_latency_that_is_not_a_number) {
  std::string out;
  TurnLatency latency;
  latency.gateway_ms = std::nan("");
  append_turn_complete(out, 1, false, latency, {}, {});
  EXPECT_EQ(out, R"({"type":"turn_complete","turn":1,"latency":{},"timeline":{}})");
}

}  // namespace
}  // namespace livegate::proto::native
