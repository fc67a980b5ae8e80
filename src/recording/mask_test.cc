#include "recording/mask.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace livegate::recording {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string masked(const Mask& mask, std::string_view json) {
  std::string out;
  mask.append(out, json);
  return out;
}

const std::string kLine = R"({"type":"text","text":"my pin is \"four\" caf\u00e9 )"
                          "\xc3\xa9\xe2\x82\xac"
                          R"(","id":"c1"})";

TEST(Mask, words_go_and_kinds_stay) {
  const std::string out = masked(Mask::for_log(false, 7), kLine);
  EXPECT_EQ(out.size(), kLine.size());
  EXPECT_THAT(out, HasSubstr(R"({"type":"text","text":")"));
  EXPECT_THAT(out, HasSubstr(R"("id":"c1"})"));
  EXPECT_THAT(out, HasSubstr(R"(\")"));
  EXPECT_THAT(out, Not(HasSubstr("pin")));
  EXPECT_THAT(out, Not(HasSubstr("00e9")));
}

TEST(Mask, speech_that_may_be_kept_is_kept_but_secrets_never_are) {
  EXPECT_EQ(masked(Mask::for_log(true, 7), kLine), kLine);
  const std::string update =
      R"({"sessionResumptionUpdate": {"newHandle": "b0a5-handle", "resumable": true}})";
  const std::string out = masked(Mask::for_log(true, 7), update);
  EXPECT_EQ(out.size(), update.size());
  EXPECT_THAT(out, Not(HasSubstr("b0a5")));
  EXPECT_EQ(out, masked(Mask::for_log(true, 7), update)) << "the same handle has the same name";
  EXPECT_NE(out, masked(Mask::for_log(true, 8), update)) << "in this recording only";
}

TEST(Mask, a_recording_and_what_it_was_made_of_compare_equal) {
  for (const bool speech : {false, true}) {
    for (const std::string& json :
         {kLine, std::string(R"({"data":"QUJD==","args":{"room":"a=b","n":3},"handle":"h"})"),
          std::string(R"(not json "at all)"), std::string("\"\\")}) {
      const std::string recorded = masked(Mask::for_log(speech, 99), json);
      EXPECT_EQ(recorded.size(), json.size());
      const Mask hash = Mask::for_hash(speech);
      EXPECT_EQ(masked(hash, recorded), masked(hash, json)) << json;
    }
  }
}

TEST(Mask, what_an_application_puts_into_a_message_is_no_kind_of_it) {
  for (const std::string& json :
       {std::string(R"({"toolCall":{"functionCalls":[{"name":"dim","id":"c1","args":)") +
            R"({"name":"good","code":"good","type":"good","list":[{"role":"good"}]}}]}})",
        std::string(
            R"({"toolResponse":{"functionResponses":[{"id":"c1","name":"dim","response":)") +
            R"({"id":"good","model":["good"],"scheduling":"good"}}]}})",
        std::string(R"({"type":"tool_result","id":"c1","result":"good"})"),
        std::string(R"({"setup":{"tools":[{"functionDeclarations":[{"name":"dim","parameters":)") +
            R"({"type":"good","properties":{"name":{"type":"good"}}}}]}]}})",
        std::string(
            R"({"serverContent":{"modelTurn":{"parts":[{"executableCode":{"code":"good"}}]},)") +
            R"("groundingMetadata":{"name":"good"}}})",
        std::string(R"({"setup":{"labels":{"name":"good"}}})")}) {
    const std::string out = masked(Mask::for_log(false, 7), json);
    EXPECT_EQ(out.size(), json.size());
    EXPECT_THAT(out, Not(HasSubstr("good"))) << json;
    EXPECT_EQ(out.find(R"("dim")"), json.find(R"("dim")"));
  }
}

TEST(Mask, enums_and_quoted_numbers_stay_in_both_spellings) {
  for (const std::string json :
       {R"({"setup":{"generationConfig":{"responseModalities":["AUDIO"],"topP":"0.5"}}})",
        R"({"setup":{"generation_config":{"response_modalities":["AUDIO"],"top_p":"0.5"}}})",
        R"({"setup":{"realtime_input_config":{"turn_coverage":"TURN_INCLUDES_ALL_INPUT"}}})",
        R"({"setup":{"context_window_compression":{"trigger_tokens":"25600"}}})",
        R"({"toolResponse":{"functionResponses":[{"response":{"scheduling":"SILENT"}}]}})"}) {
    EXPECT_EQ(masked(Mask::for_log(false, 7), json), json);
  }
}

TEST(Mask, a_secret_is_one_however_it_and_its_key_are_spelled) {
  for (const bool speech : {false, true}) {
    const Mask mask = Mask::for_log(speech, 7);
    const std::string plain = masked(mask, R"({"handle":"top/1ecret"})");
    EXPECT_THAT(plain, Not(HasSubstr("ecret")));
    const std::string name = plain.substr(plain.find('/') + 1, 6);
    for (const char* json : {R"({"hand\u006ce":"top\/1ecret"})", R"({"new_handle":["top/1ecret"]})",
                             R"({"access_token":"top\/1ecret"})", R"("token": "top/1ecret")",
                             R"({"resume":{"x":"top/1ecret"}})"}) {
      EXPECT_THAT(masked(mask, json), HasSubstr(name))
          << "the same secret, the same name: " << json;
    }
    EXPECT_THAT(masked(mask, R"({"handle":topsecret})"), Not(HasSubstr("ecret")));
    EXPECT_THAT(masked(mask, R"({"handle":12345})"), Not(HasSubstr("345")));
  }
}

}  // namespace
}  // namespace livegate::recording
