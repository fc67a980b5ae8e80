// The Live API's wire without a session: every request and every notice.

#include <malloc.h>

#include "base/limits.h"
#include "session/codec_fixture.h"

namespace livegate::session {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

constexpr std::string_view kSetup = R"({"setup":{"model":"models/m"}})";
constexpr std::string_view kManualSetup = R"({"setup":{"model":"models/m","realtimeInputConfig":)"
                                          R"({"automaticActivityDetection":{"disabled":true}}}})";
constexpr std::string_view kSetupFirst =
    "fail 1007 bad_message: setup must be the first message and only the first";

class LiveCodec : public CodecTest {
 protected:
  LiveCodec() { speaks({}); }
  void speaks(const LiveWire& as) {
    wire = as;
    codec = make_live_codec(codecs, wire);
  }
  void open(std::string_view message = kSetup) { (void)opens(message); }
  std::vector<std::string> realtime(const std::string& members) {
    return text(R"({"realtimeInput":{)" + members + "}}");
  }
  static std::string audio(std::string_view base64, std::string_view type = "audio/pcm") {
    return R"({"mimeType":")" + std::string(type) + R"(","data":")" + std::string(base64) + "\"}";
  }
  std::vector<std::string> chunks(const std::vector<std::string>& all) {
    std::string list;
    for (const auto& chunk : all) list += (list.empty() ? "" : ",") + chunk;
    return realtime("\"mediaChunks\":[" + list + "]");
  }

  LiveWire wire;
  proto::Setup setup{.model = "models/m"};
};

// ---- from the client: setup

TEST_F(LiveCodec, setup_opens_and_is_kept_as_it_came) {
  const request::Open automatic =
      opens(R"({"setup":{"model":"models/m","generationConfig":{"temperature":0.5}}})");
  EXPECT_EQ(automatic.setup.model, "models/m");
  EXPECT_THAT(automatic.setup.document, HasSubstr("temperature"));
  EXPECT_FALSE(automatic.marks_own_activity);
  EXPECT_FALSE(automatic.echo_cancelled);
  codec = make_live_codec(codecs, wire);
  EXPECT_TRUE(opens(kManualSetup).marks_own_activity);
}

TEST_F(LiveCodec, setup_is_the_first_message_and_only_the_first) {
  EXPECT_THAT(realtime(R"("text":"hi")"), ElementsAre(kSetupFirst));
  EXPECT_THAT(text(kSetup), ElementsAre("open models/m"));
  EXPECT_THAT(text(kSetup), ElementsAre(kSetupFirst));
}

TEST_F(LiveCodec, binary_frames_hold_the_same_messages_and_are_never_read_in_pieces) {
  EXPECT_THAT(piece(kSetup), IsEmpty());
  EXPECT_THAT(binary(kSetup), ElementsAre("open models/m"));
}

TEST_F(LiveCodec, tools_come_in_the_services_dialect_or_are_refused_by_name) {
  const auto with_tool = [](std::string_view declaration) {
    return R"({"setup":{"model":"models/m","tools":[{"functionDeclarations":[)" +
           std::string(declaration) + "]}]}}";
  };
  EXPECT_THAT(text(with_tool(R"({"name":"set light"})")),
              ElementsAre(AllOf(StartsWith("fail 1007 bad_setup: "), HasSubstr("\"set light\""))));
  const request::Open open =
      opens(with_tool(R"({"name":"f","parameters":{"$schema":"x","type":"object"}})"));
  EXPECT_THAT(open.setup.tools_json, AllOf(HasSubstr("OBJECT"), Not(HasSubstr("$schema"))));
}

