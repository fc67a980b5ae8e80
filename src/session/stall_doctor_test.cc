#include "session/stall_doctor.h"

#include <gtest/gtest.h>

namespace livegate::session {
namespace {

constexpr Instant kStart{};

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

  StallDoctor doctor{DoctorOptions{}};
  Instant now = kStart;
};

TEST_F(StallDoctorTest, remedies_grow_stronger_and_end) {
  doctor.asked(now, Input::spoken);
  std::vector<Remedy> tried;
  while (const auto deadline = doctor.next_deadline()) {
    now = *deadline;
    tried.push_back(doctor.due(now)->remedy);
    ASSERT_LE(tried.size(), 20u);
  }
  EXPECT_EQ(tried, (std::vector{Remedy::nudge, Remedy::resend, Remedy::resume, Remedy::resume,
                                Remedy::fresh, Remedy::fresh, Remedy::give_up}));
}

TEST_F(StallDoctorTest, an_answer_ends_the_case_and_the_next_begins_with_the_mildest) {
  doctor.asked(now, Input::spoken);
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
  for (int i = 0; i < 8; ++i) answer_after(3s);
  doctor.asked(now, Input::spoken);
  EXPECT_EQ(doctor.next_deadline(), now + 3500ms);
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
  doctor.content(now, now);
  doctor.settled();
  doctor.asked(now, Input::spoken);
  EXPECT_EQ(doctor.next_deadline(), now + 500ms);
}

TEST_F(StallDoctorTest, while_the_connection_is_away_no_time_runs) {
  doctor.asked(now, Input::spoken);
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
