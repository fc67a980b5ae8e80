// Tools that are neither lights nor heating: what can be said to them follows from their names and
// from the values that their parameters allow. "play_music" with a genre of "jazz" or "rock" is
// "play jazz music", "play some rock". A tool that needs a text which nobody can choose from a list
// cannot be used by ear and is left out.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "assistant/home_action.h"
#include "assistant/phrase_book.h"
#include "assistant/tool_schema.h"

namespace livegate::assistant {

// The sentences of one tool: the slots they need, their patterns, one of them as an example.
struct ToolPhrases {
  struct SlotUse {
    std::string slot;                         // in the book
    std::string parameter;                    // in the tool
    std::vector<PhraseBook::Choice> choices;  // value: as JSON; empty for <number>
  };
  std::vector<SlotUse> slots;
  std::vector<std::string> patterns;
  std::string example;  // a sentence of the patterns; empty if there are none
};

// `index` makes the slot names of this tool its own.
[[nodiscard]] ToolPhrases phrases_of(const Tool& tool, std::size_t index);

// The call that a reading of one of those patterns means; nothing if a number is outside its
// limits.
[[nodiscard]] std::optional<ToolRequest> call_of(const Tool& tool, const ToolPhrases& phrases,
                                                 const Reading& reading);

// The tool's name as one would say it: "play music".
[[nodiscard]] std::string spoken_name(const Tool& tool);

}  // namespace livegate::assistant
