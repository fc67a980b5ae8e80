// What was recorded once is decided today as it was then. Where a session rightly decides
// otherwise: scripts/golden_recordings makes them again.
#include "sim/golden_recordings.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include <gtest/gtest.h>

#include "recording/replay.h"

namespace livegate::sim {
namespace {

const std::filesystem::path kFolder = LIVEGATE_GOLDEN_RECORDINGS;

std::string read(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

TEST(GoldenRecording, each_goes_as_it_had_gone) {
  for (const GoldenRecording& recording : golden_recordings()) {
    const std::filesystem::path file = kFolder / (std::string(recording.name) + ".flight");
    const recording::Replayed again = recording::replay(read(file), nullptr);
    EXPECT_TRUE(again.readable && !again.damaged_at) << file << " is no recording of this version";
    EXPECT_EQ(again.differs_at, 0U)
        << file << " (" << recording.shows << ") differs at event " << again.differs_at << ", "
        << std::chrono::duration<double>(again.differs_time).count()
        << " s:\n  recorded: " << again.expected << "\n  now:      " << again.got;
    EXPECT_TRUE(again.whole || again.differs_at > 0) << file;
    EXPECT_FALSE(again.speech) << file;
  }
}

TEST(GoldenRecording, each_shows_what_is_said_of_it_and_no_other_is_there) {
  std::set<std::string> expected = {"README.md"};
  const std::string table = read(kFolder / "README.md");
  for (const GoldenRecording& recording : golden_recordings()) {
    const std::string name = std::string(recording.name) + ".flight";
    expected.insert(name);
    EXPECT_TRUE(recording.is_shown(Story(read(kFolder / name)))) << name << ": " << recording.shows;
    EXPECT_NE(table.find("`" + name + "` | " + std::string(recording.shows)), std::string::npos);
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
