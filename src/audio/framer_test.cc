#include "audio/framer.h"

#include <numeric>
#include <vector>

#include <gtest/gtest.h>

namespace livegate::audio {
namespace {

using Samples = std::vector<std::int16_t>;

Samples counting(std::size_t count) {
  Samples samples(count);
  std::iota(samples.begin(), samples.end(), std::int16_t{0});
  return samples;
}

TEST(Framer, gives_the_same_frames_however_the_stream_was_cut) {
  const Samples stream = counting(1000);
  for (const std::size_t piece : {1UL, 3UL, 63UL, 64UL, 65UL, 200UL, 1000UL}) {
    Framer framer(64);
    Samples joined;
    for (std::size_t at = 0; at < stream.size(); at += piece) {
      const auto part = std::span(stream).subspan(at, std::min(piece, stream.size() - at));
      framer.push(part, [&](std::span<const std::int16_t> frame) {
        ASSERT_EQ(frame.size(), 64U);
        joined.insert(joined.end(), frame.begin(), frame.end());
      });
    }
    EXPECT_EQ(joined, counting(960)) << piece;
    EXPECT_EQ(framer.pending_samples(), 40U) << piece;
  }
}

TEST(Framer, a_whole_frame_is_handed_out_where_it_lies) {
  const Samples stream = counting(128);
  Framer framer(64);
  std::vector<const std::int16_t*> places;
  framer.push(stream, [&](std::span<const std::int16_t> frame) { places.push_back(frame.data()); });
  EXPECT_EQ(places, (std::vector{stream.data(), stream.data() + 64}));
}

TEST(Framer, shows_the_samples_that_wait) {
  Framer framer(4);
  framer.push(Samples{1, 2, 3, 4, 5, 6}, [](std::span<const std::int16_t>) {});
  const auto waiting = framer.pending();
  EXPECT_EQ(Samples(waiting.begin(), waiting.end()), (Samples{5, 6}));
}

TEST(Framer, reset_forgets_the_begun_frame) {
  Framer framer(4);
  std::vector<Samples> frames;
  const auto take = [&](std::span<const std::int16_t> frame) {
    frames.emplace_back(frame.begin(), frame.end());
  };
  framer.push(Samples{1, 2, 3}, take);
  framer.reset();
  framer.push(Samples{4, 5, 6, 7}, take);
  EXPECT_EQ(frames, (std::vector<Samples>{{4, 5, 6, 7}}));
}

TEST(Framer, nothing_in_is_nothing_out) {
  Framer framer(4);
  framer.push({}, [](std::span<const std::int16_t>) { FAIL(); });
  EXPECT_EQ(framer.pending_samples(), 0U);
  EXPECT_THROW(Framer(0), CheckFailed);
}

}  // namespace
}  // namespace livegate::audio
