#include "cli/talk_home.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>

#include "cli/talk_json.h"

namespace livegate::cli {
namespace {

namespace json = boost::json;

constexpr double kTemperatureMin = 5.0;
constexpr double kTemperatureMax = 30.0;

ToolOutcome refused(std::string why) { return {.result_json = {}, .error = std::move(why)}; }
ToolOutcome carried_out(const json::object& state) {
  return {.result_json = plain_json(state), .error = {}};
}

}  // namespace

struct Home::Call {
  json::object arguments;

  [[nodiscard]] const json::value* find(std::string_view name) const {
    const json::value* const value = arguments.if_contains(name);
    return value == nullptr || value->is_null() ? nullptr : value;
  }
};

std::string_view Home::tools_json() {
  return R"json([
  {"name": "set_light",
   "description": "Switches the light of one room on or off and sets how bright it is.",
   "parameters": {"type": "object", "required": ["room"], "properties": {
     "room": {"type": "string", "enum": ["living_room", "kitchen", "bedroom", "hall"],
              "description": "Which room."},
     "on": {"type": "boolean", "description": "Whether the light is on."},
     "brightness": {"type": "integer", "minimum": 0, "maximum": 100,
                    "description": "Percent; 0 is off. Dimmed is about 30."}}}},
  {"name": "set_thermostat",
   "description": "Sets the temperature the home is heated to.",
   "parameters": {"type": "object", "required": ["temperature"], "properties": {
     "temperature": {"type": "number", "minimum": 5, "maximum": 30,
                     "description": "Degrees Celsius."}}}}
])json";
}

ToolOutcome Home::call(std::string_view name, std::string_view args_json) {
  boost::system::error_code error;
  const json::value parsed = json::parse(args_json, error);
  if (error || !parsed.is_object()) return refused("the arguments must be an object");
  const Call call{parsed.as_object()};
  if (name == "set_light") return set_light(call);
  if (name == "set_thermostat") return set_thermostat(call);
  return refused("there is no tool called \"" + std::string(name) + "\"");
}

ToolOutcome Home::set_light(const Call& call) {
  const json::value* const room = call.find("room");
  const auto found = room == nullptr || !room->is_string()
                         ? kRooms.end()
                         : std::ranges::find(kRooms, std::string_view(room->get_string()));
  if (found == kRooms.end()) {
    return refused("room must be one of living_room, kitchen, bedroom, hall");
  }
  const json::value* const on = call.find("on");
  const json::value* const brightness = call.find("brightness");
  if (on == nullptr && brightness == nullptr) return refused("on or brightness must be given");
  if (on != nullptr && !on->is_bool()) return refused("on must be true or false");
  double percent = 0;
  if (brightness != nullptr) {
    if (brightness->is_number()) percent = brightness->to_number<double>();
    if (!brightness->is_number() || percent < 0 || percent > 100 ||
        percent != std::floor(percent)) {
      return refused("brightness must be a whole number from 0 to 100");
    }
  }

  Lamp& lamp = lamps_[static_cast<std::size_t>(found - kRooms.begin())];
  lamp.on = on != nullptr ? on->get_bool() : percent > 0;
  if (brightness != nullptr && percent == 0) lamp.on = false;
  if (brightness != nullptr && percent > 0) lamp.brightness = static_cast<int>(percent);
  return carried_out({{"ok", true},
                      {"room", *found},
                      {"on", lamp.on},
                      {"brightness", lamp.on ? lamp.brightness : 0}});
}

ToolOutcome Home::set_thermostat(const Call& call) {
  const json::value* const temperature = call.find("temperature");
  if (temperature == nullptr || !temperature->is_number() ||
      temperature->to_number<double>() < kTemperatureMin ||
      temperature->to_number<double>() > kTemperatureMax) {
    return refused("temperature must be a number from 5 to 30");
  }
  temperature_ = std::round(temperature->to_number<double>() * 10) / 10;
  return carried_out({{"ok", true}, {"temperature", temperature_}});
}

}  // namespace livegate::cli
