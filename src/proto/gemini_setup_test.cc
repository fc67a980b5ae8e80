#include <gtest/gtest.h>

#include "proto/gemini.h"
#include "proto/proto_testing.h"

namespace livegate::proto {
namespace {

Setup decoded(GeminiDecoder& decoder, const std::string& text) {
  const PaddedString message(text);
  ClientMessage out;
  const auto result = decoder.decode_client(message.text(), out);
  EXPECT_TRUE(result) << text << "\n" << (result ? "" : result.error().reason);
  EXPECT_EQ(out.kind, ClientKind::setup);
  return out.setup;
}

std::string encoded(const Setup& setup) {
  std::string out;
  append_setup(out, setup);
  return out;
}

// Every setting that is typed, and others around them.
constexpr char kFull[] =
    R"({"setup":{"model":"models/a","generation_config":{"response_modalities":["AUDIO"],)"
    R"("temperature":0.70,"seed":123,"speechConfig":{"voiceConfig":{"prebuiltVoiceConfig":)"
    R"({"voiceName":"Kore"}},"languageCode":"en-US"}},"systemInstruction":{"parts":[{"text":"A"},)"
    R"({"text":"B"}],"role":"user"},"tools":[{"googleSearch":{}}],"sessionResumption":)"
    R"({"handle":"old","transparent":true},"inputAudioTranscription":{"languageCodes":["de"]},)"
    R"("realtimeInputConfig":{"automaticActivityDetection":{"prefixPaddingMs":20,)"
    R"("silenceDurationMs":500},"activityHandling":"NO_INTERRUPTION","turnCoverage":2},)"
    R"("labels":{"a_b":"c"}}})";

TEST(GeminiSetup, unchanged_is_written_as_it_was_received) {
  GeminiDecoder decoder;
  const proto::Setup setup = decoded(decoder, kFull);
  EXPECT_EQ(encoded(setup), R"({"setup":)" + setup.document + "}");
  EXPECT_EQ(testing::facts(decoded(decoder, encoded(setup))), testing::facts(setup));
  for (const auto& vector : testing::read_vectors(LIVEGATE_GOLDEN "/gemini_client.txt")) {
    if (!vector.expected.starts_with("= setup")) continue;
    const proto::Setup one = decoded(decoder, vector.message);
    EXPECT_EQ(encoded(one), R"({"setup":)" + one.document + "}");
  }
}

TEST(GeminiSetup, changed_settings_are_written_and_all_others_stay) {
  GeminiDecoder decoder;
  proto::Setup setup = decoded(decoder, kFull);
  setup.model = "models/b";
  setup.resumption_handle = "new \"handle\"";
  setup.voice = "Puck";
  setup.activity_detection.silence_duration_ms = 300;
  setup.activity_handling = ActivityHandling::interrupts;
  setup.output_transcription = true;
  setup.tools_json = R"([{"functionDeclarations":[]}])";
  EXPECT_EQ(encoded(setup),
            R"({"setup":{"model":"models/b","generationConfig":{"responseModalities":["AUDIO"],)"
            R"("temperature":0.70,"seed":123,"speechConfig":{"voiceConfig":{"prebuiltVoiceConfig":)"
            R"({"voiceName":"Puck"}},"languageCode":"en-US"}},"systemInstruction":{"parts":[)"
            R"({"text":"A"},{"text":"B"}],"role":"user"},"tools":[{"functionDeclarations":[]}],)"
            R"("sessionResumption":{"handle":"new \"handle\"","transparent":true},)"
            R"("inputAudioTranscription":{"languageCodes":["de"]},"realtimeInputConfig":)"
            R"({"automaticActivityDetection":{"prefixPaddingMs":20,"silenceDurationMs":300},)"
            R"("activityHandling":"START_OF_ACTIVITY_INTERRUPTS","turnCoverage":2},)"
            R"("labels":{"a_b":"c"},"outputAudioTranscription":{}}})");
}

TEST(GeminiSetup, cleared_settings_go_and_leave_the_rest) {
  GeminiDecoder decoder;
  proto::Setup setup = decoded(decoder, kFull);
  setup.voice.clear();
  setup.language_code.clear();
  setup.system_instruction.clear();
  setup.tools_json.clear();
  setup.resumption = false;
  setup.resumption_handle.clear();
  setup.input_transcription = false;
  setup.activity_detection.prefix_padding_ms.reset();
  const proto::Setup again = decoded(decoder, encoded(setup));
  EXPECT_EQ(again.voice, "");
  EXPECT_EQ(again.language_code, "");
  EXPECT_EQ(again.system_instruction, "");
  EXPECT_EQ(again.tools_json, "");
  EXPECT_FALSE(again.resumption);
  EXPECT_FALSE(again.input_transcription);
  EXPECT_EQ(again.activity_detection, setup.activity_detection);
  EXPECT_EQ(again.model, "models/a");
  EXPECT_EQ(again.document.find("transparent"), std::string::npos);
  EXPECT_NE(again.document.find(R"("labels":{"a_b":"c"})"), std::string::npos);
}

TEST(GeminiSetup, made_from_nothing_says_what_was_set) {
  proto::Setup setup;
  setup.model = "models/gemini-3.8-live";
  setup.response_modalities = {"AUDIO"};
  setup.voice = "Kore";
  setup.language_code = "en-US";
  setup.system_instruction = "Line one.\nLine two.";
  setup.tools_json = R"([{"googleSearch":{}}])";
  setup.activity_detection.disabled = true;
  setup.activity_detection.start_sensitivity = "START_SENSITIVITY_LOW";
  setup.activity_detection.end_sensitivity = "END_SENSITIVITY_HIGH";
  setup.input_transcription = setup.output_transcription = true;
  setup.resumption_handle = "h";
  GeminiDecoder decoder;
  proto::Setup again = decoded(decoder, encoded(setup));
  EXPECT_TRUE(again.resumption);
  again.resumption = setup.resumption;
  again.document = setup.document;
  EXPECT_EQ(testing::facts(again), testing::facts(setup));
}

TEST(GeminiSetup, with_nothing_set_is_an_empty_object) {
  EXPECT_EQ(encoded(proto::Setup{}), R"({"setup":{}})");
}

TEST(GeminiSetup, of_members_that_come_twice_the_last_counts) {
  GeminiDecoder decoder;
  const proto::Setup setup =
      decoded(decoder, R"({"setup":{"model":"models/a","model":"models/b","labels":{}}})");
  EXPECT_EQ(setup.model, "models/b");
  EXPECT_EQ(encoded(setup), R"({"setup":{"model":"models/b","labels":{}}})");
}

TEST(GeminiSetup, whose_document_is_not_an_object_is_the_callers_fault) {
  proto::Setup setup;
  setup.document = "[]";
  EXPECT_THROW(encoded(setup), CheckFailed);
}

}  // namespace
}  // namespace livegate::proto
