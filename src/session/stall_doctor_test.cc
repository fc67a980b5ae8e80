#include "session/stall_doctor.h"

#include <gtest/gtest.h>

namespace livegate::session {
namespace {

constexpr Instant kStart{};
constexpr DoctorOptions kOptions{
    .first_audio = 3500ms, .first_audio_min = 500ms, .starvation = 1200ms};

class StallDoctorTest : public testing::Test {
 protected:
  void answer_after(Millis time) {
    doctor.asked(now, Input::spoken);
    now += time;
    doctor.content(now, now);
    doctor.settled();
  }
  std::optional<Remedy> remedy_after(Millis time) {
    now += time;
    const auto stall = doctor.due(now);
    return stall ? std::optional(stall->remedy) : std::nullopt;
  }

  StallDoctor doctor{kOptions};
  Instant now = kStart;
};

TEST_F(StallDoctorTest, remedies_grow_stronger_and_end) {
  doctor.asked(now, Input::spoken);
  doctor.sign_of_life();
  std::vector<Remedy> tried;
  while (const auto deadline = doctor.next_deadline()) {
    now = *deadline;
    tried.push_back(doctor.due(now)->remedy);
    ASSERT_LE(tried.size(), 20u);
  }
  EXPECT_EQ(tried, (std::vector{Remedy::nudge, Remedy::resend, Remedy::resume, Remedy::resume,
                                Remedy::fresh, Remedy::fresh, Remedy::fresh, Remedy::give_up}));
}

TEST_F(StallDoctorTest, without_a_sign_of_life_the_question_moves_to_another_connection) {
  doctor.sign_of_life();  // before the question: it says nothing
  doctor.asked(now, Input::spoken);
  EXPECT_EQ(remedy_after(3500ms), Remedy::nudge);
  EXPECT_EQ(remedy_after(3500ms), Remedy::resume);
}

TEST_F(StallDoctorTest, after_a_holding_line_the_answer_is_waited_for_longer) {
  doctor.asked(now, Input::written);
  doctor.content(now, now);
  doctor.holding(now);
  EXPECT_EQ(doctor.next_deadline(), now + 15s);
  EXPECT_FALSE(doctor.content(now + 12s, now + 12s)) << "and says nothing about the pace";
}

TEST_F(StallDoctorTest, the_last_try_is_waited_for_longest) {
  for (int i = 0; i < 3; ++i) answer_after(100ms);
  doctor.asked(now, Input::spoken);
  for (int tries = 0; tries < 7; ++tries) {
    EXPECT_EQ(doctor.next_deadline(), now + 500ms) << tries;
    EXPECT_TRUE(remedy_after(500ms));
    doctor.asked(now, Input::spoken);
  }
  EXPECT_EQ(doctor.next_deadline(), now + 7s) << "the service may have become slow";
  now += 5s;
  doctor.content(now, std::nullopt);
  EXPECT_FALSE(doctor.next_deadline());
}

TEST_F(StallDoctorTest, an_answer_ends_the_case_and_the_next_begins_with_the_mildest) {
  doctor.asked(now, Input::spoken);
  doctor.sign_of_life();
  EXPECT_EQ(remedy_after(3500ms), Remedy::nudge);
  EXPECT_EQ(remedy_after(3500ms), Remedy::resend);
  doctor.content(now, std::nullopt);
  EXPECT_FALSE(doctor.next_deadline());
  doctor.asked(now, Input::spoken);
  EXPECT_EQ(remedy_after(3500ms), Remedy::nudge);
}

TEST_F(StallDoctorTest, patience_is_twice_the_slowest_of_the_last_answers_within_bounds) {
  answer_after(100ms);
  doctor.asked(now, Input::spoken);
  EXPECT_EQ(doctor.next_deadline(), now + 800ms) << "one answer is a guess";
  doctor.not_owed();
  answer_after(900ms);
  doctor.asked(now, Input::spoken);
  EXPECT_EQ(doctor.next_deadline(), now + 3200ms) << "two are not much more";
  now += 200ms;
  doctor.content(now, now);
  doctor.settled();
  doctor.asked(now, Input::spoken);
  EXPECT_EQ(doctor.next_deadline(), now + 2000ms);
  for (int i = 0; i < 8; ++i) answer_after(20ms);
  doctor.asked(now, Input::spoken);
  EXPECT_EQ(doctor.next_deadline(), now + 500ms);
  doctor.not_owed();
  for (int i = 0; i < 8; ++i) answer_after(2s);
  doctor.asked(now, Input::spoken);
  EXPECT_EQ(doctor.next_deadline(), now + 3500ms);
}

TEST_F(StallDoctorTest, a_model_that_answered_after_longer_than_the_limit_is_given_that_time) {
  doctor = StallDoctor({.first_audio = 2s, .first_audio_min = 500ms});
  for (int i = 0; i < 3; ++i) {
    doctor.asked(now, Input::spoken);
    now += 1900ms;
    doctor.alive(now);  // and still at work
    now += 1900ms;
    doctor.content(now, now);
    doctor.settled();
  }
  doctor.asked(now, Input::spoken);
  EXPECT_EQ(doctor.next_deadline(), now + 4300ms);
}

TEST_F(StallDoctorTest, who_has_seen_no_answer_goes_by_those_of_others) {
  DoctorOptions options = kOptions;
  for (int i = 0; i < 3; ++i) options.pace.learn({Input::spoken, 400ms});
  doctor = StallDoctor(options);
  doctor.asked(now, Input::spoken);
  EXPECT_EQ(doctor.next_deadline(), now + 1000ms);
  doctor.not_owed();
  doctor.asked(now, Input::written);
  EXPECT_EQ(doctor.next_deadline(), now + 3500ms) << "nothing is known of those";
  doctor.not_owed();
  answer_after(700ms);
  doctor.asked(now, Input::spoken);
  EXPECT_EQ(doctor.next_deadline(), now + 1600ms) << "the slower one counts";
  doctor.not_owed();
  for (int i = 0; i < 8; ++i) answer_after(200ms);
  doctor.asked(now, Input::spoken);
  EXPECT_EQ(doctor.next_deadline(), now + 600ms) << "its own are enough";
}

TEST_F(StallDoctorTest, an_answer_at_once_is_an_answer) {
  for (int i = 0; i < 3; ++i) answer_after(0ms);
  doctor.asked(now, Input::spoken);
  EXPECT_EQ(doctor.next_deadline(), now + 500ms);
}

TEST_F(StallDoctorTest, only_an_answer_that_needed_no_remedy_tells_the_pace) {
  doctor.asked(now, Input::written);
  now += 300ms;
  const auto answer = doctor.content(now, now);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->input, Input::written);
  EXPECT_EQ(answer->time, 300ms);
  EXPECT_FALSE(doctor.content(now, now)) << "that was no beginning";
  doctor.settled();
  doctor.asked(now, Input::written);
  EXPECT_EQ(remedy_after(3500ms), Remedy::nudge);
  EXPECT_FALSE(doctor.content(now, now));
}

TEST_F(StallDoctorTest, the_pace_of_written_lines_is_none_for_speech) {
  for (int i = 0; i < 3; ++i) answer_after(1s);
  doctor.asked(now, Input::spoken);
  EXPECT_EQ(doctor.next_deadline(), now + 2200ms);
  doctor.not_owed();
  doctor.asked(now, Input::written);
  EXPECT_EQ(doctor.next_deadline(), now + 3500ms);
}

TEST_F(StallDoctorTest, an_answer_to_a_remedy_says_nothing_about_the_pace) {
  for (int i = 0; i < 3; ++i) answer_after(100ms);
  doctor.asked(now, Input::spoken);
  EXPECT_EQ(remedy_after(500ms), Remedy::nudge);
  now += 3s;
  EXPECT_FALSE(doctor.content(now, now));
  doctor.settled();
  doctor.asked(now, Input::spoken);
  EXPECT_EQ(doctor.next_deadline(), now + 500ms);
}

TEST_F(StallDoctorTest, but_over_another_connection_it_can_only_answer_what_was_asked_there) {
  doctor.asked(now, Input::spoken);
  doctor.sign_of_life();
  EXPECT_EQ(remedy_after(3500ms), Remedy::nudge);
  EXPECT_EQ(remedy_after(3500ms), Remedy::resend);
  doctor.asked(now, Input::spoken);
  EXPECT_EQ(remedy_after(3500ms), Remedy::resume);
  doctor.connection_lost();
  now += 300ms;
  doctor.asked(now, Input::spoken);
  now += 200ms;
  const auto answer = doctor.content(now, now);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->time, 200ms);
  doctor.settled();
  doctor.asked(now, Input::spoken);
  EXPECT_EQ(doctor.next_deadline(), now + 1100ms);
}

