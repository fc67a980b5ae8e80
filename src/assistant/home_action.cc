#include "assistant/home_action.h"

#include <algorithm>
#include <boost/json.hpp>

#include "assistant/tool_arguments.h"
#include "base/limits.h"

namespace livegate::assistant {
namespace {

namespace json = boost::json;

bool is_heat_deed(Deed deed) { return deed >= Deed::temperature; }

bool is_named_after_lights(const Tool& tool) {
  return std::ranges::any_of(tool.words, is_light_word) ||
         has_any(tool.words, {"brightness", "dim", "dimmer", "brighten"});
}

// Whether the tool's own name allows the deed: turn_off_the_lights does not turn on.
bool name_allows(const Tool& tool, Deed deed) {
  const bool on = has(tool.words, "on");
  const bool off = has(tool.words, "off");
  if (on != off) return deed == (on ? Deed::on : Deed::off);
  if (has(tool.words, "toggle")) return false;
  if (has_any(tool.words, {"dim", "brighten", "brightness", "dimmer"})) {
    if (deed == Deed::on || deed == Deed::off) return has_any(tool.words, {"on", "off"});
    if (has(tool.words, "dim")) return deed != Deed::brighten || tool.find(Role::level) != nullptr;
    if (has(tool.words, "brighten")) return deed != Deed::dim;
  }
  const bool up = has_any(tool.words, {"increase", "raise", "up", "warmer"});
  const bool down = has_any(tool.words, {"decrease", "lower", "reduce", "down", "cooler"});
  if (up != down) return deed == (up ? Deed::warmer : Deed::cooler);
  return true;
}

// Whether calling it with these arguments says what was meant, and not just "do something with the
// lights".
bool expresses(const Tool& tool, const HomeAction& action, const json::object& arguments) {
  const auto gives = [&](Role role) {
    const Parameter* const p = tool.find(role);
    return p != nullptr && arguments.contains(p->name);
  };
  const bool named_on_off = has(tool.words, "on") != has(tool.words, "off");
  switch (action.deed) {
    case Deed::on:
    case Deed::off:
      return named_on_off || gives(Role::power) || gives(Role::action) || gives(Role::level);
    case Deed::level:
      return gives(Role::level);
    case Deed::dim:
      return gives(Role::level) || has(tool.words, "dim") ||
             (gives(Role::action) && tool.find(Role::level) == nullptr);
    case Deed::brighten:
      return gives(Role::level) || has(tool.words, "brighten") ||
             (gives(Role::action) && tool.find(Role::level) == nullptr);
    case Deed::temperature:
      return gives(Role::temperature);
    case Deed::warmer:
    case Deed::cooler:
      return gives(Role::action) ||
             has_any(tool.words, {"increase", "raise", "warmer", "decrease", "lower", "cooler"});
  }
  return false;
}

// Without a level, an action whose choices only know on and off does not dim.
bool action_dims(const Tool& tool, Deed deed, const json::object& arguments) {
  if (deed != Deed::dim && deed != Deed::brighten) return true;
  const Parameter* const p = tool.find(Role::action);
  if (p == nullptr || tool.find(Role::level) != nullptr || !arguments.contains(p->name))
    return true;
  const json::value& value = arguments.at(p->name);
  return value.is_string() && !means_on(split_name(std::string(value.as_string())));
}

struct Attempt {
  std::optional<Refusal> refusal;
  std::vector<ToolRequest> calls;
};

Attempt refused(Refusal refusal) { return {refusal, {}}; }

const Parameter* place_parameter(const Tool& tool) {
  if (const Parameter* const room = tool.find(Role::room)) return room;
  return tool.find(Role::device);
}

// A device parameter beside the room: the one that says "a light, not a fan".
Argument kind_argument(const Parameter& p, bool heat) {
  for (const std::string& choice : p.choices) {
    const Words words = split_name(choice);
    if (std::ranges::any_of(words, heat ? is_heat_word : is_light_word)) {
      return {Argument::State::given, json::value(json::string(choice))};
    }
  }
  if (!p.required) return {};
  if (!p.choices.empty()) return {Argument::State::impossible, nullptr};
  return {Argument::State::given, json::value(heat ? "thermostat" : "light")};
}

// A switch as words that must be said: on and off with a level where there is no other way.
Argument switch_by_level(const Tool& tool, const Parameter& p, const HomeAction& action) {
  const bool switching = action.deed == Deed::on || action.deed == Deed::off;
  const bool by_level = switching && p.role == Role::level && tool.find(Role::power) == nullptr &&
                        tool.find(Role::action) == nullptr;
  if (!by_level) return argument_for(p, action, false);
  Parameter insisted = p;
  insisted.required = true;
  return argument_for(insisted, action, false);
}

Attempt attempt(const Tool& tool, const HomeAction& action) {
  const bool heat = is_heat_deed(action.deed);
  if (!name_allows(tool, action.deed)) return refused(Refusal::no_tool);
  const Parameter* const place = place_parameter(tool);
  json::object arguments;
  for (const Parameter& p : tool.parameters) {
    if (&p == place) {
      arguments[p.name] = nullptr;  // keeps its position; filled or removed below
      continue;
    }
    const Argument argument =
        p.role == Role::device || p.role == Role::room
            ? kind_argument(p, heat)
            : (heat ? argument_for(p, action, true) : switch_by_level(tool, p, action));
    if (argument.state == Argument::State::impossible) return refused(Refusal::no_tool);
    if (argument.state == Argument::State::out_of_range) return refused(Refusal::out_of_range);
    if (argument.state == Argument::State::given) arguments[p.name] = argument.value;
  }
  if (!expresses(tool, action, arguments) || !action_dims(tool, action.deed, arguments)) {
    return refused(Refusal::no_tool);
  }
  Attempt result;
  const auto call = [&] { result.calls.push_back({tool.name, json::serialize(arguments)}); };
  if (place == nullptr) {
    if (action.target.kind == Target::Kind::place) return refused(Refusal::no_tool);
    call();
    return result;
  }
  const bool lights_only = !heat && place->role == Role::device && !is_named_after_lights(tool);
  const auto values = place_values(*place, action.target, lights_only);
  const bool must_say = place->required || lights_only;
  if (action.target.kind == Target::Kind::unsaid && (values.empty() || !must_say)) {
    if (must_say) return refused(Refusal::which_place);
    arguments.erase(place->name);
    call();
    return result;
  }
  if (values.empty()) return refused(Refusal::no_tool);
  if (place->is_list) {
    json::array list;
    for (const std::string& value : values) list.emplace_back(json::string(value));
    arguments[place->name] = std::move(list);
    call();
    return result;
  }
  for (const std::string& value : values) {
    arguments[place->name] = json::string(value);
    call();
  }
  return result;
}

}  // namespace

bool is_light_tool(const Tool& tool) {
  if (std::ranges::any_of(tool.words, is_query_word)) return false;
  if (is_named_after_lights(tool)) return true;
  const Parameter* const device = tool.find(Role::device);
  return device != nullptr && std::ranges::any_of(device->choices, names_a_light);
}

bool is_heat_tool(const Tool& tool) {
  if (std::ranges::any_of(tool.words, is_query_word)) return false;
  return std::ranges::any_of(tool.words, is_heat_word) && !is_named_after_lights(tool) &&
         !has_any(tool.words, {"color", "colour"});
}

Result<std::vector<ToolRequest>, Refusal> plan(const std::vector<Tool>& tools,
                                               const HomeAction& action) {
  Refusal refusal = Refusal::no_tool;
  for (const Tool& tool : tools) {
    if (is_heat_deed(action.deed) ? !is_heat_tool(tool) : !is_light_tool(tool)) continue;
    Attempt tried = attempt(tool, action);
    if (!tried.refusal) return std::move(tried.calls);
    if (refusal == Refusal::no_tool) refusal = *tried.refusal;
  }
  return Unexpected{refusal};
}

std::vector<std::string> places_of(const std::vector<Tool>& tools) {
  std::vector<std::string> places;
  for (const Tool& tool : tools) {
    if (!is_light_tool(tool) && !is_heat_tool(tool)) continue;
    const Parameter* const place = place_parameter(tool);
    if (place == nullptr) continue;
    const bool lights_only = place->role == Role::device && !is_named_after_lights(tool);
    for (const std::string& choice : place->choices) {
      if (means_everything(split_name(choice)) || (lights_only && !names_a_light(choice))) continue;
      const std::string spoken = place_of_choice(choice);
      if (places.size() >= limits::kSpokenPlacesMax) return places;
      if (!spoken.empty() && std::ranges::find(places, spoken) == places.end()) {
        places.push_back(spoken);
      }
    }
  }
  return places;
}

Range temperature_range(const std::vector<Tool>& tools) {
  for (const Tool& tool : tools) {
    if (!is_heat_tool(tool)) continue;
    if (const Parameter* const p = tool.find(Role::temperature)) return {p->minimum, p->maximum};
  }
  return {};
}

}  // namespace livegate::assistant
