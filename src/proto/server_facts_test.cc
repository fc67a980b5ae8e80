#include "proto/server_facts.h"

#include <gtest/gtest.h>

#include "base/padded_text.h"

namespace livegate::proto {
namespace {

FactSet facts_in(const char* text) {
  GeminiDecoder decoder;
  ServerMessage message;
  const PaddedString held(text);
  EXPECT_TRUE(decoder.decode_server(held.text(), message)) << text;
  return facts_of(message);
}

TEST(ServerFacts, every_fact_of_a_message_is_named) {
  const struct {
    const char* text;
    Fact fact;
  } cases[] = {
      {R"({"setupComplete":{}})", Fact::setup_complete},
      {R"({"sessionResumptionUpdate":{"newHandle":"h","resumable":true}})", Fact::resumption},
      {R"({"voiceActivity":{"type":"ACTIVITY_START"}})", Fact::activity},
      {R"({"serverContent":{"inputTranscription":{"text":"a"}}})", Fact::input_transcription},
      {R"({"serverContent":{"interrupted":true}})", Fact::interrupted},
      {R"({"serverContent":{"modelTurn":{"parts":[{"inlineData":{"mimeType":"audio/pcm","data":"AAAA"}}]}}})",
       Fact::media},
      {R"({"serverContent":{"modelTurn":{"parts":[{"text":"a"}]}}})", Fact::text},
      {R"({"serverContent":{"modelTurn":{"parts":[{"text":"a","thought":true}]}}})",
       Fact::thoughts},
      {R"({"serverContent":{"outputTranscription":{"text":"a"}}})", Fact::output_transcription},
      {R"({"toolCallCancellation":{"ids":["c1"]}})", Fact::cancelled_calls},
      {R"({"toolCall":{"functionCalls":[{"id":"c1","name":"f","args":{}}]}})",
       Fact::function_calls},
      {R"({"serverContent":{"generationComplete":true}})", Fact::generation_complete},
      {R"({"serverContent":{"turnComplete":true}})", Fact::turn_complete},
      {R"({"usageMetadata":{"totalTokenCount":1}})", Fact::usage},
      {R"({"goAway":{"timeLeft":"10s"}})", Fact::go_away},
      {R"({"somethingNew":1})", Fact::unknown_on_top},
  };
  for (const auto& [text, fact] : cases) {
    EXPECT_TRUE(facts_in(text).has(fact)) << text;
    EXPECT_TRUE(facts_in(text).is_within({fact})) << text << " has nothing beside it";
  }
  EXPECT_TRUE(facts_in("{}").empty());
}

TEST(ServerFacts, an_unknown_member_counts_by_where_it_stands) {
  EXPECT_TRUE(facts_in(R"({"serverContent":{"modelTurn":{"role":"model","parts":[]}}})")
                  .is_within({Fact::unknown_in_content}));
  EXPECT_TRUE(facts_in(R"({"serverContent":{"newField":1}})").has(Fact::unknown_elsewhere));
}

TEST(ServerFacts, sets_are_asked_for_some_and_for_nothing_else) {
  constexpr FactSet facts = {Fact::media, Fact::usage};
  static_assert(facts.has(Fact::media) && !facts.has(Fact::text));
  static_assert(facts.has_any_of({Fact::text, Fact::usage}));
  static_assert(!facts.is_within(kReplyContent));
  static_assert(facts.is_within(kReplyContent | FactSet{Fact::usage}));
  SUCCEED();
}

}  // namespace
}  // namespace livegate::proto
