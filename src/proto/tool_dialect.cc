#include "proto/tool_dialect.h"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <set>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/limits.h"

namespace livegate::proto {
namespace {

namespace bj = boost::json;
using Text = std::string_view;

// Of all the declarations of a setup, references written out. What is merged or left out again is
// counted, so that one definition that many refer to is not written out in vain.
constexpr std::size_t kSchemasMax = 4096;
constexpr std::size_t kWrittenBytesMax = 2 * limits::kSetupBytesMax;
constexpr std::size_t kDepthMax = 32;
constexpr std::size_t kNameBytesMax = 128;
constexpr std::size_t kQuotedBytesMax = 64;

// The keys of the service's Schema that pass as they are.
constexpr auto kTaken =
    std::to_array<Text>({"description", "enum", "items", "maxItems", "maxLength", "maxProperties",
                         "maximum", "minItems", "minLength", "minProperties", "minimum", "nullable",
                         "pattern", "properties", "propertyOrdering", "required", "type", "anyOf"});
// Those that say who may be sent what, and not what it is: left out.
constexpr auto kLeftOut = std::to_array<Text>({"$schema",
                                               "$id",
                                               "$comment",
                                               "$anchor",
                                               "$defs",
                                               "definitions",
                                               "title",
                                               "default",
                                               "format",
                                               "example",
                                               "examples",
                                               "deprecated",
                                               "readOnly",
                                               "writeOnly",
                                               "additionalProperties",
                                               "unevaluatedProperties",
                                               "patternProperties",
                                               "propertyNames",
                                               "multipleOf",
                                               "uniqueItems",
                                               "contentEncoding",
                                               "contentMediaType",
                                               "discriminator",
                                               "externalDocs",
                                               "xml",
                                               "strict"});

// What Python's SDK writes for the names of a Schema; the service understands both spellings.
constexpr auto kSnakeCase =
    std::to_array<std::pair<Text, Text>>({{"any_of", "anyOf"},
                                          {"max_items", "maxItems"},
                                          {"max_length", "maxLength"},
                                          {"max_properties", "maxProperties"},
                                          {"min_items", "minItems"},
                                          {"min_length", "minLength"},
                                          {"min_properties", "minProperties"},
                                          {"property_ordering", "propertyOrdering"}});

template <std::size_t N>
bool is_one_of(const std::array<Text, N>& list, Text key) {
  return std::ranges::find(list, key) != list.end();
}

Text view(const bj::string& text) { return {text.data(), text.size()}; }
Text view(bj::string_view text) { return {text.data(), text.size()}; }

std::string quoted(Text text) {
  std::string out(text.substr(0, kQuotedBytesMax));
  std::ranges::replace_if(
      out, [](char c) { return c < 0x20 || c > 0x7E; }, '?');
  return '"' + out + '"';
}

struct Refusal {
  std::string sentence;
};

// What has been written for all the declarations of a setup.
struct Written {
  std::size_t schemas = 0;
  std::size_t bytes = 0;
};

// One declaration's parameters, rewritten. Throws a Refusal.
class Rewriter {
 public:
  Rewriter(const bj::value& root, Written& written) : root_(root), written_(written) {}

  bj::object schema(const bj::value& from) {
    if (++written_.schemas > kSchemasMax || ++depth_ > kDepthMax) throw too_large();
    bj::object out;
    if (const auto* const object = from.if_object()) {
      members(*object, out);
    } else if (!from.is_bool()) {
      throw Refusal{"has a schema that is no object"};
    }
    --depth_;
    return out;
  }

 private:
  static Refusal too_large() {
    return {"is larger than is taken once its references are written out: at most " +
            std::to_string(kSchemasMax) + " schemas, " + std::to_string(kDepthMax) +
            " levels deep, " + std::to_string(kWrittenBytesMax / 1024) + " KiB"};
  }
  void count(std::size_t bytes) {
    written_.bytes += bytes;
    if (written_.bytes > kWrittenBytesMax) throw too_large();
  }
  // Before a value is copied: no more of it is walked than may still be written.
  void count(const bj::value& value) {
    count(2);
    if (const auto* const text = value.if_string()) count(text->size());
    if (const auto* const list = value.if_array()) {
      for (const bj::value& each : *list) count(each);
    }
    if (const auto* const object = value.if_object()) {
      for (const auto& [key, each] : *object) count(key.size()), count(each);
    }
  }

