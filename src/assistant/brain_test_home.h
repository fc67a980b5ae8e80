// A home for tests: tools declared in one line, and what a sentence becomes.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "assistant/brain.h"

namespace livegate::assistant {

inline bool any_word(const std::string& /*word*/) { return true; }

class TestHome {
 public:
  // `declarations`: function declarations separated by commas.
  explicit TestHome(const std::string& declarations)
      : brain_(
            std::move(Brain::make(R"([{"functionDeclarations":[)" + declarations + "]}]", any_word,
                                  [] {
                                    return LocalTime{15, 4, 6, 10, 22};
                                  }))
                .value()) {}

  // The calls of the reply as "name {json} name {json}", or what was said, in quotation marks.
  std::string hears(std::string_view sentence) {
    const Reply reply = brain_.on_words(sentence);
    if (reply.calls.empty()) return "\"" + reply.speech + "\"";
    std::string text;
    for (const ToolRequest& call : reply.calls) {
      text += (text.empty() ? "" : " ") + call.name + " " + call.args_json;
    }
    return text;
  }
  bool refuses(std::string_view sentence) {
    const Reply reply = brain_.on_words(sentence);
    return reply.calls.empty() && reply.speech.find("I can only") != std::string::npos;
  }
  Brain& brain() { return brain_; }

 private:
  Brain brain_;
};

}  // namespace livegate::assistant
