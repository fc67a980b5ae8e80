// Makes the recordings of tests/golden/flights again (scripts/golden_flights), for when a session
// rightly decides otherwise.
#include <filesystem>
#include <fstream>
#include <iostream>

#include "sim/golden_flights.h"

int main(int argc, char** argv) {
  using livegate::sim::golden_flights;
  if (argc != 2) {
    std::cerr << "usage: make_golden_flights FOLDER\n";
    return 2;
  }
  const std::filesystem::path folder = argv[1];
  std::ofstream readme(folder / "README.md");
  readme << "# Golden flights\n\n"
            "Simulated sessions, without speech, that have to be held again to the bit. Made by "
            "`scripts/golden_flights`;\n"
            "`livegate replay FILE --print` shows what happens in one.\n\n"
            "| file | what it shows | seed |\n|---|---|---|\n";
  int missing = 0;
  const auto all = livegate::sim::make_golden_flights();
  auto made = all.begin();
  for (const auto& flight : golden_flights()) {
    const auto file = folder / (std::string(flight.name) + ".flight");
    const auto& found = *made++;
    if (!found) {
      std::cerr << flight.name << ": no conversation shows it any more\n";
      ++missing;
      continue;
    }
    std::ofstream out(file, std::ios::binary);
    out << found->recording << std::flush;
    if (!out) {
      std::cerr << file.string() << " cannot be written\n";
      return 2;
    }
    readme << "| `" << flight.name << ".flight` | " << flight.shows << " | " << found->seed
           << " |\n";
    std::cout << flight.name << ": seed " << found->seed << ", " << found->recording.size()
              << " bytes\n";
  }
  return missing == 0 ? 0 : 1;
}
