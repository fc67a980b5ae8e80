#include "assistant/home_words.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "assistant/spoken_numbers.h"

namespace livegate::assistant {
namespace {

bool is_one_of(std::string_view word, const std::vector<std::string_view>& list) {
  return std::ranges::find(list, word) != list.end();
}

}  // namespace

Words split_name(std::string_view name) {
  Words words;
  std::string word;
  const auto finish = [&] {
    if (!word.empty()) words.push_back(std::exchange(word, {}));
  };
  for (std::size_t i = 0; i < name.size(); ++i) {
    const auto c = static_cast<unsigned char>(name[i]);
    if (std::isalnum(c) == 0) {
      if (c != '\'') finish();
      continue;
    }
    const bool after_small = i > 0 && std::islower(static_cast<unsigned char>(name[i - 1])) != 0;
    const bool before_small =
        i + 1 < name.size() && std::islower(static_cast<unsigned char>(name[i + 1])) != 0;
    // A capital begins a word after a small letter ("setLight") or as the last of several
    // ("TVLamp").
    if (std::isupper(c) != 0 && (after_small || (before_small && !word.empty()))) finish();
    word += static_cast<char>(std::tolower(c));
  }
  finish();
  return words;
}

std::string joined(const Words& words, std::string_view separator) {
  std::string text;
  for (const std::string& word : words) {
    if (!text.empty()) text += separator;
    text += word;
  }
  return text;
}

std::string spoken_pattern(const Words& words) {
  Words pieces;
  for (const std::string& word : words) {
    const bool is_number = word.size() <= 3 && std::ranges::all_of(word, [](char c) {
                             return std::isdigit(static_cast<unsigned char>(c)) != 0;
                           });
    pieces.push_back(is_number ? "(" + word + " | " + spoken(std::stoi(word)) + ")" : word);
  }
  return joined(pieces, " ");
}

bool has(const Words& words, std::string_view wanted) {
  return std::ranges::find(words, wanted) != words.end();
}

bool has_any(const Words& words, const std::vector<std::string_view>& wanted) {
  return std::ranges::any_of(words, [&](const auto& word) { return is_one_of(word, wanted); });
}

const std::vector<std::string>& common_rooms() {
  static const std::vector<std::string> rooms = {"living room", "kitchen",  "bedroom",
                                                 "hall",        "bathroom", "office"};
  return rooms;
}

bool is_light_word(std::string_view word) {
  return is_one_of(word, {"light", "lights", "lamp", "lamps", "lighting", "bulb", "bulbs"});
}

bool is_heat_word(std::string_view word) {
  return is_one_of(word, {"thermostat", "temperature", "heating", "heat", "heater", "climate",
                          "hvac", "radiator"});
}

bool is_query_word(std::string_view word) {
  return is_one_of(word, {"get", "list", "read", "query", "check", "fetch", "find", "show", "is",
                          "lookup", "search", "report"});
}

bool means_everything(const Words& words) {
  return has_any(words, {"all", "everything", "everywhere", "every", "house", "home", "whole"});
}

bool means_on(const Words& words) {
  if (has(words, "off")) return false;
  return has_any(words, {"on", "enable", "enabled", "activate", "true"});
}

bool means_off(const Words& words) {
  return has_any(words, {"off", "disable", "disabled", "deactivate", "false"});
}

}  // namespace livegate::assistant
