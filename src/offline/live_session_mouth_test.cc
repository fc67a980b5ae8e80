#include "offline/live_session_mouth.h"

#include <vector>

#include <gtest/gtest.h>

#include "base/limits.h"

namespace livegate::offline {
namespace {

constexpr Instant kStart{10s};

std::vector<std::int16_t> speech(Millis time) {
  std::vector<std::int16_t> samples(static_cast<std::size_t>(time.count()) * 24);
  for (std::size_t i = 0; i < samples.size(); ++i) samples[i] = static_cast<std::int16_t>(i % 1000);
  return samples;
}

struct Sent {
  Instant at;
  std::vector<std::int16_t> samples;
  std::string text;
};

// Lets time pass from one due piece to the next until there is none.
std::vector<Sent> drain(Mouth& mouth, Instant now) {
  std::vector<Sent> sent;
  while (const auto at = mouth.next_at()) {
    now = std::max(now, *at);
    auto piece = mouth.take(now);
    if (!piece) {
      ADD_FAILURE() << "a due piece was not handed out";
      break;
    }
    sent.push_back({.at = now,
                    .samples = {piece->samples.begin(), piece->samples.end()},
                    .text = piece->text});
  }
  return sent;
}

TEST(Mouth, the_first_piece_has_200_ms_and_the_others_240_ms) {
  Mouth mouth;
  mouth.say("one two", speech(1s));
  mouth.end_speech();
  const auto sent = drain(mouth, kStart);
  ASSERT_EQ(sent.size(), 5u);
  EXPECT_EQ(sent[0].samples.size(), 4800u);
  EXPECT_EQ(sent[1].samples.size(), 5760u);
  EXPECT_EQ(sent[3].samples.size(), 5760u);
  EXPECT_EQ(sent[4].samples.size(), 24000u - 4800u - 3 * 5760u);
}

TEST(Mouth, every_sample_leaves_once_and_in_order) {
  Mouth mouth;
  mouth.say("one", speech(700ms));
  mouth.say("two", speech(900ms));
  mouth.end_speech();
  std::vector<std::int16_t> expected = speech(700ms);
  for (const std::int16_t sample : speech(900ms)) expected.push_back(sample);
  std::vector<std::int16_t> got;
  for (const Sent& each : drain(mouth, kStart)) {
    got.insert(got.end(), each.samples.begin(), each.samples.end());
  }
  EXPECT_EQ(got, expected);
  EXPECT_TRUE(mouth.empty());
}

TEST(Mouth, pieces_leave_four_times_faster_than_they_play) {
  Mouth mouth;
  mouth.say("", speech(10s));
  mouth.end_speech();
  const auto sent = drain(mouth, kStart);
  EXPECT_EQ(sent[0].at, kStart);
  EXPECT_EQ(sent[1].at, kStart + 50ms);
  EXPECT_EQ(sent[2].at, kStart + 110ms);
  EXPECT_LE(sent.back().at, kStart + 2500ms);
}

TEST(Mouth, a_piece_that_is_not_due_stays) {
  Mouth mouth;
  mouth.say("", speech(1s));
  ASSERT_TRUE(mouth.take(kStart));
  EXPECT_FALSE(mouth.take(kStart + 49ms));
  EXPECT_TRUE(mouth.take(kStart + 50ms));
}

TEST(Mouth, playback_ends_when_the_first_audio_and_all_that_followed_have_been_played) {
  Mouth mouth;
  mouth.say("", speech(10s));
  mouth.end_speech();
  drain(mouth, kStart);
  EXPECT_EQ(mouth.playing_until(), kStart + 10s);
}

TEST(Mouth, after_a_pause_playback_begins_anew) {
  Mouth mouth;
  mouth.say("", speech(1s));
  mouth.end_speech();
  drain(mouth, kStart);
  mouth.say("", speech(1s));
  mouth.end_speech();
  drain(mouth, kStart + 5s);
  EXPECT_EQ(mouth.playing_until(), kStart + 6s);
}

TEST(Mouth, an_unfinished_piece_waits_for_the_next_sentence) {
  Mouth mouth;
  mouth.say("", speech(300ms));
  ASSERT_TRUE(mouth.take(kStart));
  EXPECT_FALSE(mouth.next_at());  // 100 ms are left, and more is to come
  mouth.say("", speech(300ms));
  const auto piece = mouth.take(kStart + 1s);
  ASSERT_TRUE(piece);
  EXPECT_EQ(piece->samples.size(), MouthOptions{}.piece_samples);
}

TEST(Mouth, words_go_with_the_piece_in_which_they_begin_and_add_up_to_the_sentences) {
  Mouth mouth;
  mouth.say("the kitchen light is on", speech(1s));
  mouth.say("anything else?", speech(1s));
  mouth.end_speech();
  const auto sent = drain(mouth, kStart);
  EXPECT_EQ(sent[0].text, "the");
  std::string all;
  for (const Sent& each : sent) all += each.text;
  EXPECT_EQ(all, "the kitchen light is on anything else?");
}

TEST(Mouth, a_sentence_without_sound_is_not_said) {
  Mouth mouth;
  EXPECT_TRUE(mouth.say("...", {}));
  mouth.end_speech();
  EXPECT_TRUE(mouth.empty());
  EXPECT_FALSE(mouth.next_at());
}

TEST(Mouth, more_than_the_cap_is_refused_and_what_was_queued_stays) {
  Mouth mouth;
  EXPECT_TRUE(mouth.say("", speech(limits::kOfflineReplyMax - 1s)));
  EXPECT_FALSE(mouth.say("", speech(2s)));
  EXPECT_TRUE(mouth.say("", speech(1s)));
}

}  // namespace
}  // namespace livegate::offline
