#include "cli/wav.h"

#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <numbers>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <sndfile.h>

#include "audio/pcm.h"

namespace livegate::cli {
namespace {

// Files of one test, in a folder that goes when it ends.
class Wav : public testing::Test {
 protected:
  Wav() {
    const auto* const test = testing::UnitTest::GetInstance()->current_test_info();
    folder_ =
        std::filesystem::temp_directory_path() / ("livegate_wav_test_" + std::string(test->name()));
    std::filesystem::create_directories(folder_);
  }
  ~Wav() override { std::filesystem::remove_all(folder_); }

  [[nodiscard]] std::string path(const std::string& name) const {
    return (folder_ / name).string();
  }

  // A tone of 1 kHz, half of full scale, in every channel with the gain given for it.
  std::string tone(const std::string& name, int format, int rate_hz,
                   const std::vector<float>& gains) {
    SF_INFO info = {};
    info.samplerate = rate_hz;
    info.channels = static_cast<int>(gains.size());
    info.format = format;
    SNDFILE* const file = sf_open(path(name).c_str(), SFM_WRITE, &info);
    EXPECT_NE(file, nullptr);
    std::vector<float> samples;
    for (int i = 0; i < rate_hz; ++i) {
      const double value = 0.5 * std::sin(2 * std::numbers::pi * 1000 * i / rate_hz);
      for (const float gain : gains) samples.push_back(static_cast<float>(value) * gain);
    }
    sf_writef_float(file, samples.data(), rate_hz);
    sf_close(file);
    return path(name);
  }

