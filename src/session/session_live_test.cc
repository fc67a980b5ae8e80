// Calls of official Live API SDKs, told in simulated time.

#include "session/session_fixture.h"

namespace livegate::session {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

using LiveCall = CallTest;

TEST_F(LiveCall, setup_is_forwarded_and_its_answer_comes_back_as_it_was) {
  begin_live();
  client_sends(R"({"setup":{"model":"models/theirs","generationConfig":{"temperature":0.5}}})");
  upstream_opens();
  EXPECT_TRUE(upstream_was_told("models/theirs"));
  EXPECT_TRUE(upstream_was_told("temperature"));
  EXPECT_TRUE(upstream_was_told("sessionResumption")) << "asked for on everybody's behalf";
  upstream_says("{\n  \"setupComplete\": {}\n}\n");
  EXPECT_THAT(client_texts, ElementsAre("{\n  \"setupComplete\": {}\n}\n"));
  EXPECT_TRUE(client_binary[0]);
}

TEST_F(LiveCall, anything_before_setup_and_a_second_setup_are_closed_in_the_services_words) {
  begin_live();
  client_sends(R"({"realtimeInput":{"text":"hi"}})");
  ASSERT_TRUE(closed_client);
  EXPECT_EQ(closed_client->code, 1007);
  EXPECT_EQ(closed_client->reason, "setup must be the first message and only the first");

  finished = false;
  closed_client.reset();
  begin_ready(ClientKind::live);
  client_sends(R"({"setup":{"model":"models/again"}})");
  ASSERT_TRUE(closed_client);
  EXPECT_EQ(closed_client->code, 1007);
}

TEST_F(LiveCall, text_that_is_no_json_is_closed_1007) {
  begin_ready(ClientKind::live);
  client_sends("{nonsense");
  ASSERT_TRUE(closed_client);
  EXPECT_EQ(closed_client->code, 1007);
  EXPECT_THAT(closed_client->reason, HasSubstr("Invalid JSON payload received"));
}

TEST_F(LiveCall, messages_before_the_answer_to_setup_are_kept) {
  begin_live();
  client_sends(R"({"setup":{"model":"models/m"}})");
  client_sends(R"({"realtimeInput":{"text":"early"}})");
  upstream_opens();
  EXPECT_FALSE(upstream_was_told("early"));
  upstream_says(R"({"setupComplete":{}})");
  EXPECT_TRUE(upstream_was_told("early"));
}

TEST_F(LiveCall, client_frames_may_be_binary) {
  begin_live();
  client_sends_binary(R"({"setup":{"model":"models/m"}})");
  EXPECT_EQ(opened, 1);
}

TEST_F(LiveCall, speech_is_gated_and_re_cut_and_its_end_is_told) {
  begin_ready(ClientKind::live);
  client_sends(audio_message(0, 50));
  EXPECT_TRUE(upstream_texts.empty());
  client_sends(audio_message(6000, 50));
  client_sends(audio_message(0, 100));
  EXPECT_GT(upstream_heard("audio/pcm;rate=16000"), 5u);
  EXPECT_EQ(upstream_heard("audioStreamEnd"), 1u);
}

TEST_F(LiveCall, a_client_that_marks_its_own_activity_is_not_gated) {
  begin_live();
  client_sends(
      R"({"setup":{"model":"models/m","realtimeInputConfig":{"automaticActivityDetection":{"disabled":true}}}})");
  upstream_comes_up();
  forget();
  client_sends(R"({"realtimeInput":{"activityStart":{}}})");
  client_sends(audio_message(0, 3));
  client_sends(R"({"realtimeInput":{"activityEnd":{}}})");
  ASSERT_EQ(upstream_texts.size(), 4u);
  EXPECT_THAT(upstream_texts[0], HasSubstr("activityStart"));
  EXPECT_THAT(upstream_texts[1], HasSubstr("audio/pcm"));
  EXPECT_THAT(upstream_texts[2], HasSubstr("audio/pcm")) << "what is held goes before the end";
  EXPECT_THAT(upstream_texts[3], HasSubstr("activityEnd"));
}

TEST_F(LiveCall, the_old_media_chunks_become_what_they_are) {
  begin_live();
  client_sends(
      R"({"setup":{"model":"models/m","realtimeInputConfig":{"automaticActivityDetection":{"disabled":true}}}})");
  upstream_comes_up();
  forget();
  client_sends(
      R"({"realtimeInput":{"mediaChunks":[{"data":"/9j/4AAQ","mimeType":"image/jpeg"}]}})");
  ASSERT_EQ(upstream_texts.size(), 1u);
  EXPECT_THAT(upstream_texts[0], HasSubstr("\"video\""));
  EXPECT_FALSE(upstream_was_told("mediaChunks"));
}

TEST_F(LiveCall, tools_reach_the_model_in_its_own_dialect_or_are_refused_by_name) {
  begin_live();
  client_sends(
      R"({"setup":{"model":"models/m","tools":[{"functionDeclarations":[{"name":"f","parameters":)"
      R"({"$schema":"x","type":"object","properties":{"a":{"type":["string","null"]}}}}]}]}})");
  upstream_opens();
  EXPECT_TRUE(upstream_was_told(R"("properties":{"a":{"nullable":true,"type":"STRING"})"));
  EXPECT_FALSE(upstream_was_told("$schema"));

  begin_live();
  client_sends(
      R"({"setup":{"model":"models/m","tools":[{"functionDeclarations":[{"name":"set light"}]}]}})");
  ASSERT_TRUE(closed_client);
  EXPECT_EQ(closed_client->code, 1007);
  EXPECT_THAT(closed_client->reason, HasSubstr("\"set light\""));
}

TEST_F(LiveCall, half_an_emoji_reaches_the_model_as_a_character_that_it_can_read) {
  begin_ready(ClientKind::live);
  client_sends(R"({"realtimeInput":{"text":"hi \ud83d there"}})");
  EXPECT_TRUE(upstream_was_told(R"(hi \ufffd there)"));
  EXPECT_FALSE(finished);
}

TEST_F(LiveCall, the_models_messages_come_back_untouched_and_binary) {
  begin_ready(ClientKind::live);
  const std::string odd =
      R"({"serverContent":{"futureField":[1,2]},"usageMetadata":{"totalTokenCount":1}})";
  upstream_says(odd);
  reply_audio();
  ASSERT_EQ(client_texts.size(), 2u);
  EXPECT_EQ(client_texts[0], odd);
  EXPECT_THAT(client_texts[1], HasSubstr("AQACAAMA"));
}

TEST_F(LiveCall, a_broken_connection_is_mended_unseen) {
  begin_ready(ClientKind::live);
  upstream_says(R"({"sessionResumptionUpdate":{"newHandle":"h-1","resumable":true}})");
  upstream_says(R"({"goAway":{"timeLeft":"50s"}})");
  EXPECT_EQ(opened, 2);
  upstream_comes_up();
  EXPECT_TRUE(client_texts.empty()) << client_texts.front();
  EXPECT_FALSE(finished);
}

TEST_F(LiveCall, resumption_updates_reach_whoever_asked_for_them_with_a_handle_of_ours) {
  begin({.client = ClientKind::live, .resume_token = "our-handle"});
  client_sends(R"({"setup":{"model":"models/m","sessionResumption":{}}})");
  upstream_comes_up();
  upstream_says(R"({"sessionResumptionUpdate":{"newHandle":"h-1","resumable":true}})");
  EXPECT_TRUE(client_was_told(R"("newHandle":"our-handle","resumable":true)"));
  EXPECT_FALSE(client_was_told("h-1")) << "it opens the model";
}

TEST_F(LiveCall, a_refusal_of_the_service_is_passed_on_in_its_own_words) {
  begin_live();
  client_sends(R"({"setup":{"model":"models/x"}})");
  upstream_opens();
  upstream_dies(1008, "models/x is not found for API version v1beta");
  ASSERT_TRUE(closed_client);
  EXPECT_EQ(closed_client->code, 1008);
  EXPECT_EQ(closed_client->reason, "models/x is not found for API version v1beta");
}

TEST_F(LiveCall, a_browser_is_told_everything_in_text_frames) {
  begin({.client = ClientKind::live, .live_wire = {.text_frames = true}});
  client_sends(R"({"setup":{"model":"models/m"}})");
  upstream_comes_up();
  reply_audio();
  upstream_says(R"({"serverContent":{"interrupted":true}})");
  EXPECT_THAT(client_binary, ElementsAre(false, false, false));
}

TEST_F(LiveCall, an_interruption_takes_back_what_of_the_reply_has_not_left) {
  begin_ready(ClientKind::live);
  reply_audio();
  EXPECT_EQ(revoked, 0);
  upstream_says(R"({"serverContent":{"interrupted":true}})");
  EXPECT_EQ(revoked, 1);
  EXPECT_TRUE(client_was_told("interrupted"));
}

TEST_F(LiveCall, facts_beside_an_announced_end_reach_the_client_without_it) {
  begin_ready(ClientKind::live);
  upstream_says(R"({"goAway":{"timeLeft":"50s"},"usageMetadata":{"totalTokenCount":5}})");
  ASSERT_EQ(client_texts.size(), 1u);
  EXPECT_THAT(client_texts[0], HasSubstr(R"("totalTokenCount":5)"));
  EXPECT_FALSE(client_was_told("goAway"));
}

TEST_F(LiveCall, python_is_sent_nothing_of_which_it_knows_nothing) {
  begin({.client = ClientKind::live,
         .live_wire = live_wire_of("", "google-genai-sdk/2.19.0 gl-python/3.12", "")});
  client_sends(R"({"setup":{"model":"models/m"}})");
  upstream_comes_up();
  forget();
  upstream_says(R"({"voiceActivity":{"type":"ACTIVITY_START"}})");
  EXPECT_TRUE(client_texts.empty());
  upstream_says("{}");
  EXPECT_EQ(client_texts.size(), 1u);
  EXPECT_EQ(session->counters().parts_withheld, 1u);
}

TEST_F(LiveCall, a_late_answer_to_a_cancelled_call_goes_nowhere) {
  begin_ready(ClientKind::live);
  upstream_says(
      R"({"toolCall":{"functionCalls":[{"id":"c1","name":"f","args":{}},{"id":"c2","name":"f","args":{}}]}})");
  upstream_says(R"({"toolCallCancellation":{"ids":["c1"]}})");
  EXPECT_TRUE(client_was_told("toolCallCancellation"));
  client_sends(
      R"({"toolResponse":{"functionResponses":[{"id":"c1","name":"f","response":{"late":1}}]}})");
  EXPECT_TRUE(upstream_texts.empty());
  client_sends(
      R"({"toolResponse":{"functionResponses":[{"id":"c1","name":"f","response":{"late":2}},{"id":"c2","name":"f","response":{"good":3}}]}})");
  ASSERT_EQ(upstream_texts.size(), 1u);
  EXPECT_THAT(upstream_texts[0], HasSubstr(R"("response":{"good":3})"));
  EXPECT_THAT(upstream_texts[0], testing::Not(HasSubstr("late")));
  EXPECT_FALSE(closed_client);
}

// Found by livegate sim: the client's answer went on as it came, behind the gateway's own.
TEST_F(LiveCall, a_tool_that_was_given_up_on_is_not_answered_a_second_time) {
  begin({.client = ClientKind::live, .watchdog = {.tool = 15s}});
  client_sends(R"({"setup":{"model":"models/m"}})");
  upstream_comes_up();
  upstream_says(R"({"toolCall":{"functionCalls":[{"id":"c1","name":"f","args":{}}]}})");
  passes(15s);
  EXPECT_EQ(upstream_heard("did not answer in time"), 1u);
  client_sends(
      R"({"toolResponse":{"functionResponses":[{"id":"c1","name":"f","response":{"ok":true}}]}})");
  EXPECT_EQ(upstream_heard("toolResponse"), 1u);
  EXPECT_FALSE(finished);
}

TEST_F(LiveCall, speech_waits_while_a_blocking_call_is_open_and_follows_its_answer) {
  begin_live();
  client_sends(
      R"({"setup":{"model":"models/gemini-3.1-flash-live-preview","tools":[{"functionDeclarations":[{"name":"f"}]}]}})");
  upstream_comes_up();
  upstream_says(R"({"toolCall":{"functionCalls":[{"id":"c1","name":"f","args":{}}]}})");
  forget();
  client_sends(audio_message(6000, 50));
  client_sends(audio_message(0, 50));
  EXPECT_TRUE(upstream_texts.empty());
  client_sends(R"({"toolResponse":{"functionResponses":[{"id":"c1","name":"f","response":{}}]}})");
  ASSERT_GE(upstream_texts.size(), 3u);
  EXPECT_THAT(upstream_texts.front(), HasSubstr("toolResponse"));
  EXPECT_THAT(upstream_texts[1], HasSubstr("audio/pcm"));
  EXPECT_GE(session->counters().samples_forwarded, 16000u);
  passes(2s);
  EXPECT_THAT(upstream_texts.back(), HasSubstr("audioStreamEnd")) << "behind silence";
  forget();
  client_sends(audio_message(6000, 5));
  EXPECT_TRUE(upstream_was_told("audio/pcm")) << "and then it is live again";
}

TEST_F(LiveCall, speech_goes_on_while_a_call_that_blocks_nothing_is_open) {
  begin_live();
  client_sends(
      R"({"setup":{"model":"models/gemini-3.8-live","tools":[{"functionDeclarations":[{"name":"f"}]}]}})");
  upstream_comes_up();
  upstream_says(R"({"toolCall":{"functionCalls":[{"id":"c1","name":"f","args":{}}]}})");
  forget();
  client_sends(audio_message(6000, 50));
  EXPECT_TRUE(upstream_was_told("audio/pcm"));
}

TEST_F(LiveCall, an_id_that_is_called_again_may_be_answered_again) {
  begin_ready(ClientKind::live);
  const std::string call = R"({"toolCall":{"functionCalls":[{"id":"c1","name":"f","args":{}}]}})";
  upstream_says(call);
  upstream_says(R"({"toolCallCancellation":{"ids":["c1"]}})");
  upstream_says(call);
  client_sends(R"({"toolResponse":{"functionResponses":[{"id":"c1","name":"f","response":{}}]}})");
  EXPECT_TRUE(upstream_was_told("toolResponse"));
}

TEST_F(LiveCall, new_tools_and_words_hold_for_later_connections_too) {
  begin_ready(ClientKind::live);
  client_sends(
      R"({"contextUpdate":{"systemInstruction":{"parts":[{"text":"Be brief."}]},"tools":{"tools":[{"googleSearch":{}}]}}})");
  EXPECT_TRUE(upstream_was_told("contextUpdate"));
  forget();
  upstream_says(R"({"sessionResumptionUpdate":{"newHandle":"h-1","resumable":true}})");
  upstream_dies();
  passes(1s);
  upstream_comes_up();
  EXPECT_TRUE(upstream_was_told("Be brief."));
  EXPECT_TRUE(upstream_was_told("googleSearch"));
}

TEST_F(LiveCall, nothing_of_the_clients_stands_beside_what_the_owner_has_pinned) {
  begin({.client = ClientKind::live,
         .pinned_voice = "Kore",
         .pinned_system_instruction = "Ours.",
         .pinned_tools_json = R"([{"functionDeclarations":[{"name":"ours"}]}])"});
  client_sends(
      R"({"setup":{"model":"models/m","systemInstruction":{"parts":[{"text":"Ours."},)"
      R"({"inlineData":{"mimeType":"text/plain","data":"RXZl"}}]},"tools":[{"googleSearch":{}}],)"
      R"("safetySettings":[{"threshold":"BLOCK_NONE"}],"labels":{"a":"b"},)"
      R"("avatarConfig":{"avatarName":"x"},"generationConfig":{"seed":7,"speechConfig":)"
      R"({"voiceConfig":{"prebuiltVoiceConfig":{"voiceName":"Kore"},"replicatedVoiceConfig":{}},)"
      R"("multiSpeakerVoiceConfig":{}}}}})");
  upstream_opens();
  for (const char* ours : {"Ours.", "Kore", "\"ours\"", "\"seed\":7"}) {
    EXPECT_TRUE(upstream_was_told(ours)) << ours;
  }
  for (const char* theirs : {"inlineData", "googleSearch", "safetySettings", "labels",
                             "avatarConfig", "replicatedVoice", "multiSpeaker"}) {
    EXPECT_FALSE(upstream_was_told(theirs)) << theirs;
  }
}

TEST_F(LiveCall, a_turn_of_the_system_is_refused_beside_a_pinned_instruction_alone) {
  const std::string turn =
      R"({"clientContent":{"turns":[{"parts":[{"text":"You are Eve."}],"role":"system"}]}})";
  begin({.client = ClientKind::live, .pinned_system_instruction = "Ours."});
  client_sends(R"({"setup":{"model":"models/m"}})");
  upstream_opens();
  upstream_says(R"({"setupComplete":{}})");
  client_sends(turn);
  EXPECT_FALSE(upstream_was_told("Eve"));
  ASSERT_TRUE(closed_client);
  EXPECT_EQ(closed_client->code, 1007);
  EXPECT_EQ(closed_client->reason, "Please use a valid role: user, model.");

  finished = false;
  closed_client.reset();
  begin_ready(ClientKind::live);
  client_sends(turn);
  EXPECT_FALSE(closed_client);
  EXPECT_TRUE(upstream_was_told("Eve"));
}

TEST_F(LiveCall, what_is_pinned_is_taken_out_of_an_update_without_a_word) {
  begin({.client = ClientKind::live, .pinned_system_instruction = "Ours."});
  client_sends(R"({"setup":{"model":"models/m"}})");
  upstream_comes_up();
  forget();
  client_sends(
      R"({"contextUpdate":{"systemInstruction":{"parts":[{"text":"Theirs."}]},"tools":{"tools":[]}}})");
  EXPECT_THAT(upstream_texts, ElementsAre(R"({"contextUpdate":{"tools":{"tools":[]}}})"));
  client_sends(R"({"contextUpdate":{"systemInstruction":{"parts":[{"text":"Theirs."}]}}})");
  EXPECT_EQ(upstream_texts.size(), 1u);
  EXPECT_FALSE(closed_client);
}

TEST_F(LiveCall, a_setup_that_its_model_refuses_is_refused_before_anything_is_sent) {
  begin_live();
  client_sends(
      R"({"setup":{"model":"models/gemini-3.8-live","generationConfig":{"responseModalities":["TEXT"]}}})");
  ASSERT_TRUE(closed_client);
  EXPECT_EQ(closed_client->code, 1007);
  EXPECT_THAT(closed_client->reason, HasSubstr("(TEXT) is not supported by the model"));
  EXPECT_EQ(opened, 0);
}

TEST_F(LiveCall, what_a_token_pins_is_used_whatever_the_client_asks_for) {
  begin({.client = ClientKind::live,
         .token_setup = R"({"model":"models/pinned","generationConfig":{"temperature":0.1}})",
         .token_mask = {"model"}});
  client_sends(
      R"({"setup":{"model":"models/other","generationConfig":{"temperature":0.9},"sessionResumption":{}}})");
  upstream_opens();
  EXPECT_TRUE(upstream_was_told("models/pinned"));
  EXPECT_TRUE(upstream_was_told("0.9"));
  EXPECT_FALSE(upstream_was_told("models/other"));
  EXPECT_FALSE(closed_client);
}

TEST_F(LiveCall, a_token_without_a_mask_replaces_the_whole_setup_and_its_updates) {
  begin({.client = ClientKind::live, .token_setup = R"({"model":"models/pinned"})"});
  client_sends(
      R"({"setup":{"model":"models/other","tools":[{"googleSearch":{}}],"systemInstruction":{"parts":[{"text":"Theirs."}]}}})");
  upstream_comes_up();
  EXPECT_TRUE(upstream_was_told("models/pinned"));
  client_sends(R"({"contextUpdate":{"systemInstruction":{"parts":[{"text":"Theirs."}]}}})");
  client_sends(R"({"contextUpdate":{"tools":{"tools":[{"googleSearch":{}}]}}})");
  EXPECT_FALSE(upstream_was_told("Theirs."));
  EXPECT_FALSE(upstream_was_told("googleSearch"));
}

TEST_F(LiveCall, a_native_client_is_bound_by_its_token_too) {
  begin({.client = ClientKind::native,
         .token_setup =
             R"({"model":"models/pinned","systemInstruction":{"parts":[{"text":"Ours."}]}})",
         .token_mask = {"model", "systemInstruction"}});
  client_sends(R"({"type":"start","model":"other","voice":"Kore","system_instruction":"Theirs."})");
  upstream_opens();
  EXPECT_TRUE(upstream_was_told("models/pinned"));
  EXPECT_TRUE(upstream_was_told("Kore"));
  EXPECT_TRUE(upstream_was_told("Ours."));
  EXPECT_FALSE(upstream_was_told("Theirs."));
}

TEST_F(LiveCall, a_spent_token_begins_no_session) {
  begin({.client = ClientKind::live, .only_resume = true});
  client_sends(R"({"setup":{"model":"models/m"}})");
  ASSERT_TRUE(closed_client);
  EXPECT_EQ(closed_client->code, 1011);
  EXPECT_EQ(closed_client->reason, "Token has been used too many times");
  EXPECT_EQ(opened, 0);
}

TEST_F(LiveCall, a_token_that_expires_ends_its_session_in_the_services_words) {
  begin({.client = ClientKind::live, .expires_at = now + 1min});
  client_sends(R"({"setup":{"model":"models/m"}})");
  upstream_comes_up();
  passes(59s);
  EXPECT_FALSE(closed_client);
  passes(1s);
  ASSERT_TRUE(closed_client);
  EXPECT_EQ(closed_client->code, 1011);
  EXPECT_EQ(closed_client->reason, "auth token has expired");
}

}  // namespace
}  // namespace livegate::session
