// From "the kitchen lights to forty percent" to the calls of declared tools that do exactly this,
// or to the reason why no call does. Never fills an argument that was neither said nor declared as
// a default, with one exception that keeps lights usable: a colour temperature that a tool insists
// on is "warm".
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "assistant/tool_schema.h"
#include "base/result.h"

namespace livegate::assistant {

struct ToolRequest {
  std::string name;
  std::string args_json;  // an object that satisfies the tool's declared parameters
};

enum class Deed { on, off, level, dim, brighten, temperature, warmer, cooler };

struct Target {
  enum class Kind { unsaid, everything, place };
  Kind kind = Kind::unsaid;
  std::string place;  // as spoken: "living room"
};

struct HomeAction {
  Deed deed = Deed::on;
  Target target;
  double number = 0.0;  // percent or degrees
  bool fahrenheit = false;
};

enum class Refusal {
  no_tool,       // nothing declared does this, or not there
  out_of_range,  // the number is not one that the tool takes
  which_place,   // the tool must know where, and it was not said
};

// What dimming and brightening without a number mean, in percent: reading light gone, and as good
// as full.
inline constexpr double kDimPercent = 30.0;
inline constexpr double kBrightPercent = 80.0;

// The calls of the first tool that can do it, in the order of `tools`; several where one call takes
// one place only.
[[nodiscard]] Result<std::vector<ToolRequest>, Refusal> plan(const std::vector<Tool>& tools,
                                                             const HomeAction& action);

// The places, as spoken, that the tools name in the values they take for lights and heating.
[[nodiscard]] std::vector<std::string> places_of(const std::vector<Tool>& tools);

[[nodiscard]] bool is_light_tool(const Tool& tool);
[[nodiscard]] bool is_heat_tool(const Tool& tool);

// The range of the first temperature that a tool takes, for an honest refusal.
struct Range {
  std::optional<double> minimum;
  std::optional<double> maximum;
};
[[nodiscard]] Range temperature_range(const std::vector<Tool>& tools);

}  // namespace livegate::assistant