TEST_F(LiveCodec, a_setup_or_an_update_of_it_that_is_too_large_is_closed_1009) {
  const std::string filler(limits::kSetupBytesMax, 'x');
  EXPECT_THAT(
      text(R"({"setup":{"model":"models/m","systemInstruction":{"parts":[{"text":")" + filler +
           "\"}]}}}"),
      ElementsAre("fail 1009 bad_message: setup is larger than this gateway takes (256 KiB)"));
  open();
  EXPECT_THAT(
      text(R"({"contextUpdate":{"systemInstruction":{"parts":[{"text":")" + filler + "\"}]}}}"),
      ElementsAre("fail 1009 bad_message: contextUpdate is larger than this gateway takes "
                  "(256 KiB)"));
}

TEST_F(LiveCodec, a_handle_is_asked_for_and_its_setup_kept_for_the_answer) {
  const std::string_view message =
      R"({"setup":{"model":"models/m","sessionResumption":{"handle":"ours"},)"
      R"("realtimeInputConfig":{"automaticActivityDetection":{"disabled":true}}}})";
  EXPECT_THAT(text(message), ElementsAre("resume ours"));
  EXPECT_THAT(realtime(R"("text":"hi")"), ElementsAre(kSetupFirst)) << "it is not open";
  const ClientRequest answer = codec->resume_refused("the-models");
  const auto* const open = std::get_if<request::Open>(&answer);
  ASSERT_NE(open, nullptr);
  EXPECT_EQ(open->setup.model, "models/m");
  EXPECT_EQ(open->setup.resumption_handle, "the-models");
  EXPECT_TRUE(open->marks_own_activity);
  EXPECT_THAT(realtime(R"("activityStart":{})"), ElementsAre(StartsWith("control start")));
}

TEST_F(LiveCodec, a_handle_that_nobody_knows_ends_the_session) {
  (void)text(R"({"setup":{"model":"models/m","sessionResumption":{"handle":"ours"}}})");
  EXPECT_EQ(line(codec->resume_refused("")),
            "fail 1008 resume_refused: sessionResumption.handle is not known here, or its two "
            "hours are over; connect without it");
}

TEST_F(LiveCodec, text_that_is_no_message_is_closed_in_the_services_words) {
  EXPECT_THAT(text("{nonsense"),
              ElementsAre(StartsWith("fail 1007 bad_message: Invalid JSON payload received.")));
  open();
  EXPECT_THAT(text(R"({"dance":{}})"), ElementsAre(StartsWith("fail 1007 bad_message: ")));
}

TEST_F(LiveCodec, half_a_character_is_mended_for_the_model_too) {
  open();
  EXPECT_THAT(realtime(R"("text":"hi \ud83d there")"),
              ElementsAre("control \"hi \xEF\xBF\xBD there\" flushes as it came: "
                          R"({"realtimeInput":{"text":"hi \ufffd there"}})"));
  const std::string words(limits::kMendedBytesKept, 'w');
  EXPECT_THAT(realtime(R"("text":"\ud83d)" + words + "\""),
              ElementsAre(StartsWith("control \"\xEF\xBF\xBD" + words)));
  EXPECT_THAT(realtime(R"("text":"\ud83d")"),
              ElementsAre(StartsWith("control \"\xEF\xBF\xBD\" flushes")));
}

// ---- from the client: realtimeInput

TEST_F(LiveCodec, audio_is_decoded_at_the_rate_that_it_states) {
  open();
  EXPECT_THAT(realtime("\"audio\":" + audio("AQACAAMA", "audio/pcm;rate=24000")),
              ElementsAre("audio 24000: 1 2 3"));
  EXPECT_THAT(realtime("\"audio\":" + audio("AQA=")), ElementsAre("audio 16000: 1"));
  EXPECT_THAT(realtime("\"audio\":" + audio("")), IsEmpty());
}

TEST_F(LiveCodec, several_blobs_of_a_message_keep_their_samples_and_their_order) {
  open();
  EXPECT_THAT(chunks({audio("AQACAAMA"), audio("BAA=", "audio/pcm;rate=8000"), audio("BQAGAAcA"),
                      audio("/9j/4AAQ", "image/jpeg")}),
              ElementsAre("audio 16000: 1 2 3", "audio 8000: 4", "audio 16000: 5 6 7",
                          "picture image/jpeg /9j/4AAQ"));
}

