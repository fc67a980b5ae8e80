// Calls of our own clients, told in simulated time.

#include "session/session_fixture.h"

namespace livegate::session {
namespace {

using testing::HasSubstr;

using NativeCall = CallTest;

TEST_F(NativeCall, start_opens_the_model_and_ready_says_so) {
  begin_native();
  client_sends(R"({"type":"start","rate":48000,"system_instruction":"Be brief."})");
  EXPECT_EQ(opened, 1);
  EXPECT_FALSE(client_was_told("ready"));
  upstream_opens();
  EXPECT_TRUE(upstream_was_told("\"setup\""));
  EXPECT_TRUE(upstream_was_told("Be brief."));
  EXPECT_TRUE(upstream_was_told("models/gemini-3.8-live"));
  EXPECT_FALSE(client_was_told("ready"));
  upstream_says(R"({"setupComplete":{}})");
  EXPECT_TRUE(client_was_told(R"("type":"ready")"));
  EXPECT_TRUE(client_was_told(R"("rate":48000)"));
}

TEST_F(NativeCall, what_the_gateway_pins_wins_silently) {
  begin({.client = ClientKind::native, .pinned_model = "models/ours", .pinned_voice = "Kore"});
  client_sends(R"({"type":"start","model":"theirs","voice":"Puck"})");
  upstream_opens();
  EXPECT_TRUE(upstream_was_told("models/ours"));
  EXPECT_TRUE(upstream_was_told("Kore"));
  EXPECT_FALSE(upstream_was_told("theirs"));
  EXPECT_FALSE(client_was_told("error"));
}

TEST_F(NativeCall, audio_before_start_ends_the_call_with_one_clear_error) {
  begin_native();
  client_sends_binary("abcd");
  EXPECT_TRUE(client_was_told(R"("code":"bad_start")"));
  ASSERT_TRUE(closed_client);
  EXPECT_EQ(closed_client->code, 1008);
  EXPECT_TRUE(finished);
}

TEST_F(NativeCall, a_client_that_starts_nothing_is_let_go) {
  begin_native();
  passes(9s);
  EXPECT_FALSE(finished);
  passes(2s);
  EXPECT_TRUE(client_was_told("start_timeout"));
  EXPECT_TRUE(finished);
}

TEST_F(NativeCall, garbage_is_refused_by_name_and_the_call_goes_on) {
  begin_ready();
  client_sends("{nonsense");
  EXPECT_TRUE(client_was_told("bad_json"));
  client_sends(R"({"type":"dance"})");
  EXPECT_TRUE(client_was_told("unknown_type"));
  client_sends_binary("odd");
  EXPECT_TRUE(client_was_told("bad_audio"));
  EXPECT_FALSE(finished);
  EXPECT_EQ(session->counters().messages_refused, 3u);
}

TEST_F(NativeCall, silence_stays_here_and_speech_goes_on_with_its_end) {
  begin_ready();
  client_is_silent(2s);
  EXPECT_TRUE(upstream_texts.empty());
  client_speaks(1s);
  client_is_silent(2s);
  EXPECT_TRUE(client_was_told("speech_started"));
  EXPECT_TRUE(client_was_told("speech_ended"));
  EXPECT_GT(upstream_heard("audio/pcm;rate=16000"), 10u);
  EXPECT_EQ(upstream_heard("audioStreamEnd"), 1u);
}

TEST_F(NativeCall, a_client_that_stalls_in_mid_word_does_not_keep_the_model_waiting) {
  begin_ready();
  client_speaks(500ms);
  EXPECT_EQ(upstream_heard("audioStreamEnd"), 0u);
  passes(3s);
  EXPECT_EQ(upstream_heard("audioStreamEnd"), 1u);
  EXPECT_GE(upstream_speech(), 500ms + 1500ms) << "the model waits for silence, and gets it";
}

TEST_F(NativeCall, a_reply_is_a_turn_with_its_audio_words_and_latency) {
  begin_ready();
  client_speaks(1s);
  client_is_silent(600ms);
  upstream_says(R"({"serverContent":{"inputTranscription":{"text":"hello"}}})");
  reply_audio();
  upstream_says(R"({"serverContent":{"outputTranscription":{"text":"Hi."}}})");
  upstream_says(R"({"serverContent":{"generationComplete":true}})");
  upstream_says(
      R"({"serverContent":{"turnComplete":true},"usageMetadata":{"totalTokenCount":42}})");
  EXPECT_TRUE(client_was_told(R"("role":"user")"));
  EXPECT_TRUE(client_was_told(R"("type":"turn_started","turn":1)"));
  EXPECT_EQ(client_audio_bytes, 6u);
  EXPECT_TRUE(client_was_told("Hi."));
  EXPECT_TRUE(client_was_told("generation_complete"));
  EXPECT_TRUE(client_was_told("\"end_to_end_ms\":600"));
  EXPECT_TRUE(client_was_told("42"));
}

TEST_F(NativeCall, several_facts_in_one_message_are_all_told_in_order) {
  begin_ready();
  upstream_says(R"({"serverContent":{"turnComplete":true,"generationComplete":true,
      "outputTranscription":{"text":"Done."},
      "modelTurn":{"parts":[{"inlineData":{"mimeType":"audio/pcm;rate=24000","data":"AQACAAMA"}}]}}})");
  ASSERT_EQ(client_texts.size(), 4u);
  EXPECT_THAT(client_texts[0], HasSubstr("turn_started"));
  EXPECT_THAT(client_texts[1], HasSubstr("Done."));
  EXPECT_THAT(client_texts[2], HasSubstr("generation_complete"));
  EXPECT_THAT(client_texts[3], HasSubstr("turn_complete"));
  EXPECT_EQ(client_audio_bytes, 6u);
}

