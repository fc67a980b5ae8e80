#include "audio/preroll.h"

#include <numeric>

#include <gtest/gtest.h>

namespace livegate::audio {
namespace {

std::vector<std::int16_t> counted(int first, int count) {
  std::vector<std::int16_t> out(static_cast<std::size_t>(count));
  std::iota(out.begin(), out.end(), static_cast<std::int16_t>(first));
  return out;
}
std::vector<std::int16_t> last(Preroll& preroll, std::size_t samples) {
  const auto kept = preroll.last(samples);
  return {kept.begin(), kept.end()};
}

TEST(Preroll, hands_out_the_newest_in_order) {
  Preroll preroll(10);
  preroll.push(counted(1, 4));
  EXPECT_EQ(last(preroll, 3), counted(2, 3));
  EXPECT_EQ(last(preroll, 99), counted(1, 4));
}

TEST(Preroll, forgets_what_is_older_than_its_room_whatever_the_pieces) {
  for (int piece = 1; piece <= 25; ++piece) {
    Preroll preroll(10);
    int next = 0;
    while (next < 200) {
      preroll.push(counted(next, piece));
      next += piece;
      const int kept = std::min(next, 10);
      ASSERT_EQ(preroll.size(), static_cast<std::size_t>(kept)) << piece;
      ASSERT_EQ(last(preroll, 10), counted(next - kept, kept)) << piece;
    }
  }
}

TEST(Preroll, copies_any_part_that_it_keeps) {
  Preroll preroll(10);
  for (int next = 0; next < 60; next += 3) {
    preroll.push(counted(next, 3));
    const int kept = std::min(next + 3, 10);
    for (int ago = 0; ago <= kept; ++ago) {
      std::vector<std::int16_t> part(static_cast<std::size_t>(kept - ago));
      ASSERT_TRUE(preroll.copy(static_cast<std::size_t>(ago), part));
      ASSERT_EQ(part, counted(next + 3 - kept, kept - ago));
    }
    std::vector<std::int16_t> more(static_cast<std::size_t>(kept));
    ASSERT_FALSE(preroll.copy(1, more));
  }
}

TEST(Preroll, clear_forgets_everything) {
  Preroll preroll(10);
  preroll.push(counted(1, 25));
  preroll.clear();
  EXPECT_EQ(preroll.size(), 0U);
  preroll.push(counted(5, 2));
  EXPECT_EQ(last(preroll, 10), counted(5, 2));
}

TEST(Preroll, keeps_more_or_less_when_told_to_without_a_gap) {
  Preroll preroll(1000, 100);
  EXPECT_EQ(preroll.room(), 100U);
  int next = 0;
  std::size_t kept = 0;
  const auto push = [&](std::size_t worth) {
    preroll.keep(worth);
    preroll.push(counted(next, 10));
    next += 10;
    kept = std::min({kept + 10, worth, std::size_t{1000}});
    ASSERT_EQ(preroll.size(), kept);
    ASSERT_EQ(last(preroll, 5000), counted(next - static_cast<int>(kept), static_cast<int>(kept)));
  };
  for (int i = 0; i < 50; ++i) push(100);
  for (std::size_t worth = 110; worth < 2000; worth += 10) push(worth);
  EXPECT_EQ(preroll.room(), 1000U);
  for (int i = 0; i < 200; ++i) push(100);
  EXPECT_LT(preroll.room(), 150U);
}

TEST(Preroll, with_no_room_keeps_nothing) {
  Preroll preroll(0);
  preroll.push(counted(1, 5));
  EXPECT_TRUE(preroll.last(5).empty());
}

}  // namespace
}  // namespace livegate::audio
