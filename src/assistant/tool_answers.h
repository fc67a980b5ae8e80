// What the answer of a tool says: that it worked, what went wrong, or what was asked for.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace livegate::assistant {

struct ToolAnswer {
  bool failed = false;
  std::string detail;  // an error's text, or the answer in words; may be empty
};

// `response_json`: what the application sent back, any JSON. {"error": ...}, {"ok": false},
// {"success": false} and
// {"status": "error"} are failures. The detail is at most 200 bytes of one line, fit to be spoken.
[[nodiscard]] ToolAnswer read_answer(std::string_view response_json);

}  // namespace livegate::assistant
