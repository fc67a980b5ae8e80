#include "offline/service_refusals.h"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <unordered_set>

namespace livegate::offline {
namespace {

namespace json = boost::json;

struct Refusal {
  std::string sentence;
};

constexpr std::size_t kNameBytesMax = 64;

// The fields of the service's Schema, in both spellings.
constexpr std::array<std::string_view, 30> kSchemaFields = {
    "type",          "format",         "title",      "description",      "nullable",
    "enum",          "items",          "maxItems",   "max_items",        "minItems",
    "min_items",     "properties",     "required",   "minProperties",    "min_properties",
    "maxProperties", "max_properties", "minimum",    "maximum",          "minLength",
    "min_length",    "maxLength",      "max_length", "pattern",          "example",
    "anyOf",         "any_of",         "default",    "propertyOrdering", "property_ordering"};

std::string unknown_name(std::string_view name, const std::string& where) {
  return "Invalid JSON payload received. Unknown name \"" + std::string(name) + "\" at '" + where +
         "': Cannot find field.";
}

void check_schema(const json::value& value, const std::string& where) {
  const json::object* const schema = value.if_object();
  if (schema == nullptr) return;
  for (const auto& [key, member] : *schema) {
    if (std::ranges::find(kSchemaFields, std::string_view(key)) == kSchemaFields.end()) {
      throw Refusal{unknown_name(key, where)};
    }
    if (key == "enum" && member.is_array()) {
      std::size_t index = 0;
      for (const json::value& choice : member.as_array()) {
        if (!choice.is_string()) {
          throw Refusal{"Invalid value at '" + where + ".enum[" + std::to_string(index) +
                        "]' (TYPE_STRING), " + json::serialize(choice)};
        }
        ++index;
      }
    }
    if (key == "items") check_schema(member, where + ".items");
    if (key == "properties" && member.is_object()) {
      std::size_t index = 0;
      for (const auto& [name, property] : member.as_object()) {
        check_schema(property, where + ".properties[" + std::to_string(index++) + "].value");
      }
    }
    if ((key == "anyOf" || key == "any_of") && member.is_array()) {
      std::size_t index = 0;
      for (const json::value& one : member.as_array()) {
        check_schema(one, where + ".any_of[" + std::to_string(index++) + "]");
      }
    }
  }
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

bool is_function_name(std::string_view name) {
  if (name.empty() || name.size() > kNameBytesMax || !is_letter(name.front())) return false;
  return std::ranges::all_of(name, [](char c) {
    return is_letter(c) || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == ':';
  });
}

void check_declaration(const json::object& declaration, const std::string& where,
                       std::unordered_set<std::string>& names) {
  const json::value* const name = declaration.if_contains("name");
  if (name == nullptr || !name->is_string()) return;
  const std::string text(name->as_string());
  if (!is_function_name(text)) {
    throw Refusal{
        "Invalid function name. Must start with a letter or an underscore. Must be alphanumeric "
        "(a-z, A-Z, 0-9), underscores (_), dots (.) or dashes (-), with a maximum length of 64."};
  }
  if (!names.insert(text).second) {
    throw Refusal{"Duplicate function declaration found: " + text};
  }
  if (const json::value* const schema = declaration.if_contains("parameters")) {
    check_schema(*schema, where + ".parameters");
  }
}

const json::array* declarations_of(const json::value& tool) {
  const json::object* const object = tool.if_object();
  if (object == nullptr) return nullptr;
  for (const std::string_view key : {"functionDeclarations", "function_declarations"}) {
    const json::value* const list = object->if_contains(key);
    if (list != nullptr) return list->if_array();
  }
  return nullptr;
}

json::value parsed(std::string_view text) {
  json::error_code error;
  return json::parse(json::string_view(text.data(), text.size()), error);
}

}  // namespace

std::optional<std::string> refusal_of_tools(std::string_view tools_json) {
  if (tools_json.empty()) return std::nullopt;
  const json::value tools = parsed(tools_json);
  const json::array* const list = tools.if_array();
  if (list == nullptr) return std::nullopt;
  std::unordered_set<std::string> names;
  try {
    for (std::size_t i = 0; i < list->size(); ++i) {
      const json::array* const declarations = declarations_of((*list)[i]);
      for (std::size_t k = 0; declarations != nullptr && k < declarations->size(); ++k) {
        const json::object* const declaration = (*declarations)[k].if_object();
        if (declaration == nullptr) continue;
        check_declaration(*declaration,
                          "setup.tools[" + std::to_string(i) + "].function_declarations[" +
                              std::to_string(k) + "]",
                          names);
      }
    }
  } catch (const Refusal& refusal) {
    return refusal.sentence;
  }
  return std::nullopt;
}

std::optional<std::string> refusal_of_roles(std::string_view content_json) {
  const json::value content = parsed(content_json);
  const json::object* const object = content.if_object();
  const json::value* const turns = object == nullptr ? nullptr : object->if_contains("turns");
  if (turns == nullptr) return std::nullopt;
  const auto wrong = [](const json::value& turn) {
    const json::object* const one = turn.if_object();
    const json::value* const role = one == nullptr ? nullptr : one->if_contains("role");
    if (role == nullptr || !role->is_string() || role->as_string().empty()) return false;
    return role->as_string() != "user" && role->as_string() != "model";
  };
  const json::array* const list = turns->if_array();
  const bool refused = list == nullptr ? wrong(*turns) : std::ranges::any_of(*list, wrong);
  if (!refused) return std::nullopt;
  return "Please use a valid role: user, model.";
}

}  // namespace livegate::offline
