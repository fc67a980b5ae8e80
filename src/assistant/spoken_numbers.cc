#include "assistant/spoken_numbers.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace livegate::assistant {
namespace {

constexpr std::array<const char*, 20> kSmall = {
    "zero",     "one",     "two",     "three",     "four",     "five",    "six",
    "seven",    "eight",   "nine",    "ten",       "eleven",   "twelve",  "thirteen",
    "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"};
constexpr std::array<const char*, 8> kTens = {"twenty", "thirty",  "forty",  "fifty",
                                              "sixty",  "seventy", "eighty", "ninety"};

template <std::size_t size>
std::optional<int> index_of(const std::array<const char*, size>& table, const std::string& word) {
  const auto found = std::ranges::find(table, word);
  if (found == table.end()) return std::nullopt;
  return static_cast<int>(found - table.begin());
}

// "30", "21.5": up to five characters of digits with at most one point inside.
bool is_typed_number(const std::string& word) {
  if (word.empty() || word.size() > 5) return false;
  if (word.front() == '.' || word.back() == '.') return false;
  const bool digits_only = std::ranges::all_of(
      word, [](char c) { return c == '.' || std::isdigit(static_cast<unsigned char>(c)) != 0; });
  return digits_only && std::ranges::count(word, '.') <= 1;
}

}  // namespace

std::vector<SpokenNumber> numbers_at(const std::vector<std::string>& words, std::size_t from) {
  std::vector<SpokenNumber> found;
  const auto word = [&](std::size_t i) { return from + i < words.size() ? words[from + i] : ""; };
  if (is_typed_number(word(0))) found.push_back({word(0), 1});
  if (word(0) == "hundred") found.push_back({"100", 1});
  if ((word(0) == "one" || word(0) == "a") && word(1) == "hundred") found.push_back({"100", 2});
  if (const auto tens = index_of(kTens, word(0))) {
    const int base = 20 + 10 * *tens;
    const auto unit = index_of(kSmall, word(1));
    if (unit && *unit >= 1 && *unit <= 9) found.push_back({std::to_string(base + *unit), 2});
    found.push_back({std::to_string(base), 1});
  }
  if (const auto small = index_of(kSmall, word(0))) found.push_back({std::to_string(*small), 1});
  return found;
}

std::string spoken(int number) {
  if (number < 0 || number > 100) return std::to_string(number);
  if (number == 100) return "one hundred";
  if (number < 20) return kSmall[static_cast<std::size_t>(number)];
  std::string text = kTens[static_cast<std::size_t>(number / 10 - 2)];
  if (number % 10 != 0) text += std::string(" ") + kSmall[static_cast<std::size_t>(number % 10)];
  return text;
}

std::string number_rules() {
  std::string units;
  std::string small;
  std::string tens;
  for (std::size_t i = 0; i < kSmall.size(); ++i) {
    small += std::string(small.empty() ? "" : " | ") + kSmall[i];
    if (i >= 1 && i <= 9) units += std::string(units.empty() ? "" : " | ") + kSmall[i];
  }
  for (const char* const word : kTens) tens += std::string(tens.empty() ? "" : " | ") + word;
  return "<unit> = " + units + ";\n<tens> = " + tens + ";\n<number> = " + small +
         " | <tens> [<unit>] | [one | a] hundred;\n";
}

}  // namespace livegate::assistant