TEST_F(LiveCodec, half_a_sample_waits_for_the_next_message_of_its_stream) {
  open();
  EXPECT_THAT(realtime("\"audio\":" + audio("AQAC")), ElementsAre("audio 16000: 1"));
  EXPECT_THAT(realtime("\"audio\":" + audio("AAMA")), ElementsAre("audio 16000: 2 3"));
  EXPECT_THAT(realtime("\"audio\":" + audio("Ag==")), IsEmpty());
  EXPECT_THAT(realtime(R"("audioStreamEnd":true)"), ElementsAre(StartsWith("control stream_end")));
  EXPECT_THAT(realtime("\"audio\":" + audio("AQA=")), ElementsAre("audio 16000: 1"));
}

TEST_F(LiveCodec, marks_end_a_stream_of_samples_where_the_client_may_set_them) {
  open();
  (void)realtime("\"audio\":" + audio("Ag=="));
  EXPECT_THAT(realtime(R"("activityEnd":{})"), ElementsAre(StartsWith("control end")));
  EXPECT_THAT(realtime(R"("activityEnd":{},"audioStreamEnd":true)"),
              ElementsAre(StartsWith("control end")));
  EXPECT_THAT(realtime("\"audio\":" + audio("AA==")), ElementsAre("audio 16000: 2"));
  codec = make_live_codec(codecs, wire);
  open(kManualSetup);
  (void)realtime("\"audio\":" + audio("Ag=="));
  EXPECT_THAT(realtime(R"("activityEnd":{})"), ElementsAre(StartsWith("control end")));
  EXPECT_THAT(realtime("\"audio\":" + audio("AA==")), IsEmpty());
}

TEST_F(LiveCodec, a_client_that_returns_begins_another_stream_of_samples) {
  open();
  (void)realtime("\"audio\":" + audio("Ag=="));
  (void)tell(notice::Returned{setup});
  EXPECT_THAT(realtime("\"audio\":" + audio("AQA=")), ElementsAre("audio 16000: 1"));
}

TEST_F(LiveCodec, a_message_of_audio_reuses_the_memory_of_the_last_one) {
  open();
  const PaddedString message(R"({"realtimeInput":{"audio":)" + audio("AQACAAMA") + "}}");
  const auto first = codec->decode_text(message.text());
  const auto* const samples = std::get<request::Audio>(first.front()).samples.data();
  codec->forget_requests();
  const auto second = codec->decode_text(message.text());
  EXPECT_EQ(second.data(), first.data());
  EXPECT_EQ(std::get<request::Audio>(second.front()).samples.data(), samples);
}

TEST_F(LiveCodec, a_message_of_many_parts_leaves_no_memory_behind_for_them) {
  open();
  (void)chunks(std::vector<std::string>(limits::kMessageItemsMax / 2, audio("AQA=")));
  const PaddedString message(R"({"realtimeInput":{"audio":)" + audio("AQACAAMA") + "}}");
  const auto requests = codec->decode_text(message.text());
  ASSERT_EQ(requests.size(), 1u);
  auto* const memory = const_cast<ClientRequest*>(requests.data());
  EXPECT_LE(malloc_usable_size(memory), 2 * limits::kMendedBytesKept);
}

TEST_F(LiveCodec, bad_audio_ends_the_session_behind_what_came_before_it) {
  open();
  EXPECT_THAT(chunks({audio("AQA="), audio("AQA=", "audio/pcm;rate=96000"), audio("AQA="),
                      audio("/9j/4AAQ", "image/jpeg")}),
              ElementsAre("audio 16000: 1",
                          "fail 1007 bad_audio: Audio of type \"audio/pcm;rate=96000\" is not "
                          "taken: audio/pcm;rate=8000 to 48000, s16le, one channel."));
  EXPECT_THAT(realtime("\"audio\":" + audio("!!!!") + R"(,"text":"hi")"),
              ElementsAre("fail 1007 bad_audio: Invalid JSON payload received. "
                          "realtime_input.audio.data is not base64."));
}

