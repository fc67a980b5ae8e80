// livegate.v1 without a session: every request and every notice.

#include "base/limits.h"
#include "session/codec_fixture.h"

namespace livegate::session {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;
using namespace std::string_literals;

class NativeCodec : public CodecTest {
 protected:
  NativeCodec() { codec = make_native_codec(codecs); }
  void start(std::string_view message = R"({"type":"start"})") { (void)opens(message); }
  // How many messages the codec has counted, as a client that returns is told.
  std::string counted() {
    const auto sent = tell(notice::Returned{setup});
    const auto at = sent.front().find("\"received\":");
    return sent.front().substr(at, sent.front().find_first_of(",}", at) - at);
  }
  proto::Setup setup{.model = "models/m"};
};

// ---- from the client

TEST_F(NativeCodec, start_asks_for_a_model_that_speaks_and_writes_down_what_is_said) {
  const request::Open open =
      opens(R"({"type":"start","rate":48000,"model":"m","voice":"Kore","language":"de-DE",)"
            R"("system_instruction":"Be brief.","tools":[{"name":"f"}],"echo_cancellation":true})");
  EXPECT_EQ(open.setup.model, "models/m");
  EXPECT_THAT(open.setup.response_modalities, ElementsAre("AUDIO"));
  EXPECT_EQ(open.setup.voice, "Kore");
  EXPECT_EQ(open.setup.language_code, "de-DE");
  EXPECT_EQ(open.setup.system_instruction, "Be brief.");
  EXPECT_EQ(open.setup.tools_json, R"([{"functionDeclarations":[{"name":"f"}]}])");
  EXPECT_TRUE(open.setup.input_transcription);
  EXPECT_TRUE(open.setup.output_transcription);
  EXPECT_TRUE(open.echo_cancelled);
  EXPECT_FALSE(open.marks_own_activity);
  EXPECT_THAT(binary("\x01\x00"s), ElementsAre("audio 48000: 1"));
}

TEST_F(NativeCodec, a_model_may_be_left_out_or_named_with_its_place) {
  EXPECT_EQ(opens(R"({"type":"start"})").setup.model, "");
  codec = make_native_codec(codecs);
  EXPECT_EQ(opens(R"({"type":"start","model":"tuned/m"})").setup.model, "tuned/m");
}

TEST_F(NativeCodec, what_comes_before_start_ends_the_session) {
  EXPECT_THAT(text(R"({"type":"stop"})"),
              ElementsAre(R"(fail 1008 bad_start: The first message must be {"type":"start"}.)"));
  EXPECT_THAT(text("{nonsense"), ElementsAre(StartsWith("fail 1008 bad_start: ")));
  for (const auto& requests : {binary("ab"), piece("ab"), binary("a")}) {
    EXPECT_THAT(requests,
                ElementsAre(R"(fail 1008 bad_start: Audio came before {"type":"start"}.)"));
  }
  EXPECT_EQ(counted(), R"("received":0)");
}

TEST_F(NativeCodec, tools_that_the_service_does_not_take_end_the_session_before_it_opens) {
  EXPECT_THAT(
      text(R"({"type":"start","tools":[{"name":"set light"}]})"),
      ElementsAre(testing::AllOf(StartsWith("fail 1008 bad_start: "), HasSubstr("\"set light\""))));
  EXPECT_THAT(binary("ab"), ElementsAre(StartsWith("fail 1008 bad_start"))) << "it is not open";
}

TEST_F(NativeCodec, a_second_start_is_refused_and_changes_nothing) {
  start();
  EXPECT_THAT(text(R"({"type":"start","rate":48000})"),
              ElementsAre("refuse bad_start: The session has already been started."));
  EXPECT_THAT(binary("\x01\x00"s), ElementsAre("audio 16000: 1"));
}

TEST_F(NativeCodec, a_start_that_resumes_asks_for_that_alone_and_may_be_refused_once) {
  const std::string start = R"({"type":"start","resume":"theirs","received":7})";
  EXPECT_THAT(text(start), ElementsAre("resume theirs 7"));
  EXPECT_THAT(text(R"({"type":"stop"})"), ElementsAre(StartsWith("fail 1008 bad_start")));
  EXPECT_EQ(line(codec->resume_refused("h-1")),
            "refuse resume_refused: There is no such session to go on with; send a start without "
            "resume.");
  EXPECT_THAT(text(start), ElementsAre("resume theirs 7"));
  EXPECT_EQ(line(codec->resume_refused("")),
            "fail 1008 bad_start: A second resume was refused on one connection.");
}

TEST_F(NativeCodec, a_refused_resume_may_be_followed_by_a_start) {
  (void)text(R"({"type":"start","resume":"theirs"})");
  (void)codec->resume_refused("");
  EXPECT_THAT(text(R"({"type":"start","model":"m"})"), ElementsAre("open models/m"));
}

TEST_F(NativeCodec, audio_is_read_from_any_address_and_in_pieces) {
  start();
  EXPECT_THAT(binary("\x01\x00\xff\xff"s), ElementsAre("audio 16000: 1 -1"));
  EXPECT_THAT(piece("\x02\x00"s), ElementsAre("audio 16000: 2"));
  const PaddedString shifted("x\x03\x00"s);
  const auto requests = codec->decode_binary(PaddedText::promise(shifted.text().view().substr(1)));
  ASSERT_EQ(requests.size(), 1u);
  EXPECT_EQ(line(requests.front()), "audio 16000: 3");
  EXPECT_THAT(binary(""), IsEmpty());
  EXPECT_THAT(binary("abc"), ElementsAre("refuse bad_audio: An audio frame has half a sample: its "
                                         "size in bytes must be even."));
}

TEST_F(NativeCodec, a_frame_of_audio_reuses_the_memory_of_the_last_one) {
  start();
  const PaddedString frame(std::string(640, '\x01'));
  const auto first = codec->decode_binary(frame.text());
  const auto* const samples = std::get<request::Audio>(first.front()).samples.data();
  codec->forget_requests();
  const auto second = codec->decode_binary(frame.text());
  EXPECT_EQ(second.data(), first.data());
  EXPECT_EQ(std::get<request::Audio>(second.front()).samples.data(), samples);
}

TEST_F(NativeCodec, mute_ends_the_stream_once_and_drops_audio_until_unmute) {
  start();
  EXPECT_THAT(text(R"({"type":"mute"})"), ElementsAre("control stream_end"));
  EXPECT_THAT(text(R"({"type":"mute"})"), IsEmpty());
  EXPECT_THAT(binary("ab"), IsEmpty());
  EXPECT_THAT(piece("ab"), IsEmpty());
  EXPECT_THAT(binary("a"), ElementsAre(StartsWith("refuse bad_audio")));
  EXPECT_THAT(text(R"({"type":"unmute"})"), IsEmpty());
  EXPECT_THAT(binary("ab"), ElementsAre(StartsWith("audio")));
  EXPECT_THAT(text(R"({"type":"mute"})"), ElementsAre("control stream_end"));
}

TEST_F(NativeCodec, a_client_that_returns_is_not_muted) {
  start();
  (void)text(R"({"type":"mute"})");
  (void)tell(notice::Returned{setup});
  EXPECT_THAT(binary("ab"), ElementsAre(StartsWith("audio")));
}

TEST_F(NativeCodec, short_messages_are_one_request_each) {
  start();
  EXPECT_THAT(text(R"({"type":"text","text":"hi"})"), ElementsAre(R"(control "hi")"));
  EXPECT_THAT(text(R"({"type":"interrupt"})"), ElementsAre("interrupt"));
  EXPECT_THAT(text(R"({"type":"stop"})"), ElementsAre("stop"));
}

TEST_F(NativeCodec, what_the_client_has_received_comes_before_what_it_says) {
  start();
  EXPECT_THAT(text(R"({"type":"playback","samples":3})"), ElementsAre("played 3"));
  EXPECT_THAT(text(R"({"type":"playback","samples":3,"received":2})"),
              ElementsAre("confirmed 2", "played 3"));
  EXPECT_THAT(text(R"({"type":"ping","id":7})"), ElementsAre("ping 7"));
  EXPECT_THAT(text(R"({"type":"ping","id":7,"received":2})"), ElementsAre("confirmed 2", "ping 7"));
}

TEST_F(NativeCodec, a_picture_is_looked_at_and_a_bad_one_refused) {
  start();
  EXPECT_THAT(text(R"({"type":"image","mime_type":"image/jpeg","data":"/9j/4AAQ"})"),
              ElementsAre("picture image/jpeg /9j/4AAQ"));
  EXPECT_THAT(text(R"({"type":"image","mime_type":"image/jpeg","data":"/9j/\n4AAQ"})"),
              ElementsAre("picture image/jpeg /9j/4AAQ"));
  EXPECT_THAT(text(R"({"type":"image","mime_type":"image/jpeg","data":"AAAA"})"),
              ElementsAre(StartsWith("refuse bad_picture: The data of a picture")));
}

TEST_F(NativeCodec, the_result_of_a_tool_is_made_an_object) {
  start();
  const auto result = [this](const std::string& rest) {
    return text(R"({"type":"tool_result","id":"c1",)" + rest + "}");
  };
  EXPECT_THAT(result(R"("result":{"a":1})"), ElementsAre(R"(tool_answers c1={"a":1})"));
  EXPECT_THAT(result(R"("result":[1])"),
              ElementsAre(R"(tool_answers c1={"status":"ok","output":[1]})"));
  EXPECT_THAT(result(R"("result":null)"),
              ElementsAre(R"(tool_answers c1={"status":"ok","output":null,)"
                          R"("message":"Done. The tool returns no value."})"));
  EXPECT_THAT(
      result(R"("error":"No \"light\".")"),
      ElementsAre(
          R"(tool_answers c1={"status":"error","retryable":false,"error":"No \"light\"."})"));
}

TEST_F(NativeCodec, malformed_messages_are_refused_by_name_once_the_session_is_open) {
  start();
  EXPECT_THAT(text("{nonsense"), ElementsAre(StartsWith("refuse bad_json: ")));
  EXPECT_THAT(text(R"({"type":"dance"})"), ElementsAre(StartsWith("refuse unknown_type: ")));
  EXPECT_THAT(text(R"({"type":"text"})"), ElementsAre(StartsWith("refuse bad_field: ")));
}

TEST_F(NativeCodec, every_message_of_the_session_is_counted_once) {
  start();
  EXPECT_EQ(counted(), R"("received":0)") << "start is the connection's";
  (void)text(R"({"type":"ping","id":1})");
  EXPECT_EQ(counted(), R"("received":0)") << "and so is a ping";
  (void)text(R"({"type":"text","text":"hi"})");
  (void)text("{nonsense");
  EXPECT_EQ(counted(), R"("received":2)");
  (void)piece("ab");
  EXPECT_EQ(counted(), R"("received":2)") << "its end is still to come";
  (void)binary("ab");
  (void)binary("a");
  EXPECT_EQ(counted(), R"("received":4)");
  (void)text(R"({"type":"start"})");
  EXPECT_EQ(counted(), R"("received":4)");
}

TEST_F(NativeCodec, half_a_character_is_mended_however_long_its_message_is) {
  start();
  EXPECT_THAT(text(R"({"type":"text","text":"hi \ud83d there"})"),
              ElementsAre("control \"hi \xEF\xBF\xBD there\""));
  const std::string words(limits::kMendedBytesKept, 'w');
  EXPECT_THAT(text(R"({"type":"text","text":"\ud83d)" + words + "\"}"),
              ElementsAre("control \"\xEF\xBF\xBD" + words + "\""));
  EXPECT_THAT(text(R"({"type":"text","text":"\ud83d"})"), ElementsAre("control \"\xEF\xBF\xBD\""));
}

