#include "assistant/tool_schema.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cctype>

#include "base/limits.h"

namespace livegate::assistant {
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

// Schemas that refer to themselves are read so far.
constexpr int kReferencesMax = 8;

// How much may be read: every reference reads again what it means.
class Budget {
 public:
  // Counts the values of `schema`, nested ones included.
  void spend(const json::value& schema) {
    if (values_++ > limits::kOfflineSchemaValuesMax) {
      throw Problem{"The schemas of the tools are too large."};
    }
    if (const json::object* const object = schema.if_object()) {
      for (const auto& [key, value] : *object) spend(value);
    } else if (const json::array* const array = schema.if_array()) {
      for (const json::value& value : *array) spend(value);
    }
  }

 private:
  std::size_t values_ = 0;
};

// What "#/$defs/Room" means in `root`; null if it means nothing.
const json::object* referenced(const json::object& root, std::string_view reference) {
  if (!reference.starts_with("#/")) return nullptr;
  reference.remove_prefix(2);
  const json::object* at = &root;
  while (true) {
    const std::size_t slash = reference.find('/');
    const json::value* const next = at->if_contains(reference.substr(0, slash));
    if (next == nullptr || !next->is_object()) return nullptr;
    at = &next->as_object();
    if (slash == std::string_view::npos) return at;
    reference.remove_prefix(slash + 1);
  }
}

bool is_null_type(const json::object& schema) { return type_of(schema) == "null"; }

// Adds to `to` what `from` says and `to` does not; of values, those of both.
void merge(json::object& to, const json::object& from) {
  json::array choices;
  for (const json::object* each : {static_cast<const json::object*>(&to), &from}) {
    const json::value* const list = each->if_contains("enum");
    if (list != nullptr && list->is_array()) {
      choices.insert(choices.end(), list->as_array().begin(), list->as_array().end());
    }
    if (const json::value* only = each->if_contains("const")) choices.push_back(*only);
  }
  for (const auto& [key, value] : from) {
    if (!to.contains(key)) to.emplace(key, value);
  }
  to.erase("const");
  if (!choices.empty()) to["enum"] = std::move(choices);
}

// A schema without references and alternatives, as Python's and JavaScript's generators write them:
// "$ref" into "$defs", anyOf or oneOf with null for what is optional, oneOf of constants for an
// enumeration, allOf around a reference. Of alternatives that differ the first one counts.
json::object plain_schema(const json::object& schema, const json::object& root, Budget& budget,
                          int depth = 0) {
  budget.spend(schema);
  json::object plain = schema;
  if (depth >= kReferencesMax) return plain;
  const std::string reference = text_member(schema, "$ref");
  if (const json::object* const meant = referenced(root, reference)) {
    plain.erase("$ref");
    merge(plain, plain_schema(*meant, root, budget, depth + 1));
  }
  for (const std::string_view several : {"anyOf", "oneOf", "allOf", "any_of"}) {
    const json::value* const list = schema.if_contains(several);
    if (list == nullptr || !list->is_array()) continue;
    plain.erase(several);
    std::string first_type;
    for (const json::value& one : list->as_array()) {
      if (!one.is_object()) continue;
      const json::object alternative = plain_schema(one.as_object(), root, budget, depth + 1);
      if (is_null_type(alternative)) continue;
      const bool same = first_type.empty() || type_of(alternative) == first_type;
      if (!same && several != "allOf") continue;
      if (first_type.empty()) first_type = type_of(alternative);
      merge(plain, alternative);
    }
  }
  return plain;
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

Parameter read_parameter(const std::string& name, const json::object& written,
                         const json::object& root, Budget& budget, bool required) {
  const json::object schema = plain_schema(written, root, budget);
  json::object item;
  Parameter p;
  p.name = name;
  p.words = split_name(name);
  p.description = text_member(schema, "description");
  p.required = required;
  const json::object* values = &schema;
  if (type_of(schema) == "array") {
    const json::value* const items = schema.if_contains("items");
    p.is_list = true;
    if (items != nullptr && items->is_object()) {
      item = plain_schema(items->as_object(), root, budget);
      values = &item;
    }
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

Tool read_tool(const json::value& value, Budget& budget) {
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
  const json::object& root = schema->as_object();
  const json::object whole = plain_schema(root, root, budget);
  const json::value* const properties = whole.if_contains("properties");
  if (properties == nullptr || properties->is_null()) return tool;
  if (!properties->is_object()) {
    throw Problem{"The properties of \"" + tool.name + "\" are not an object."};
  }
  Words required;
  if (const json::value* names = whole.if_contains("required"); names && names->is_array()) {
    for (const json::value& name : names->as_array()) {
      if (name.is_string()) required.emplace_back(name.as_string());
    }
  }
  for (const auto& [name, property] : properties->as_object()) {
    if (!property.is_object()) {
      throw Problem{"The parameter \"" + std::string(name) + "\" of \"" + tool.name +
                    "\" is not an object."};
    }
    tool.parameters.push_back(read_parameter(std::string(name), property.as_object(), root, budget,
                                             has(required, std::string(name))));
  }
  settle_roles(tool);
  return tool;
}

void add_tool(const json::value& declaration, std::vector<Tool>& tools, Budget& budget) {
  if (tools.size() >= limits::kOfflineDeclarationsMax) {
    throw Problem{"More than " + std::to_string(limits::kOfflineDeclarationsMax) +
                  " function declarations."};
  }
  tools.push_back(read_tool(declaration, budget));
}

void read_entry(const json::value& entry, std::vector<Tool>& tools, Budget& budget) {
  if (!entry.is_object()) throw Problem{"An entry of the tools is not an object."};
  const json::object& object = entry.as_object();
  if (const json::value* list = member(object, "functionDeclarations", "function_declarations")) {
    if (!list->is_array()) throw Problem{"functionDeclarations is not an array."};
    for (const json::value& one : list->as_array()) add_tool(one, tools, budget);
  } else if (object.if_contains("name") != nullptr) {
    add_tool(entry, tools, budget);
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
  if (tools_json.size() > limits::kOfflineToolsBytesMax) {
    return Unexpected{"The tools are longer than " +
                      std::to_string(limits::kOfflineToolsBytesMax / 1024) + " KiB."};
  }
  json::error_code error;
  const json::value all =
      json::parse(json::string_view(tools_json.data(), tools_json.size()), error);
  if (error) return Unexpected{std::string("The tools are not JSON.")};
  Budget budget;
  try {
    if (all.is_object()) read_entry(all, tools, budget);
    if (all.is_array()) {
      for (const json::value& entry : all.as_array()) read_entry(entry, tools, budget);
    }
  } catch (const Problem& problem) {
    return Unexpected{problem.text};
  }
  return tools;
}

}  // namespace livegate::assistant
