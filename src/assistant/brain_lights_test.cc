#include <gtest/gtest.h>

#include "assistant/brain_test_home.h"

namespace livegate::assistant {
namespace {

constexpr const char* kRoomOn =
    R"({"name":"set_light","parameters":{"type":"OBJECT","properties":{
        "room":{"type":"STRING"},"on":{"type":"BOOLEAN"}},"required":["room","on"]}})";

constexpr const char* kRoomOnBrightness =
    R"({"name":"set_light","parameters":{"type":"object","properties":{
        "room":{"type":"string","enum":["living_room","kitchen","bedroom","hall"]},
        "on":{"type":"boolean"},
        "brightness":{"type":"integer","minimum":0,"maximum":100}},"required":["room"]}})";

TEST(BrainLights, a_room_and_a_switch_are_enough_for_on_and_off) {
  TestHome home(kRoomOn);
  EXPECT_EQ(home.hears("turn on the kitchen light"), R"(set_light {"room":"kitchen","on":true})");
  EXPECT_EQ(home.hears("Please switch the living room lights off."),
            R"(set_light {"room":"living_room","on":false})");
  EXPECT_EQ(home.hears("could you turn off all the lights"),
            R"(set_light {"room":"all","on":false})");
}

TEST(BrainLights, without_a_level_nothing_is_dimmed) {
  TestHome home(kRoomOn);
  EXPECT_TRUE(home.refuses("dim the living room lights"));
  EXPECT_TRUE(home.refuses("set the kitchen lights to forty percent"));
}

TEST(BrainLights, dimming_is_thirty_percent_of_the_room_that_was_named) {
  TestHome plain(R"({"name":"set_light","parameters":{"type":"OBJECT","properties":{
      "room":{"type":"STRING"},"brightness":{"type":"NUMBER"}},"required":["room"]}})");
  EXPECT_EQ(plain.hears("dim the living room lights"),
            R"(set_light {"room":"living_room","brightness":30})");
  TestHome home(kRoomOnBrightness);
  EXPECT_EQ(home.hears("dim the living room lights"),
            R"(set_light {"room":"living_room","on":true,"brightness":30})");
  EXPECT_EQ(home.hears("Dim the lights in the kitchen to 45%."),
            R"(set_light {"room":"kitchen","on":true,"brightness":45})");
  EXPECT_EQ(home.hears("set the bedroom lamp to twenty five percent please"),
            R"(set_light {"room":"bedroom","on":true,"brightness":25})");
  EXPECT_EQ(home.hears("set the hall lights to zero percent"),
            R"(set_light {"room":"hall","on":false,"brightness":0})");
}

TEST(BrainLights, a_room_that_the_tool_does_not_take_is_refused) {
  TestHome home(kRoomOnBrightness);
  EXPECT_TRUE(home.refuses("turn on the office lights"));
}

TEST(BrainLights, all_the_lights_are_one_call_for_every_room_of_a_list_without_all) {
  TestHome home(kRoomOnBrightness);
  EXPECT_EQ(
      home.hears("turn off everything"),
      R"(set_light {"room":"living_room","on":false} set_light {"room":"kitchen","on":false} )"
      R"(set_light {"room":"bedroom","on":false} set_light {"room":"hall","on":false})");
}

TEST(BrainLights, a_required_room_that_was_not_said_is_asked_for) {
  TestHome home(kRoomOnBrightness);
  EXPECT_EQ(home.hears("turn on the lights"),
            "\"Where? Say, for example: turn on the living room lights.\"");
}

TEST(BrainLights, an_optional_room_may_stay_unsaid) {
  TestHome home(R"({"name":"set_light","parameters":{"type":"object","properties":{
      "room":{"type":"string"},"on":{"type":"boolean"}},"required":["on"]}})");
  EXPECT_EQ(home.hears("turn on the lights"), R"(set_light {"on":true})");
  EXPECT_EQ(home.hears("turn on the hallway light"), R"(set_light {"room":"hall","on":true})");
}