  // A key as the service's own Schema spells it.
  static Text in_camel_case(Text key) {
    const auto* const found = std::ranges::find(kSnakeCase, key, &std::pair<Text, Text>::first);
    return found == kSnakeCase.end() ? key : found->second;
  }

  // Whatever is found here is moved into `out` or looked at: a copy at each level would cost the
  // whole declaration as often as it is deep.
  void members(const bj::object& from, bj::object& out) {
    if (const auto* const ref = from.if_contains("$ref")) refer(*ref, out);
    for (const auto& [key, value] : from) member(in_camel_case(view(key)), value, out);
    if (const auto* const all = from.if_contains("allOf")) merge_all(*all, out);
    if (const auto* const some = from.if_contains("oneOf")) choose("oneOf", *some, out);
    const auto* const any = from.if_contains("any_of");
    if (const auto* const some = any != nullptr ? any : from.if_contains("anyOf")) {
      choose("anyOf", *some, out);
    }
    complete(out);
  }

  void member(Text key, const bj::value& value, bj::object& out) {
    const bj::string_view name(key.data(), key.size());
    if (key == "enum" || key == "const") count(value);
    if (key == "$ref" || key == "allOf" || key == "oneOf" || key == "anyOf") return;
    if (key == "type") return type(value, out);
    if (key == "const") return allowed(bj::array{value}, out);
    if (key == "enum" && value.is_array()) return allowed(value.get_array(), out);
    if (key == "properties" && value.is_object()) return properties(value.get_object(), out);
    if (key == "items") {
      out["items"] = schema(value);
    } else if (key == "exclusiveMinimum" || key == "exclusiveMaximum") {
      if (value.is_number()) out[key == "exclusiveMinimum" ? "minimum" : "maximum"] = value;
    } else if (is_one_of(kTaken, key)) {
      if (key != "enum") count(value);
      out[name] = value;
    } else if (!is_one_of(kLeftOut, key) && !key.starts_with("x-")) {
      throw Refusal{"has the key " + quoted(key) + ", which the service does not take"};
    }
  }

  void properties(const bj::object& from, bj::object& out) {
    bj::object& to = out["properties"].is_object() ? out["properties"].get_object()
                                                   : out["properties"].emplace_object();
    for (const auto& [name, value] : from) {
      count(name.size());
      to[name] = schema(value);
    }
  }

  static std::string upper(Text text) {
    std::string out(text);
    for (char& c : out) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    return out;
  }

  void type(const bj::value& value, bj::object& out) {
    std::vector<std::string> types;
    const auto add = [&](const bj::value& one) {
      if (!one.is_string()) throw Refusal{"has a type that is no string"};
      const std::string name = upper(view(one.get_string()));
      name == "NULL" ? void(out["nullable"] = true) : types.push_back(name);
    };
    if (const auto* const list = value.if_array()) {
      std::ranges::for_each(*list, add);
    } else {
      add(value);
    }
    if (types.size() == 1) out["type"] = types.front();
    if (types.size() < 2) return;
    bj::array choices;
    for (const std::string& each : types) choices.push_back(bj::object{{"type", each}});
    out["anyOf"] = std::move(choices);
  }

