// What the offline assistant knows and says: a grammar made of the tools that were declared and a
// small smart-home vocabulary, and for every sentence of it an answer, a tool call, or both. Words
// in, reply out; the only thing it looks up is the time of day, when asked.
//
// It never guesses. A sentence that no declared tool can carry out gets "I can only ..." and no
// call.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "assistant/home_action.h"
#include "assistant/small_talk.h"
#include "base/result.h"

namespace livegate::assistant {

struct Reply {
  std::vector<ToolRequest>
      calls;           // run these first, then on_tool_results; empty for a spoken answer alone
  std::string speech;  // what to say now; may be empty if calls are pending
};

class Brain {
 public:
  using Clock = std::function<LocalTime()>;

  // `tools_json`: the setup's `tools` array (functionDeclarations with OpenAPI `parameters` or
  // `parametersJsonSchema`), or empty. `knows_word`: what the recogniser can hear; phrases with
  // other words are left out of the grammar. The error names a declaration that cannot be read.
  static Result<Brain, std::string> make(std::string_view tools_json,
                                         const std::function<bool(const std::string&)>& knows_word,
                                         Clock clock = local_time_now);

  // The JSGF grammar of everything it understands by ear.
  [[nodiscard]] const std::string& grammar() const;

  // Recognised or typed words, any case and punctuation. Typed lines that it does not understand
  // are refused like spoken ones.
  Reply on_words(std::string_view words);
  // Speech outside the grammar: "I can only ...", with examples that the declared tools allow.
  Reply on_not_understood();
  // One picture arrived: said honestly, once.
  Reply on_picture(int width, int height);
  // All calls of a reply have been answered; `responses_json` in the order of the calls. Says what
  // was done or, for a response that holds an error, what went wrong.
  Reply on_tool_results(const std::vector<ToolRequest>& calls,
                        const std::vector<std::string>& responses_json);

  // What everything it understands is made of: fixed once made, shared by copies.
  struct Knowledge;

 private:
  Brain(std::shared_ptr<const Knowledge> knowledge, Clock clock);

  Reply on_home_action(HomeAction action, bool again);
  Reply on_other_tool(std::size_t tool, const struct Reading& reading);
  [[nodiscard]] Reply refusal_of(const HomeAction& action, Refusal refusal) const;
  void remember(const std::vector<ToolRequest>& calls, std::string sentence);

  std::shared_ptr<const Knowledge> knowledge_;
  Clock clock_;
  std::optional<Target> last_target_;  // what "it" is
  bool has_seen_picture_ = false;
  // What to say once calls are answered: the first call of a reply, and the sentence.
  std::deque<std::pair<ToolRequest, std::string>> promises_;
};

}  // namespace livegate::assistant
