#include "cli/replay.h"

#include <fstream>
#include <iterator>
#include <ostream>

#include "recording/replay.h"

namespace livegate::cli {

int run_replay(const ReplayOptions& options, std::ostream& out, std::ostream& err) {
  std::ifstream file(options.file, std::ios::binary);
  const std::string log{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (!file) {
    err << "livegate replay: " << options.file << " cannot be read.\n";
    return 2;
  }
  const recording::Replayed again = recording::replay(log, options.print ? &out : nullptr);
  if (!again.readable) {
    err << "livegate replay: " << options.file << " is no recording of this version.\n";
    return 2;
  }
  const auto seconds = std::chrono::duration<double>(again.length).count();
  if (again.damaged_at) {
    err << "livegate replay: " << options.file << " is damaged at byte " << *again.damaged_at
        << "; the " << again.events << " events before it went as they had gone.\n";
    return 2;
  }
  out << again.events << " events in " << seconds << " s, "
      << (again.speech ? "with speech" : "without speech");
  if (again.differs_at == 0) {
    out << (again.whole ? ": the same to the bit.\n"
                        : ": the same to the bit, as far as the recording goes.\n");
    return 0;
  }
  out << ".\nIt differs at event " << again.differs_at << ", "
      << std::chrono::duration<double>(again.differs_time).count()
      << " s:\n  recorded: " << again.expected << "\n  now:      " << again.got;
  return 1;
}

}  // namespace livegate::cli