 private:
  std::filesystem::path folder_;
};

constexpr int kWav16 = SF_FORMAT_WAV | SF_FORMAT_PCM_16;
constexpr double kHalfScaleSineDbfs = -9.03;

TEST_F(Wav, what_was_written_is_read_back) {
  const std::vector<std::int16_t> samples = {0, 1, -1, 32767, -32768, 1234};
  ASSERT_TRUE(write_wav(path("reply.wav"), 24000, samples));
  const auto recording = read_recording(path("reply.wav"));
  ASSERT_TRUE(recording) << recording.error();
  EXPECT_EQ(recording->rate_hz, 24000);
  EXPECT_EQ(recording->samples, samples);
}

TEST_F(Wav, keeps_every_rate_that_a_client_may_have) {
  for (const int rate_hz : {8000, 11025, 16000, 44100, 48000}) {
    const auto recording = read_recording(tone("tone.wav", kWav16, rate_hz, {1.0F}));
    ASSERT_TRUE(recording) << recording.error();
    EXPECT_EQ(recording->rate_hz, rate_hz);
    EXPECT_DOUBLE_EQ(recording->seconds(), 1.0);
    EXPECT_NEAR(audio::level_dbfs(recording->samples), kHalfScaleSineDbfs, 0.02);
  }
}

TEST_F(Wav, brings_other_rates_to_16_khz) {
  for (const int rate_hz : {6000, 88200, 96000, 192000}) {
    const auto recording = read_recording(tone("tone.wav", kWav16, rate_hz, {1.0F}));
    ASSERT_TRUE(recording) << recording.error();
    EXPECT_EQ(recording->rate_hz, 16000);
    EXPECT_NEAR(recording->seconds(), 1.0, 0.02);
    EXPECT_NEAR(audio::level_dbfs(recording->samples), kHalfScaleSineDbfs, 0.2) << rate_hz;
  }
}

TEST_F(Wav, averages_the_channels) {
  const auto stereo = read_recording(tone("stereo.wav", kWav16, 16000, {1.0F, 0.0F}));
  ASSERT_TRUE(stereo) << stereo.error();
  EXPECT_NEAR(audio::level_dbfs(stereo->samples), kHalfScaleSineDbfs - 6.02, 0.05);
  const auto opposed = read_recording(tone("opposed.wav", kWav16, 16000, {1.0F, -1.0F}));
  ASSERT_TRUE(opposed) << opposed.error();
  EXPECT_LT(audio::level_dbfs(opposed->samples), -85.0);
}

TEST_F(Wav, reads_floats_and_flac_and_clamps_what_is_too_loud) {
  const auto flac =
      read_recording(tone("tone.flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_24, 16000, {1.0F}));
  ASSERT_TRUE(flac) << flac.error();
  EXPECT_NEAR(audio::level_dbfs(flac->samples), kHalfScaleSineDbfs, 0.02);
  const auto loud =
      read_recording(tone("loud.wav", SF_FORMAT_WAV | SF_FORMAT_FLOAT, 16000, {4.0F}));
  ASSERT_TRUE(loud) << loud.error();
  EXPECT_EQ(loud->samples[4], 32767);  // a quarter of the period of 16 samples
  EXPECT_EQ(loud->samples[12], -32768);
}

TEST_F(Wav, says_in_one_sentence_what_is_wrong_with_a_file) {
  const auto missing = read_recording(path("missing.wav"));
  ASSERT_FALSE(missing);
  EXPECT_NE(missing.error().find("missing.wav"), std::string::npos);
  EXPECT_EQ(missing.error().back(), '.');

  std::ofstream(path("text.wav")) << "this is not a recording";
  EXPECT_FALSE(read_recording(path("text.wav")));

  ASSERT_TRUE(write_wav(path("empty.wav"), 16000, {}));
  const auto empty = read_recording(path("empty.wav"));
  ASSERT_FALSE(empty);
  EXPECT_NE(empty.error().find("no sound"), std::string::npos);

  const auto nowhere =
      write_wav(path("no/such/folder/reply.wav"), 24000, std::vector<std::int16_t>(8));
  ASSERT_FALSE(nowhere);
  EXPECT_NE(nowhere.error().find("reply.wav"), std::string::npos);
}

// The bytes of a file, and what is written as one.
std::string bytes_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}
std::string written(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
  return path;
}
const std::vector<std::int16_t> kFour = {100, -200, 300, -400};

TEST_F(Wav, a_size_that_was_never_written_hides_no_sound) {
  ASSERT_TRUE(write_wav(path("whole.wav"), 16000, kFour));
  for (const std::string& size : {std::string(4, '\0'), std::string(4, '\xFF')}) {
    std::string bytes = bytes_of(path("whole.wav"));
    bytes.replace(4, 4, size).replace(bytes.find("data") + 4, 4, size);
    const auto recording = read_recording(written(path("open.wav"), bytes));
    ASSERT_TRUE(recording) << recording.error();
    EXPECT_EQ(recording->samples, kFour);
  }
}

TEST_F(Wav, joined_files_are_read_one_after_the_other) {
  ASSERT_TRUE(write_wav(path("one.wav"), 16000, kFour));
  const std::string one = bytes_of(path("one.wav"));
  const auto recording = read_recording(written(path("two.wav"), one + one));
  ASSERT_TRUE(recording) << recording.error();
  std::vector<std::int16_t> both = kFour;
  both.insert(both.end(), kFour.begin(), kFour.end());
  EXPECT_EQ(recording->samples, both);
}

TEST_F(Wav, an_empty_file_stays_empty_whatever_follows_its_sound) {
  ASSERT_TRUE(write_wav(path("empty.wav"), 16000, {}));
  const std::string list("LIST\4\0\0\0INFO", 12);
  const auto recording =
      read_recording(written(path("listed.wav"), bytes_of(path("empty.wav")) + list));
  ASSERT_FALSE(recording);
  EXPECT_NE(recording.error().find("there is no sound in it"), std::string::npos)
      << recording.error();
}

TEST_F(Wav, what_was_cut_off_is_read_as_far_as_it_goes) {
  ASSERT_TRUE(write_wav(path("whole.wav"), 16000, kFour));
  std::string bytes = bytes_of(path("whole.wav"));
  bytes.resize(bytes.size() - 4);
  const auto recording = read_recording(written(path("cut.wav"), bytes));
  ASSERT_TRUE(recording) << recording.error();
  EXPECT_EQ(recording->samples, std::vector<std::int16_t>({100, -200}));
}

TEST_F(Wav, every_common_layout_sounds_the_same) {
  for (const int format : {SF_FORMAT_PCM_U8, SF_FORMAT_PCM_16, SF_FORMAT_PCM_24, SF_FORMAT_FLOAT}) {
    for (const int rate_hz : {8000, 44100, 96000}) {
      for (const std::size_t channels : {1U, 2U, 3U, 6U}) {
        const auto recording = read_recording(
            tone("t.wav", SF_FORMAT_WAV | format, rate_hz, std::vector<float>(channels, 1.0F)));
        ASSERT_TRUE(recording) << recording.error();
        EXPECT_NEAR(recording->seconds(), 1.0, 0.01);
        EXPECT_NEAR(audio::level_dbfs(recording->samples), kHalfScaleSineDbfs, 0.3) << format;
      }
    }
  }
}

}  // namespace
}  // namespace livegate::cli
