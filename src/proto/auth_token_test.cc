#include "proto/auth_token.h"

#include <gtest/gtest.h>

#include "base/padded_text.h"

namespace livegate::proto {
namespace {

Setup setup_of(const std::string& members) {
  GeminiDecoder decoder;
  ClientMessage out;
  const PaddedString message(R"({"setup":{)" + members + "}}");
  EXPECT_TRUE(decoder.decode_client(message.text(), out)) << members;
  return out.setup;
}

TEST(AuthToken, an_empty_body_asks_for_the_defaults) {
  for (const char* body : {"", "{}"}) {
    const auto request = read_auth_token_request(body);
    ASSERT_TRUE(request);
    EXPECT_FALSE(request->uses);
    EXPECT_FALSE(request->setup);
    EXPECT_TRUE(request->field_mask.empty());
  }
}

TEST(AuthToken, fields_are_read_in_both_spellings_and_the_mask_is_a_list) {
  const auto request = read_auth_token_request(
      R"({"uses":2,"expire_time":"2026-11-22T22:00:00Z","bidi_generate_content_setup":)"
      R"({"model":"models/m","generation_config":{"temperature":0.5}},)"
      R"("fieldMask":"model,generation_config.temperature"})");
  ASSERT_TRUE(request) << request.error();
  EXPECT_EQ(request->uses, 2);
  EXPECT_EQ(request->expire_time, "2026-11-22T22:00:00Z");
  EXPECT_EQ(request->setup, R"({"model":"models/m","generationConfig":{"temperature":0.5}})");
  EXPECT_EQ(request->field_mask,
            (std::vector<std::string>{"model", "generationConfig.temperature"}));
}

TEST(AuthToken, row_51_names_of_the_sdk_alone_are_unknown_on_the_wire) {
  const auto request = read_auth_token_request(R"({"liveConnectConstraints":{}})");
  ASSERT_FALSE(request);
  EXPECT_EQ(request.error(),
            "Invalid JSON payload received. Unknown name \"liveConnectConstraints\": Cannot find "
            "field.");
}

TEST(AuthToken, without_a_mask_the_tokens_settings_replace_all_but_the_handle) {
  const auto client = setup_of(
      R"("model":"models/other","outputAudioTranscription":{},"sessionResumption":{"handle":"h"})");
  const auto pinned = pinned_setup(client, R"({"model":"models/m"})", {});
  ASSERT_TRUE(pinned);
  EXPECT_EQ(pinned->model, "models/m");
  EXPECT_FALSE(pinned->output_transcription);
  EXPECT_EQ(pinned->resumption_handle, "h");
}

TEST(AuthToken, row_50_with_a_mask_only_its_fields_are_the_tokens) {
  const auto client = setup_of(R"("model":"models/other","outputAudioTranscription":{},)"
                               R"("generationConfig":{"temperature":1.5,"topK":3,"seed":7})");
  const std::vector<std::string> mask = {"model", "generationConfig.temperature",
                                         "generationConfig.topK", "tools"};
  const auto pinned =
      pinned_setup(client, R"({"model":"models/m","generationConfig":{"temperature":0.5}})", mask);
  ASSERT_TRUE(pinned);
  EXPECT_EQ(pinned->model, "models/m");
  EXPECT_TRUE(pinned->output_transcription);
  EXPECT_EQ(pinned->document, R"({"model":"models/m","outputAudioTranscription":{},)"
                              R"("generationConfig":{"temperature":0.5,"seed":7}})");
}

TEST(AuthToken, a_mask_that_goes_through_a_string_finds_nothing_there) {
  const auto client = setup_of(R"("model":"models/other")");
  const std::vector<std::string> mask = {"model.version", "...", "sessionResumption.handle"};
  const auto pinned = pinned_setup(client, R"({"model":"models/m"})", mask);
  ASSERT_TRUE(pinned);
  EXPECT_EQ(pinned->model, "models/other");
}

TEST(AuthToken, answers_are_laid_out_as_the_service_does) {
  EXPECT_EQ(auth_token_json("auth_tokens/x"), "{\n  \"name\": \"auth_tokens/x\"\n}\n");
  EXPECT_EQ(http_error_json(400, "no", "INVALID_ARGUMENT"),
            "{\n  \"error\": {\n    \"code\": 400,\n    \"message\": \"no\",\n    \"status\": "
            "\"INVALID_ARGUMENT\"\n  }\n}\n");
}

}  // namespace
}  // namespace livegate::proto
