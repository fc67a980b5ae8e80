// Which tools and contents the service closes a session on, in its own words. For the stand-in,
// which closes as the service does; what the assistant can make of tools is tool_schema.h.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace livegate::offline {

// What the service says to the tools of a setup; nothing where it takes them. `parameters` is its
// own schema, with the fields that it knows; `parametersJsonSchema` may be anything. What is no
// JSON, or no declaration, is not its business.
[[nodiscard]] std::optional<std::string> refusal_of_tools(std::string_view tools_json);

// What it says to the turns of a clientContent: a role is "user", "model" or left out.
[[nodiscard]] std::optional<std::string> refusal_of_roles(std::string_view content_json);

}  // namespace livegate::offline
