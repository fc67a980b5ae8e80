#include "sim/marked_audio.h"

#include <cstring>

#include <gtest/gtest.h>

#include "base/base64.h"

namespace livegate::sim {
namespace {

std::vector<std::int16_t> samples_of(std::string_view pcm) {
  std::vector<std::int16_t> samples(pcm.size() / sizeof(std::int16_t));
  std::memcpy(samples.data(), pcm.data(), pcm.size());
  return samples;
}

TEST(MarkedAudio, frames_are_read_back_however_they_are_cut) {
  std::string pcm;
  append_frame(pcm, 70'000, true);
  append_frame(pcm, 70'001, false);
  const auto samples = samples_of(pcm);
  for (std::size_t cut = 0; cut <= samples.size(); cut += 7) {
    FrameReader reader;
    std::vector<Frame> frames;
    EXPECT_TRUE(reader.read(std::span(samples).first(cut), frames));
    EXPECT_TRUE(reader.read(std::span(samples).subspan(cut), frames));
    ASSERT_EQ(frames.size(), 2U);
    EXPECT_EQ(frames[0].number, 70'000U);
    EXPECT_TRUE(frames[0].loud);
    EXPECT_EQ(frames[1].number, 70'001U);
    EXPECT_FALSE(frames[1].loud);
  }
  EXPECT_EQ(frame_number(pcm), 70'000U);
  EXPECT_EQ(frame_number(std::string_view(pcm).substr(kFrameBytes)), 70'001U);
}

TEST(MarkedAudio, a_lost_sample_is_found) {
  std::string pcm;
  append_frame(pcm, 1, true);
  append_frame(pcm, 2, true);
  auto samples = samples_of(pcm);
  samples.erase(samples.begin() + 50);
  samples.resize(2 * kFrameSamples);
  FrameReader reader;
  std::vector<Frame> frames;
  EXPECT_FALSE(reader.read(samples, frames));
}

TEST(MarkedAudio, a_piece_says_whose_it_is_in_base64_and_as_samples) {
  std::string text;
  append_piece_base64(text, {7, 300}, 4800);
  EXPECT_EQ(read_stamp_base64(text), (Stamp{7, 300}));
  std::string pcm(base64::decoded_size_max(text.size()), '\0');
  const auto size = base64::decode(text, reinterpret_cast<std::uint8_t*>(pcm.data()));
  ASSERT_TRUE(size);
  EXPECT_EQ(*size, 9600U);
  EXPECT_EQ(read_stamp(pcm), (Stamp{7, 300}));
  EXPECT_EQ(read_stamp("nobody's audio"), std::nullopt);
}

}  // namespace
}  // namespace livegate::sim
