// The part of a brain that does not change: the tools, every sentence, and the grammar made of
// them.
#pragma once

#include <string>
#include <vector>

#include "assistant/brain.h"
#include "assistant/home_sentences.h"
#include "assistant/other_tools.h"
#include "assistant/phrase_book.h"
#include "assistant/tool_schema.h"

namespace livegate::assistant {

struct Brain::Knowledge {
  std::vector<Tool> tools;
  std::vector<ToolPhrases>
      phrases;  // of each tool; empty for those that the home's own sentences serve
  PhraseBook book;
  std::string grammar;
  std::vector<std::string> examples;  // at most three sentences that a declared tool carries out
};

// Meanings in the book: topics, then home patterns, then tools.
inline constexpr int kHomeMeanings = 1000;
inline constexpr int kToolMeanings = 2000;

[[nodiscard]] std::shared_ptr<const Brain::Knowledge> learn(
    std::vector<Tool> tools, const std::function<bool(const std::string&)>& knows_word);

}  // namespace livegate::assistant
