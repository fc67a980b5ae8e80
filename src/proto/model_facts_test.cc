#include "proto/model_facts.h"

#include <array>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace livegate::proto {
namespace {

using testing::HasSubstr;

TEST(ModelFacts, every_fact_is_printed_as_it_can_be_set) {
  for (const ModelProfile& profile : model_profiles()) {
    for (const ModelFact& fact : model_facts()) {
      std::string value = fact_value(profile, fact.name);
      ASSERT_FALSE(value.empty()) << fact.name;
      std::erase(value, '"');
      ModelProfile copy;
      ASSERT_TRUE(set_fact(copy, fact.name, value)) << fact.name << " = " << value;
      EXPECT_EQ(fact_value(copy, fact.name), fact_value(profile, fact.name)) << fact.name;
    }
  }
}

TEST(ModelFacts, every_fact_says_what_it_means_and_where_it_comes_from) {
  for (const ModelFact& fact : model_facts()) {
    EXPECT_FALSE(fact.meaning.empty()) << fact.name;
    EXPECT_FALSE(fact.source.empty()) << fact.name;
    EXPECT_FALSE(fact.allowed.empty()) << fact.name;
  }
}

TEST(ModelFacts, a_wrong_value_is_refused_with_what_is_allowed) {
  ModelProfile profile;
  EXPECT_THAT(set_fact(profile, "stream_end_ends_turn", "yes").error(),
              HasSubstr("it must be true or false"));
  EXPECT_THAT(set_fact(profile, "starvation_ms", "-1").error(), HasSubstr("0 to 60000"));
  EXPECT_THAT(set_fact(profile, "starvation_ms", "60001").error(), HasSubstr("0 to 60000"));
  EXPECT_THAT(set_fact(profile, "pace", "slow").error(), HasSubstr("burst or real_time"));
  EXPECT_THAT(set_fact(profile, "steam_end", "true").error(), HasSubstr("stream_end_ends_turn"));
}

TEST(ModelFacts, an_override_is_for_its_model_or_its_family_and_for_no_other) {
  const std::array overrides = {
      FactOverride{"gemini-3.8-live", "stream_end_ends_turn", "true"},
      FactOverride{"gemini-2.5-flash-native-audio-*", "turn_silence_ms", "700"},
      FactOverride{"somebody-elses", "takes_video", "false"}};
  EXPECT_TRUE(profile_of("models/gemini-3.8-live", overrides).stream_end_ends_turn);
  EXPECT_FALSE(
      profile_of("models/gemini-3.8-live-extended-thinking", overrides).stream_end_ends_turn);
  EXPECT_EQ(profile_of("gemini-2.5-flash-native-audio-latest", overrides).turn_silence, 700ms);
  EXPECT_FALSE(profile_of("models/somebody-elses", overrides).takes_video);
}

TEST(ModelFacts, an_unknown_model_gets_the_cautious_value_of_each) {
  const ModelProfile unknown = profile_of("models/not-seen-yet");
  EXPECT_FALSE(unknown.known());
  EXPECT_FALSE(unknown.stream_end_ends_turn);
  EXPECT_EQ(unknown.pace, Pace::real_time);
  for (const ModelProfile& profile : model_profiles()) {
    EXPECT_GE(unknown.starvation, profile.starvation) << profile.id;
    EXPECT_GE(unknown.first_audio_patience, profile.first_audio_patience) << profile.id;
    EXPECT_GE(unknown.turn_silence, profile.turn_silence) << profile.id;
  }
}

}  // namespace
}  // namespace livegate::proto