TEST(BrainLights, light_values_in_the_style_of_the_examples_work) {
  TestHome free(
      R"({"name":"set_light_values","description":"Set the brightness and color temperature.",
      "parameters":{"type":"OBJECT","properties":{
      "brightness":{"type":"NUMBER","description":"Light level from 0 to 100"},
      "color_temp":{"type":"STRING","description":"`daylight`, `cool` or `warm`"}},
      "required":["brightness","color_temp"]}})");
  EXPECT_EQ(free.hears("dim the lights"),
            R"(set_light_values {"brightness":30,"color_temp":"warm"})");
  TestHome chosen(R"({"name":"controlLight","parameters":{"type":"OBJECT","properties":{
      "brightness":{"type":"NUMBER"},
      "colorTemperature":{"type":"STRING","enum":["daylight","cool","warm"]}},
      "required":["brightness","colorTemperature"]}})");
  EXPECT_EQ(chosen.hears("set the lights to fifty percent"),
            R"(controlLight {"brightness":50,"colorTemperature":"warm"})");
  EXPECT_EQ(chosen.hears("turn off the lights"),
            R"(controlLight {"brightness":0,"colorTemperature":"warm"})");
  TestHome optional(R"({"name":"controlLight","parameters":{"type":"OBJECT","properties":{
      "brightness":{"type":"NUMBER"},"colorTemperature":{"type":"STRING"}}}})");
  EXPECT_EQ(optional.hears("turn on the lights"), R"(controlLight {"brightness":100})");
}

TEST(BrainLights, a_tool_without_rooms_does_not_act_for_a_single_room) {
  TestHome home(R"({"name":"turn_on_the_lights"},{"name":"turn_off_the_lights"})");
  EXPECT_EQ(home.hears("turn on the lights"), "turn_on_the_lights {}");
  EXPECT_EQ(home.hears("switch off all the lights"), "turn_off_the_lights {}");
  EXPECT_TRUE(home.refuses("turn off the kitchen lights"));
  EXPECT_TRUE(home.refuses("dim the lights"));
}

TEST(BrainLights, dim_lights_dims_and_does_not_switch) {
  TestHome home(R"({"name":"dim_lights","parameters":{"type":"object","properties":{
      "room":{"type":"string"},"level":{"type":"integer"}},"required":["room","level"]}})");
  EXPECT_EQ(home.hears("dim the bedroom lights"), R"(dim_lights {"room":"bedroom","level":30})");
  EXPECT_EQ(home.hears("dim the bedroom lights to 10 percent"),
            R"(dim_lights {"room":"bedroom","level":10})");
  EXPECT_TRUE(home.refuses("turn off the bedroom lights"));
}

TEST(BrainLights, levels_are_scaled_to_the_range_of_the_schema) {
  TestHome bytes(R"({"name":"set_light","parameters":{"type":"object","properties":{
      "room":{"type":"string"},"intensity":{"type":"integer","minimum":0,"maximum":255}}}})");
  EXPECT_EQ(bytes.hears("set the kitchen lights to twenty percent"),
            R"(set_light {"room":"kitchen","intensity":51})");
  TestHome fraction(R"({"name":"set_light","parameters":{"type":"object","properties":{
      "area":{"type":"string"},"level":{"type":"number","minimum":0,"maximum":1}}}})");
  EXPECT_EQ(fraction.hears("set the kitchen lights to thirty five percent"),
            R"(set_light {"area":"kitchen","level":3.5E-1})");
  TestHome in_words(R"({"name":"set_light","parameters":{"type":"object","properties":{
      "zone":{"type":"string"},"dim":{"type":"integer","description":"from 0 to 255"}}}})");
  EXPECT_EQ(in_words.hears("set the kitchen lights to one hundred percent"),
            R"(set_light {"zone":"kitchen","dim":255})");
}