TEST_F(LiveCodec, each_picture_is_looked_at_and_a_bad_one_refused_alone) {
  open();
  EXPECT_THAT(chunks({audio("/9j/ 4AAQ", "image/jpeg"), audio("AAAA", "image/jpeg"),
                      audio("/9j/ 4AAR", "image/jpeg")}),
              ElementsAre("picture image/jpeg /9j/4AAQ",
                          StartsWith("refuse bad_picture: The data of a picture"),
                          "picture image/jpeg /9j/4AAR"));
}

TEST_F(LiveCodec, text_and_marks_of_a_message_are_one_request_and_may_go_on_as_they_came) {
  open(kManualSetup);
  for (const auto& [members, expected] : std::vector<std::pair<std::string, std::string>>{
           {R"("text":"hi")", R"(control "hi" flushes)"},
           {R"("activityStart":{})", "control start flushes"},
           {R"("activityEnd":{})", "control end flushes"},
           {R"("audioStreamEnd":true)", "control stream_end"},
           {R"("text":"hi","activityStart":{},"activityEnd":{},"audioStreamEnd":true)",
            R"(control "hi" start end stream_end)"}}) {
    EXPECT_THAT(realtime(members),
                ElementsAre(expected + R"( as it came: {"realtimeInput":{)" + members + "}}"));
  }
  EXPECT_THAT(realtime(""), IsEmpty());
}

TEST_F(LiveCodec, what_stands_beside_media_does_not_go_on_as_it_came) {
  open();
  EXPECT_THAT(realtime("\"audio\":" + audio("AQA=") + R"(,"text":"hi")"),
              ElementsAre("audio 16000: 1", R"(control "hi" flushes)"));
  EXPECT_THAT(realtime("\"video\":" + audio("/9j/4AAQ", "image/jpeg") + R"(,"text":"hi")"),
              ElementsAre(StartsWith("picture"), R"(control "hi" flushes)"));
}

// ---- from the client: the rest

TEST_F(LiveCodec, content_asks_where_it_completes_a_turn) {
  open();
  const std::string open_turn = R"({"turns":[{"role":"user","parts":[{"text":"a"}]}]})";
  const std::string whole = R"({"turns":[],"turnComplete":true})";
  for (const auto& [json, asks] : {std::pair(open_turn, "nothing "), std::pair(whole, "reply ")}) {
    const std::string message = R"({"clientContent":)" + json + "}";
    EXPECT_THAT(text(message), ElementsAre("content " + (asks + json) + " as it came: " + message));
  }
}

TEST_F(LiveCodec, an_initial_history_is_no_question_until_it_is_complete) {
  open(R"({"setup":{"model":"models/m","historyConfig":{"initialHistoryInClientContent":true}}})");
  const std::string part = R"({"clientContent":{"turns":[]}})";
  const std::string whole = R"({"clientContent":{"turns":[],"turnComplete":true}})";
  EXPECT_THAT(text(part), ElementsAre(StartsWith("content history ")));
  EXPECT_THAT(text(whole), ElementsAre(StartsWith("content history ")));
  EXPECT_THAT(text(whole), ElementsAre(StartsWith("content reply ")));
}

TEST_F(LiveCodec, an_update_says_what_it_changes) {
  open();
  const std::string both =
      R"({"contextUpdate":{"systemInstruction":{"parts":[{"text":"Be brief."}]},)"
      R"("tools":{"tools":[{"googleSearch":{}}]}}})";
  EXPECT_THAT(text(both), ElementsAre(R"(context_update "Be brief." [{"googleSearch":{}}])"
                                      " as it came: " +
                                      both));
  const std::string tools = R"({"contextUpdate":{"tools":{"tools":[]}}})";
  EXPECT_THAT(text(tools), ElementsAre("context_update [] as it came: " + tools));
}

