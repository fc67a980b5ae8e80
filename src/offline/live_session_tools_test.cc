// Tools: calls, their answers and cancellations, and a change of tools on the way. Rows are those
// of the conformance table in docs/wire-gemini.md.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "offline/live_session_fixture.h"

namespace livegate::offline {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(LiveTools, row_32_a_call_has_an_id_and_the_turn_goes_on_with_its_response) {
  Conversation client;
  client.connects_with_light();
  client.types("turn on the kitchen light");
  client.passes(5s);
  EXPECT_THAT(client.story(), ElementsAre("setupComplete", "toolCall"));
  const std::string id = client.last("toolCall").text;
  EXPECT_FALSE(id.empty());
  EXPECT_THAT(client.raw.back(), HasSubstr("set_light"));
  client.answers_call(id);
  client.passes(5s);
  EXPECT_THAT(client.story(), ElementsAre("setupComplete", "toolCall", "audio",
                                          "generationComplete", "turnComplete"));
}

TEST(LiveTools, row_32_of_several_calls_all_are_awaited) {
  Conversation client;
  client.connects_with_light();
  client.types("turn on all the lights");
  const auto ids = ids_of(client.facts, "toolCall");
  ASSERT_EQ(ids.size(), 2u);
  client.answers_call(ids[1]);
  client.passes(5s);
  EXPECT_THAT(client.speeches, IsEmpty());
  client.answers_call(ids[0]);
  EXPECT_EQ(client.speeches.size(), 1u);
}

TEST(LiveTools, row_32_call_ids_are_never_used_twice) {
  Conversation client;
  client.connects_with_light();
  client.types("turn on the kitchen light");
  const std::string first = client.last("toolCall").text;
  client.answers_call(first);
  client.passes(5s);
  client.types("turn on the kitchen light");
  EXPECT_NE(client.last("toolCall").text, first);
}

TEST(LiveTools, row_33_a_response_without_an_id_is_refused) {
  Conversation client;
  client.connects_with_light();
  client.types("turn on the kitchen light");
  client.sends(R"({"toolResponse":{"functionResponses":[{"name":"set_light","response":{}}]}})");
  ASSERT_TRUE(client.closed);
  EXPECT_EQ(client.closed->code, 1007);
}

TEST(LiveTools, a_response_to_a_call_that_was_never_made_is_ignored) {
  Conversation client;
  client.connects_with_light();
  client.answers_call("function-call-1");
  client.types("turn on the kitchen light");
  client.answers_call("function-call-1");
  client.passes(5s);
  EXPECT_FALSE(client.closed);
  EXPECT_THAT(client.story(), ElementsAre("setupComplete", "toolCall"));
}

TEST(LiveTools, row_35_speech_cancels_exactly_the_open_calls_and_late_responses_are_ignored) {
  Conversation client;
  client.connects_with_light();
  client.types("turn on the kitchen light");
  const std::string id = client.last("toolCall").text;
  client.forget();
  client.speaks(500ms);
  EXPECT_THAT(client.story(), ElementsAre("interrupted", "cancelled", "turnComplete"));
  EXPECT_EQ(client.count("cancelled"), 1u);
  EXPECT_EQ(client.last("cancelled").text, id);
  client.forget();
  client.answers_call(id);
  client.passes(5s);
  EXPECT_THAT(client.story(), IsEmpty());
}

TEST(LiveTools, row_35_an_answered_call_is_not_cancelled) {
  Conversation client;
  client.connects_with_light();
  client.types("turn on the kitchen light");
  client.answers_call(client.last("toolCall").text);
  client.forget();
  client.speaks(500ms);
  EXPECT_EQ(client.count("interrupted"), 1u);
  EXPECT_EQ(client.count("cancelled"), 0u);
}

TEST(LiveTools, row_35_of_several_calls_only_the_unanswered_ones_are_cancelled) {
  Conversation client;
  client.connects_with_light();
  client.types("turn on all the lights");
  const auto ids = ids_of(client.facts, "toolCall");
  ASSERT_EQ(ids.size(), 2u);
  client.answers_call(ids[0]);
  client.speaks(500ms);
  EXPECT_THAT(ids_of(client.facts, "cancelled"), ElementsAre(ids[1]));
}

TEST(LiveTools, row_36_of_several_responses_one_that_is_not_silent_is_enough_to_speak) {
  Conversation client;
  client.connects_with_light();
  client.types("turn on all the lights");
  const auto ids = ids_of(client.facts, "toolCall");
  ASSERT_EQ(ids.size(), 2u);
  client.answers_call(ids[0], R"({"result":"ok"})", "SILENT");
  client.answers_call(ids[1]);
  EXPECT_EQ(client.speeches.size(), 1u);
}

TEST(LiveTools, row_36_a_silent_response_is_not_spoken_about) {
  Conversation client;
  client.connects_with_light();
  client.types("turn on the kitchen light");
  client.answers_call(client.last("toolCall").text, R"({"result":"ok"})", "SILENT");
  client.passes(5s);
  EXPECT_EQ(client.audio_samples(), 0u);
  EXPECT_THAT(client.story(),
              ElementsAre("setupComplete", "toolCall", "generationComplete", "turnComplete"));
}

TEST(LiveTools, row_38_a_context_update_clears_the_tools_without_interrupting) {
  Conversation client;
  client.connects_with_light();
  client.types("hello");
  client.forget();
  client.sends(R"({"contextUpdate":{"tools":{"tools":[]}}})");
  EXPECT_EQ(client.count("interrupted"), 0u);
  client.passes(5s);
  EXPECT_EQ(client.grammars.size(), 2u);
  client.types("turn on the kitchen light");
  client.passes(5s);
  EXPECT_EQ(client.count("toolCall"), 0u);
  EXPECT_EQ(client.count("turnComplete"), 2u);
}

TEST(LiveTools, row_38_an_open_call_is_finished_with_the_tools_it_was_made_with) {
  Conversation client;
  client.connects_with_light();
  client.types("turn on the kitchen light");
  client.sends(R"({"contextUpdate":{"tools":{"tools":[]}}})");
  EXPECT_EQ(client.grammars.size(), 1u);
  client.answers_call(client.last("toolCall").text);
  client.passes(5s);
  EXPECT_EQ(client.grammars.size(), 2u);
  EXPECT_THAT(client.speeches[0].text, HasSubstr("kitchen"));
}

TEST(LiveTools, a_context_update_of_the_instruction_alone_keeps_the_tools) {
  Conversation client;
  client.connects_with_light();
  client.sends(R"({"contextUpdate":{"systemInstruction":{"parts":[{"text":"Be brief."}]}}})");
  client.types("turn on the kitchen light");
  EXPECT_EQ(client.count("toolCall"), 1u);
}

}  // namespace
}  // namespace livegate::offline
