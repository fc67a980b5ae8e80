// Numbers as people say them, 0 to 100, and as they type them.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace livegate::assistant {

struct SpokenNumber {
  std::string digits;     // "21"; a typed "21.5" stays so
  std::size_t words = 0;  // how many of the words it took
};

// Every number that `words` from `from` on may begin with, longest first: "twenty one percent"
// gives 21 and 20.
[[nodiscard]] std::vector<SpokenNumber> numbers_at(const std::vector<std::string>& words,
                                                   std::size_t from);

// "twenty one" for 21; digits for what lies outside 0..100.
[[nodiscard]] std::string spoken(int number);

// The JSGF rules of <number>.
[[nodiscard]] std::string number_rules();

}  // namespace livegate::assistant
