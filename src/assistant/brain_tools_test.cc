#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "assistant/brain_test_home.h"

namespace livegate::assistant {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kThermostat =
    R"({"name":"set_thermostat","parameters":{"type":"OBJECT","properties":{
        "temperature":{"type":"NUMBER","minimum":5,"maximum":30}},"required":["temperature"]}})";

TEST(BrainHeating, a_temperature_is_set_in_words_and_in_digits) {
  TestHome home(kThermostat);
  EXPECT_EQ(home.hears("set the thermostat to twenty one degrees"),
            R"(set_thermostat {"temperature":21})");
  EXPECT_EQ(home.hears("Set the temperature to 18°"), R"(set_thermostat {"temperature":18})");
  EXPECT_EQ(home.hears("turn the heating up to 22.5 degrees celsius"),
            R"(set_thermostat {"temperature":2.25E1})");
}

TEST(BrainHeating, a_temperature_out_of_range_is_refused_with_the_range) {
  TestHome home(kThermostat);
  EXPECT_EQ(home.hears("set the thermostat to ninety degrees"),
            "\"The heating does not take that temperature. It goes from 5 to 30 degrees.\"");
}

TEST(BrainHeating, warmer_needs_a_tool_that_knows_how_warm_it_is) {
  TestHome absolute(kThermostat);
  EXPECT_TRUE(absolute.refuses("make it warmer"));
  TestHome relative(R"({"name":"adjust_heating","parameters":{"type":"object","properties":{
      "action":{"type":"string","enum":["increase","decrease"]}},"required":["action"]}})");
  EXPECT_EQ(relative.hears("make it warmer"), R"(adjust_heating {"action":"increase"})");
  EXPECT_EQ(relative.hears("make it a bit cooler"), R"(adjust_heating {"action":"decrease"})");
}

TEST(BrainHeating, rooms_units_and_modes_are_filled_where_they_are_told) {
  TestHome home(R"({"name":"setTemperature","parameters":{"type":"object","properties":{
      "zone":{"type":"string","enum":["bedroom","office"]},
      "target":{"type":"integer"},
      "unit":{"type":"string","enum":["CELSIUS","FAHRENHEIT"]},
      "mode":{"type":"string","enum":["heat","cool","auto"]}},
      "required":["zone","target","unit","mode"]}})");
  EXPECT_EQ(home.hears("set the office temperature to twenty degrees"),
            R"(setTemperature {"zone":"office","target":20,"unit":"CELSIUS","mode":"auto"})");
  EXPECT_EQ(home.hears("set the temperature in the bedroom to seventy degrees fahrenheit"),
            R"(setTemperature {"zone":"bedroom","target":70,"unit":"FAHRENHEIT","mode":"auto"})");
  EXPECT_EQ(home.hears("set the temperature to twenty degrees"),
            "\"Where? Say, for example: set the bedroom thermostat to twenty degrees.\"");
}

TEST(BrainHeating, a_colour_temperature_is_no_heating) {
  TestHome home(R"({"name":"set_color_temperature","parameters":{"type":"object","properties":{
      "value":{"type":"integer"}},"required":["value"]}})");
  EXPECT_THAT(home.hears("set the temperature to twenty degrees"), HasSubstr("I can only"));
}

TEST(BrainOtherTools, a_name_and_a_list_of_values_make_sentences) {
  TestHome home(R"({"name":"play_music","parameters":{"type":"object","properties":{
      "genre":{"type":"string","enum":["jazz","rock","classical"]}},"required":["genre"]}})");
  EXPECT_EQ(home.hears("play jazz music"), R"(play_music {"genre":"jazz"})");
  EXPECT_EQ(home.hears("play some rock"), R"(play_music {"genre":"rock"})");
  EXPECT_EQ(home.hears("please play music classical"), R"(play_music {"genre":"classical"})");
  EXPECT_TRUE(home.refuses("play polka music"));
}

TEST(BrainOtherTools, a_required_number_is_said_and_kept_in_range) {
  TestHome home(R"({"name":"start_timer","parameters":{"type":"object","properties":{
      "minutes":{"type":"integer","minimum":1,"maximum":60}},"required":["minutes"]}})");
  EXPECT_EQ(home.hears("start a timer for five minutes"), R"(start_timer {"minutes":5})");
  EXPECT_EQ(home.hears("start a timer for 90 minutes"),
            "\"That number is out of range for start timer.\"");
}

TEST(BrainOtherTools, a_switch_of_another_thing_is_turned_on_and_off) {
  TestHome home(R"({"name":"set_alarm_system","parameters":{"type":"object","properties":{
      "enabled":{"type":"boolean"}},"required":["enabled"]}},
      {"name":"turn_on_device","parameters":{"type":"object","properties":{
      "device_name":{"type":"string","enum":["fan","television"]}},"required":["device_name"]}})");
  EXPECT_EQ(home.hears("turn on the alarm system"), R"(set_alarm_system {"enabled":true})");
  EXPECT_EQ(home.hears("switch the alarm system off"), R"(set_alarm_system {"enabled":false})");
  EXPECT_EQ(home.hears("turn on the fan"), R"(turn_on_device {"device_name":"fan"})");
  EXPECT_TRUE(home.refuses("turn off the fan"));
}

TEST(BrainOtherTools, a_free_text_cannot_be_guessed_so_the_tool_is_not_offered) {
  TestHome home(R"({"name":"send_message","parameters":{"type":"object","properties":{
      "text":{"type":"string"}},"required":["text"]}})");
  EXPECT_TRUE(home.refuses("send message"));
  EXPECT_THAT(home.brain().grammar(), Not(HasSubstr("message")));
  EXPECT_THAT(home.brain().on_not_understood().speech, Not(HasSubstr("message")));
}

