#include "assistant/phrase_book.h"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <utility>

#include "assistant/spoken_numbers.h"
#include "base/check.h"

namespace livegate::assistant {
namespace {

using Node = PhraseBook::Node;
using Kind = Node::Kind;

constexpr std::size_t kLineWordsMax = 40;

// Reads one pattern by recursive descent: alternatives of sequences of items.
class PatternReader {
 public:
  explicit PatternReader(std::string_view text) : text_(text) {}

  Node whole() {
    Node node = alternatives();
    LIVEGATE_CHECK(next_ == text_.size());
    return node;
  }

 private:
  Node alternatives() {
    Node choice{Kind::one_of, "", {}};
    choice.parts.push_back(sequence());
    while (peek() == '|') {
      ++next_;
      choice.parts.push_back(sequence());
    }
    return choice.parts.size() == 1 ? std::move(choice.parts.front()) : choice;
  }

  Node sequence() {
    Node node{Kind::sequence, "", {}};
    for (char c = peek(); c != '\0' && c != '|' && c != ')' && c != ']'; c = peek()) {
      node.parts.push_back(item(c));
    }
    return node;
  }

  Node item(char first) {
    if (first == '(' || first == '[') {
      ++next_;
      Node inside = alternatives();
      LIVEGATE_CHECK(peek() == (first == '(' ? ')' : ']'));
      ++next_;
      if (first == '(') return inside;
      Node node{Kind::perhaps, "", {}};
      node.parts.push_back(std::move(inside));
      return node;
    }
    if (first == '<') {
      const std::size_t end = text_.find('>', next_);
      LIVEGATE_CHECK(end != std::string_view::npos);
      Node node{Kind::slot, std::string(text_.substr(next_ + 1, end - next_ - 1)), {}};
      next_ = end + 1;
      return node;
    }
    const std::size_t begin = next_;
    while (next_ < text_.size() &&
           std::string_view(" |()[]<>").find(text_[next_]) == std::string_view::npos) {
      ++next_;
    }
    LIVEGATE_CHECK(next_ > begin);
    return Node{Kind::word, std::string(text_.substr(begin, next_ - begin)), {}};
  }

  char peek() {
    while (next_ < text_.size() && text_[next_] == ' ') ++next_;
    return next_ < text_.size() ? text_[next_] : '\0';
  }