  // The service's enums are of strings; of other values the description tells.
  static void allowed(bj::array values, bj::object& out) {
    bj::array strings;
    std::string others;
    bool numbers = true;
    bool whole = true;
    for (bj::value& value : values) {
      if (value.is_null()) {
        out["nullable"] = true;
      } else if (value.is_string()) {
        strings.push_back(std::move(value));
      } else {
        others += (others.empty() ? "" : ", ") + bj::serialize(value);
        numbers &= value.is_number();
        whole &= !value.is_double();
      }
    }
    if (!strings.empty()) {
      out["type"] = "STRING";
      out["enum"] = std::move(strings);
    } else if (!others.empty()) {
      if (!out.contains("type")) out["type"] = !numbers ? "BOOLEAN" : whole ? "INTEGER" : "NUMBER";
      const bj::value* const said = out.if_contains("description");
      std::string text(said && said->is_string() ? view(said->get_string()) : Text());
      text += (text.empty() ? "One of: " : " One of: ") + others + ".";
      out["description"] = text;
    }
  }

  void refer(const bj::value& ref, bj::object& out) {
    const Text name = ref.is_string() ? view(ref.get_string()) : Text();
    if (name != "#" && !name.starts_with("#/")) {
      throw Refusal{"refers to " + quoted(name) + ": a $ref must begin with #/ and stay inside"};
    }
    if (!open_.insert(std::string(name)).second) {
      throw Refusal{"refers to itself by " + quoted(name) + ", which the service does not take"};
    }
    bj::error_code missing;
    const bj::value* const target =
        root_.find_pointer(bj::string_view(name.data() + 1, name.size() - 1), missing);
    if (target == nullptr) throw Refusal{"refers to " + quoted(name) + ", which is not there"};
    out = schema(*target);
    open_.erase(std::string(name));
  }

  // Taken into `out`; what stands there already stays, but for names and what is required.
  static void absorb(bj::object& out, bj::object from) {
    for (auto& [key, value] : from) {
      bj::value& to = out[key];
      if (key == "properties" && to.is_object() && value.is_object()) {
        for (auto& [name, property] : value.get_object())
          to.get_object()[name] = std::move(property);
      } else if (key == "required" && to.is_array() && value.is_array()) {
        for (bj::value& name : value.get_array()) to.get_array().push_back(std::move(name));
      } else if (to.is_null()) {
        to = std::move(value);
      }
    }
  }

  void merge_all(const bj::value& all, bj::object& out) {
    if (!all.is_array()) throw Refusal{"has an allOf that is no list"};
    for (const bj::value& each : all.get_array()) absorb(out, schema(each));
  }

  static bj::array all_constants(bj::array& choices) {
    bj::array all;
    for (bj::value& each : choices) {
      for (bj::value& value : each.get_object()["enum"].as_array()) all.push_back(std::move(value));
    }
    return all;
  }

  void choose(Text key, const bj::value& some, bj::object& out) {
    if (!some.is_array()) throw Refusal{"has the key " + quoted(key) + ", which is no list"};
    bj::array choices;
    for (const bj::value& each : some.get_array()) {
      bj::object one = schema(each);
      const bool null = one.size() == 1 && one.contains("nullable");
      if (null) out["nullable"] = true;
      if (!null) choices.push_back(std::move(one));
    }
    const bool only_constants =
        !choices.empty() && std::ranges::all_of(choices, [](const bj::value& each) {
          return each.get_object().contains("enum") && each.get_object().size() == 2;
        });
    if (only_constants) return allowed(all_constants(choices), out);
    if (choices.size() == 1) return absorb(out, std::move(choices.front().get_object()));
    if (!choices.empty()) out["anyOf"] = std::move(choices);
  }

  // What the service misses, and what it would not find.
  static void complete(bj::object& out) {
    if (out.contains("properties") && !out.contains("type")) out["type"] = "OBJECT";
    if (out.contains("items") && !out.contains("type")) out["type"] = "ARRAY";
    const bj::value* const type = out.if_contains("type");
    if (type != nullptr && *type == "ARRAY" && !out.contains("items"))
      out["items"] = bj::object{{"type", "STRING"}};
    const bj::value* const properties = out.if_contains("properties");
    bj::value* const required = out.if_contains("required");
    if (required == nullptr || !required->is_array()) return;
    bj::array kept;
    std::unordered_set<Text> seen;  // many names may be required, and many times
    for (const bj::value& name : required->get_array()) {
      const bool there = name.is_string() && properties != nullptr && properties->is_object() &&
                         properties->get_object().contains(name.get_string());
      if (there && seen.insert(view(name.get_string())).second) kept.push_back(name);
    }
    kept.empty() ? void(out.erase("required")) : void(*required = std::move(kept));
  }