TEST_F(NativeCodec, a_model_that_fails_closes_the_socket_without_its_words) {
  const CloseClient close = codec->close_for_upstream(1007, "its reason");
  EXPECT_EQ(close.code, 1011);
  EXPECT_EQ(close.reason, "the model side failed");
}

// ---- to the client

TEST_F(NativeCodec, ready_tells_what_is_in_force_and_offers_a_way_back) {
  start(R"({"type":"start","rate":8000})");
  context.config.upstream_name = "offline";
  context.config.notice = "An exercise.";
  context.config.resume_token = "token-one";
  context.config.resume_grace = 30s;
  context.turn_taking.mode = UplinkMode::turns;
  EXPECT_THAT(tell(notice::Ready{setup, PaddedText::promise("")}),
              ElementsAre(R"(text offer {"type":"ready","session":"s-1","model":"models/m",)"
                          R"("upstream":"offline","turn_taking":"turns","notice":"An exercise.",)"
                          R"("rate":8000,"output_rate":24000,)"
                          R"("resume":{"token":"token-one","grace_ms":30000}})"));
  context.config.resume_grace = Millis(0);
  EXPECT_THAT(tell(notice::Ready{setup, PaddedText::promise("")}).front(),
              testing::Not(HasSubstr("resume")))
      << "there is none";
}

