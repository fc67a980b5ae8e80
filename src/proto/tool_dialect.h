// Function declarations as schema generators write them (JSON Schema), in the dialect that the
// service takes: its own Schema, which knows no $ref, no const, no null as a type, and enums of
// strings alone. It closes the connection over what it does not know (1007).
//
// Decides what is rewritten without loss (a nullable anyOf, references, const), what is dropped
// because it only narrows (formats, additionalProperties), and what is refused by its key's name.
// A declaration that needs nothing of this stays as it stood. parametersJsonSchema is the service's
// other way and is not looked at.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace livegate::proto {

// `tools_json`: the setup's array of tools, JSON. The error is one sentence that names the function
// and the key. Work and size are bounded, whatever refers to what.
[[nodiscard]] Result<std::string, std::string> tools_for_service(std::string_view tools_json);

}  // namespace livegate::proto
