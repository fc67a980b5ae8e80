// Recordings that are kept (tests/golden/recordings): situations that a session once got wrong, or
// could, which have to go as they went.
//
// Decides which situations, and how a recording is known to hold one; which seeds of the simulation
// lead there is found out when they are made again. Leaves the comparison to recording/replay.h.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.h"

namespace livegate::sim {

// What happened in a recording, a line each, as `livegate replay --print` shows it.
class Story {
 public:
  explicit Story(const std::string& recording);

  // The first line from `from` on that holds `what`; nothing after the last.
  [[nodiscard]] std::optional<std::size_t> find(std::string_view what, std::size_t from = 0) const;
  // Whether lines with these follow each other, in this order; others may lie between.
  [[nodiscard]] bool tells(std::span<const std::string_view> row) const;
  // Whether a line with `what` comes between one with `begin` and the next one with `end`.
  [[nodiscard]] std::optional<std::size_t> within(std::string_view begin, std::string_view what,
                                                  std::string_view end) const;

 private:
  std::vector<std::string> lines_;
};

struct GoldenRecording {
  std::string_view name;   // of its file, without .flight
  std::string_view shows;  // in one sentence
  bool (*is_shown)(const Story& story);
};

[[nodiscard]] std::span<const GoldenRecording> golden_recordings();

struct MadeRecording {
  std::uint64_t seed = 0;
  std::string recording;
};
// For each of golden_recordings() the first seed's that shows it in a few kilobytes; nothing if
// none does. Always the same ones.
[[nodiscard]] std::vector<std::optional<MadeRecording>> make_golden_recordings();

}  // namespace livegate::sim
