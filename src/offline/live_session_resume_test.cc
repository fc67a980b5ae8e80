// What outlives a connection: handles, and what a resumed session knows. Rows are those of the
// conformance table in docs/wire-gemini.md.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "offline/live_session_fixture.h"

namespace livegate::offline {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(LiveResume, row_39_handles_come_after_setup_and_each_turn_and_none_while_generating) {
  Conversation client;
  client.connects(R"("sessionResumption":{})");
  client.types("hello");
  client.passes(5s);
  EXPECT_THAT(client.story(), ElementsAre("setupComplete", "handle", "notResumable", "audio",
                                          "generationComplete", "turnComplete", "handle"));
  EXPECT_EQ(client.last("handle").text.size(), 36u);
  EXPECT_EQ(client.last("notResumable").text, "");
}

TEST(LiveResume, row_39_without_being_asked_no_handles_come) {
  Conversation client;
  client.connects();
  client.types("hello");
  client.passes(5s);
  EXPECT_EQ(client.count("handle") + client.count("notResumable"), 0u);
}

std::string resuming(const std::string& handle) {
  return R"("sessionResumption":{"handle":")" + handle + R"("})";
}

TEST(LiveResume, row_40_a_resumed_session_knows_what_was_said_before) {
  HandleStore handles;
  Conversation before(handles, 1, Instant{1h});
  before.connects_with_light(R"("sessionResumption":{})");
  before.types("turn on the kitchen light");
  before.answers_call(before.last("toolCall").text);
  before.passes(5s);
  before.leaves();
  Conversation after(handles, 2, before.now + 1min);
  after.connects_with_light(resuming(before.last("handle").text));
  EXPECT_THAT(after.story(), ElementsAre("setupComplete", "handle"));
  after.types("turn it off");  // "it" is the kitchen light of the other connection
  ASSERT_EQ(after.count("toolCall"), 1u);
  EXPECT_THAT(after.raw.back(), HasSubstr("kitchen"));
  after.answers_call(after.last("toolCall").text);
  after.passes(5s);
  EXPECT_GT(after.last("turnComplete").usage.prompt_tokens,
            before.last("turnComplete").usage.total_tokens);
}

TEST(LiveResume, row_40_what_a_context_update_changed_outlives_the_connection) {
  HandleStore handles;
  Conversation before(handles, 1, Instant{1h});
  before.connects(R"("sessionResumption":{})");
  before.sends(R"({"contextUpdate":{"tools":{"tools":)" + std::string(kLightTool) + "}}}");
  before.types("hello");
  before.passes(5s);
  before.leaves();
  Conversation after(handles, 2, before.now);
  after.connects(resuming(before.last("handle").text));
  after.types("turn on the kitchen light");
  EXPECT_EQ(after.count("toolCall"), 1u);
  after.leaves();
  Conversation third(handles, 3, after.now);
  third.connects(resuming(ids_of(after.facts, "handle").front()));
  third.types("turn on the kitchen light");
  EXPECT_EQ(third.count("toolCall"), 1u);
}

TEST(LiveResume, row_40_other_tools_in_the_setup_of_a_resumed_session_are_the_ones_that_count) {
  HandleStore handles;
  Conversation before(handles, 1, Instant{1h});
  before.connects_with_light(R"("sessionResumption":{})");
  before.leaves();
  Conversation after(handles, 2, before.now);
  after.connects(resuming(before.last("handle").text));
  after.types("turn on the kitchen light");
  EXPECT_EQ(after.count("toolCall"), 0u);
}

TEST(LiveResume, row_41_a_handle_whose_connection_is_still_open_is_refused) {
  HandleStore handles;
  Conversation before(handles, 1, Instant{1h});
  before.connects(R"("sessionResumption":{})");
  Conversation after(handles, 2, before.now);
  after.connects(resuming(before.last("handle").text));
  ASSERT_TRUE(after.closed);
  EXPECT_EQ(after.closed->code, 1011);
}

}  // namespace
}  // namespace livegate::offline
