#include "session/playback.h"

#include <gtest/gtest.h>

namespace livegate::session {
namespace {

constexpr std::int64_t kSecond = 24000;

Instant at(Millis since_start) { return Instant{} + since_start; }

TEST(Playback, without_reports_a_reply_plays_in_real_time_from_its_first_audio) {
  Playback playback;
  EXPECT_FALSE(playback.is_playing(at(0ms)));
  playback.begin_reply();
  playback.sent(kSecond, at(100ms));
  playback.sent(kSecond, at(110ms));
  EXPECT_EQ(playback.played(at(600ms)), 500ms);
  EXPECT_EQ(playback.left(at(600ms)), std::nullopt) << "the model may still add to it";
  playback.complete();
  EXPECT_EQ(playback.left(at(600ms)), 1500ms);
  EXPECT_TRUE(playback.is_playing(at(2000ms)));
  EXPECT_FALSE(playback.is_playing(at(2100ms)));
  EXPECT_EQ(playback.played(at(9s)), 2s);
}

TEST(Playback, a_reply_that_the_model_has_not_ended_plays_on_in_a_gap) {
  Playback playback;
  playback.begin_reply();
  playback.sent(kSecond, at(0ms));
  EXPECT_TRUE(playback.is_playing(at(3s)));
}

TEST(Playback, reports_are_believed_and_carried_on_by_the_clock) {
  Playback playback;
  playback.begin_reply();
  playback.sent(2 * kSecond, at(0ms));
  playback.reported(kSecond / 10, at(500ms));  // it began 400 ms late
  EXPECT_EQ(playback.played(at(500ms)), 100ms);
  EXPECT_EQ(playback.played(at(800ms)), 400ms);
  EXPECT_EQ(playback.played(at(9s)), 2s);
}

TEST(Playback, the_next_replies_count_from_their_own_beginning) {
  Playback playback;
  playback.begin_reply();
  playback.sent(kSecond, at(0ms));
  playback.complete();
  playback.reported(kSecond, at(1200ms));
  playback.begin_reply();
  playback.sent(2 * kSecond, at(5s));
  playback.reported(kSecond + 2400, at(5300ms));
  EXPECT_EQ(playback.played(at(5300ms)), 100ms);
  playback.flushed(at(5400ms));
  EXPECT_FALSE(playback.is_playing(at(5400ms)));
  EXPECT_EQ(playback.played(at(9s)), 200ms) << "what was played stays so";
  playback.reported(kSecond + 4800, at(5500ms));
  playback.begin_reply();
  playback.sent(kSecond, at(8s));
  playback.reported(kSecond + 4800 + 1200, at(8100ms));
  EXPECT_EQ(playback.played(at(8100ms)), 50ms);
}

// Sixteen words of five bytes, which take 8 s to say.
constexpr std::string_view kWord = "word ";
constexpr int kWords = 16;
constexpr std::int64_t kWordSamples = kSecond / 2;

std::size_t words_heard(const Playback& playback, Millis time) {
  return playback.heard_words(at(time)).size() / kWord.size();
}

TEST(Playback, after_a_quarter_of_the_sound_a_quarter_of_the_words_is_heard_wherever_they_stand) {
  for (const std::string_view shape : {"with the sound", "whole before it", "whole behind it"}) {
    Playback playback;
    playback.begin_reply();
    const auto all_words = [&] {
      for (int i = 0; i < kWords; ++i) playback.sent_words(kWord);
    };
    if (shape == "whole before it") all_words();
    for (int i = 0; i < kWords; ++i) {
      if (shape == "with the sound") playback.sent_words(kWord);
      playback.sent(kWordSamples, at(0ms));
    }
    if (shape == "whole behind it") all_words();
    playback.complete();
    EXPECT_EQ(words_heard(playback, 0ms), 0u) << shape;
    EXPECT_EQ(words_heard(playback, 2s), 4u) << shape;
    EXPECT_EQ(words_heard(playback, 8s), 16u) << shape;
  }
}

TEST(Playback, words_that_run_ahead_of_the_sound_are_not_heard_with_it) {
  Playback playback;
  playback.begin_reply();
  for (int i = 0; i < kWords; ++i) playback.sent_words(kWord);
  playback.sent(kSecond, at(0ms));
  const std::size_t heard = words_heard(playback, 1s);
  EXPECT_GE(heard, 2u);
  EXPECT_LE(heard, 4u) << "15 bytes a second until a reply has shown otherwise";
}

TEST(Playback, how_fast_the_model_speaks_is_learned_from_a_whole_reply) {
  Playback playback;
  playback.begin_reply();
  for (int i = 0; i < kWords; ++i) playback.sent_words(kWord);
  playback.sent(16 * kSecond, at(0ms));
  playback.complete();
  playback.begin_reply();
  for (int i = 0; i < kWords; ++i) playback.sent_words(kWord);
  playback.sent(kSecond, at(20s));
  EXPECT_EQ(words_heard(playback, 21s), 1u);
}

TEST(Playback, a_text_without_spaces_is_cut_between_characters) {
  Playback playback;
  playback.begin_reply();
  for (int i = 0; i < 30; ++i) playback.sent_words("\xe4\xbd\xa0");
  playback.sent(4 * kSecond, at(0ms));
  playback.complete();
  const std::string heard = playback.heard_words(at(1300ms));
  EXPECT_EQ(heard.size() % 3, 0u);
  EXPECT_NEAR(static_cast<double>(heard.size()), 29.0, 3.0);
}

TEST(Playback, a_transcript_without_end_is_kept_to_its_cap) {
  Playback playback;
  playback.begin_reply();
  const std::string words(1024, 'x');
  for (int i = 0; i < 100; ++i) playback.sent_words(words);
  playback.sent(kSecond, at(0ms));
  playback.complete();
  EXPECT_EQ(playback.heard_words(at(1s)).size(), 16u * 1024);
}

TEST(Playback, while_nobody_listens_only_what_was_reported_counts_and_then_it_goes_on) {
  Playback playback;
  playback.begin_reply();
  playback.sent(4 * kSecond, at(0ms));
  playback.reported(kSecond, at(1s));
  EXPECT_EQ(playback.played(at(1500ms)), 1500ms);
  playback.listener_left(at(1500ms));
  EXPECT_EQ(playback.played(at(9s)), 1s);
  EXPECT_TRUE(playback.is_playing(at(9s)));
  playback.listener_returned(at(9s));
  EXPECT_EQ(playback.played(at(9500ms)), 1500ms);
  playback.reported(2 * kSecond, at(9500ms));
  EXPECT_EQ(playback.played(at(10s)), 2500ms);
}

TEST(Playback, a_reply_that_came_while_nobody_listened_begins_with_the_listener) {
  Playback playback;
  playback.listener_left(at(0ms));
  playback.begin_reply();
  playback.sent(2 * kSecond, at(1s));
  EXPECT_EQ(playback.played(at(8s)), 0ms);
  playback.listener_returned(at(8s));
  EXPECT_EQ(playback.played(at(8500ms)), 500ms);
}

}  // namespace
}  // namespace livegate::session
