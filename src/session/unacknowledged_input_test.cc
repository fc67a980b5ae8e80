#include "session/unacknowledged_input.h"

#include <gtest/gtest.h>

#include "base/limits.h"

namespace livegate::session {
namespace {

using Kind = UnacknowledgedInput::Kind;

constexpr std::size_t kSecond = 16000;

class UplinkJournalTest : public testing::Test {
 protected:
  // Samples are numbered, so that a gap or a double shows.
  void says(std::size_t samples, bool sent, bool voiced = true) {
    std::vector<std::int16_t> chunk(320);
    for (std::size_t done = 0; done < samples; done += chunk.size()) {
      for (std::int16_t& sample : chunk) sample = next_++;
      input.speech(chunk, voiced, sent);
    }
  }
  [[nodiscard]] std::vector<std::int16_t> samples() const {
    std::vector<std::int16_t> all;
    for (const auto& entry : input.entries()) {
      all.insert(all.end(), entry.samples.begin(), entry.samples.end());
    }
    return all;
  }
  [[nodiscard]] std::size_t count(Kind kind) const {
    std::size_t n = 0;
    for (const auto& entry : input.entries()) n += entry.kind == kind;
    return n;
  }

  UnacknowledgedInput input;
  std::int16_t next_ = 0;
};

TEST_F(UplinkJournalTest, everything_is_kept_in_its_order) {
  says(kSecond / 2, true);
  EXPECT_TRUE(input.message("line", Asks::reply, true));
  says(kSecond / 2, true);
  input.end_of_speech(true);
  ASSERT_EQ(input.entries().size(), 4u);
  EXPECT_EQ(input.entries()[1].wire, "line");
  const auto all = samples();
  ASSERT_EQ(all.size(), kSecond);
  for (std::size_t i = 0; i < all.size(); ++i) ASSERT_EQ(all[i], static_cast<std::int16_t>(i));
}

TEST_F(UplinkJournalTest, what_is_answered_goes_and_what_came_later_stays) {
  says(kSecond / 2, true);
  const auto place = input.place();
  says(kSecond / 5, true);
  input.forget_until(place);
  ASSERT_EQ(samples().size(), kSecond / 5);
  EXPECT_EQ(samples().front(), static_cast<std::int16_t>(kSecond / 2));
  input.forget_until(place);
  EXPECT_EQ(samples().size(), kSecond / 5) << "twice is once";
  input.forget_until(input.place());
  EXPECT_TRUE(input.empty());
}

TEST_F(UplinkJournalTest, an_end_whose_speech_was_answered_goes_with_it) {
  says(kSecond / 2, true);
  const auto place = input.place();
  input.end_of_speech(true);
  input.forget_until(place);
  EXPECT_TRUE(input.empty());
  input.end_of_speech(true);
  EXPECT_TRUE(input.empty()) << "there is nothing that it could end";
}

TEST_F(UplinkJournalTest, speech_ends_behind_what_was_typed_in_mid_speech_and_goes_with_its_end) {
  says(kSecond, /*sent=*/true);
  const std::uint64_t answered = input.place();
  ASSERT_TRUE(input.message("typed", Asks::reply, /*sent=*/true));
  input.end_of_speech(/*sent=*/true);
  EXPECT_EQ(count(Kind::end_of_speech), 1U);
  input.end_of_speech(/*sent=*/true);
  EXPECT_EQ(count(Kind::end_of_speech), 1U) << "once";
  input.forget_until(answered);
  EXPECT_EQ(count(Kind::end_of_speech), 0U);
  EXPECT_EQ(count(Kind::message), 1U);
}

TEST_F(UplinkJournalTest, an_end_that_was_none_is_taken_back) {
  says(kSecond / 2, true);
  input.end_of_speech(true);
  input.retract_end();
  says(kSecond / 4, true);
  EXPECT_EQ(count(Kind::end_of_speech), 0u);
}

TEST_F(UplinkJournalTest, of_unsent_speech_silence_goes_first_then_the_oldest_and_all_is_counted) {
  constexpr std::size_t kMax = 5 * kSecond;
  says(kSecond, false, /*voiced=*/true);
  says(3 * kSecond, false, /*voiced=*/false);
  says(3 * kSecond, false, /*voiced=*/true);
  EXPECT_EQ(samples().size(), kMax);
  EXPECT_EQ(samples().front(), 0) << "the oldest is speech, and stays";
  EXPECT_EQ(input.dropped_samples(), 2 * kSecond);
  says(3 * kSecond, false, /*voiced=*/true);
  EXPECT_EQ(samples().size(), kMax);
  EXPECT_EQ(input.dropped_samples(), 5 * kSecond);
  EXPECT_EQ(samples().back(), static_cast<std::int16_t>(next_ - 1));
}

TEST_F(UplinkJournalTest, of_sent_speech_half_a_minute_is_kept_and_nothing_is_counted) {
  says(40 * kSecond, true);
  EXPECT_EQ(samples().size(), 30 * kSecond);
  EXPECT_EQ(samples().back(), static_cast<std::int16_t>(next_ - 1));
  EXPECT_EQ(input.dropped_samples(), 0u);
}

TEST_F(UplinkJournalTest, words_that_nobody_answers_do_not_pile_up_behind_anything) {
  EXPECT_TRUE(input.message("a line", Asks::nothing, true));
  for (int i = 0; i < 1000; ++i) {
    says(kSecond / 5, true);
    input.end_of_speech(true);
  }
  EXPECT_EQ(samples().size(), 30 * kSecond);
  EXPECT_EQ(input.entries().size(), 1u + 150u * 2u);
  std::size_t room = 0;
  for (const auto& entry : input.entries()) room += entry.samples.capacity();
  EXPECT_LE(room, 32 * kSecond);
}

TEST_F(UplinkJournalTest, sent_and_unsent_have_room_of_their_own) {
  says(10 * kSecond, true);
  says(6 * kSecond, false);
  EXPECT_EQ(samples().size(), 15 * kSecond);
  EXPECT_EQ(input.dropped_samples(), kSecond);
  input.all_sent();
  EXPECT_EQ(input.dropped_samples(), 0u);
  says(20 * kSecond, true);
  EXPECT_EQ(samples().size(), 30 * kSecond);
}

TEST_F(UplinkJournalTest, messages_are_refused_while_unsent_and_forgotten_once_sent) {
  for (std::size_t i = 0; i < limits::kHeldMessagesMax; ++i) {
    ASSERT_TRUE(input.message(std::to_string(i), Asks::reply, false));
  }
  EXPECT_FALSE(input.message("too many", Asks::reply, false));
  input.all_sent();
  EXPECT_TRUE(input.message("one more", Asks::reply, true));
  EXPECT_EQ(count(Kind::message), limits::kHeldMessagesMax);
  input.clear();
  EXPECT_TRUE(input.empty());
  EXPECT_TRUE(input.message(std::string(limits::kHeldMessageBytesMax + 1, 'x'), Asks::reply, true));
  EXPECT_TRUE(input.empty()) << "what is larger than all the room is sent once";
}

}  // namespace
}  // namespace livegate::session
