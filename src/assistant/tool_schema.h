// The declared tools as the assistant sees them: names taken apart into words, parameters with
// their limits and the part that each can play. Reads both styles of declaration; judges nothing
// about what can be said to a tool.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "assistant/home_words.h"
#include "base/result.h"

namespace livegate::assistant {

// The part a parameter plays in a sentence about a home, told from its name, type and values.
enum class Role { room, device, power, level, temperature, color_temperature, action, other };

enum class ValueType { text, number, integer, boolean, unsupported };

struct Parameter {
  std::string name;
  Words words;  // of the name
  std::string description;
  ValueType type = ValueType::text;
  bool is_list = false;              // an array of such values
  std::vector<std::string> choices;  // of an enum; empty: anything
  std::optional<double> minimum;
  std::optional<double> maximum;
  std::optional<std::string> fallback;  // the schema's `default`, as JSON
  bool required = false;
  Role role = Role::other;
  [[nodiscard]] bool is_numeric() const {
    return type == ValueType::number || type == ValueType::integer;
  }
};

struct Tool {
  std::string name;
  Words words;
  std::string description;
  std::vector<Parameter> parameters;
  [[nodiscard]] const Parameter* find(Role role) const;
};

// `tools_json`: the `tools` of a setup: entries with `functionDeclarations` (others are passed
// over), or bare declarations; "" is no tools. The error is one sentence that names the
// declaration.
[[nodiscard]] Result<std::vector<Tool>, std::string> read_tools(std::string_view tools_json);

}  // namespace livegate::assistant
