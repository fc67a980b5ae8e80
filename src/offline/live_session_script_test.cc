#include <gmock/gmock.h>

#include "offline/live_session_fixture.h"

namespace livegate::offline {
namespace {

using testing::ElementsAre;

LiveSessionOptions scripted(const std::string& toml) {
  LiveSessionOptions options{.id = 1};
  auto read = read_scenario(toml, "a.toml");
  EXPECT_TRUE(read);
  if (read) options.settings.scenario = std::make_shared<Scenario>(std::move(*read));
  return options;
}

TEST(LiveSessionScript, a_fitting_answer_is_given_and_everything_else_is_the_assistants) {
  Conversation talk(scripted("[[answer]]\nto='weather'\nsay='Sunny as ever.'\n"));
  talk.connects();
  talk.types("what about the weather");
  ASSERT_EQ(talk.speeches.size(), 1u);
  EXPECT_EQ(talk.speeches[0].text, "Sunny as ever.");
  talk.passes(5s);
  talk.types("hello");
  ASSERT_EQ(talk.speeches.size(), 2u);
  EXPECT_NE(talk.speeches[1].text, "Sunny as ever.");
}

TEST(LiveSessionScript, speech_that_nobody_understands_gets_the_next_answer_and_its_transcript) {
  Conversation talk(scripted("[[answer]]\nheard='so to say'\nsay='One.'\n"));
  talk.connects(R"("inputAudioTranscription":{})");
  talk.says_something();
  talk.recogniser_refuses();
  EXPECT_EQ(talk.joined("input"), "so to say");
  EXPECT_EQ(talk.speeches.back().text, "One.");
}

TEST(LiveSessionScript, calls_are_made_as_written_and_spoken_of_once_answered) {
  Conversation talk(scripted(
      "[[answer]]\nto='dim'\ncalls=[{name='dimmer',args={level=30}}]\nthen_say='Dimmed.'\n"));
  talk.connects();
  talk.types("please dim it");
  ASSERT_EQ(talk.count("toolCall"), 1u);
  EXPECT_NE(talk.raw.back().find("\"dimmer\""), std::string::npos);
  EXPECT_TRUE(talk.speeches.empty());
  talk.answers_call(talk.last("toolCall").text);
  ASSERT_EQ(talk.speeches.size(), 1u);
  EXPECT_EQ(talk.speeches[0].text, "Dimmed.");
}

TEST(LiveSessionScript, silence_delay_and_fault_are_as_ordered) {
  Conversation talk(scripted(
      "[[answer]]\nsilence='2s'\nsay='Late.'\ndelay='3s'\n[[answer]]\nfault='empty-turn'\n"));
  talk.connects();
  talk.types("hello");
  talk.passes(2999ms);
  EXPECT_EQ(talk.count("audio"), 0u);
  talk.passes(10s);
  EXPECT_EQ(talk.audio_samples(), 3u * 24000u);  // two of silence, one of words
  talk.forget();
  talk.types("hello");
  talk.passes(1s);
  EXPECT_THAT(talk.story(), ElementsAre("turnComplete"));
}

TEST(LiveSessionScript, a_resumed_conversation_goes_on_in_its_scenario) {
  HandleStore handles;
  Conversation first(scripted("[[answer]]\nsay='One.'\n[[answer]]\nsay='Two.'\n"), handles);
  first.connects(R"("sessionResumption":{})");
  first.types("hello");
  first.passes(5s);
  const std::string handle = first.last("handle").text;
  first.leaves();
  Conversation second(handles, 2, first.now);
  second.connects(R"("sessionResumption":{"handle":")" + handle + R"("})");
  second.types("hello");
  EXPECT_EQ(second.speeches.back().text, "Two.");
}

}  // namespace
}  // namespace livegate::offline
