// livegate replay: a recorded session, held again and compared (docs/resilience.md).
#pragma once

#include <iosfwd>
#include <string>

namespace livegate::cli {

struct ReplayOptions {
  std::string file;
  bool print = false;  // every event and what followed from it
};

// 0: it went as it had gone; 1: it went another way; 2: the file is no recording, or damaged.
int run_replay(const ReplayOptions& options, std::ostream& out, std::ostream& err);

}  // namespace livegate::cli
