#include "session/client_pcm.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/base64.h"

namespace livegate::session {
namespace {

std::string base64_of(std::span<const std::uint8_t> bytes) {
  std::string out(base64::encoded_size(bytes.size()), '\0');
  base64::encode(bytes, out.data());
  return out;
}

class Stream : public testing::Test {
 protected:
  Stream() {
    for (int i = 0; i < 1000; ++i) said.push_back(static_cast<std::int16_t>(i * 37 - 9000));
    const auto* const first = reinterpret_cast<const std::uint8_t*>(said.data());
    bytes.assign(first, first + said.size() * sizeof(std::int16_t));
  }
  std::vector<std::int16_t> heard_in_pieces_of(std::size_t size) {
    ClientPcm pcm;
    std::vector<std::int16_t> heard;
    for (std::size_t at = 0; at < bytes.size(); at += size) {
      const auto piece = std::span(bytes).subspan(at, std::min(size, bytes.size() - at));
      EXPECT_TRUE(pcm.take(base64_of(piece), 16000, samples));
      heard.insert(heard.end(), samples.begin(), samples.end());
    }
    return heard;
  }
  std::vector<std::int16_t> said, samples;
  std::vector<std::uint8_t> bytes;
};

TEST_F(Stream, samples_arrive_as_they_were_wherever_the_bytes_are_cut) {
  for (const std::size_t size : {1u, 2u, 3u, 333u, 640u, 641u, 1323u, 2000u}) {
    EXPECT_EQ(heard_in_pieces_of(size), said) << size << " bytes a message";
  }
}

TEST_F(Stream, half_a_sample_does_not_outlive_its_stream) {
  ClientPcm pcm;
  ASSERT_TRUE(pcm.take(base64_of(std::span(bytes).first(3)), 16000, samples));
  ASSERT_TRUE(pcm.take(base64_of(std::span(bytes).first(4)), 24000, samples));
  EXPECT_THAT(samples, testing::ElementsAre(said[0], said[1]));
  ASSERT_TRUE(pcm.take(base64_of(std::span(bytes).first(1)), 24000, samples));
  EXPECT_THAT(samples, testing::IsEmpty());
  pcm.stream_ended();
  ASSERT_TRUE(pcm.take(base64_of(std::span(bytes).first(4)), 24000, samples));
  EXPECT_THAT(samples, testing::ElementsAre(said[0], said[1]));
}

TEST_F(Stream, what_is_no_base64_is_refused) {
  ClientPcm pcm;
  EXPECT_FALSE(pcm.take("not base64!", 16000, samples));
}

}  // namespace
}  // namespace livegate::session
