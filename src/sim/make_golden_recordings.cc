// Makes the recordings of tests/golden/recordings again (scripts/golden_recordings), for when a
// session rightly decides otherwise.
#include <filesystem>
#include <fstream>
#include <iostream>

#include "sim/golden_recordings.h"

int main(int argc, char** argv) {
  using livegate::sim::golden_recordings;
  if (argc != 2) {
    std::cerr << "usage: make_golden_recordings FOLDER\n";
    return 2;
  }
  const std::filesystem::path folder = argv[1];
  std::ofstream readme(folder / "README.md");
  readme << "# Golden recordings\n\n"
            "Simulated sessions, without speech, that have to be replayed bit-exactly. Made by "
            "`scripts/golden_recordings`;\n"
            "`livegate replay FILE --print` shows what happens in one.\n\n"
            "| file | what it shows | seed |\n|---|---|---|\n";
  int missing = 0;
  const auto all = livegate::sim::make_golden_recordings();
  auto made = all.begin();
  for (const auto& recording : golden_recordings()) {
    const auto file = folder / (std::string(recording.name) + ".flight");
    const auto& found = *made++;
    if (!found) {
      std::cerr << recording.name << ": no conversation shows it any more\n";
      ++missing;
      continue;
    }
    std::ofstream out(file, std::ios::binary);
    out << found->recording << std::flush;
    if (!out) {
      std::cerr << file.string() << " cannot be written\n";
      return 2;
    }
    readme << "| `" << recording.name << ".flight` | " << recording.shows << " | " << found->seed
           << " |\n";
    std::cout << recording.name << ": seed " << found->seed << ", " << found->recording.size()
              << " bytes\n";
  }
  return missing == 0 ? 0 : 1;
}
