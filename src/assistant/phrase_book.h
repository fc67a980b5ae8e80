// Sentences and what they mean, written once for both uses: as the grammar that the recogniser
// listens with, and as the matcher that reads what it heard or what somebody typed. Knows nothing
// of homes or tools.
//
// A pattern is written as in JSGF: words, (one|of|these), [perhaps this], <slot>. The slot <number>
// is built in.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace livegate::assistant {

// What a sentence was, and what stood in its slots: slot name -> value.
struct Reading {
  int meaning = 0;
  std::map<std::string, std::string> slots;  // a <number> as digits
};

class PhraseBook {
 public:
  // One thing that may stand in a slot: a pattern (without slots), and the value that it stands
  // for.
  struct Choice {
    std::string pattern;
    std::string value;
  };
  // Defines <slot>, before the patterns that use it; `name`: lower-case letters. No choices: no
  // pattern with it fits.
  void define(const std::string& name, const std::vector<Choice>& choices);

  // `meaning` is the caller's. A bad pattern is the caller's bug (LIVEGATE_CHECK). Of two patterns
  // that fit the same words the earlier one counts. `by_ear` false: for typed lines alone, not in
  // the grammar.
  void add(const std::string& pattern, int meaning, bool by_ear = true);

  // `words`: as from words_of_line. Nothing if no pattern fits all of them.
  [[nodiscard]] std::optional<Reading> read(const std::vector<std::string>& words) const;

  // The JSGF text of all patterns as far as they are made of words that `knows_word` accepts. Never
  // empty of sentences unless no pattern is left.
  [[nodiscard]] std::string jsgf(const std::function<bool(const std::string&)>& knows_word) const;

  // A piece of a pattern; public for the free functions of the source.
  struct Node {
    enum class Kind { word, slot, sequence, one_of, perhaps };
    Kind kind = Kind::sequence;
    std::string text;         // of a word or slot
    std::vector<Node> parts;  // of the others
  };

 private:
  struct Line {
    Node pattern;
    int meaning = 0;
    bool by_ear = true;
  };
  struct Slot {
    std::vector<std::pair<Node, std::string>> choices;
  };
  struct Place;
  void advance(const Node& node, const std::vector<std::string>& words, const Place& from,
               std::vector<Place>& out) const;
  void advance_slot(const std::string& name, const std::vector<std::string>& words,
                    const Place& from, std::vector<Place>& out) const;

  std::map<std::string, Slot> slots_;
  std::vector<Line> lines_;
};

// The words of a typed or recognised line: lower case, punctuation gone, "30%" as "30" "percent",
// "21°" as "21" "degrees". At most 40; of a longer line nothing, which no pattern fits.
[[nodiscard]] std::vector<std::string> words_of_line(std::string_view line);

}  // namespace livegate::assistant
