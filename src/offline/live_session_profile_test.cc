// Each model's habits, and tokens that pin them, in simulated time.
#include <gmock/gmock.h>

#include "offline/live_session_fixture.h"

namespace livegate::offline {
namespace {

using testing::ElementsAre;

LiveSessionOptions served() {
  LiveSessionOptions options{.id = 1};
  for (const auto& profile : proto::model_profiles()) options.settings.models.push_back(profile);
  return options;
}

std::string setup(std::string_view model, std::string_view settings = "") {
  return R"({"setup":{"model":"models/)" + std::string(model) + "\"" +
         (settings.empty() ? "" : ",") + std::string(settings) + "}}";
}
const std::string kTools = R"("tools":)" + std::string(kLightTool);
constexpr std::string_view k38 = "gemini-3.8-live";
constexpr std::string_view kThinking = "gemini-3.8-live-extended-thinking";
constexpr std::string_view k31 = "gemini-3.1-flash-live-preview";
constexpr std::string_view k25 = "gemini-2.5-flash-native-audio-latest";

std::vector<std::string> without_keep_alives(const Conversation& talk) {
  std::vector<Fact> facts = talk.facts;
  std::erase_if(facts, [](const Fact& fact) { return fact.what == "nothing"; });
  return story_of(facts);
}

TEST(LiveSessionProfile, row_28_turn_complete_comes_when_all_that_was_sent_has_been_heard) {
  Conversation talk(served());
  talk.sends(setup(k38));
  talk.speech_length = 10s;
  talk.types("hello");
  talk.passes(20s);
  Instant first{};
  for (const Fact& fact : talk.facts) {
    if (fact.what == "audio" && first == Instant{}) first = fact.at;
  }
  EXPECT_LE(elapsed(first, talk.last("generationComplete").at), 3s);
  EXPECT_EQ(elapsed(first, talk.last("turnComplete").at), 10s);
}

TEST(LiveSessionProfile, row_37_a_call_of_3_8_ends_its_turn_and_the_reaction_is_another) {
  Conversation talk(served());
  talk.sends(setup(k38, kTools + R"(,"sessionResumption":{})"));
  talk.types("turn on the kitchen light");
  talk.passes(5s);
  EXPECT_THAT(without_keep_alives(talk),
              ElementsAre("setupComplete", "handle", "notResumable", "toolCall",
                          "generationComplete", "turnComplete"));
  const std::string id = talk.last("toolCall").text;
  talk.forget();
  talk.answers_call(id);
  talk.passes(5s);
  EXPECT_THAT(without_keep_alives(talk),
              ElementsAre("notResumable", "audio", "generationComplete", "turnComplete", "handle"));
}

TEST(LiveSessionProfile, a_reaction_waits_while_somebody_speaks) {
  Conversation talk(served());
  talk.sends(setup(k38, kTools));
  talk.types("turn on the kitchen light");
  talk.passes(1s);
  talk.speaks(500ms);
  talk.answers_call(talk.last("toolCall").text);
  talk.speaks(500ms);
  EXPECT_EQ(talk.count("audio"), 0u);
  talk.is_quiet(1s);
  talk.recogniser_refuses();
  talk.passes(10s);
  EXPECT_GE(talk.count("turnComplete"), 2u);
}

TEST(LiveSessionProfile, on_3_1_the_past_is_told_first_and_typed_lines_follow) {
  Conversation talk(served());
  talk.sends(setup(k31, R"("historyConfig":{"initialHistoryInClientContent":true})"));
  talk.types("hello");
  talk.passes(5s);
  EXPECT_THAT(talk.story(), ElementsAre("setupComplete"));
  talk.sends(R"({"realtimeInput":{"text":"hello"}})");
  talk.passes(5s);
  EXPECT_EQ(talk.count("turnComplete"), 1u);
  talk.types("hello");
  ASSERT_TRUE(talk.closed);
  EXPECT_EQ(talk.closed->code, 1007);
}

TEST(LiveSessionProfile, fields_of_the_alpha_version_are_unknown_to_the_others) {
  Conversation beta(served());
  beta.sends(setup(k25, R"("proactivity":{"proactiveAudio":true})"));
  ASSERT_TRUE(beta.closed);
  EXPECT_EQ(beta.closed->reason,
            "Invalid JSON payload received. Unknown name \"proactivity\" at 'setup': Cannot find "
            "field.");
  LiveSessionOptions options = served();
  options.api_version = "v1alpha";
  Conversation alpha(options);
  alpha.sends(setup(k25, R"("proactivity":{"proactiveAudio":true})"));
  EXPECT_FALSE(alpha.closed);
}

TEST(LiveSessionProfile, what_clients_may_not_put_into_content_closes_1007) {
  for (const char* part : {R"({"inlineData":{"mimeType":"audio/pcm","data":""}})",
                           R"({"functionResponse":{"name":"f","response":{}}})"}) {
    Conversation talk(served());
    talk.sends(setup(k38));
    talk.sends(R"({"clientContent":{"turns":[{"role":"user","parts":[)" + std::string(part) +
               R"(]}],"turnComplete":true}})");
    ASSERT_TRUE(talk.closed) << part;
    EXPECT_EQ(talk.closed->code, 1007);
  }
}

TEST(LiveSessionProfile, only_3_1_refuses_the_older_spelling_of_media) {
  const std::string_view chunks =
      R"({"realtimeInput":{"mediaChunks":[{"mimeType":"audio/pcm;rate=16000","data":"AAAAAAAA"}]}})";
  for (const std::string_view model : {k38, k31, k25}) {
    Conversation talk(served());
    talk.sends(setup(model));
    talk.sends(chunks);
    EXPECT_EQ(talk.closed.has_value(), model == k31) << model;
  }
}

TEST(LiveSessionProfile, an_unknown_model_is_refused_where_models_are_served) {
  Conversation talk(served());
  talk.sends(setup("nobody"));
  ASSERT_TRUE(talk.closed);
  EXPECT_EQ(talk.closed->code, 1008);
}

TEST(LiveSessionProfile, rows_48_and_49_a_token_is_used_up_and_expires) {
  AuthTokenStore tokens;
  ASSERT_TRUE(tokens.create({}, "auth_tokens/a", Instant{1h}, WallTime{}));
  LiveSessionOptions options = served();
  options.token = tokens.find("auth_tokens/a");
  Conversation first(options);
  first.sends(setup(k38));
  EXPECT_EQ(first.count("setupComplete"), 1u);
  Conversation second(options);
  second.sends(setup(k38));
  ASSERT_TRUE(second.closed);
  EXPECT_EQ(second.closed->reason, "Token has been used too many times");
  first.passes(30min - 1ms);
  EXPECT_FALSE(first.closed);
  first.passes(1ms);
  ASSERT_TRUE(first.closed);
  EXPECT_EQ(first.closed->code, 1011);
  EXPECT_EQ(first.closed->reason, "auth token has expired");
}

}  // namespace
}  // namespace livegate::offline
