#include "session/response_watchdog.h"

#include <gtest/gtest.h>

namespace livegate::session {
namespace {

constexpr Instant kStart{};
constexpr WatchdogOptions kOptions{
    .first_audio = 3500ms, .first_audio_min = 500ms, .starvation = 1200ms};

class ResponseWatchdogTest : public testing::Test {
 protected:
  void answer_after(Millis time) {
    watchdog.asked(now, Input::spoken);
    now += time;
    watchdog.content(now, now);
    watchdog.settled();
  }
  std::optional<RecoveryAction> remedy_after(Millis time) {
    now += time;
    const auto stall = watchdog.due(now);
    return stall ? std::optional(stall->action) : std::nullopt;
  }

  ResponseWatchdog watchdog{kOptions};
  Instant now = kStart;
};

TEST_F(ResponseWatchdogTest, actions_grow_stronger_and_end) {
  watchdog.asked(now, Input::spoken);
  watchdog.sign_of_life();
  std::vector<RecoveryAction> tried;
  while (const auto deadline = watchdog.next_deadline()) {
    now = *deadline;
    tried.push_back(watchdog.due(now)->action);
    ASSERT_LE(tried.size(), 20u);
  }
  EXPECT_EQ(tried,
            (std::vector{RecoveryAction::reprompt, RecoveryAction::resend, RecoveryAction::resume,
                         RecoveryAction::resume, RecoveryAction::fresh, RecoveryAction::fresh,
                         RecoveryAction::fresh, RecoveryAction::give_up}));
}

TEST_F(ResponseWatchdogTest, without_a_sign_of_life_the_question_moves_to_another_connection) {
  watchdog.sign_of_life();  // before the question: it says nothing
  watchdog.asked(now, Input::spoken);
  EXPECT_EQ(remedy_after(3500ms), RecoveryAction::reprompt);
  EXPECT_EQ(remedy_after(3500ms), RecoveryAction::resume);
}

TEST_F(ResponseWatchdogTest, after_a_holding_line_the_answer_is_waited_for_longer) {
  watchdog.asked(now, Input::written);
  watchdog.content(now, now);
  watchdog.holding(now);
  EXPECT_EQ(watchdog.next_deadline(), now + 15s);
  EXPECT_FALSE(watchdog.content(now + 12s, now + 12s)) << "and says nothing about the pace";
}

TEST_F(ResponseWatchdogTest, the_last_try_is_waited_for_longest) {
  for (int i = 0; i < 3; ++i) answer_after(100ms);
  watchdog.asked(now, Input::spoken);
  for (int tries = 0; tries < 7; ++tries) {
    EXPECT_EQ(watchdog.next_deadline(), now + 500ms) << tries;
    EXPECT_TRUE(remedy_after(500ms));
    watchdog.asked(now, Input::spoken);
  }
  EXPECT_EQ(watchdog.next_deadline(), now + 7s) << "the service may have become slow";
  now += 5s;
  watchdog.content(now, std::nullopt);
  EXPECT_FALSE(watchdog.next_deadline());
}

TEST_F(ResponseWatchdogTest, an_answer_ends_the_case_and_the_next_begins_with_the_mildest) {
  watchdog.asked(now, Input::spoken);
  watchdog.sign_of_life();
  EXPECT_EQ(remedy_after(3500ms), RecoveryAction::reprompt);
  EXPECT_EQ(remedy_after(3500ms), RecoveryAction::resend);
  watchdog.content(now, std::nullopt);
  EXPECT_FALSE(watchdog.next_deadline());
  watchdog.asked(now, Input::spoken);
  EXPECT_EQ(remedy_after(3500ms), RecoveryAction::reprompt);
}

TEST_F(ResponseWatchdogTest, patience_is_twice_the_slowest_of_the_last_answers_within_bounds) {
  answer_after(100ms);
  watchdog.asked(now, Input::spoken);
  EXPECT_EQ(watchdog.next_deadline(), now + 800ms) << "one answer is a guess";
  watchdog.disarm();
  answer_after(900ms);
  watchdog.asked(now, Input::spoken);
  EXPECT_EQ(watchdog.next_deadline(), now + 3200ms) << "two are not much more";
  now += 200ms;
  watchdog.content(now, now);
  watchdog.settled();
  watchdog.asked(now, Input::spoken);
  EXPECT_EQ(watchdog.next_deadline(), now + 2000ms);
  for (int i = 0; i < 8; ++i) answer_after(20ms);
  watchdog.asked(now, Input::spoken);
  EXPECT_EQ(watchdog.next_deadline(), now + 500ms);
  watchdog.disarm();
  for (int i = 0; i < 8; ++i) answer_after(2s);
  watchdog.asked(now, Input::spoken);
  EXPECT_EQ(watchdog.next_deadline(), now + 3500ms);
}

TEST_F(ResponseWatchdogTest, a_model_that_answered_after_longer_than_the_limit_is_given_that_time) {
  watchdog = ResponseWatchdog({.first_audio = 2s, .first_audio_min = 500ms});
  for (int i = 0; i < 3; ++i) {
    watchdog.asked(now, Input::spoken);
    now += 1900ms;
    watchdog.alive(now);  // and still at work
    now += 1900ms;
    watchdog.content(now, now);
    watchdog.settled();
  }
  watchdog.asked(now, Input::spoken);
  EXPECT_EQ(watchdog.next_deadline(), now + 4300ms);
}

TEST_F(ResponseWatchdogTest, who_has_seen_no_answer_goes_by_those_of_others) {
  WatchdogOptions options = kOptions;
  for (int i = 0; i < 3; ++i) options.pace.learn({Input::spoken, 400ms});
  watchdog = ResponseWatchdog(options);
  watchdog.asked(now, Input::spoken);
  EXPECT_EQ(watchdog.next_deadline(), now + 1000ms);
  watchdog.disarm();
  watchdog.asked(now, Input::written);
  EXPECT_EQ(watchdog.next_deadline(), now + 3500ms) << "nothing is known of those";
  watchdog.disarm();
  answer_after(700ms);
  watchdog.asked(now, Input::spoken);
  EXPECT_EQ(watchdog.next_deadline(), now + 1600ms) << "the slower one counts";
  watchdog.disarm();
  for (int i = 0; i < 8; ++i) answer_after(200ms);
  watchdog.asked(now, Input::spoken);
  EXPECT_EQ(watchdog.next_deadline(), now + 600ms) << "its own are enough";
}

TEST_F(ResponseWatchdogTest, an_answer_at_once_is_an_answer) {
  for (int i = 0; i < 3; ++i) answer_after(0ms);
  watchdog.asked(now, Input::spoken);
  EXPECT_EQ(watchdog.next_deadline(), now + 500ms);
}

TEST_F(ResponseWatchdogTest, only_an_answer_that_needed_no_remedy_tells_the_pace) {
  watchdog.asked(now, Input::written);
  now += 300ms;
  const auto answer = watchdog.content(now, now);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->input, Input::written);
  EXPECT_EQ(answer->time, 300ms);
  EXPECT_FALSE(watchdog.content(now, now)) << "that was no beginning";
  watchdog.settled();
  watchdog.asked(now, Input::written);
  EXPECT_EQ(remedy_after(3500ms), RecoveryAction::reprompt);
  EXPECT_FALSE(watchdog.content(now, now));
}

TEST_F(ResponseWatchdogTest, the_pace_of_written_lines_is_none_for_speech) {
  for (int i = 0; i < 3; ++i) answer_after(1s);
  watchdog.asked(now, Input::spoken);
  EXPECT_EQ(watchdog.next_deadline(), now + 2200ms);
  watchdog.disarm();
  watchdog.asked(now, Input::written);
  EXPECT_EQ(watchdog.next_deadline(), now + 3500ms);
}

TEST_F(ResponseWatchdogTest, an_answer_to_a_remedy_says_nothing_about_the_pace) {
  for (int i = 0; i < 3; ++i) answer_after(100ms);
  watchdog.asked(now, Input::spoken);
  EXPECT_EQ(remedy_after(500ms), RecoveryAction::reprompt);
  now += 3s;
  EXPECT_FALSE(watchdog.content(now, now));
  watchdog.settled();
  watchdog.asked(now, Input::spoken);
  EXPECT_EQ(watchdog.next_deadline(), now + 500ms);
}

TEST_F(ResponseWatchdogTest, but_over_another_connection_it_can_only_answer_what_was_asked_there) {
  watchdog.asked(now, Input::spoken);
  watchdog.sign_of_life();
  EXPECT_EQ(remedy_after(3500ms), RecoveryAction::reprompt);
  EXPECT_EQ(remedy_after(3500ms), RecoveryAction::resend);
  watchdog.asked(now, Input::spoken);
  EXPECT_EQ(remedy_after(3500ms), RecoveryAction::resume);
  watchdog.connection_lost();
  now += 300ms;
  watchdog.asked(now, Input::spoken);
  now += 200ms;
  const auto answer = watchdog.content(now, now);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->time, 200ms);
  watchdog.settled();
  watchdog.asked(now, Input::spoken);
  EXPECT_EQ(watchdog.next_deadline(), now + 1100ms);
}

