// How people speak about lights and heating: the patterns, what each reading of them means, and how
// the assistant says what it did.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "assistant/home_action.h"
#include "assistant/phrase_book.h"

namespace livegate::assistant {

// A sentence about the home. `again`: about what was spoken of last ("turn it off").
struct HomeSentence {
  Deed deed = Deed::on;
  bool again = false;
};

struct HomePattern {
  HomeSentence sentence;
  std::string pattern;  // uses <place>, <everything>, <number>
  bool by_ear = true;   // false: for typed lines alone
};

// Fixed for the life of the process; the place in this list is the pattern's meaning.
[[nodiscard]] const std::vector<HomePattern>& home_patterns();

// Defines <place> (the common rooms and `places`), <everything>, and what stands around a command.
void define_home_slots(PhraseBook& book, const std::vector<std::string>& places);

// Puts the polite words that people use around a command: "could you", "please".
[[nodiscard]] std::string politely(const std::string& pattern);

[[nodiscard]] HomeAction action_of(const HomePattern& pattern, const Reading& reading);

// "Dimming the living room lights."
[[nodiscard]] std::string done_sentence(const HomeAction& action);
// The sentence that asks for it: "dim the living room lights".
[[nodiscard]] std::string request_sentence(const HomeAction& action);

}  // namespace livegate::assistant
