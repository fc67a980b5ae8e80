#include "assistant/brain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "assistant/brain_test_home.h"

namespace livegate::assistant {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr const char* kLight =
    R"({"name":"set_light","parameters":{"type":"object","properties":{
        "room":{"type":"string"},"on":{"type":"boolean"},"brightness":{"type":"integer"}},
        "required":["room"]}})";

TEST(Brain, answers_small_questions_without_a_tool) {
  TestHome home("");
  EXPECT_EQ(home.hears("What time is it?"), "\"It is three oh four in the afternoon.\"");
  EXPECT_EQ(home.hears("what day is it"), "\"Today is Saturday, November 22.\"");
  EXPECT_THAT(home.hears("count to ten"), HasSubstr("nine, ten."));
  EXPECT_THAT(home.hears("who are you"), HasSubstr("offline assistant"));
  EXPECT_THAT(home.hears("hello there"), HasSubstr("Hello"));
}

TEST(Brain, a_story_is_long_enough_to_cut_into) {
  TestHome home("");
  const std::string story = home.hears("tell me a story");
  // Fifteen to twenty seconds at some 15 letters a second.
  EXPECT_GT(story.size(), 225U);
  EXPECT_LT(story.size(), 330U);
}

TEST(Brain, says_honestly_that_no_tool_was_declared) {
  auto brain = Brain::make("", any_word);
  ASSERT_TRUE(brain);
  const Reply reply = brain->on_words("turn on the kitchen lights");
  EXPECT_THAT(reply.calls, IsEmpty());
  EXPECT_THAT(reply.speech, HasSubstr("No tool for the lights was declared"));
  EXPECT_THAT(brain->on_words("set the heating to twenty degrees").speech,
              HasSubstr("No tool for the heating"));
}

TEST(Brain, refuses_with_examples_that_the_tools_really_do) {
  TestHome home(kLight);
  EXPECT_EQ(
      home.brain().on_not_understood().speech,
      "I did not understand that. I can only do a few things. Say, for example: dim the living "
      "room lights, turn on the living room lights, or turn off the living room lights.");
  EXPECT_THAT(home.brain().on_words("dim the living room lights").calls, SizeIs(1));
  EXPECT_TRUE(home.refuses("set the thermostat to twenty degrees"));
}

TEST(Brain, refuses_what_only_sounds_like_a_command) {
  TestHome home(kLight);
  for (const char* const line :
       {"", "?", "the kitchen light is broken", "turn the page", "lights", "kitchen", "turn on",
        "they dimmed the lights before the film began", "turn on the lights in the", "dim dim dim",
        "set the kitchen lights to lots of percent"}) {
    EXPECT_TRUE(home.refuses(line)) << line;
  }
}

TEST(Brain, a_line_without_end_is_refused_at_once) {
  TestHome home(kLight);
  std::string line = "turn on";
  for (int i = 0; i < 100000; ++i) line += " the";
  EXPECT_TRUE(home.refuses(line));
}

TEST(Brain, case_punctuation_and_politeness_do_not_matter) {
  TestHome home(kLight);
  const std::string call = R"(set_light {"room":"kitchen","on":true})";
  EXPECT_EQ(home.hears("TURN ON THE KITCHEN LIGHTS!"), call);
  EXPECT_EQ(home.hears("Hey, could you please turn on the kitchen lights?"), call);
  EXPECT_EQ(home.hears("okay turn on the kitchen lights now"), call);
}

TEST(Brain, says_what_was_done_when_the_tools_have_answered) {
  TestHome home(kLight);
  const Reply reply = home.brain().on_words("dim the living room lights");
  EXPECT_THAT(reply.speech, IsEmpty());
  EXPECT_EQ(home.brain().on_tool_results(reply.calls, {R"({"ok":true})"}).speech,
            "Dimming the living room lights.");
}

TEST(Brain, says_what_went_wrong) {
  TestHome home(kLight);
  const auto after = [&](const char* response) {
    const Reply reply = home.brain().on_words("dim the living room lights");
    return home.brain().on_tool_results(reply.calls, {response}).speech;
  };
  EXPECT_EQ(after(R"({"error":"the bridge is offline"})"),
            "That did not work: the bridge is offline.");
  EXPECT_EQ(after(R"({"error":{"code":3,"message":"no such room"}})"),
            "That did not work: no such room.");
  EXPECT_EQ(after(R"({"success":false})"), "That did not work.");
  EXPECT_EQ(after(R"({"status":"error","message":"busy"})"), "That did not work: busy.");
  EXPECT_EQ(after("not json"), "Dimming the living room lights.");
  EXPECT_EQ(after(R"({"error":null,"result":"ok"})"), "Dimming the living room lights.");
}

TEST(Brain, a_copy_goes_on_where_the_original_was) {
  TestHome home(kLight);
  const Reply reply = home.brain().on_words("turn on the hall lights");
  Brain copy = home.brain();
  EXPECT_EQ(copy.on_tool_results(reply.calls, {"{}"}).speech, "Turning on the hall lights.");
  ASSERT_THAT(copy.on_words("turn it off").calls, SizeIs(1));
}

TEST(Brain, a_picture_is_acknowledged_once) {
  TestHome home("");
  EXPECT_THAT(home.brain().on_picture(640, 480).speech, HasSubstr("640 by 480"));
  EXPECT_THAT(home.brain().on_picture(640, 480).speech, IsEmpty());
}

TEST(Brain, names_the_declaration_that_cannot_be_read) {
  const auto problem = [](const char* tools) { return Brain::make(tools, any_word).error(); };
  EXPECT_EQ(problem("[{"), "The tools are not JSON.");
  EXPECT_EQ(problem(R"([{"functionDeclarations":[{"description":"x"}]}])"),
            "A function declaration has no name.");
  EXPECT_EQ(problem(R"([{"functionDeclarations":[{"name":"f","parameters":3}]}])"),
            "The parameters of \"f\" are not an object.");
  EXPECT_EQ(problem(R"([{"functionDeclarations":7}])"), "functionDeclarations is not an array.");
  EXPECT_THAT(problem(R"([{"name":"f","parameters":{"properties":{"a":1}}}])"),
              StartsWith("The parameter \"a\" of \"f\""));
}

TEST(Brain, other_kinds_of_tools_are_passed_over) {
  EXPECT_TRUE(Brain::make(R"([{"googleSearch":{}},{"codeExecution":{}}])", any_word));
  EXPECT_TRUE(Brain::make("[]", any_word));
}

}  // namespace
}  // namespace livegate::assistant
