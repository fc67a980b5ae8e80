// What was recorded once is decided today as it was then. Where a session rightly decides
// otherwise: scripts/golden_flights makes them again.
#include "sim/golden_flights.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include <gtest/gtest.h>

#include "flight/replay.h"

namespace livegate::sim {
namespace {

const std::filesystem::path kFolder = LIVEGATE_GOLDEN_FLIGHTS;

std::string read(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

TEST(GoldenFlights, each_goes_as_it_had_gone) {
  for (const GoldenFlight& flight : golden_flights()) {
    const std::filesystem::path file = kFolder / (std::string(flight.name) + ".flight");
    const flight::Replayed again = flight::replay(read(file), nullptr);
    EXPECT_TRUE(again.readable && !again.damaged_at) << file << " is no recording of this version";
    EXPECT_EQ(again.differs_at, 0U)
        << file << " (" << flight.shows << ") differs at event " << again.differs_at << ", "
        << std::chrono::duration<double>(again.differs_time).count()
        << " s:\n  recorded: " << again.expected << "\n  now:      " << again.got;
    EXPECT_TRUE(again.whole || again.differs_at > 0) << file;
    EXPECT_FALSE(again.speech) << file;
  }
}

TEST(GoldenFlights, each_shows_what_is_said_of_it_and_no_other_is_there) {
  std::set<std::string> expected = {"README.md"};
  const std::string table = read(kFolder / "README.md");
  for (const GoldenFlight& flight : golden_flights()) {
    const std::string name = std::string(flight.name) + ".flight";
    expected.insert(name);
    EXPECT_TRUE(flight.is_shown(Story(read(kFolder / name)))) << name << ": " << flight.shows;
    EXPECT_NE(table.find("`" + name + "` | " + std::string(flight.shows)), std::string::npos);
  }
  std::set<std::string> found;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
    found.insert(entry.path().filename().string());
    EXPECT_LE(entry.file_size(), 64'000U) << entry.path();
  }
  EXPECT_EQ(found, expected);
}

}  // namespace
}  // namespace livegate::sim