  const bj::value& root_;
  Written& written_;
  std::size_t depth_ = 0;
  std::set<std::string> open_;  // references that are being written out
};

// Whether the service takes a schema as it stands; it need not be rewritten then.
bool is_plain(const bj::value& schema) {
  const auto* const object = schema.if_object();
  if (object == nullptr) return false;
  for (const auto& [key, value] : *object) {
    if (!is_one_of(kTaken, view(key))) return false;
    if (key == "type" && !value.is_string()) return false;
    if (key == "type" && (value == "null" || value == "NULL")) return false;
    if (key == "items" && !is_plain(value)) return false;
    const auto* const list = value.if_array();
    if (key == "enum" && (list == nullptr || !std::ranges::all_of(*list, [](const bj::value& one) {
                            return one.is_string();
                          })))
      return false;
    if (key == "anyOf" && (list == nullptr || !std::ranges::all_of(*list, is_plain))) return false;
    const auto* const named = value.if_object();
    if (key == "properties" && (named == nullptr || !std::ranges::all_of(*named, [](const auto& p) {
                                  return is_plain(p.value());
                                })))
      return false;
  }
  const bj::value* const type = object->if_contains("type");
  const bool list = type != nullptr && (*type == "array" || *type == "ARRAY");
  return !list || object->contains("items");
}

void check_name(const bj::object& declaration, std::set<std::string>& names) {
  const bj::value* const value = declaration.if_contains("name");
  const std::string name(value && value->is_string() ? view(value->get_string()) : Text());
  const auto is_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  const bool taken =
      !name.empty() && name.size() <= kNameBytesMax && is_letter(name.front()) &&
      std::ranges::all_of(name, [&](char c) {
        return is_letter(c) || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == ':';
      });
  if (!taken) {
    throw Refusal{
        "has a name that the service does not take: a letter or _ first, then letters, "
        "digits and _.:-"};
  }
  if (!names.insert(name).second) throw Refusal{"is declared twice"};
}

}  // namespace

Result<std::string, std::string> tools_for_service(std::string_view tools_json) {
  bj::error_code code;
  const bj::parse_options options{.max_depth = limits::kJsonDepthMax};
  bj::value tools = bj::parse({tools_json.data(), tools_json.size()}, code, {}, options);
  if (code || !tools.is_array()) return std::string(tools_json);
  std::set<std::string> names;
  Written written;
  bool changed = false;
  for (bj::value& tool : tools.get_array()) {
    bj::value* const list =
        tool.is_object() ? tool.get_object().if_contains("functionDeclarations") : nullptr;
    if (list == nullptr || !list->is_array()) continue;
    for (bj::value& declaration : list->get_array()) {
      if (!declaration.is_object()) continue;
      const bj::value* const named = declaration.get_object().if_contains("name");
      const std::string name = quoted(named && named->is_string() ? view(named->get_string()) : "");
      try {
        check_name(declaration.get_object(), names);
        bj::value* const parameters = declaration.get_object().if_contains("parameters");
        if (parameters == nullptr || is_plain(*parameters)) continue;
        bj::object rewritten = Rewriter(*parameters, written).schema(*parameters);
        *parameters = std::move(rewritten);
        changed = true;
      } catch (const Refusal& refusal) {
        return Unexpected{"The function " + name + " " + refusal.sentence + "."};
      }
    }
  }
  if (!changed) return std::string(tools_json);
  std::string text = bj::serialize(tools);
  if (text.size() > limits::kSetupBytesMax)
    return Unexpected{std::string("The tools are larger than 256 KiB once they are written out.")};
  return text;
}

}  // namespace livegate::proto