TEST_F(NativeCodec, a_return_is_told_to_its_connection_with_the_next_way_back) {
  start();
  (void)text(R"({"type":"interrupt"})");
  context.config.resume_token = "token-two";
  context.config.resume_grace = 30s;
  EXPECT_THAT(tell(notice::Returned{setup}),
              ElementsAre(R"(text connection {"type":"ready","session":"s-1","model":"models/m",)"
                          R"("upstream":"gemini","turn_taking":"open","rate":16000,)"
                          R"("output_rate":24000,"resumed":true,"received":1,)"
                          R"("resume":{"token":"token-two","grace_ms":30000}})"));
}

TEST_F(NativeCodec, the_connection_to_the_model_is_told_of) {
  EXPECT_THAT(tell(notice::Reconnecting{"lost", 2, 150ms}),
              ElementsAre(R"(text {"type":"reconnecting","reason":"lost","attempt":2,)"
                          R"("retry_in_ms":150})"));
  EXPECT_THAT(tell(notice::Reconnected{true, 20ms}),
              ElementsAre(R"(text {"type":"reconnected","resumed":true,"dropped_ms":20})"));
}

TEST_F(NativeCodec, what_is_said_is_told) {
  EXPECT_THAT(tell(notice::SpeechStarted{120ms}),
              ElementsAre(R"(text {"type":"speech_started","at_ms":120})"));
  EXPECT_THAT(tell(notice::SpeechEnded{1300ms}),
              ElementsAre(R"(text {"type":"speech_ended","at_ms":1300})"));
  const proto::Transcription words{.text = "hi", .finished = true};
  EXPECT_THAT(tell(notice::Transcript{proto::native::Role::user, 1, words}),
              ElementsAre(R"(text {"type":"transcript","role":"user","turn":1,"text":"hi",)"
                          R"("finished":true})"));
  EXPECT_THAT(tell(notice::Text{2, "Hello."}),
              ElementsAre(R"(text {"type":"text","turn":2,"text":"Hello."})"));
}

