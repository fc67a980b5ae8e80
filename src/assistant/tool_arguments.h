// One argument at a time: what a parameter must be given for an action, if that can be told at all.
#pragma once

#include <boost/json/value.hpp>
#include <optional>
#include <string>
#include <vector>

#include "assistant/home_action.h"
#include "assistant/tool_schema.h"

namespace livegate::assistant {

struct Argument {
  enum class State { given, omitted, impossible, out_of_range };
  State state = State::omitted;
  boost::json::value value;
};

// Every role but the place. `heat`: the tool is about heating, not light.
[[nodiscard]] Argument argument_for(const Parameter& parameter, const HomeAction& action,
                                    bool heat);

// The choice's words less those that only say what kind of thing it is ("living_room_lamp" ->
// "living room"), spelt as the room is spoken.
[[nodiscard]] std::string place_of_choice(const std::string& choice);
[[nodiscard]] bool names_a_light(const std::string& choice);

// The values of the place parameter that together are `target`; empty if it cannot be told.
// `lights_only`: of a list of devices of all kinds only the lights count.
[[nodiscard]] std::vector<std::string> place_values(const Parameter& parameter,
                                                    const Target& target, bool lights_only);

}  // namespace livegate::assistant
