#include "proto/model_profile.h"

#include <gtest/gtest.h>

#include "base/limits.h"
#include "base/padded_text.h"

namespace livegate::proto {
namespace {

Setup setup_of(const std::string& members) {
  GeminiDecoder decoder;
  ClientMessage out;
  const PaddedString message(R"({"setup":{)" + members + "}}");
  const auto decoded = decoder.decode_client(message.text(), out);
  EXPECT_TRUE(decoded) << (decoded ? "" : decoded.error().reason);
  return out.setup;
}

std::string refusal_of(const std::string& members) {
  const Setup setup = setup_of(members);
  const auto refused = check_setup(setup, profile_of(setup.model));
  if (!refused) return "";
  EXPECT_EQ(refused->close_code, 1007);
  EXPECT_LE(refused->reason.size(), limits::kCloseReasonBytesMax);
  return refused->reason;
}

std::string for_model(const std::string& id, const std::string& members) {
  return R"("model":"models/)" + id + "\"," + members;
}

TEST(ModelProfile, a_name_is_found_with_and_without_its_folders_and_by_its_family) {
  const ModelProfile* const live = find_model_profile("models/gemini-3.8-live");
  ASSERT_NE(live, nullptr);
  EXPECT_EQ(find_model_profile("gemini-3.8-live"), live);
  EXPECT_EQ(find_model_profile("projects/p/locations/l/publishers/google/models/gemini-3.8-live"),
            live);
  const ModelProfile* const native =
      find_model_profile("models/gemini-2.5-flash-native-audio-latest");
  ASSERT_NE(native, nullptr);
  EXPECT_EQ(find_model_profile("gemini-2.5-flash-native-audio-preview-12-2025"), native);
  EXPECT_EQ(find_model_profile("models/gemini-3.8-live-2"), nullptr);
  EXPECT_EQ(find_model_profile("models/somebody-elses"), nullptr);
  EXPECT_EQ(find_model_profile(""), nullptr);
}

TEST(ModelProfile, text_from_a_native_audio_model_is_refused_in_its_own_words) {
  const std::string text = R"("generationConfig":{"responseModalities":["TEXT"]})";
  EXPECT_EQ(refusal_of(for_model("gemini-3.8-live", text)),
            "The requested combination of response modalities (TEXT) is not supported by the "
            "model: ask for [\"AUDIO\"].");
  EXPECT_EQ(refusal_of(for_model("gemini-2.5-flash-native-audio-latest", text)),
            "Cannot extract voices from a non-audio request: ask for [\"AUDIO\"].");
  EXPECT_EQ(refusal_of(for_model("gemini-3.5-transcribe-live", text)), "");
  EXPECT_EQ(refusal_of(for_model("gemini-3.8-live",
                                 R"("generationConfig":{"responseModalities":["AUDIO"]})")),
            "");
}

TEST(ModelProfile, what_a_model_is_known_to_refuse_is_refused_with_what_it_takes) {
  EXPECT_EQ(
      refusal_of(for_model("gemini-3.8-live-extended-thinking",
                           R"("generationConfig":{"thinkingConfig":{"thinkingLevel":"MINIMAL"}})")),
      "thinkingLevel MINIMAL is not supported by gemini-3.8-live-extended-thinking: use LOW, "
      "MEDIUM or HIGH.");
  EXPECT_EQ(refusal_of(for_model("gemini-3.8-live", R"("proactivity":{"proactive_audio":false})")),
            "proactivity.proactiveAudio is always on for gemini-3.8-live: leave it out.");
  EXPECT_EQ(refusal_of(for_model("gemini-3.1-flash-live-preview",
                                 R"("generationConfig":{"enableAffectiveDialog":true})")),
            "enableAffectiveDialog is not supported by gemini-3.1-flash-live-preview: leave it "
            "out.");
  EXPECT_EQ(refusal_of(for_model(
                "gemini-3.8-live-extended-thinking",
                R"("tools":[{"functionDeclarations":[{"name":"f","behavior":"BLOCKING"}]}])")),
            "behavior BLOCKING is not supported by gemini-3.8-live-extended-thinking: use "
            "NON_BLOCKING in f.");
}

TEST(ModelProfile, what_one_model_refuses_another_takes) {
  EXPECT_EQ(refusal_of(for_model("gemini-3.1-flash-live-preview",
                                 R"("generationConfig":{"thinkingConfig":{"thinkingLevel":1}})")),
            "");
  EXPECT_EQ(refusal_of(for_model("gemini-2.5-flash-native-audio-latest",
                                 R"("proactivity":{"proactiveAudio":false},)"
                                 R"("generationConfig":{"enableAffectiveDialog":true})")),
            "");
  EXPECT_EQ(refusal_of(for_model(
                "gemini-3.8-live",
                R"("tools":[{"functionDeclarations":[{"name":"f","behavior":"BLOCKING"}]}])")),
            "");
}

TEST(ModelProfile, live_translate_takes_no_tools_and_no_turns) {
  EXPECT_EQ(refusal_of(for_model("gemini-3.5-live-translate-preview",
                                 R"("tools":[{"functionDeclarations":[{"name":"f"}]}])")),
            "tools are not supported by gemini-3.5-live-translate-preview: leave them out.");
  EXPECT_FALSE(profile_of("models/gemini-3.5-live-translate-preview").turns);
}

TEST(ModelProfile, a_setting_that_closes_the_connection_is_left_out_where_the_model_refuses_it) {
  const std::string members =
      R"("generationConfig":{"temperature":1,"thinkingConfig":{"thinkingLevel":"LOW"}})";
  proto::Setup live = setup_of(for_model("gemini-3.8-live", members));
  EXPECT_EQ(mend_setup(live, profile_of(live.model)),
            std::vector<std::string>{"generationConfig.thinkingConfig"});
  EXPECT_EQ(live.document.find("thinkingConfig"), std::string::npos);
  EXPECT_NE(live.document.find(R"("temperature":1)"), std::string::npos);
  for (const std::string id : {"gemini-3.8-live-extended-thinking", "not-seen-yet"}) {
    proto::Setup other = setup_of(for_model(id, members));
    EXPECT_TRUE(mend_setup(other, profile_of(other.model)).empty()) << id;
    EXPECT_NE(other.document.find("thinkingConfig"), std::string::npos) << id;
  }
}

TEST(ModelProfile, which_calls_stop_the_model_depends_on_model_and_declaration) {
  const std::string tools =
      R"([{"googleSearch":{}},{"functionDeclarations":[{"name":"plain"},)"
      R"({"name":"stops","behavior":"BLOCKING"},{"behavior":"NON_BLOCKING","name":"runs"}]}])";
  const auto names = [&](std::string_view model) {
    return blocking_functions(tools, profile_of(model));
  };
  using Names = std::vector<std::string>;
  EXPECT_EQ(names("gemini-3.8-live"), Names{"stops"});
  EXPECT_EQ(names("gemini-3.8-live-extended-thinking"), Names{});
  EXPECT_EQ(names("gemini-3.1-flash-live-preview"), (Names{"plain", "stops", "runs"}));
  EXPECT_EQ(names("gemini-2.5-flash-native-audio-latest"), (Names{"plain", "stops"}));
  EXPECT_EQ(names("models/unknown"), Names{"stops"});
  EXPECT_EQ(blocking_functions("", profile_of("gemini-3.1-flash-live-preview")), Names{});
}

}  // namespace
}  // namespace livegate::proto