TEST_F(NativeCall, after_interrupted_no_word_of_the_old_reply_is_passed_on) {
  begin_ready();
  reply_audio();
  const auto before = client_audio_bytes;
  upstream_says(R"({"serverContent":{"interrupted":true}})");
  EXPECT_TRUE(client_was_told(R"("type":"interrupted","turn":1)"));
  EXPECT_EQ(revoked, 1) << "and what of it had not left is not sent any more";
  reply_audio();
  EXPECT_EQ(client_audio_bytes, before);
  upstream_says(R"({"serverContent":{"turnComplete":true}})");
  reply_audio();
  EXPECT_GT(client_audio_bytes, before);
  EXPECT_TRUE(client_was_told(R"("turn":2)"));
  EXPECT_EQ(session->counters().stale_messages, 1u);
}

TEST_F(NativeCall, the_clients_own_interrupt_silences_the_rest_of_the_reply) {
  begin_ready();
  reply_audio();
  client_sends(R"({"type":"interrupt"})");
  EXPECT_TRUE(client_was_told("interrupted"));
  const auto before = client_audio_bytes;
  reply_audio();
  EXPECT_EQ(client_audio_bytes, before);
}

TEST_F(NativeCall, speech_over_a_reply_cuts_it_off_before_the_model_notices) {
  begin_ready();
  reply_audio();
  client_is_silent(1s);
  client_speaks(200ms);
  EXPECT_TRUE(client_was_told(R"("type":"interrupted","turn":1)"));
  const auto before = client_audio_bytes;
  reply_audio();
  EXPECT_EQ(client_audio_bytes, before) << "stale from then on";
  forget();
  upstream_says(R"({"serverContent":{"interrupted":true}})");
  EXPECT_FALSE(client_was_told("interrupted")) << "once is enough";
  upstream_says(R"({"serverContent":{"turnComplete":true}})");
  EXPECT_TRUE(client_was_told(R"("cut_off":true)"));
  reply_audio();
  EXPECT_GT(client_audio_bytes, 0u);
  EXPECT_EQ(session->counters().interruptions, 1u);
}

TEST_F(NativeCall, speech_between_replies_cuts_nothing_off) {
  begin_ready();
  reply_audio();
  upstream_says(R"({"serverContent":{"turnComplete":true}})");
  client_speaks(1s);
  EXPECT_FALSE(client_was_told("interrupted"));
}

TEST_F(NativeCall, a_pong_tells_the_session_clock) {
  begin_ready();
  passes(1500ms);
  client_sends(R"({"type":"ping","id":7})");
  EXPECT_TRUE(client_was_told(R"({"type":"pong","id":7,"at_ms":1500})"));
}

