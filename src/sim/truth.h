// What really happened, as the service and the client know it: what the invariants are held
// against.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace livegate::sim {

// What a reply answers: speech, by the frames that were heard; or a typed line, by its number.
struct Input {
  enum class Kind : std::uint8_t { speech, line, tool_answer } kind = Kind::speech;
  std::uint32_t first = 0, last = 0;  // frames; of a line both are its number
};

struct ReplyTruth {
  std::uint32_t epoch;
  Input answers;
  std::uint32_t pieces = 0;  // said so far, that can be heard
  // A holding line comes before its answer; and some turns of a model answer nothing at all.
  enum class Kind : std::uint8_t { answer, holding_line, none } kind = Kind::answer;
  enum class End : std::uint8_t { running, complete, cut, lost } end = End::running;
};

struct Truth {
  std::vector<ReplyTruth> replies;  // by number
};

}  // namespace livegate::sim
