#include "offline/scenario.h"

#include <gtest/gtest.h>

namespace livegate::offline {
namespace {

std::string problem_of(const std::string& toml) {
  const auto read = read_scenario(toml, "a.toml");
  return read ? "" : read.error();
}

ScenarioPlace place_in(const std::string& toml) {
  auto read = read_scenario(toml, "a.toml");
  EXPECT_TRUE(read) << problem_of(toml);
  return ScenarioPlace(read ? std::make_shared<Scenario>(std::move(*read)) : nullptr);
}

std::string said(ScenarioPlace& place, std::string_view words) {
  const ScenarioAnswer* const answer = place.next(words);
  return answer == nullptr ? "-" : answer->say;
}

TEST(Scenario, an_answer_with_phrases_fits_whole_words_as_often_as_they_are_said) {
  ScenarioPlace place = place_in("[[answer]]\nto = ['weather', 'how warm']\nsay = 'Sunny.'\n");
  EXPECT_EQ(said(place, "What is the WEATHER like?"), "Sunny.");
  EXPECT_EQ(said(place, "how warm is it"), "Sunny.");
  EXPECT_EQ(said(place, "how is it warm"), "-");
  EXPECT_EQ(said(place, "weathers"), "-");
  EXPECT_EQ(said(place, ""), "-");
}

TEST(Scenario, answers_without_phrases_come_in_order_and_once) {
  ScenarioPlace place = place_in(
      "[[answer]]\nto='stop'\nsay='Stopped.'\n[[answer]]\nsay='One.'\n"
      "[[answer]]\nsay='Two.'\ntimes=2\n");
  EXPECT_EQ(said(place, "anything"), "One.");
  EXPECT_EQ(said(place, "stop"), "Stopped.");
  EXPECT_EQ(said(place, ""), "Two.");
  EXPECT_EQ(said(place, "more"), "Two.");
  EXPECT_EQ(said(place, "more"), "-");
}

TEST(Scenario, a_copied_place_goes_on_from_where_it_was) {
  ScenarioPlace place = place_in("[[answer]]\nsay='One.'\n[[answer]]\nsay='Two.'\n");
  EXPECT_EQ(said(place, "x"), "One.");
  ScenarioPlace resumed = place;
  EXPECT_EQ(said(resumed, "x"), "Two.");
}

TEST(Scenario, everything_that_an_answer_has_is_read) {
  const auto read = read_scenario(
      "[[answer]]\nheard='so to say'\nsilence='500ms'\nsay='Wait.'\ndelay='2s'\n"
      "fault='freeze-mid-turn'\nthen_say='Done.'\n"
      "calls=[{name='set_light',args={room='kitchen',level=30,on=true}},{name='f'}]\n",
      "a.toml");
  ASSERT_TRUE(read) << read.error();
  const ScenarioAnswer& answer = read->answers.front();
  EXPECT_EQ(answer.heard, "so to say");
  EXPECT_EQ(answer.silence, 500ms);
  EXPECT_EQ(answer.delay, 2s);
  EXPECT_EQ(answer.fault, Fault::freeze_mid_turn);
  EXPECT_EQ(answer.then_say, "Done.");
  ASSERT_EQ(answer.calls.size(), 2u);
  EXPECT_NE(answer.calls[0].args_json.find("\"kitchen\""), std::string::npos);
  EXPECT_NE(answer.calls[0].args_json.find("30"), std::string::npos);
  EXPECT_EQ(answer.calls[1].args_json, "{}");
}

TEST(Scenario, a_wrong_line_is_one_sentence_with_file_and_line) {
  EXPECT_EQ(problem_of("[[answer]]\nsay='a'\n\n[[answer]]\nsya='b'\n"),
            "a.toml:5: an answer has no 'sya'; it has to, heard, silence, say, calls, then_say, "
            "fault, delay and times.");
  EXPECT_EQ(problem_of("[[answer]]\nsay=3\n"), "a.toml:2: 'say' is a text in quotes.");
  EXPECT_EQ(problem_of("[[answer]]\nsay='a'\ndelay='soon'\n"),
            "a.toml:3: 'delay': 'soon' is no time; write it like 250ms, 1.2s or 10m.");
  EXPECT_EQ(problem_of("\n[[answer]]\nto='a'\n"),
            "a.toml:2: this answer does nothing; it needs say, silence, calls or fault.");
  EXPECT_TRUE(problem_of("[[answer]]\nsay='a'\nfault='slow-pong'\n").starts_with("a.toml:3: no"));
  EXPECT_TRUE(problem_of("[[answer]]\nsay='a\n").starts_with("a.toml:2: "));
  EXPECT_TRUE(problem_of("[[answers]]\nsay='a'\n").starts_with("a.toml:1: a scenario has"));
  EXPECT_TRUE(problem_of("[[answer]]\ncalls=[{args={}}]\n").starts_with("a.toml:2: a call is"));
  EXPECT_FALSE(problem_of("").empty());
}

TEST(Scenario, phrases_join_the_grammar_as_far_as_their_words_are_known) {
  const ScenarioPlace place =
      place_in("[[answer]]\nto=['good morning','xyzzy now']\nsay='Hello.'\n");
  const auto knows = [](const std::string& word) { return word != "xyzzy"; };
  EXPECT_EQ(place.with_phrases("public <sentence> =\n   stop;\n", knows),
            "public <sentence> =\n   stop\n | good morning;\n");
  EXPECT_EQ(ScenarioPlace().with_phrases("x;\n", knows), "x;\n");
}

}  // namespace
}  // namespace livegate::offline