TEST(BrainLights, more_than_all_is_out_of_range) {
  TestHome home(kRoomOnBrightness);
  EXPECT_EQ(home.hears("set the kitchen lights to 150 percent"),
            "\"That brightness is out of the range of these lights.\"");
}

TEST(BrainLights, devices_are_found_by_the_words_of_their_names) {
  TestHome home(R"({"name":"control_light","parameters":{"type":"object","properties":{
      "device":{"type":"string","enum":["living_room_lamp","kitchenCeilingLight","desk lamp"]},
      "state":{"type":"string","enum":["on","off"]}},"required":["device","state"]}})");
  EXPECT_EQ(home.hears("turn on the living room lamp"),
            R"(control_light {"device":"living_room_lamp","state":"on"})");
  EXPECT_EQ(home.hears("turn off the kitchen light"),
            R"(control_light {"device":"kitchenCeilingLight","state":"off"})");
  EXPECT_EQ(home.hears("switch the desk lamp on"),
            R"(control_light {"device":"desk lamp","state":"on"})");
  EXPECT_TRUE(home.refuses("turn on the bedroom lamp"));
}

TEST(BrainLights, an_action_of_a_list_is_matched_by_its_words) {
  TestHome home(R"({"name":"light_control","parameters":{"type":"object","properties":{
      "location":{"type":"string"},
      "action":{"type":"string","enum":["TURN_ON","TURN_OFF","DIM"]}},
      "required":["location","action"]}})");
  EXPECT_EQ(home.hears("turn on the office lights"),
            R"(light_control {"location":"office","action":"TURN_ON"})");
  EXPECT_EQ(home.hears("dim the office lights"),
            R"(light_control {"location":"office","action":"DIM"})");
  EXPECT_TRUE(home.refuses("brighten the office lights"));
}

TEST(BrainLights, the_lights_of_a_list_of_devices_are_lights) {
  TestHome home(R"({"name":"control_device","parameters":{"type":"object","properties":{
      "device":{"type":"string","enum":["kitchen_light","bedroom_light","tv","coffee_machine"]},
      "power":{"type":"boolean"}},"required":["device","power"]}})");
  EXPECT_EQ(home.hears("turn on the kitchen light"),
            R"(control_device {"device":"kitchen_light","power":true})");
  EXPECT_EQ(home.hears("turn off all the lights"),
            R"(control_device {"device":"kitchen_light","power":false} )"
            R"(control_device {"device":"bedroom_light","power":false})");
  EXPECT_EQ(home.hears("switch off the coffee machine"),
            R"(control_device {"device":"coffee_machine","power":false})");
}

TEST(BrainLights, it_is_what_was_spoken_of_last) {
  TestHome home(kRoomOnBrightness);
  EXPECT_EQ(home.hears("turn it off"), "\"Tell me first which lights you mean.\"");
  (void)home.hears("turn on the hall lights");
  EXPECT_EQ(home.hears("turn it off again"), home.hears("turn it upside down"));
  EXPECT_EQ(home.hears("turn it off"), R"(set_light {"room":"hall","on":false})");
}

TEST(BrainLights, json_schema_is_read_like_open_api) {
  TestHome home(R"({"name":"set_light","parametersJsonSchema":{"$schema":"x","type":"object",
      "properties":{"rooms":{"type":"array","items":{"type":"string","enum":["kitchen","hall"]}},
      "enabled":{"type":["boolean","null"]}},"required":["rooms","enabled"],
      "additionalProperties":false}})");
  EXPECT_EQ(home.hears("turn on all the lights"),
            R"(set_light {"rooms":["kitchen","hall"],"enabled":true})");
  EXPECT_EQ(home.hears("turn on the kitchen lights"),
            R"(set_light {"rooms":["kitchen"],"enabled":true})");
}

}  // namespace
}  // namespace livegate::assistant
