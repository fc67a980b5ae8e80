// What the offline assistant knows and says: a grammar made of the tools that were declared and a small
// smart-home vocabulary, and for every sentence of it an answer, a tool call, or both. Pure: words in, reply out.
//
// It never guesses. A sentence that no declared tool can carry out gets "I can only ..." and no call.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace livegate::offline {

struct ToolRequest {
  std::string name;
  std::string args_json;  // an object that satisfies the tool's declared parameters
};

struct Reply {
  std::vector<ToolRequest> calls;  // run these first, then on_tool_result; empty for a spoken answer alone
  std::string speech;              // what to say now; may be empty if calls are pending
};

class Brain {
 public:
  // `tools_json`: the setup's `tools` array (functionDeclarations with OpenAPI `parameters` or
  // `parametersJsonSchema`), or empty. `knows_word`: what the recogniser can hear; phrases with other words are
  // left out of the grammar. The error names a declaration that cannot be read.
  static Result<Brain, std::string> make(std::string_view tools_json,
                                         const std::function<bool(const std::string&)>& knows_word);

  // The JSGF grammar of everything it understands by ear.
  [[nodiscard]] const std::string& grammar() const { return grammar_; }

  // Recognised or typed words, any case and punctuation. Typed lines that it does not understand are refused like
  // spoken ones.
  Reply on_words(std::string_view words);
  // Speech outside the grammar: "I can only ...", with examples that the declared tools allow.
  Reply on_not_understood();
  // One picture arrived: said honestly, once.
  Reply on_picture(int width, int height);
  // All calls of a reply have been answered; `responses_json` in the order of the calls. Says what was done or,
  // for a response that holds an error, what went wrong.
  Reply on_tool_results(const std::vector<ToolRequest>& calls, const std::vector<std::string>& responses_json);

 private:
  std::string grammar_;
  // (implementation's own members follow; copyable: a resumed session goes on with a copy)
};

}  // namespace livegate::offline