TEST_F(StallDoctorTest, while_the_connection_is_away_no_time_runs) {
  doctor.asked(now, Input::spoken);
  doctor.sign_of_life();
  EXPECT_EQ(remedy_after(3500ms), Remedy::nudge);
  EXPECT_EQ(remedy_after(3500ms), Remedy::resend);
  EXPECT_EQ(remedy_after(3500ms), Remedy::resume);
  doctor.connection_lost();
  EXPECT_FALSE(doctor.next_deadline());
  now += 60s;
  doctor.asked(now, Input::spoken);
  EXPECT_EQ(remedy_after(3500ms), Remedy::resume) << "the case goes on where it stood";
}

TEST_F(StallDoctorTest, an_interruption_that_the_model_does_not_own_to_is_a_stall) {
  doctor.interrupted(now);
  EXPECT_FALSE(remedy_after(1900ms));
  EXPECT_EQ(remedy_after(100ms), Remedy::resume);
  doctor.not_owed();
  doctor.interrupted(now);
  doctor.settled();
  EXPECT_FALSE(doctor.next_deadline());
}

TEST_F(StallDoctorTest, signs_of_life_are_not_believed_for_ever) {
  doctor.asked(now, Input::spoken);
  for (int i = 0; i < 100; ++i) {
    doctor.alive(now);
    if (remedy_after(1s)) return;
  }
  FAIL() << "it still believes";
}

TEST_F(StallDoctorTest, switched_off_it_sees_nothing) {
  StallDoctor off(DoctorOptions{.enabled = false});
  off.asked(now, Input::spoken);
  off.content(now, now);
  off.interrupted(now);
  EXPECT_FALSE(off.next_deadline());
}

}  // namespace
}  // namespace livegate::session
