#include "speech/pronunciations.h"

#include <algorithm>
#include <fstream>
#include <iterator>

namespace livegate::speech {

Result<Pronunciations, std::string> Pronunciations::read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return Unexpected{"The pronouncing dictionary " + path +
                      " cannot be read; it comes with the package pocketsphinx-en-us."};
  }
  return parse(std::string(std::istreambuf_iterator<char>(file), {}));
}

Pronunciations Pronunciations::parse(std::string text) {
  Pronunciations result;
  result.text_ = std::move(text);
  const std::string_view all = result.text_;
  for (std::size_t begin = 0; begin < all.size();) {
    const std::size_t end = std::min(all.find('\n', begin), all.size());
    const std::string_view line = all.substr(begin, end - begin);
    const std::size_t space = line.find(' ');
    if (space != std::string_view::npos && space > 0) {
      const std::size_t bracket = line.substr(0, space).find('(', 1);
      result.entries_.push_back({begin, line.size(), std::min(bracket, space)});
    }
    begin = end + 1;
  }
  std::ranges::stable_sort(result.entries_, [&](const Entry& a, const Entry& b) {
    return result.word_of(a) < result.word_of(b);
  });
  return result;
}

std::string_view Pronunciations::word_of(const Entry& entry) const {
  return std::string_view(text_).substr(entry.begin, entry.word_bytes);
}

std::pair<std::size_t, std::size_t> Pronunciations::range_of(std::string_view word) const {
  const auto its_word = [&](const Entry& entry) { return word_of(entry); };
  const auto first = std::ranges::lower_bound(entries_, word, {}, its_word);
  const auto last = std::ranges::upper_bound(entries_, word, {}, its_word);
  return {static_cast<std::size_t>(first - entries_.begin()),
          static_cast<std::size_t>(last - entries_.begin())};
}

bool Pronunciations::knows(std::string_view word) const {
  const auto [first, last] = range_of(word);
  return first != last;
}

std::vector<std::string> Pronunciations::words() const {
  std::vector<std::string> all;
  for (const Entry& entry : entries_) {
    const std::string_view word = word_of(entry);
    if (all.empty() || all.back() != word) all.emplace_back(word);
  }
  return all;
}

std::string Pronunciations::excerpt(const std::vector<std::string>& words) const {
  std::vector<std::string_view> wanted(words.begin(), words.end());
  std::ranges::sort(wanted);
  wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
  std::string result;
  for (const std::string_view word : wanted) {
    const auto [first, last] = range_of(word);
    for (std::size_t i = first; i < last; ++i) {
      result.append(text_, entries_[i].begin, entries_[i].line_bytes);
      result += '\n';
    }
  }
  return result;
}

}  // namespace livegate::speech
