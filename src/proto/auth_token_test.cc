#include "proto/auth_token.h"

#include <gtest/gtest.h>

#include "base/limits.h"
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
  ASSERT_TRUE(pinned) << pinned.error().reason;
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
  ASSERT_TRUE(pinned) << pinned.error().reason;
  EXPECT_EQ(pinned->model, "models/m");
  EXPECT_TRUE(pinned->output_transcription);
  EXPECT_EQ(pinned->document, R"({"model":"models/m","outputAudioTranscription":{},)"
                              R"("generationConfig":{"temperature":0.5,"seed":7}})");
}

TEST(AuthToken, a_mask_that_goes_through_a_string_finds_nothing_there) {
  const auto client = setup_of(R"("model":"models/other")");
  const std::vector<std::string> mask = {"model.version", "...", "sessionResumption.handle"};
  const auto pinned = pinned_setup(client, R"({"model":"models/m"})", mask);
  ASSERT_TRUE(pinned) << pinned.error().reason;
  EXPECT_EQ(pinned->model, "models/other");
}

TEST(AuthToken, a_path_below_another_one_adds_nothing_and_what_the_client_lacks_is_added) {
  const auto client = setup_of(R"("model":"models/m","generationConfig":{"seed":7})");
  const std::vector<std::string> mask = {"labels.a.b", "labels", "labels.c",
                                         "generationConfig.speechConfig.languageCode",
                                         "generationConfig.seed.x"};
  const auto pinned = pinned_setup(
      client, R"({"labels":{"a":1},"generationConfig":{"speechConfig":{"languageCode":"de-DE"}}})",
      mask);
  ASSERT_TRUE(pinned) << pinned.error().reason;
  EXPECT_EQ(pinned->document, R"({"model":"models/m","generationConfig":{"seed":7,)"
                              R"("speechConfig":{"languageCode":"de-DE"}},"labels":{"a":1}})");
  EXPECT_EQ(pinned->language_code, "de-DE");
}

TEST(AuthToken, a_member_on_the_way_of_a_pin_may_not_come_twice) {
  const auto client = setup_of(
      R"("model":"models/m","generationConfig":{"speechConfig":{},"speechConfig":{"languageCode":"x"}})");
  const std::vector<std::string> mask = {"generationConfig.speechConfig.languageCode"};
  const auto pinned = pinned_setup(client, "{}", mask);
  ASSERT_FALSE(pinned);
  EXPECT_EQ(
      pinned.error().reason,
      "Invalid JSON payload received. Duplicate name \"speechConfig\", which the token pins.");
}

TEST(AuthToken, a_mask_of_too_many_paths_steps_or_bytes_is_refused_by_the_limits_number) {
  const auto refusal = [](const std::string& mask) {
    const auto request = read_auth_token_request(
        R"({"bidiGenerateContentSetup":{"model":"models/m"},"fieldMask":")" + mask + "\"}");
    return request ? std::string() : request.error();
  };
  const std::string prefix = "Invalid value at 'auth_token.field_mask': at most ";
  std::string paths = "model";
  for (std::size_t i = 1; i < limits::kFieldMaskPathsMax; ++i) paths += ",labels.a";
  EXPECT_EQ(refusal(paths), "");
  EXPECT_EQ(refusal(paths + ",b"), prefix + "256 paths are taken.");
  std::string deep = "labels";
  for (std::size_t i = 1; i < limits::kFieldMaskDepthMax; ++i) deep += ".a";
  EXPECT_EQ(refusal(deep), "");
  EXPECT_EQ(refusal(deep + ".a"), prefix + "16 steps of a path are taken.");
  EXPECT_EQ(refusal(std::string(limits::kFieldMaskBytesMax + 1, 'a')),
            prefix + "16384 bytes are taken.");
}

TEST(AuthToken, deep_paths_that_name_nothing_lose_nothing) {
  std::string inner = R"({"z":")" + std::string(1000, 'a') + "\"}";
  std::string path = "labels";
  for (int i = 0; i < 14; ++i) {
    inner = R"({"a":)" + inner + "}";
    path += ".a";
  }
  std::vector<std::string> mask;
  for (std::size_t i = 0; i < limits::kFieldMaskPathsMax; ++i) mask.push_back(path + ".b");
  const auto client = setup_of(R"("model":"models/m","labels":)" + inner);
  const auto pinned = pinned_setup(client, R"({"model":"models/m"})", mask);
  ASSERT_TRUE(pinned) << pinned.error().reason;
  EXPECT_EQ(pinned->document, client.document) << "nothing of it is masked, and nothing is lost";
}

TEST(AuthToken, answers_are_laid_out_as_the_service_does) {
  EXPECT_EQ(auth_token_json("auth_tokens/x"), "{\n  \"name\": \"auth_tokens/x\"\n}\n");
  EXPECT_EQ(http_error_json(400, "no", "INVALID_ARGUMENT"),
            "{\n  \"error\": {\n    \"code\": 400,\n    \"message\": \"no\",\n    \"status\": "
            "\"INVALID_ARGUMENT\"\n  }\n}\n");
}

}  // namespace
}  // namespace livegate::proto