TEST_F(NativeCall, a_turn_tells_when_each_of_its_steps_happened) {
  begin_ready();
  client_speaks(1s);
  client_is_silent(600ms);
  passes(400ms);
  reply_audio();
  happens(Measured{250us});
  passes(1s);
  upstream_says(R"({"serverContent":{"turnComplete":true}})");
  // Speech is over with the frame that ends 500 ms of silence.
  EXPECT_TRUE(client_was_told(R"("timeline":{"speech_ended":1000,"decided":1500,"sent":1980,)"
                              R"("first_byte":2000,"first_audio":2000,"forwarded":2000.25,)"
                              R"("completed":3000})"))
      << client_texts.back();
}

TEST_F(NativeCall, a_tool_call_is_answered_once_and_by_its_id) {
  begin_ready();
  upstream_says(
      R"({"toolCall":{"functionCalls":[{"id":"c1","name":"set_light","args":{"on":true}}]}})");
  EXPECT_TRUE(client_was_told(R"("name":"set_light")"));
  client_sends(R"({"type":"tool_result","id":"c1","result":{"ok":true}})");
  EXPECT_TRUE(upstream_was_told("functionResponses"));
  EXPECT_TRUE(upstream_was_told("set_light"));
  forget();
  client_sends(R"({"type":"tool_result","id":"c1","result":{"ok":true}})");
  EXPECT_TRUE(client_was_told("unknown_tool_call"));
  EXPECT_TRUE(upstream_texts.empty());
}

TEST_F(NativeCall, a_tool_that_returned_nothing_answers_with_an_object_all_the_same) {
  begin_ready();
  upstream_says(R"({"toolCall":{"functionCalls":[{"id":"c1","name":"f","args":{}}]}})");
  client_sends(R"({"type":"tool_result","id":"c1","result":null})");
  EXPECT_TRUE(upstream_was_told(R"("output":null)"));
}

TEST_F(NativeCall, a_cancelled_tool_call_is_no_longer_answered) {
  begin_ready();
  upstream_says(R"({"toolCall":{"functionCalls":[{"id":"c1","name":"f","args":{}}]}})");
  upstream_says(R"({"toolCallCancellation":{"ids":["c1"]}})");
  EXPECT_TRUE(client_was_told("tool_cancelled"));
  client_sends(R"({"type":"tool_result","id":"c1","result":1})");
  EXPECT_TRUE(upstream_texts.empty());
}

TEST_F(NativeCall, a_call_that_is_not_open_is_not_cancelled) {
  begin_ready();
  upstream_says(R"({"toolCall":{"functionCalls":[{"id":"c1","name":"f","args":{}}]}})");
  client_sends(R"({"type":"tool_result","id":"c1","result":{"ok":true}})");
  upstream_says(R"({"toolCallCancellation":{"ids":["c1","never-made"]}})");
  EXPECT_FALSE(client_was_told("tool_cancelled"));
}

TEST_F(NativeCall, mute_sends_the_streams_end_once_where_the_model_alone_listens) {
  SessionConfig config{.client = ClientKind::native};
  config.uplink.detects = false;
  session = std::make_unique<Session>(std::move(config), codecs, Rng(1), now);
  client_sends(R"({"type":"start"})");
  upstream_comes_up();
  client_is_silent(200ms);
  client_sends(R"({"type":"mute"})");
  client_sends(R"({"type":"mute"})");
  passes(2s);  // of silence first, for which this model waits
  EXPECT_EQ(upstream_heard("audioStreamEnd"), 1u);
}

TEST_F(NativeCall, mute_sends_the_streams_end_where_everything_is_sent_and_the_mark_ends_turns) {
  SessionConfig config{.client = ClientKind::native};
  config.uplink.mode = UplinkMode::open;
  begin(std::move(config));
  client_sends(R"({"type":"start","model":"gemini-2.5-flash-native-audio-latest"})");
  upstream_comes_up();
  client_speaks(1s);
  client_sends(R"({"type":"mute"})");
  EXPECT_EQ(upstream_heard("audioStreamEnd"), 1u);
}

TEST_F(NativeCall, mute_sends_the_streams_end_and_ignores_the_microphone) {
  begin_ready();
  client_speaks(500ms);
  client_sends(R"({"type":"mute"})");
  passes(2s);
  EXPECT_EQ(upstream_heard("audioStreamEnd"), 1u);
  forget();
  client_speaks(500ms);
  EXPECT_TRUE(upstream_texts.empty());
  client_sends(R"({"type":"unmute"})");
  client_speaks(500ms);
  EXPECT_FALSE(upstream_texts.empty());
}