TEST_F(LiveCodec, answers_of_tools_stay_together) {
  open();
  const std::string message =
      R"({"toolResponse":{"functionResponses":[{"id":"c1","name":"f","response":{"a":1}},)"
      R"({"id":"c2","name":"f","response":{"b":2}}]}})";
  EXPECT_THAT(text(message),
              ElementsAre(R"(tool_answers c1={"a":1} c2={"b":2} as it came: )" + message));
}

// ---- to the client

TEST_F(LiveCodec, ready_is_the_models_own_message_and_is_sent_once) {
  const std::string raw = "{\n  \"setupComplete\": {}\n}\n";
  const PaddedString message(raw);
  EXPECT_THAT(tell(notice::Ready{setup, message.text()}), ElementsAre("binary connection " + raw));
  EXPECT_THAT(model_says(raw), IsEmpty());
  EXPECT_THAT(model_says(R"({"setupComplete":{}})"), IsEmpty()) << "of a later connection";
}

TEST_F(LiveCodec, a_client_that_returns_is_told_that_it_is_set_up) {
  EXPECT_THAT(tell(notice::Returned{setup}),
              ElementsAre("binary connection {\n  \"setupComplete\": {}\n}\n"));
}

TEST_F(LiveCodec, what_the_model_says_is_forwarded_as_it_came) {
  const std::string odd =
      R"({"serverContent":{"futureField":[1,2]},"usageMetadata":{"totalTokenCount":1}})";
  EXPECT_THAT(model_says(odd), ElementsAre("binary " + odd));
  EXPECT_THAT(model_says("{}"), ElementsAre("binary {}"));
  EXPECT_THAT(model_says(odd, /*stale=*/true), IsEmpty());
}

TEST_F(LiveCodec, a_message_that_holds_media_alone_can_be_revoked) {
  const std::string media = R"({"inlineData":{"mimeType":"audio/pcm","data":"AQA="}})";
  const std::string alone = R"({"serverContent":{"modelTurn":{"parts":[)" + media + "]}}}";
  EXPECT_THAT(model_says(alone), ElementsAre("binary revocable " + alone));
  const std::string last =
      R"({"serverContent":{"turnComplete":true,"modelTurn":{"parts":[)" + media + "]}}}";
  EXPECT_THAT(model_says(last), ElementsAre("binary " + last));
}

TEST_F(LiveCodec, the_gateways_own_connections_are_nothing_to_the_client) {
  EXPECT_THAT(model_says(R"({"goAway":{"timeLeft":"50s"}})"), IsEmpty());
  EXPECT_THAT(model_says(R"({"sessionResumptionUpdate":{"newHandle":"h","resumable":true}})"),
              IsEmpty())
      << "it did not ask for any";
  EXPECT_THAT(
      model_says(R"({"goAway":{"timeLeft":"50s","odd":1},"usageMetadata":{"totalTokenCount":5}})"),
      ElementsAre(AllOf(StartsWith("binary {"), HasSubstr(R"("totalTokenCount":5)"),
                        Not(HasSubstr("goAway")))));
}

