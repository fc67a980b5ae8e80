#include "offline/tool_schema.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cctype>

namespace livegate::offline {
namespace {

namespace json = boost::json;

struct Problem {
  std::string text;
};

const json::value* member(const json::object& object, std::string_view camel,
                          std::string_view snake = {}) {
  if (const json::value* value = object.if_contains(camel)) return value;
  return snake.empty() ? nullptr : object.if_contains(snake);
}

std::string text_member(const json::object& object, std::string_view name) {
  const json::value* const value = object.if_contains(name);
  if (value == nullptr || !value->is_string()) return {};
  return std::string(value->as_string());
}

// The type's name in lower case; of a JSON Schema list of types the first that is not "null".
std::string type_of(const json::object& schema) {
  std::string name = text_member(schema, "type");
  if (const json::value* types = schema.if_contains("type"); types && types->is_array()) {
    for (const json::value& one : types->as_array()) {
      if (one.is_string() && one.as_string() != "null") {
        name = one.as_string();
        break;
      }
    }
  }
  for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return name;
}

std::optional<double> number_member(const json::object& schema, std::string_view name) {
  const json::value* const value = schema.if_contains(name);
  if (value == nullptr || !value->is_number()) return std::nullopt;
  return value->to_number<double>();
}

ValueType value_type(const std::string& name, bool has_choices) {
  if (name == "string" || (name.empty() && has_choices)) return ValueType::text;
  if (name == "number") return ValueType::number;
  if (name == "integer") return ValueType::integer;
  if (name == "boolean") return ValueType::boolean;
  return ValueType::unsupported;
}

// Limits that a description states in words where the schema does not: "0-255", "between 0 and 1".
std::optional<double> maximum_in_words(const std::string& description) {
  if (description.find("100") != std::string::npos) return 100.0;
  if (description.find("255") != std::string::npos) return 255.0;
  if (description.find("254") != std::string::npos) return 254.0;
  for (const char* const fraction : {"0 to 1", "0-1", "0.0", "0 and 1", "0..1"}) {
    if (description.find(fraction) != std::string::npos) return 1.0;
  }
  return std::nullopt;
}

bool has_power_choices(const Parameter& parameter) {
  bool on = false;
  bool off = false;
  for (const std::string& choice : parameter.choices) {
    const Words words = split_name(choice);
    if (words.size() > 2) continue;
    on = on || means_on(words);
    off = off || means_off(words);
  }
  return on && off;
}

Role role_of(const Parameter& p) {
  const Words& words = p.words;
  const bool colored = has_any(words, {"color", "colour"});
  if (has_any(words, {"kelvin", "warmth"}) ||
      (colored && has_any(words, {"temperature", "temp"}))) {
    return Role::color_temperature;
  }
  if (colored) return Role::other;
  if (p.type == ValueType::text &&
      has_any(words, {"room", "rooms", "location", "area", "zone", "place"})) {
    return Role::room;
  }
  if (p.is_numeric()) {
    if (has_any(words, {"temperature", "temp", "degrees", "setpoint", "celsius", "fahrenheit"})) {
      return Role::temperature;
    }
    if (has_any(words, {"brightness", "level", "percent", "percentage", "intensity", "dim",
                        "dimming", "dimmer", "luminosity", "bri"})) {
      return Role::level;
    }
    return Role::other;  // "value" and "target" depend on the tool: see settle_roles
  }
  if (p.type == ValueType::boolean) {
    return has_any(words, {"on", "state", "power", "powered", "enabled", "enable", "active",
                           "status", "value"})
               ? Role::power
               : Role::other;
  }
  if (p.type != ValueType::text) return Role::other;
  if (has_any(words, {"action", "command", "operation", "mode"})) {
    return p.choices.empty() || has_power_choices(p) || has_any(words, {"action", "command"})
               ? Role::action
               : Role::other;
  }
  if (has_power_choices(p)) return Role::power;
  if (has_any(words, {"state", "power", "on", "status"}) && p.choices.empty()) return Role::power;
  if (has_any(words, {"brightness", "level", "intensity", "percent"})) return Role::level;
  if (has_any(words, {"temperature", "degrees"})) return Role::temperature;
  if (has_any(words, {"device", "devices", "id", "name", "light", "lights", "lamp", "entity",
                      "target", "appliance"})) {
    return Role::device;
  }
  return Role::other;
}

// "value" and "target" mean what their tool is about.
void settle_roles(Tool& tool) {
  const bool heat = std::ranges::any_of(tool.words, is_heat_word);
  const bool light = std::ranges::any_of(tool.words, is_light_word) ||
                     has_any(tool.words, {"brightness", "dim", "dimmer"});
  for (Parameter& p : tool.parameters) {
    if (p.role != Role::other || !p.is_numeric()) continue;
    if (!has_any(p.words, {"value", "target", "amount", "setting"})) continue;
    if (heat) p.role = Role::temperature;
    if (light) p.role = Role::level;
  }
  for (Parameter& p : tool.parameters) {
    if (p.role == Role::level && !p.maximum) p.maximum = maximum_in_words(p.description);
  }
}

Parameter read_parameter(const std::string& name, const json::object& schema, bool required) {
  Parameter p;
  p.name = name;
  p.words = split_name(name);
  p.description = text_member(schema, "description");
  p.required = required;
  const json::object* values = &schema;
  if (type_of(schema) == "array") {
    const json::value* const items = schema.if_contains("items");
    p.is_list = true;
    if (items != nullptr && items->is_object()) values = &items->as_object();
  }
  if (const json::value* choices = values->if_contains("enum"); choices && choices->is_array()) {
    for (const json::value& choice : choices->as_array()) {
      if (choice.is_string()) p.choices.emplace_back(choice.as_string());
    }
  }
  if (const json::value* only = values->if_contains("const"); only && only->is_string()) {
    p.choices.emplace_back(only->as_string());
  }
  p.type = p.is_list && values == &schema ? ValueType::unsupported
                                          : value_type(type_of(*values), !p.choices.empty());
  p.minimum = number_member(*values, "minimum");
  p.maximum = number_member(*values, "maximum");
  if (const json::value* fallback = schema.if_contains("default");
      fallback && !fallback->is_null()) {
    p.fallback = json::serialize(*fallback);
  }
  p.role = role_of(p);
  return p;
}

Tool read_tool(const json::value& value) {
  if (!value.is_object()) throw Problem{"A function declaration is not an object."};
  const json::object& declaration = value.as_object();
  Tool tool;
  tool.name = text_member(declaration, "name");
  if (tool.name.empty()) throw Problem{"A function declaration has no name."};
  tool.words = split_name(tool.name);
  tool.description = text_member(declaration, "description");
  const json::value* schema = member(declaration, "parameters");
  if (schema == nullptr || schema->is_null()) {
    schema = member(declaration, "parametersJsonSchema", "parameters_json_schema");
  }
  if (schema == nullptr || schema->is_null()) return tool;
  if (!schema->is_object()) {
    throw Problem{"The parameters of \"" + tool.name + "\" are not an object."};
  }
  const json::value* const properties = schema->as_object().if_contains("properties");
  if (properties == nullptr || properties->is_null()) return tool;
  if (!properties->is_object()) {
    throw Problem{"The properties of \"" + tool.name + "\" are not an object."};
  }
  Words required;
  if (const json::value* names = schema->as_object().if_contains("required");
      names && names->is_array()) {
    for (const json::value& name : names->as_array()) {
      if (name.is_string()) required.emplace_back(name.as_string());
    }
  }
  for (const auto& [name, property] : properties->as_object()) {
    if (!property.is_object()) {
      throw Problem{"The parameter \"" + std::string(name) + "\" of \"" + tool.name +
                    "\" is not an object."};
    }
    tool.parameters.push_back(
        read_parameter(std::string(name), property.as_object(), has(required, std::string(name))));
  }
  settle_roles(tool);
  return tool;
}

void read_entry(const json::value& entry, std::vector<Tool>& tools) {
  if (!entry.is_object()) throw Problem{"An entry of the tools is not an object."};
  const json::object& object = entry.as_object();
  if (const json::value* list = member(object, "functionDeclarations", "function_declarations")) {
    if (!list->is_array()) throw Problem{"functionDeclarations is not an array."};
    for (const json::value& one : list->as_array()) tools.push_back(read_tool(one));
  } else if (object.if_contains("name") != nullptr) {
    tools.push_back(read_tool(entry));
  }
}

}  // namespace

const Parameter* Tool::find(Role role) const {
  const auto found = std::ranges::find(parameters, role, &Parameter::role);
  return found == parameters.end() ? nullptr : &*found;
}

Result<std::vector<Tool>, std::string> read_tools(std::string_view tools_json) {
  std::vector<Tool> tools;
  if (tools_json.find_first_not_of(" \t\r\n") == std::string_view::npos) return tools;
  json::error_code error;
  const json::value all =
      json::parse(json::string_view(tools_json.data(), tools_json.size()), error);
  if (error) return Unexpected{std::string("The tools are not JSON.")};
  try {
    if (all.is_object()) read_entry(all, tools);
    if (all.is_array()) {
      for (const json::value& entry : all.as_array()) read_entry(entry, tools);
    }
  } catch (const Problem& problem) {
    return Unexpected{problem.text};
  }
  return tools;
}

}  // namespace livegate::offline
