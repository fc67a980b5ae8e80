// How long a model takes to begin its answers, by the last of them: apart for what was spoken and
// what was written.
//
// Decides when the next answer should have begun. Leaves to its owners whose answers these are (one
// session's, or those of all sessions of a shard) and what follows when one is later than that. A
// session begins with what others know, which its own answers replace one by one.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "base/instant.h"

namespace livegate::session {

enum class Input : std::uint8_t { written, spoken };

// From the end of the input to the first of its answer.
struct AnswerTime {
  Input input;
  Millis time;
};

struct AnswerPace {
  struct Last {
    std::array<Millis, 8> times{};  // a ring
    std::uint64_t answers = 0;      // ever
  };
  std::array<Last, 2> last;  // by Input

  void learn(AnswerTime answer) {
    Last& of = last[static_cast<std::size_t>(answer.input)];
    of.times[of.answers++ % of.times.size()] = answer.time;
  }
  [[nodiscard]] Millis slowest(Input input) const {
    const auto& times = last[static_cast<std::size_t>(input)].times;
    return *std::max_element(times.begin(), times.end());
  }
  // Zero where nothing is known; of fewer than three answers it is a guess, with more on top.
  [[nodiscard]] Millis expected(Input input) const {
    const std::uint64_t answers = last[static_cast<std::size_t>(input)].answers;
    if (answers == 0) return Millis(0);
    return answers < 3 ? 3 * slowest(input) + Millis(500) : 2 * slowest(input) + Millis(200);
  }
};

}  // namespace livegate::session