TEST_F(NativeCodec, the_audio_of_a_reply_is_a_binary_frame_that_can_be_revoked) {
  const proto::InlineData data{.mime_type = "audio/pcm;rate=24000", .base64 = "AQACAAMA"};
  EXPECT_THAT(tell(notice::ReplyAudio{data, /*wants_samples=*/false}),
              ElementsAre("binary revocable \x01\x00\x02\x00\x03\x00"s));
  EXPECT_EQ(encoded.reply_samples, 3);
  EXPECT_THAT(encoded.samples, IsEmpty());
  EXPECT_EQ(tell(notice::ReplyAudio{data, /*wants_samples=*/true}).size(), 1u);
  EXPECT_THAT(encoded.samples, ElementsAre(1, 2, 3));
}

TEST_F(NativeCodec, what_of_a_reply_is_no_audio_of_its_rate_is_not_sent) {
  for (const proto::InlineData& data :
       {proto::InlineData{.mime_type = "audio/pcm;rate=16000", .base64 = "AQACAAMA"},
        proto::InlineData{.mime_type = "video/mp4", .base64 = "AQACAAMA"},
        proto::InlineData{.mime_type = "audio/pcm", .base64 = "!!!!"},
        proto::InlineData{.mime_type = "audio/pcm", .base64 = ""}}) {
    EXPECT_THAT(tell(notice::ReplyAudio{data, /*wants_samples=*/true}), IsEmpty());
    EXPECT_EQ(encoded.reply_samples, 0);
    EXPECT_EQ(out.mark(), 0u) << "nothing is left in the arena";
  }
}

TEST_F(NativeCodec, a_turn_and_its_ends_are_told) {
  EXPECT_THAT(tell(notice::TurnStarted{3}),
              ElementsAre(R"(text {"type":"turn_started","turn":3})"));
  EXPECT_THAT(tell(notice::GenerationComplete{3}),
              ElementsAre(R"(text {"type":"generation_complete","turn":3})"));
  EXPECT_THAT(tell(notice::Interrupted{3, InterruptedBy::model, 250ms, "Well"}),
              ElementsAre("take back", R"(text {"type":"interrupted","turn":3,"heard_ms":250,)"
                                       R"("heard":"Well"})"));
  EXPECT_THAT(tell(notice::Ducked{3, true}), ElementsAre(R"(text {"type":"duck","turn":3})"));
  EXPECT_THAT(tell(notice::Ducked{3, false}), ElementsAre(R"(text {"type":"unduck","turn":3})"));
  const std::string sentence(session::sentence(NoAnswer::rejected));
  EXPECT_THAT(tell(notice::NoAnswer{3, NoAnswer::rejected, "SAFETY"}),
              ElementsAre(R"(text {"type":"no_answer","turn":3,"reason":"rejected","message":")" +
                          sentence + " (SAFETY)\"}"));
  EXPECT_THAT(tell(notice::NoAnswer{3, NoAnswer::rejected, ""}).front(),
              HasSubstr(sentence + "\"}"));
}