TEST_F(LiveCodec, the_models_handle_is_replaced_by_a_way_back_here) {
  open(R"({"setup":{"model":"models/m","sessionResumption":{}}})");
  context.config.resume_token = "our-handle";
  EXPECT_THAT(model_says(R"({"sessionResumptionUpdate":{"newHandle":"h-1","resumable":true}})"),
              ElementsAre("binary offer "
                          R"({"sessionResumptionUpdate":{"newHandle":"our-handle",)"
                          R"("resumable":true}})"));
  EXPECT_THAT(
      model_says(R"({"sessionResumptionUpdate":{"newHandle":"h\/1","resumable":true}})"),
      ElementsAre(AllOf(StartsWith("binary offer "), HasSubstr("our-handle"), Not(HasSubstr("1")))))
      << "written with escapes";
  EXPECT_THAT(model_says(R"({"goAway":{"timeLeft":"5s"},)"
                         R"("sessionResumptionUpdate":{"newHandle":"h-1","resumable":true}})"),
              ElementsAre(AllOf(StartsWith("binary offer "), HasSubstr("our-handle"),
                                Not(HasSubstr("h-1")), Not(HasSubstr("goAway")))));
  context.config.resume_token.clear();
  EXPECT_THAT(
      model_says(R"({"sessionResumptionUpdate":{"newHandle":"h-1","resumable":true}})"),
      ElementsAre(R"(binary {"sessionResumptionUpdate":{"newHandle":"","resumable":true}})"))
      << "it is no offer";
}

TEST_F(LiveCodec, only_what_the_gateway_cut_off_is_told_in_its_own_words) {
  EXPECT_THAT(tell(notice::Interrupted{1, InterruptedBy::model, 0ms, ""}),
              ElementsAre("take back"));
  EXPECT_THAT(tell(notice::Interrupted{1, InterruptedBy::gateway, 0ms, ""}),
              ElementsAre("take back",
                          "binary {\n  \"serverContent\": {\n    \"interrupted\": true\n  }\n}\n"));
  EXPECT_THAT(tell(notice::ToolCancelled{"c1", InterruptedBy::model}), IsEmpty());
  EXPECT_THAT(tell(notice::ToolCancelled{"c1", InterruptedBy::gateway}),
              ElementsAre(AllOf(StartsWith("binary {"), HasSubstr("toolCallCancellation"),
                                HasSubstr("\"c1\""))));
}

TEST_F(LiveCodec, speech_is_told_where_it_takes_the_place_of_the_models_own_word) {
  context.turn_taking.mode = UplinkMode::turns;
  EXPECT_THAT(tell(notice::SpeechStarted{0ms}), IsEmpty()) << "the model never says it";
  context.profile.voice_activity = true;
  EXPECT_THAT(tell(notice::SpeechStarted{0ms}), ElementsAre(HasSubstr("ACTIVITY_START")));
  EXPECT_THAT(tell(notice::SpeechEnded{0ms}), ElementsAre(HasSubstr("ACTIVITY_END")));
  context.turn_taking.mode = UplinkMode::open;
  EXPECT_THAT(tell(notice::SpeechEnded{0ms}), IsEmpty()) << "the model says it itself";
}

TEST_F(LiveCodec, the_audio_of_a_reply_is_counted_and_read_but_not_sent_again) {
  const proto::InlineData data{.mime_type = "audio/pcm;rate=24000", .base64 = "AQACAAMA"};
  EXPECT_THAT(tell(notice::ReplyAudio{data, /*wants_samples=*/false}), IsEmpty());
  EXPECT_EQ(encoded.reply_samples, 3);
  EXPECT_THAT(encoded.samples, IsEmpty());
  EXPECT_THAT(tell(notice::ReplyAudio{data, /*wants_samples=*/true}), IsEmpty());
  EXPECT_THAT(encoded.samples, ElementsAre(1, 2, 3));
  const proto::InlineData other{.mime_type = "audio/pcm;rate=16000", .base64 = "AQACAAMA"};
  EXPECT_THAT(tell(notice::ReplyAudio{other, /*wants_samples=*/true}), IsEmpty());
  EXPECT_EQ(encoded.reply_samples, 0);
  EXPECT_THAT(encoded.samples, IsEmpty());
}

TEST_F(LiveCodec, the_end_of_a_session_is_told_as_the_service_does) {
  EXPECT_THAT(tell(notice::GoingAway{50s}),
              ElementsAre("binary {\n  \"goAway\": {\n    \"timeLeft\": \"50s\"\n  }\n}\n"));
}