  std::string_view text_;
  std::size_t next_ = 0;
};

using Known = std::function<bool(const std::string&)>;

// The node as JSGF without what cannot be heard; nothing if no way through it is left. `slots`: the
// slots that can be heard.
std::optional<std::string> to_jsgf(const Node& node, const Known& knows_word,
                                   const std::vector<std::string>& slots) {
  switch (node.kind) {
    case Kind::word:
      return knows_word(node.text) ? std::optional(node.text) : std::nullopt;
    case Kind::slot:
      if (std::ranges::find(slots, node.text) == slots.end()) return std::nullopt;
      return "<" + node.text + ">";
    case Kind::perhaps: {
      const auto inside = to_jsgf(node.parts.front(), knows_word, slots);
      return inside && !inside->empty() ? "[" + *inside + "]" : std::string();
    }
    case Kind::sequence: {
      std::string text;
      for (const Node& part : node.parts) {
        const auto piece = to_jsgf(part, knows_word, slots);
        if (!piece) return std::nullopt;
        if (!text.empty() && !piece->empty()) text += ' ';
        text += *piece;
      }
      return text;
    }
    case Kind::one_of: {
      std::string text;
      for (const Node& part : node.parts) {
        const auto piece = to_jsgf(part, knows_word, slots);
        if (piece && !piece->empty()) text += (text.empty() ? "" : " | ") + *piece;
      }
      if (text.empty()) return std::nullopt;
      return "(" + text + ")";
    }
  }
  return std::nullopt;
}

}  // namespace

// Where a reading has got to.
struct PhraseBook::Place {
  std::size_t next = 0;
  std::map<std::string, std::string> slots;
};

void PhraseBook::define(const std::string& name, const std::vector<Choice>& choices) {
  Slot slot;
  for (const Choice& choice : choices) {
    slot.choices.emplace_back(PatternReader(choice.pattern).whole(), choice.value);
  }
  slots_[name] = std::move(slot);
}

void PhraseBook::add(const std::string& pattern, int meaning, bool by_ear) {
  lines_.push_back({PatternReader(pattern).whole(), meaning, by_ear});
}

void PhraseBook::advance_slot(const std::string& name, const std::vector<std::string>& words,
                              const Place& from, std::vector<Place>& out) const {
  if (name == "number") {
    for (const SpokenNumber& number : numbers_at(words, from.next)) {
      Place place = from;
      place.next += number.words;
      place.slots[name] = number.digits;
      out.push_back(std::move(place));
    }
    return;
  }
  const auto slot = slots_.find(name);
  LIVEGATE_CHECK(slot != slots_.end());
  for (const auto& [pattern, value] : slot->second.choices) {
    std::vector<Place> ends;
    advance(pattern, words, from, ends);
    for (Place& place : ends) {
      place.slots[name] = value;
      out.push_back(std::move(place));
    }
  }
}

void PhraseBook::advance(const Node& node, const std::vector<std::string>& words, const Place& from,
                         std::vector<Place>& out) const {
  switch (node.kind) {
    case Kind::word:
      if (from.next < words.size() && words[from.next] == node.text) {
        out.push_back(from);
        ++out.back().next;
      }
      return;
    case Kind::slot:
      return advance_slot(node.text, words, from, out);
    case Kind::perhaps:
      out.push_back(from);
      return advance(node.parts.front(), words, from, out);
    case Kind::one_of:
      for (const Node& part : node.parts) advance(part, words, from, out);
      return;
    case Kind::sequence: {
      std::vector<Place> places{from};
      for (const Node& part : node.parts) {
        std::vector<Place> following;
        for (const Place& place : places) advance(part, words, place, following);
        places = std::move(following);
      }
      out.insert(out.end(), places.begin(), places.end());
      return;
    }
  }
}

std::optional<Reading> PhraseBook::read(const std::vector<std::string>& words) const {
  if (words.empty()) return std::nullopt;
  for (const Line& line : lines_) {
    std::vector<Place> ends;
    advance(line.pattern, words, Place{}, ends);
    for (Place& place : ends) {
      if (place.next == words.size()) return Reading{line.meaning, std::move(place.slots)};
    }
  }
  return std::nullopt;
}

std::string PhraseBook::jsgf(const Known& knows_word) const {
  std::string rules;
  std::vector<std::string> slots{"number"};
  for (const auto& [name, slot] : slots_) {
    std::string choices;
    for (const auto& [pattern, value] : slot.choices) {
      const auto piece = to_jsgf(pattern, knows_word, {});
      if (piece && !piece->empty()) choices += (choices.empty() ? "" : " | ") + *piece;
    }
    if (choices.empty()) continue;
    slots.push_back(name);
    rules += "<" + name + "> = " + choices + ";\n";
  }
  std::string sentences;
  for (const Line& line : lines_) {
    if (!line.by_ear) continue;
    const auto piece = to_jsgf(line.pattern, knows_word, slots);
    if (piece && !piece->empty()) sentences += (sentences.empty() ? "   " : "\n | ") + *piece;
  }
  return "#JSGF V1.0;\ngrammar home;\n" + number_rules() + rules + "public <sentence> =\n" +
         sentences + ";\n";
}

std::vector<std::string> words_of_line(std::string_view line) {
  std::vector<std::string> words;
  std::string word;
  const auto finish = [&] {
    while (!word.empty() && (word.back() == '.' || word.back() == '\'')) word.pop_back();
    if (!word.empty()) words.push_back(std::exchange(word, {}));
  };
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    const bool in_number =
        c == '.' && !word.empty() && std::isdigit(static_cast<unsigned char>(word.back())) != 0;
    if (std::isalnum(static_cast<unsigned char>(c)) != 0 || in_number ||
        (c == '\'' && !word.empty())) {
      word += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    } else if (line.substr(i, 3) == "\xE2\x80\x99") {  // a typographic apostrophe
      if (!word.empty()) word += '\'';
      i += 2;
    } else {
      finish();
      if (c == '%') words.emplace_back("percent");
      if (line.substr(i, 2) == "\xC2\xB0") words.emplace_back("degrees");
    }
  }
  finish();
  if (words.size() > kLineWordsMax) words.clear();
  return words;
}

}  // namespace livegate::assistant
