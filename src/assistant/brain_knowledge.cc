#include "assistant/brain_knowledge.h"

#include <algorithm>
#include <array>

#include "assistant/tool_arguments.h"
#include "base/limits.h"

namespace livegate::assistant {
namespace {

constexpr std::size_t kExamplesMax = 3;

// Requests to try on the tools, the best known first.
std::vector<HomeAction> typical_actions(const std::vector<Tool>& tools) {
  std::vector<Target> targets{{Target::Kind::place, "living room"}};
  for (const std::string& place : places_of(tools)) targets.push_back({Target::Kind::place, place});
  targets.push_back({});
  const Range range = temperature_range(tools);
  double degrees = 21.0;
  if (range.minimum && *range.minimum > degrees) degrees = *range.minimum;
  if (range.maximum && *range.maximum < degrees) degrees = *range.maximum;
  std::vector<HomeAction> actions;
  for (const Deed deed : {Deed::dim, Deed::on, Deed::temperature, Deed::off, Deed::warmer}) {
    const auto& places = deed >= Deed::temperature ? std::vector<Target>{{}} : targets;
    for (const Target& target : places) {
      actions.push_back({deed, target, degrees, degrees >= 45.0});
    }
  }
  return actions;
}

// One example of each kind of thing that the tools can do, not six ways to switch a lamp.
std::vector<std::string> examples_of(const Brain::Knowledge& knowledge) {
  std::vector<std::string> examples;
  std::vector<Deed> shown;
  for (const HomeAction& action : typical_actions(knowledge.tools)) {
    if (std::ranges::find(shown, action.deed) != shown.end()) continue;
    if (!plan(knowledge.tools, action)) continue;
    shown.push_back(action.deed);
    examples.push_back(request_sentence(action));
  }
  std::vector<std::string> others;
  for (const ToolPhrases& phrases : knowledge.phrases) {
    if (!phrases.example.empty()) others.push_back(phrases.example);
  }
  // The last of three belongs to the other tools, if there are any.
  const std::size_t keep = others.empty() ? kExamplesMax : kExamplesMax - 1;
  if (examples.size() > keep) examples.resize(keep);
  for (const std::string& other : others) {
    if (examples.size() < kExamplesMax) examples.push_back(other);
  }
  return examples;
}

// About how many words a pattern adds to the grammar, where every slot is written out again.
std::size_t spoken_size(const std::string& pattern, const ToolPhrases& phrases) {
  std::size_t size = pattern.size() / 5;
  for (const auto& slot : phrases.slots) {
    for (const auto& choice : slot.choices) size += 1 + choice.pattern.size() / 5;
  }
  return size;
}

bool serves_the_home(const std::vector<Tool>& all, const Tool& tool) {
  const std::vector<Tool> alone{tool};
  return std::ranges::any_of(typical_actions(all), [&](const HomeAction& action) {
    return plan(alone, action).has_value();
  });
}

}  // namespace

std::shared_ptr<const Brain::Knowledge> learn(
    std::vector<Tool> tools, const std::function<bool(const std::string&)>& knows_word) {
  auto knowledge = std::make_shared<Brain::Knowledge>();
  knowledge->tools = std::move(tools);
  PhraseBook& book = knowledge->book;
  define_home_slots(book, places_of(knowledge->tools));
  for (const TopicPattern& topic : topic_patterns()) {
    book.add(topic.pattern, static_cast<int>(topic.topic));
  }
  const auto& patterns = home_patterns();
  for (std::size_t i = 0; i < patterns.size(); ++i) {
    book.add(politely(patterns[i].pattern), kHomeMeanings + static_cast<int>(i),
             patterns[i].by_ear);
  }
  std::size_t spoken_words = 0;
  for (std::size_t i = 0; i < knowledge->tools.size(); ++i) {
    const Tool& tool = knowledge->tools[i];
    ToolPhrases phrases = phrases_of(tool, i);
    const bool has_other_devices =
        tool.find(Role::device) != nullptr &&
        !std::ranges::all_of(tool.find(Role::device)->choices, names_a_light);
    if (serves_the_home(knowledge->tools, tool) && !has_other_devices) phrases = {};
    for (const auto& slot : phrases.slots) {
      if (!slot.choices.empty()) book.define(slot.slot, slot.choices);
    }
    for (const std::string& pattern : phrases.patterns) {
      spoken_words += spoken_size(pattern, phrases);
      book.add(politely(pattern), kToolMeanings + static_cast<int>(i),
               spoken_words <= limits::kSpokenWordsMax);
    }
    knowledge->phrases.push_back(std::move(phrases));
  }
  knowledge->grammar = book.jsgf(knows_word);
  knowledge->examples = examples_of(*knowledge);
  return knowledge;
}

}  // namespace livegate::assistant