TEST_F(NativeCall, tools_reach_the_model_in_its_own_dialect_or_are_refused_by_name) {
  begin({.client = ClientKind::native});
  client_sends(
      R"({"type":"start","tools":[{"name":"f","parameters":{"type":"object","$defs":{"R":{"type":"string"}},)"
      R"("properties":{"a":{"anyOf":[{"$ref":"#/$defs/R"},{"type":"null"}]}}}}]})");
  upstream_opens();
  EXPECT_TRUE(upstream_was_told(R"("a":{"nullable":true,"type":"STRING"})"));
  EXPECT_FALSE(upstream_was_told("$ref"));

  begin({.client = ClientKind::native});
  client_sends(R"({"type":"start","tools":[{"name":"f","parameters":{"not":{}}}]})");
  EXPECT_TRUE(client_was_told(R"(The function \"f\" has the key \"not\")"));
  EXPECT_TRUE(finished);
}

TEST_F(NativeCall, half_an_emoji_is_a_line_like_any_other_and_no_bad_line_ends_the_session) {
  begin_ready();
  client_sends(R"({"type":"text","text":"hi \ud83d there"})");
  EXPECT_TRUE(upstream_was_told("hi \xEF\xBF\xBD there"));
  EXPECT_FALSE(client_was_told("error"));
  for (const std::string& line :
       {std::string(R"({"type":"text","text":5})"), std::string(R"({"type":"ping","id":1e999})"),
        std::string("[1]"), std::string("hello"),
        R"({"type":"tool_result","id":"c","result":)" + std::string(5000, '[')}) {
    client_sends(line);
    EXPECT_FALSE(finished) << line;
  }
  EXPECT_EQ(session->counters().messages_refused, 5u);
}

TEST_F(NativeCall, of_many_pictures_one_a_second_is_passed_on_and_the_newest_wins) {
  begin_ready();
  const auto picture = [](const std::string& data) {
    return R"({"type":"image","mime_type":"image/jpeg","data":")" + data + R"("})";
  };
  client_sends(picture("/9j/AAAA"));
  EXPECT_EQ(upstream_heard("image/jpeg"), 1u);
  passes(100ms);
  client_sends(picture("/9j/BBBB"));
  client_sends(picture("/9j/CCCC"));
  EXPECT_EQ(upstream_heard("image/jpeg"), 1u);
  passes(1s);
  EXPECT_EQ(upstream_heard("image/jpeg"), 2u);
  EXPECT_TRUE(upstream_was_told("CCCC"));
  EXPECT_FALSE(upstream_was_told("BBBB"));
  EXPECT_EQ(session->counters().pictures_dropped, 1u);
}

TEST_F(NativeCall, stop_says_goodbye_and_closes_both_sides) {
  begin_ready();
  client_sends(R"({"type":"stop"})");
  EXPECT_TRUE(client_was_told("bye"));
  EXPECT_EQ(closed_client->code, 1000);
  EXPECT_EQ(closed_upstream, 1);
  EXPECT_TRUE(finished);
}

TEST_F(NativeCall, a_vanished_client_takes_the_model_along) {
  begin_ready();
  happens(ClientGone{});
  EXPECT_EQ(closed_upstream, 1);
  EXPECT_TRUE(finished);
  EXPECT_FALSE(session->next_deadline());
}

TEST_F(NativeCall, a_drain_says_goodbye) {
  begin_ready();
  happens(DrainRequested{});
  EXPECT_TRUE(
      client_was_told(R"("type":"bye","reason":"the gateway is shutting down","reconnect":true)"));
  EXPECT_EQ(closed_client->code, 1001);
}

TEST_F(NativeCall, steady_audio_both_ways_grows_no_buffer_of_the_actions) {
  begin_ready();
  Actions actions;
  const std::string frame(640, '\x20');
  const PaddedString bytes(frame);
  std::size_t capacity = 0;
  for (int i = 0; i < 300; ++i) {
    actions.clear();
    session->handle(ClientBinary{bytes.text()}, now, actions);
    now += 20ms;
    if (i == 100) capacity = actions.arena().capacity();
  }
  EXPECT_EQ(actions.arena().capacity(), capacity);
}

}  // namespace
}  // namespace livegate::session