TEST_F(NativeCodec, a_complete_turn_tells_its_times_tokens_and_cost) {
  const auto at = [](Millis time) { return Instant{} + time; };
  turn::TurnMachine::Finished finished{.turn = 3, .cut_off = true, .latency = {}, .marks = {}};
  finished.latency = {
      .first_packet = 20ms, .end_to_end = 600ms, .continuous = 40ms, .decision = 500ms};
  finished.marks = {.speech_ended = at(1000ms),
                    .decided = at(1500ms),
                    .sent = at(1980ms),
                    .first_content = at(2000ms),
                    .first_audio = at(2000ms),
                    .handed_on = at(2000ms)};
  context.now = at(3000ms);
  proto::Usage usage;
  usage.prompt_tokens = 30, usage.response_tokens = 12, usage.total_tokens = 42;
  TurnCost cost;
  cost.turn.cost = 1500, cost.turn.estimated_turns = 1, cost.session.cost = 2'000'000;
  cost.session.tokens.of[0] = 99;
  EXPECT_THAT(tell(notice::TurnComplete{finished, 0.25, usage, cost}),
              ElementsAre(R"(text {"type":"turn_complete","turn":3,"cut_off":true,"latency":{)"
                          R"("first_packet_ms":20,"end_to_end_ms":600,"continuous_ms":40,)"
                          R"("decision_ms":500,"gateway_ms":0.25},"timeline":{"speech_ended":1000,)"
                          R"("decided":1500,"sent":1980,"first_byte":2000,"first_audio":2000,)"
                          R"("forwarded":2000.25,"completed":3000},"usage":{"prompt_tokens":30,)"
                          R"("response_tokens":12,"total_tokens":42},"cost":{"turn_usd":0.001500,)"
                          R"("session_usd":2.000000,"session_tokens":99,"estimated":true}})"));
}

TEST_F(NativeCodec, a_turn_without_figures_leaves_them_out) {
  const turn::TurnMachine::Finished finished{
      .turn = 4, .cut_off = false, .latency = {}, .marks = {}};
  EXPECT_THAT(
      tell(notice::TurnComplete{finished, std::nullopt, std::nullopt, TurnCost{}}),
      ElementsAre(
          R"(text {"type":"turn_complete","turn":4,"latency":{},)"
          R"("timeline":{"completed":0},"cost":{"turn_usd":0.000000,"session_usd":0.000000,)"
          R"("session_tokens":0}})"));
}

TEST_F(NativeCodec, tools_are_called_and_cancelled_by_either_side) {
  const proto::FunctionCall call{.id = "c1", .name = "f", .args_json = R"({"on":true})"};
  EXPECT_THAT(tell(notice::ToolCall{3, call}),
              ElementsAre(R"(text {"type":"tool_call","turn":3,"id":"c1","name":"f",)"
                          R"("args":{"on":true}})"));
  for (const InterruptedBy by : {InterruptedBy::model, InterruptedBy::gateway}) {
    EXPECT_THAT(tell(notice::ToolCancelled{"c1", by}),
                ElementsAre(R"(text {"type":"tool_cancelled","id":"c1"})"));
  }
}

TEST_F(NativeCodec, limits_and_ends_are_told) {
  const meter::Verdict verdict{.level = meter::Level::soft,
                               .limit = meter::Limit::user_day,
                               .allowed = 2'500'000,
                               .renews_in = std::chrono::seconds(60)};
  EXPECT_THAT(tell(notice::Budget{verdict}),
              ElementsAre(R"(text {"type":"budget","limit":"budget.user_day_usd",)"
                          R"("allowed_usd":2.500000,"renews_in_s":60,"message":")" +
                          meter::sentence(verdict) + "\"}"));
  EXPECT_THAT(tell(notice::Error{"busy", "Later.", false}),
              ElementsAre(R"(text {"type":"error","code":"busy","message":"Later.",)"
                          R"("fatal":false})"));
  EXPECT_THAT(tell(notice::Bye{"stopped", false}),
              ElementsAre(R"(text {"type":"bye","reason":"stopped"})"));
  EXPECT_THAT(tell(notice::Bye{"going down", true}),
              ElementsAre(R"(text {"type":"bye","reason":"going down","reconnect":true})"));
  EXPECT_THAT(tell(notice::GoingAway{10s}), IsEmpty()) << "there are no words for it";
}

TEST_F(NativeCodec, a_pong_tells_the_session_clock_to_its_connection) {
  context.now = Instant{} + 1500ms;
  EXPECT_THAT(tell(notice::Pong{7}),
              ElementsAre(R"(text connection {"type":"pong","id":7,"at_ms":1500})"));
}

TEST_F(NativeCodec, the_models_own_message_is_not_sent) {
  EXPECT_THAT(model_says(R"({"serverContent":{"turnComplete":true}})"), IsEmpty());
}

}  // namespace
}  // namespace livegate::session
