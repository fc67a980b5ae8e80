// The demonstration home that the person of `livegate talk` lives in: four lights and a thermostat,
// as in the web page. Decides what a tool call means and refuses what it cannot mean, naming the
// argument.
#pragma once

#include <array>
#include <string>
#include <string_view>

namespace livegate::cli {

// What a tool call came to: a JSON object, or one sentence on why not.
struct ToolOutcome {
  std::string result_json;  // {"ok":true, ...the new state}; empty if refused
  std::string error;        // empty if carried out
};

class Home {
 public:
  // The tools as function declarations: a JSON array for `start`.
  [[nodiscard]] static std::string_view tools_json();

  // Carries out one call. `args_json`: the arguments as a JSON object. A refused call changes
  // nothing.
  ToolOutcome call(std::string_view name, std::string_view args_json);

 private:
  struct Lamp {
    bool on;
    int brightness;  // 0..100, kept while the lamp is off
  };
  static constexpr std::array<std::string_view, 4> kRooms = {"living_room", "kitchen", "bedroom",
                                                             "hall"};
  std::array<Lamp, 4> lamps_ = {Lamp{true, 100}, Lamp{true, 70}, Lamp{false, 60}, Lamp{true, 50}};
  double temperature_ = 21.0;

  struct Call;
  ToolOutcome set_light(const Call& call);
  ToolOutcome set_thermostat(const Call& call);
};

}  // namespace livegate::cli
