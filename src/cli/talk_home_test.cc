#include "cli/talk_home.h"

#include <boost/json.hpp>
#include <string>

#include <gtest/gtest.h>

namespace livegate::cli {
namespace {

namespace json = boost::json;

json::value result_of(const ToolOutcome& outcome) {
  EXPECT_EQ(outcome.error, "");
  return json::parse(outcome.result_json);
}

TEST(Home, declares_both_tools_with_their_limits) {
  const json::value tools = json::parse(Home::tools_json());
  ASSERT_EQ(tools.as_array().size(), 2U);
  EXPECT_EQ(tools.at(0).at("name"), "set_light");
  EXPECT_EQ(tools.at(0).at("parameters").at("properties").at("room").at("enum").as_array().size(),
            4U);
  EXPECT_EQ(tools.at(1).at("name"), "set_thermostat");
  EXPECT_EQ(tools.at(1).at("parameters").at("properties").at("temperature").at("maximum"), 30);
}

TEST(Home, dims_a_light_and_says_how_it_is_now) {
  Home home;
  EXPECT_EQ(result_of(home.call("set_light", R"({"room":"living_room","brightness":30})")),
            json::parse(R"({"ok":true,"room":"living_room","on":true,"brightness":30})"));
  EXPECT_EQ(result_of(home.call("set_light", R"({"room":"living_room","on":false})")),
            json::parse(R"({"ok":true,"room":"living_room","on":false,"brightness":0})"));
}

TEST(Home, a_light_remembers_its_brightness_while_it_is_off) {
  Home home;
  (void)home.call("set_light", R"({"room":"hall","brightness":40})");
  (void)home.call("set_light", R"({"room":"hall","brightness":0})");
  EXPECT_EQ(result_of(home.call("set_light", R"({"room":"hall","on":true})")),
            json::parse(R"({"ok":true,"room":"hall","on":true,"brightness":40})"));
}

TEST(Home, brightness_that_is_whole_may_be_written_as_a_fraction) {
  Home home;
  EXPECT_EQ(
      result_of(home.call("set_light", R"({"room":"hall","brightness":30.0})")).at("brightness"),
      30);
}

TEST(Home, sets_the_thermostat_to_tenths) {
  Home home;
  EXPECT_EQ(result_of(home.call("set_thermostat", R"({"temperature":19.56})")).at("temperature"),
            19.6);
}

TEST(Home, writes_numbers_as_people_do) {
  Home home;
  EXPECT_EQ(home.call("set_thermostat", R"({"temperature":22})").result_json,
            R"({"ok":true,"temperature":22})");
  EXPECT_EQ(home.call("set_thermostat", R"({"temperature":2.15E1})").result_json,
            R"({"ok":true,"temperature":21.5})");
}

TEST(Home, refuses_what_a_call_cannot_mean_and_names_the_argument) {
  struct Case {
    const char* tool;
    const char* arguments;
    const char* named;
  };
  for (const Case& one :
       {Case{"set_light", R"({"room":"garage","on":true})", "room"},
        Case{"set_light", R"({"on":true})", "room"},
        Case{"set_light", R"({"room":7,"on":true})", "room"},
        Case{"set_light", R"({"room":"hall"})", "on or brightness"},
        Case{"set_light", R"({"room":"hall","on":"yes"})", "on"},
        Case{"set_light", R"({"room":"hall","brightness":101})", "brightness"},
        Case{"set_light", R"({"room":"hall","brightness":1.5})", "brightness"},
        Case{"set_light", R"({"room":"hall","brightness":"30"})", "brightness"},
        Case{"set_thermostat", R"({"temperature":31})", "temperature"},
        Case{"set_thermostat", R"({})", "temperature"}, Case{"set_light", R"([])", "arguments"},
        Case{"set_light", R"({"room":)", "arguments"}, Case{"open_door", R"({})", "open_door"}}) {
    Home home;
    const ToolOutcome outcome = home.call(one.tool, one.arguments);
    EXPECT_EQ(outcome.result_json, "") << one.arguments;
    EXPECT_NE(outcome.error.find(one.named), std::string::npos) << one.arguments << outcome.error;
  }
}

}  // namespace
}  // namespace livegate::cli
