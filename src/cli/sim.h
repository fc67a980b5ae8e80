// livegate sim: conversations in simulated time, many seeds over a few threads, and what came of
// them (docs/resilience.md).
#pragma once

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>

namespace livegate::cli {

struct SimOptions {
  std::uint64_t seeds = 100;
  std::optional<std::uint64_t> seed;  // this one only; with --seeds: from this one on
  bool seeds_given = false;
  int minutes = 30;
  int threads = 2;
  bool trace = false;  // of one seed: every event and action
  // Of one seed: where its recording goes (livegate replay), and whether with all that is said.
  std::string record_file;
  bool with_speech = false;
  std::string canary;  // a planted bug, by name; empty: none
  bool no_faults = false;
};

// 0: no invariant was broken; 1: one was; 2: the options do not go together.
int run_sim(const SimOptions& options, std::ostream& out, std::ostream& err);

}  // namespace livegate::cli
