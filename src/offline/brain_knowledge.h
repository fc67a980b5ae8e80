// The part of a brain that does not change: the tools, every sentence, and the grammar made of
// them.
#pragma once

#include <string>
#include <vector>

#include "offline/brain.h"
#include "offline/home_sentences.h"
#include "offline/other_tools.h"
#include "offline/phrase_book.h"
#include "offline/tool_schema.h"

namespace livegate::offline {

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

}  // namespace livegate::offline
