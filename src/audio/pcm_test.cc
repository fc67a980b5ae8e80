#include "audio/pcm.h"

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "audio/test_signals.h"

namespace livegate::audio {
namespace {

TEST(Pcm, silence_and_nothing_at_all_have_the_silence_level) {
  EXPECT_EQ(rms({}), 0.0);
  EXPECT_EQ(level_dbfs({}), kSilenceDbfs);
  EXPECT_EQ(level_dbfs(std::vector<std::int16_t>(320)), kSilenceDbfs);
}

TEST(Pcm, a_full_scale_square_wave_is_0_dbfs) {
  std::vector<std::int16_t> square(320);
  for (std::size_t i = 0; i < square.size(); ++i) square[i] = i % 2 == 0 ? 32767 : -32768;
  EXPECT_NEAR(level_dbfs(square), 0.0, 0.001);
  EXPECT_DOUBLE_EQ(rms(std::vector<std::int16_t>(320, -32768)), 1.0);
}

TEST(Pcm, a_full_scale_sine_is_3_db_below) {
  for (const int rate_hz : {8000, 16000, 24000, 48000}) {
    EXPECT_NEAR(level_dbfs(sine(1000, rate_hz, rate_hz, 32767)), -3.01, 0.01) << rate_hz;
  }
}

TEST(Pcm, half_the_amplitude_is_6_db_less) {
  const double whole = level_dbfs(sine(1000, 16000, 16000, 20000));
  const double half = level_dbfs(sine(1000, 16000, 16000, 10000));
  EXPECT_NEAR(whole - half, 6.02, 0.01);
}

TEST(Pcm, one_step_of_direct_current_is_minus_90_dbfs) {
  EXPECT_NEAR(level_dbfs(std::vector<std::int16_t>(320, 1)), -90.31, 0.01);
}

// The number after `"key":` of a line of plain JSON.
double number_after(const std::string& line, const std::string& key) {
  const std::size_t at = line.find('"' + key + "\":");
  EXPECT_NE(at, std::string::npos) << key << " in " << line;
  return std::stod(line.substr(at + key.size() + 3));
}

std::vector<std::int16_t> samples_of(const std::string& line) {
  std::vector<std::int16_t> samples;
  std::istringstream list(line.substr(line.find('[') + 1));
  for (int value = 0; list >> value; list.ignore(1)) {
    samples.push_back(static_cast<std::int16_t>(value));
  }
  return samples;
}

TEST(Pcm, levels_are_those_of_the_golden_vectors_that_the_web_client_shares) {
  std::ifstream file(LIVEGATE_GOLDEN "/pcm_level.jsonl");
  int count = 0;
  for (std::string line; std::getline(file, line); ++count) {
    const auto samples = samples_of(line);
    EXPECT_NEAR(rms(samples), number_after(line, "rms"), 1e-12) << line.substr(0, 60);
    EXPECT_NEAR(level_dbfs(samples), number_after(line, "dbfs"), 1e-9) << line.substr(0, 60);
  }
  EXPECT_GE(count, 10);
}

}  // namespace
}  // namespace livegate::audio