TEST_F(LiveCodec, there_are_no_words_for_the_rest) {
  const proto::Transcription words{.text = "hi"};
  const proto::FunctionCall call{.id = "c1", .name = "f", .args_json = "{}"};
  const turn::TurnMachine::Finished finished{};
  const TurnCost cost;
  const std::optional<proto::Usage> usage;
  const meter::Verdict verdict;
  for (const ClientNotice& notice : std::vector<ClientNotice>{
           notice::Reconnecting{"lost", 1, 1s}, notice::Reconnected{true, 0ms},
           notice::Transcript{proto::native::Role::user, 1, words}, notice::TurnStarted{1},
           notice::Text{1, "hi"}, notice::Ducked{1, true}, notice::ToolCall{1, call},
           notice::GenerationComplete{1}, notice::NoAnswer{1, NoAnswer::rejected, ""},
           notice::TurnComplete{finished, std::nullopt, usage, cost}, notice::Budget{verdict},
           notice::Error{"busy", "Later.", true}, notice::Bye{"stopped", false}, notice::Pong{1}}) {
    EXPECT_THAT(tell(notice), IsEmpty()) << notice.index();
  }
}

TEST_F(LiveCodec, a_browser_is_told_everything_in_text_frames) {
  speaks({.text_frames = true});
  EXPECT_THAT(tell(notice::Returned{setup}), ElementsAre(StartsWith("text connection ")));
  EXPECT_THAT(model_says("{}"), ElementsAre("text {}"));
}

TEST_F(LiveCodec, python_is_sent_nothing_of_which_it_knows_nothing) {
  speaks({.known_only = true});
  EXPECT_THAT(model_says(R"({"voiceActivity":{"type":"ACTIVITY_START"}})"), IsEmpty());
  EXPECT_EQ(encoded.parts_withheld, 1u);
  EXPECT_THAT(model_says("{}"), ElementsAre("binary {}"));
  EXPECT_EQ(encoded.parts_withheld, 0u);
  context.turn_taking.mode = UplinkMode::turns;
  context.profile.voice_activity = true;
  EXPECT_THAT(tell(notice::SpeechStarted{0ms}), IsEmpty());
  EXPECT_EQ(encoded.parts_withheld, 1u);
}

TEST_F(LiveCodec, a_large_message_is_cut_to_what_the_client_reads) {
  speaks({.message_bytes_max = 4096});
  const std::string large =
      R"({"serverContent":{"turnComplete":true,"modelTurn":{"parts":[{"inlineData":)"
      R"({"mimeType":"audio/pcm","data":")" +
      std::string(8000, 'A') + R"("}}]}},"usageMetadata":{"totalTokenCount":5}})";
  const auto sent = model_says(large);
  ASSERT_EQ(sent.size(), 4u);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_THAT(sent[i], StartsWith("binary revocable {"));
  EXPECT_THAT(sent[3], AllOf(StartsWith("binary {"), HasSubstr("turnComplete")));
  EXPECT_EQ(encoded.parts_withheld, 0u);
  const std::string words =
      R"({"serverContent":{"outputTranscription":{"text":")" + std::string(8000, 'w') + "\"}}}";
  EXPECT_THAT(model_says(words), IsEmpty());
  EXPECT_EQ(encoded.parts_withheld, 1u) << "no cut makes it small enough";
}

// ---- closes

TEST_F(LiveCodec, the_models_close_is_passed_on_where_a_close_may_say_it) {
  const auto closes = [this](int code) {
    return codec->close_for_upstream(static_cast<std::uint16_t>(code), "its reason").code;
  };
  for (const int code : {1000, 1001, 1007, 1008, 1009, 1011}) EXPECT_EQ(closes(code), code);
  for (const int code : {1005, 1006, 1010, 1015}) EXPECT_EQ(closes(code), 1011);
  EXPECT_EQ(codec->close_for_upstream(1007, "its reason").reason, "its reason");
}

}  // namespace
}  // namespace livegate::session