TEST(BrainOtherTools, a_question_is_answered_with_what_the_tool_says) {
  TestHome home(R"({"name":"get_outdoor_temperature"})");
  const Reply reply = home.brain().on_words("what is the outdoor temperature");
  ASSERT_EQ(reply.calls.size(), 1U);
  EXPECT_EQ(reply.calls.front().name, "get_outdoor_temperature");
  EXPECT_EQ(home.brain().on_tool_results(reply.calls, {R"({"degrees":7})"}).speech, "degrees 7.");
}

TEST(BrainOtherTools, numbers_in_names_are_heard_as_words) {
  TestHome home(R"({"name":"open_door","parameters":{"type":"object","properties":{
      "door":{"type":"string","enum":["gate_2","gate_21"]}},"required":["door"]}})");
  EXPECT_EQ(home.hears("open the door gate two"), R"(open_door {"door":"gate_2"})");
  EXPECT_EQ(home.hears("open gate 21"), R"(open_door {"door":"gate_21"})");
}

TEST(BrainOtherTools, a_flood_of_values_is_typed_and_not_listened_for) {
  std::string values;
  for (int i = 0; i < 5000; ++i)
    values += std::string(i == 0 ? "" : ",") + "\"word" + std::to_string(i) + "\"";
  TestHome home(R"({"name":"play_music","parameters":{"type":"object","properties":{
      "genre":{"type":"string","enum":[)" +
                values + R"(]}},"required":["genre"]}})");
  EXPECT_EQ(home.hears("play word4999 music"), R"(play_music {"genre":"word4999"})");
  EXPECT_THAT(home.brain().grammar(), Not(HasSubstr("music")));
}

TEST(BrainOtherTools, a_value_that_cannot_be_heard_is_left_out_of_the_grammar_alone) {
  const auto knows = [](const std::string& word) { return word != "shoegaze"; };
  auto brain = Brain::make(R"([{"name":"play_music","parameters":{"type":"object","properties":{
      "genre":{"type":"string","enum":["jazz","shoegaze"]}},"required":["genre"]}}])",
                           knows);
  ASSERT_TRUE(brain);
  EXPECT_THAT(brain->grammar(), HasSubstr("jazz"));
  EXPECT_THAT(brain->grammar(), Not(HasSubstr("shoegaze")));
  EXPECT_EQ(brain->on_words("play shoegaze").calls.size(), 1U);
}

TEST(BrainSchemas, what_generators_write_for_optional_named_and_enumerated_values_is_understood) {
  const auto light = [](const std::string& schema) {
    return R"({"name":"set_light","description":"Switches or dims a lamp.",)"
           R"("parametersJsonSchema":{"type":"object","required":["room"],)" +
           schema + "}}";
  };
  const std::string room = R"("room":{"type":"string","enum":["living_room","kitchen"]})";
  for (const std::string& schema :
       {R"("properties":{)" + room + R"(,"brightness":{"type":"integer"}})",
        R"("properties":{)" + room +
            R"(,"brightness":{"anyOf":[{"type":"integer","minimum":0,"maximum":100},)"
            R"({"type":"null"}],"default":null}})",
        R"("properties":{)" + room + R"(,"brightness":{"type":["integer","null"]}})",
        std::string(R"("$defs":{"Room":{"type":"string","enum":["living_room","kitchen"]}},)"
                    R"("properties":{"room":{"$ref":"#/$defs/Room"},)"
                    R"("brightness":{"type":"integer"}})"),
        std::string(R"("$defs":{"Room":{"enum":["living_room","kitchen"]}},)"
                    R"("properties":{"room":{"allOf":[{"$ref":"#/$defs/Room"}],"title":"Room"},)"
                    R"("brightness":{"oneOf":[{"type":"null"},{"type":"integer"}]}})"),
        std::string(R"("properties":{"room":{"oneOf":[{"const":"living_room"},)"
                    R"({"const":"kitchen"}]},"brightness":{"type":"integer"}})")}) {
    TestHome home(light(schema));
    EXPECT_EQ(home.hears("dim the living room lights"),
              R"(set_light {"room":"living_room","brightness":30})")
        << schema;
  }
}

TEST(BrainSchemas, a_schema_that_refers_to_itself_is_read_to_an_end) {
  std::string branches;
  for (int i = 0; i < 50; ++i) branches += R"(,{"$ref":"#/$defs/Tree"})";
  const auto made =
      Brain::make(R"([{"name":"plant","parameters":{"$defs":{"Tree":{"anyOf":[{"type":"string"})" +
                      branches + R"(]}},"properties":{"tree":{"$ref":"#/$defs/Tree"}}}}])",
                  [](const std::string&) { return true; });
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error(), "The schemas of the tools are too large.");
}

TEST(BrainSchemas, more_declarations_than_the_cap_are_refused_by_their_number) {
  const auto make = [](std::size_t count) {
    std::string tools;
    for (std::size_t i = 0; i < count; ++i) {
      tools += (i == 0 ? "" : ",") + std::string(R"({"name":"f)") + std::to_string(i) + "\"}";
    }
    return Brain::make("[" + tools + "]", [](const std::string&) { return true; });
  };
  EXPECT_TRUE(make(128));
  const auto made = make(129);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error(), "More than 128 function declarations.");
}

}  // namespace
}  // namespace livegate::assistant