TEST_F(ResponseWatchdogTest, while_the_connection_is_away_no_time_runs) {
  watchdog.asked(now, Input::spoken);
  watchdog.sign_of_life();
  EXPECT_EQ(remedy_after(3500ms), RecoveryAction::reprompt);
  EXPECT_EQ(remedy_after(3500ms), RecoveryAction::resend);
  EXPECT_EQ(remedy_after(3500ms), RecoveryAction::resume);
  watchdog.connection_lost();
  EXPECT_FALSE(watchdog.next_deadline());
  now += 60s;
  watchdog.asked(now, Input::spoken);
  EXPECT_EQ(remedy_after(3500ms), RecoveryAction::resume) << "the case goes on where it stood";
}

TEST_F(ResponseWatchdogTest, an_interruption_that_the_model_does_not_own_to_is_a_stall) {
  watchdog.interrupted(now);
  EXPECT_FALSE(remedy_after(1900ms));
  EXPECT_EQ(remedy_after(100ms), RecoveryAction::resume);
  watchdog.disarm();
  watchdog.interrupted(now);
  watchdog.settled();
  EXPECT_FALSE(watchdog.next_deadline());
}

TEST_F(ResponseWatchdogTest, signs_of_life_are_not_believed_for_ever) {
  watchdog.asked(now, Input::spoken);
  for (int i = 0; i < 100; ++i) {
    watchdog.alive(now);
    if (remedy_after(1s)) return;
  }
  FAIL() << "it still believes";
}

TEST_F(ResponseWatchdogTest, switched_off_it_sees_nothing) {
  ResponseWatchdog off(WatchdogOptions{.enabled = false});
  off.asked(now, Input::spoken);
  off.content(now, now);
  off.interrupted(now);
  EXPECT_FALSE(off.next_deadline());
}

}  // namespace
}  // namespace livegate::session
