#include "assistant/other_tools.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <cstdlib>

namespace livegate::assistant {
namespace {

namespace json = boost::json;

constexpr const char* kArticle = "[the | my | a | an | some]";
constexpr const char* kLink = "[to | in | on | for | with | at | of | as] [the | my | a]";

// A verb that alone says nothing: "set jazz" is no sentence, "play jazz" is.
bool is_empty_verb(const std::string& verb) {
  static const Words verbs = {"set",    "get",    "control", "change",  "update",
                              "run",    "do",     "handle",  "execute", "use",
                              "manage", "adjust", "switch",  "turn",    "toggle"};
  return has(verbs, verb);
}

std::string quoted(const std::string& text) { return json::serialize(json::string(text)); }

std::vector<PhraseBook::Choice> choices_of(const Parameter& p) {
  std::vector<PhraseBook::Choice> choices;
  for (const std::string& choice : p.choices) {
    const std::string pattern = spoken_pattern(split_name(choice));
    if (!pattern.empty()) choices.push_back({pattern, quoted(choice)});
  }
  if (p.choices.empty() && p.role == Role::room) {
    for (const std::string& room : common_rooms()) {
      choices.push_back({room, quoted(joined(split_name(room), "_"))});
    }
  }
  return choices;
}

// Switches in any of their shapes: their values for on and off.
std::vector<PhraseBook::Choice> power_choices(const Parameter& p) {
  if (p.type == ValueType::boolean) return {{"on", "true"}, {"off", "false"}};
  std::vector<PhraseBook::Choice> choices;
  for (const std::string& choice : p.choices) {
    const Words words = split_name(choice);
    if (words.size() > 2) continue;
    if (means_on(words)) choices.push_back({"on", quoted(choice)});
    if (means_off(words)) choices.push_back({"off", quoted(choice)});
  }
  if (p.choices.empty()) return {{"on", quoted("on")}, {"off", quoted("off")}};
  return choices.size() == 2 ? choices : std::vector<PhraseBook::Choice>{};
}

// A tool's parameters sorted by how they can be said.
struct Parts {
  std::vector<ToolPhrases::SlotUse> choices;  // of required parameters
  std::optional<ToolPhrases::SlotUse> extra;  // of one optional parameter
  std::optional<ToolPhrases::SlotUse> power;
  std::optional<ToolPhrases::SlotUse> number;
  std::string unit;
};

std::optional<Parts> parts_of(const Tool& tool, const std::string& prefix) {
  Parts parts;
  std::size_t count = 0;
  for (const Parameter& p : tool.parameters) {
    const std::string slot = prefix + std::to_string(count++);
    const bool usable = p.type != ValueType::unsupported && !p.is_list;
    const bool is_switch = usable && (p.role == Role::power || p.role == Role::action);
    if (is_switch && !parts.power && (p.required || tool.find(Role::device) != nullptr)) {
      const auto power = power_choices(p);
      if (!power.empty()) {
        parts.power = ToolPhrases::SlotUse{slot, p.name, power};
        continue;
      }
    }
    if (usable && p.is_numeric() && p.required && !p.fallback) {
      if (parts.number) return std::nullopt;  // which number is which cannot be heard
      parts.number = ToolPhrases::SlotUse{"number", p.name, {}};
      parts.unit = joined(p.words, " ");
      continue;
    }
    const auto choices =
        usable && p.type == ValueType::text ? choices_of(p) : std::vector<PhraseBook::Choice>{};
    if (p.required && !p.fallback) {
      if (choices.empty() || parts.choices.size() == 2) return std::nullopt;
      parts.choices.push_back({slot, p.name, choices});
    } else if (!choices.empty() && !parts.extra) {
      parts.extra = ToolPhrases::SlotUse{slot, p.name, choices};
    }
  }
  return parts;
}

std::string in_slot(const ToolPhrases::SlotUse& use) { return "<" + use.slot + ">"; }

// What may follow a number: the unit that the parameter's name speaks of, or a usual one.
std::string number_piece(const Parts& parts) {
  if (!parts.number) return "";
  return std::string(" ") + kLink + " <number> [percent | degrees | minutes | seconds | hours]";
}

struct Pattern {
  std::string text;
  std::string example;
};

std::string first_of(const ToolPhrases::SlotUse& use) { return use.choices.front().pattern; }

void add_switch_patterns(const Parts& parts, const std::string& noun,
                         std::vector<Pattern>& patterns) {
  std::string what = noun;
  std::string what_example = noun;
  if (parts.choices.size() == 1) {
    what = in_slot(parts.choices.front());
    what_example = first_of(parts.choices.front());
  }
  if (parts.choices.size() > 1 || what.empty() || parts.number) return;
  const std::string power = in_slot(*parts.power);
  patterns.push_back(
      {"(turn | switch) " + power + " " + kArticle + " " + what, "turn on the " + what_example});
  patterns.push_back({"(turn | switch) " + std::string(kArticle) + " " + what + " " + power, ""});
}

void add_named_patterns(const Parts& parts, const Words& name, std::vector<Pattern>& patterns) {
  const std::string& verb = name.front();
  Words nouns(name.begin() + 1, name.end());
  std::erase_if(nouns, [](const std::string& word) { return word == "the" || word == "a"; });
  const std::string noun = joined(nouns, " ");
  const std::string number = number_piece(parts);
  const std::string number_example = parts.number ? " to ten" : "";
  const std::string start = verb + " " + kArticle;
  if (parts.choices.empty()) {
    if (noun.empty()) return;  // one word alone is too easily heard by mistake
    const std::string extra =
        parts.extra ? std::string(" [") + kLink + " " + in_slot(*parts.extra) + "]" : "";
    patterns.push_back(
        {start + " " + noun + number + extra, verb + " the " + noun + number_example});
    if (parts.extra && !is_empty_verb(verb)) {
      patterns.push_back({start + " " + in_slot(*parts.extra) + " " + noun + number, ""});
    }
    return;
  }
  const std::string first = in_slot(parts.choices.front());
  std::string rest;
  std::string rest_example;
  if (parts.choices.size() == 2) {
    rest = std::string(" ") + kLink + " " + in_slot(parts.choices.back());
    rest_example = " " + first_of(parts.choices.back());
  }
  const std::string first_example = first_of(parts.choices.front());
  if (!is_empty_verb(verb)) {
    if (!noun.empty()) {
      patterns.push_back({start + " " + first + " " + noun + rest + number,
                          verb + " " + first_example + " " + noun + rest_example + number_example});
    }
    patterns.push_back({start + " " + first + rest + number,
                        verb + " " + first_example + rest_example + number_example});
  }
  if (!noun.empty()) {
    patterns.push_back(
        {start + " " + noun + " " + kLink + " " + first + rest + number,
         verb + " the " + noun + " " + first_example + rest_example + number_example});
  }
}

void add_query_patterns(const Parts& parts, const Words& name, std::vector<Pattern>& patterns) {
  const Words nouns(name.begin() + 1, name.end());
  if (!parts.choices.empty() || parts.number || nouns.empty()) return;
  const std::string noun = joined(nouns, " ");
  patterns.push_back(
      {"(what is | what's | tell me | check) [the | my] " + noun, "what is the " + noun});
}

json::value number_for(const Parameter& p, double value) {
  if (p.type == ValueType::integer || value == std::round(value)) {
    return static_cast<std::int64_t>(std::llround(value));
  }
  return value;
}

}  // namespace

ToolPhrases phrases_of(const Tool& tool, std::size_t index) {
  ToolPhrases result;
  if (tool.words.empty()) return result;
  const std::string prefix = "tool" + std::to_string(index) + "part";
  std::optional<Parts> parts = parts_of(tool, prefix);
  if (!parts) return result;
  std::vector<Pattern> patterns;
  Words nouns = tool.words;
  std::erase_if(nouns, [](const std::string& word) {
    return is_empty_verb(word) || word == "the" || word == "on" || word == "off";
  });
  const bool on = has(tool.words, "on");
  const bool off = has(tool.words, "off");
  if (parts->power) {
    add_switch_patterns(*parts, joined(nouns, " "), patterns);
  } else if (on != off && parts->choices.size() == 1) {
    // turn_on_device: the switch is in the name.
    const std::string which = on ? "on" : "off";
    const std::string what = in_slot(parts->choices.front());
    patterns.push_back({"(turn | switch) " + which + " " + kArticle + " " + what,
                        "turn " + which + " the " + first_of(parts->choices.front())});
    patterns.push_back({"(turn | switch) " + std::string(kArticle) + " " + what + " " + which, ""});
  } else {
    if (is_query_word(tool.words.front())) add_query_patterns(*parts, tool.words, patterns);
    add_named_patterns(*parts, tool.words, patterns);
  }
  if (patterns.empty()) return result;
  result.slots = parts->choices;
  for (auto* const use : {&parts->extra, &parts->power, &parts->number}) {
    if (*use) result.slots.push_back(**use);
  }
  for (Pattern& pattern : patterns) result.patterns.push_back(std::move(pattern.text));
  result.example = patterns.front().example;
  return result;
}

std::optional<ToolRequest> call_of(const Tool& tool, const ToolPhrases& phrases,
                                   const Reading& reading) {
  json::object arguments;
  for (const Parameter& p : tool.parameters) {
    const auto use = std::ranges::find(phrases.slots, p.name, &ToolPhrases::SlotUse::parameter);
    const auto said =
        use == phrases.slots.end() ? reading.slots.end() : reading.slots.find(use->slot);
    if (said == reading.slots.end()) {
      if (!p.required) continue;
      if (!p.fallback) return std::nullopt;
      arguments[p.name] = json::parse(*p.fallback);
    } else if (use->choices.empty()) {
      const double value = std::strtod(said->second.c_str(), nullptr);
      if (value < p.minimum.value_or(value) || value > p.maximum.value_or(value))
        return std::nullopt;
      if (p.type == ValueType::integer && value != std::round(value)) return std::nullopt;
      arguments[p.name] = number_for(p, value);
    } else {
      arguments[p.name] = json::parse(said->second);
    }
  }
  return ToolRequest{tool.name, json::serialize(arguments)};
}

std::string spoken_name(const Tool& tool) { return joined(tool.words, " "); }

}  // namespace livegate::assistant
