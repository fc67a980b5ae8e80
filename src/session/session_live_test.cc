// Calls of official Live API SDKs, told in simulated time.

#include "session/session_fixture.h"

namespace livegate::session {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

using LiveCall = CallTest;

std::string audio_message(std::int16_t amplitude, int frames) {
  std::vector<std::int16_t> samples(static_cast<std::size_t>(frames) * 320);
  for (std::size_t i = 0; i < samples.size(); ++i)
    samples[i] = i % 40 < 20 ? amplitude : static_cast<std::int16_t>(-amplitude);
  std::string wire;
  proto::append_realtime_audio(wire, samples, 16000);
  return wire;
}

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
  client_sends(audio_message(0, 50));
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

}  // namespace
}  // namespace livegate::session
