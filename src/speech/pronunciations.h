// The pronouncing dictionary: which words can be heard at all, and how they sound. A decoder is
// given only the entries that its grammar needs, which takes 4 MB instead of 26 (measured).
// Immutable once read: any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace livegate::speech {

class Pronunciations {
 public:
  // Reads a dictionary in the CMU format (`word PH ON EM`, `word(2) ...` for further
  // pronunciations). The error is one sentence that names the file.
  static Result<Pronunciations, std::string> read(const std::string& path);

  // From the text itself.
  static Pronunciations parse(std::string text);

  // `word` in lower case.
  [[nodiscard]] bool knows(std::string_view word) const;

  // All words, each once.
  [[nodiscard]] std::vector<std::string> words() const;

  // The part of the dictionary that speaks of `words`, in the same format; unknown words are left
  // out.
  [[nodiscard]] std::string excerpt(const std::vector<std::string>& words) const;

 private:
  struct Entry {
    std::size_t begin = 0;       // of the line in text_
    std::size_t line_bytes = 0;  // without its end
    std::size_t word_bytes = 0;  // of the word alone, without "(2)"
  };
  [[nodiscard]] std::string_view word_of(const Entry& entry) const;
  // The entries of `word`, all its pronunciations.
  [[nodiscard]] std::pair<std::size_t, std::size_t> range_of(std::string_view word) const;

  std::string text_;
  std::vector<Entry> entries_;  // sorted by word
};

}  // namespace livegate::speech
