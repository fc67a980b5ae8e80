#include "turn/turn_machine.h"

#include <gtest/gtest.h>

namespace livegate::turn {
namespace {

// A conversation told as a transcript: what happens, and how long after the beginning.
class TurnMachineTest : public testing::Test {
 protected:
  static Instant at(Millis since_start) { return Instant{} + since_start; }

  void person_speaks(Millis until, Millis decided) {
    machine.speech_started();
    machine.sent_upstream(at(decided));
    machine.speech_ended(at(until), at(decided));
  }

  bool audio_reaches_client(Millis when) {
    const auto content = machine.content(at(when));
    if (content) machine.audio_forwarded(at(when), at(when));
    return content.has_value();
  }

  TurnMachine machine;
};

TEST_F(TurnMachineTest, the_first_content_begins_a_turn_and_the_rest_belongs_to_it) {
  const auto first = machine.content(at(0ms));
  const auto second = machine.content(at(10ms));
  ASSERT_TRUE(first && second);
  EXPECT_TRUE(first->begins);
  EXPECT_FALSE(second->begins);
  EXPECT_EQ(first->turn, 1u);
  EXPECT_EQ(second->turn, 1u);
}

TEST_F(TurnMachineTest, a_completed_turn_makes_room_for_the_next_number) {
  EXPECT_EQ(machine.current_turn(), 1u);
  ASSERT_TRUE(machine.content(at(0ms)));
  EXPECT_EQ(machine.current_turn(), 1u);
  const auto finished = machine.completed(at(0ms));
  ASSERT_TRUE(finished);
  EXPECT_FALSE(finished->cut_off);
  EXPECT_EQ(machine.current_turn(), 2u);
  EXPECT_EQ(machine.content(at(50ms))->turn, 2u);
}

TEST_F(TurnMachineTest, an_empty_turn_completes_nothing) {
  EXPECT_FALSE(machine.completed(at(0ms)));
}

TEST_F(TurnMachineTest, content_after_interrupted_is_stale_until_the_turn_ends) {
  ASSERT_TRUE(audio_reaches_client(0ms));
  EXPECT_EQ(machine.interrupted(at(100ms)), 1u);
  EXPECT_FALSE(audio_reaches_client(110ms));
  EXPECT_TRUE(machine.completed(at(0ms))->cut_off);
  EXPECT_TRUE(audio_reaches_client(120ms));
  EXPECT_EQ(machine.current_turn(), 2u);
}

TEST_F(TurnMachineTest, a_lost_end_of_turn_does_not_mute_the_next_reply) {
  ASSERT_TRUE(audio_reaches_client(0ms));
  machine.interrupted(at(100ms));
  EXPECT_TRUE(audio_reaches_client(2500ms));
  EXPECT_EQ(machine.current_turn(), 2u);
}

TEST_F(TurnMachineTest, interrupted_after_the_end_names_the_turn_that_may_still_be_playing) {
  ASSERT_TRUE(audio_reaches_client(0ms));
  ASSERT_TRUE(machine.completed(at(0ms)));
  EXPECT_EQ(machine.interrupted(at(500ms)), 1u);
  EXPECT_TRUE(audio_reaches_client(600ms))
      << "no turn was running, so nothing that follows is stale";
}

TEST_F(TurnMachineTest, interrupted_before_any_reply_has_nothing_to_throw_away) {
  EXPECT_FALSE(machine.interrupted(at(0ms)));
  EXPECT_TRUE(audio_reaches_client(10ms));
}

TEST_F(TurnMachineTest, quiet_asked_for_by_the_client_lasts_until_the_model_ends_its_turn) {
  ASSERT_TRUE(audio_reaches_client(0ms));
  EXPECT_EQ(machine.interrupt_locally(), 1u);
  EXPECT_FALSE(audio_reaches_client(5000ms));
  EXPECT_FALSE(machine.interrupt_locally()) << "once is enough";
  EXPECT_TRUE(machine.completed(at(0ms))->cut_off);
  EXPECT_TRUE(audio_reaches_client(6000ms));
}

TEST_F(TurnMachineTest, a_lost_connection_cuts_the_running_reply_off) {
  EXPECT_FALSE(machine.lost());
  ASSERT_TRUE(audio_reaches_client(0ms));
  const auto finished = machine.lost();
  ASSERT_TRUE(finished);
  EXPECT_TRUE(finished->cut_off);
  EXPECT_FALSE(machine.replying());
}

TEST_F(TurnMachineTest, latency_tells_decision_first_packet_and_end_to_end_apart) {
  person_speaks(1000ms, 1500ms);
  ASSERT_TRUE(audio_reaches_client(1900ms));
  ASSERT_TRUE(audio_reaches_client(1940ms));
  ASSERT_TRUE(audio_reaches_client(2000ms));
  ASSERT_TRUE(audio_reaches_client(2060ms));
  const Latency latency = machine.completed(at(0ms))->latency;
  EXPECT_EQ(latency.decision, 500ms);
  EXPECT_EQ(latency.first_packet, 400ms);
  EXPECT_EQ(latency.end_to_end, 900ms);
  EXPECT_EQ(latency.continuous, 60ms);
}

TEST_F(TurnMachineTest, speech_over_a_reply_belongs_to_the_next_one) {
  person_speaks(1000ms, 1500ms);
  ASSERT_TRUE(audio_reaches_client(1900ms));
  machine.speech_started();
  EXPECT_EQ(machine.interrupt_locally(), 1u);
  machine.speech_ended(at(3000ms), at(3500ms));
  const auto cut = machine.completed(at(0ms));
  EXPECT_EQ(cut->marks.speech_ended, at(1000ms));
  EXPECT_EQ(cut->latency.end_to_end, 900ms);
  ASSERT_TRUE(audio_reaches_client(4000ms));
  EXPECT_EQ(machine.completed(at(0ms))->latency.end_to_end, 1000ms);
}

TEST_F(TurnMachineTest, a_second_reply_to_the_same_words_has_no_latency) {
  person_speaks(1000ms, 1500ms);
  ASSERT_TRUE(audio_reaches_client(1900ms));
  ASSERT_TRUE(machine.completed(at(0ms)));
  ASSERT_TRUE(audio_reaches_client(9000ms));
  EXPECT_FALSE(machine.completed(at(0ms))->latency.end_to_end);
}

TEST_F(TurnMachineTest, the_model_is_not_believed_twice_about_one_interruption) {
  ASSERT_TRUE(audio_reaches_client(0ms));
  EXPECT_EQ(machine.interrupt_locally(), 1u);
  EXPECT_FALSE(machine.interrupted(at(300ms))) << "the client knows";
  EXPECT_FALSE(audio_reaches_client(310ms));
  EXPECT_TRUE(machine.completed(at(0ms))->cut_off);
}

TEST_F(TurnMachineTest, a_turn_that_nobody_spoke_for_has_no_latency) {
  ASSERT_TRUE(audio_reaches_client(10ms));
  const Latency latency = machine.completed(at(0ms))->latency;
  EXPECT_FALSE(latency.decision || latency.first_packet || latency.end_to_end ||
               latency.continuous);
}

TEST_F(TurnMachineTest, a_reply_that_nobody_waits_for_any_more_is_stale_and_no_turn) {
  machine.reply_unwanted();
  EXPECT_FALSE(audio_reaches_client(0ms));
  EXPECT_FALSE(machine.completed(at(0ms)));
  EXPECT_FALSE(audio_reaches_client(100ms));
  EXPECT_FALSE(machine.completed(at(150ms)));
  machine.reply_expected();
  EXPECT_TRUE(audio_reaches_client(200ms));
  EXPECT_EQ(machine.last_turn(), 1u);
}

TEST_F(TurnMachineTest, a_reply_that_began_for_nobody_is_nobodys_to_its_end) {
  machine.reply_unwanted();
  EXPECT_FALSE(audio_reaches_client(0ms));
  machine.reply_expected();
  EXPECT_FALSE(audio_reaches_client(200ms)) << "the rest of the same";
  EXPECT_TRUE(machine.is_dropping());
  EXPECT_FALSE(machine.completed(at(300ms)));
  EXPECT_TRUE(audio_reaches_client(400ms));
}

TEST_F(TurnMachineTest, the_lost_end_of_a_reply_for_nobody_mutes_nothing) {
  machine.reply_unwanted();
  EXPECT_FALSE(audio_reaches_client(0ms));
  machine.reply_expected();
  EXPECT_TRUE(audio_reaches_client(1500ms));
}

TEST_F(TurnMachineTest, another_answer_is_waited_for_even_if_the_unwanted_one_never_came) {
  machine.reply_unwanted();
  machine.reply_expected();
  EXPECT_TRUE(audio_reaches_client(0ms));
}

TEST_F(TurnMachineTest, of_two_answers_to_what_was_asked_twice_the_second_is_stale) {
  machine.asked_again();
  ASSERT_TRUE(audio_reaches_client(0ms));
  ASSERT_TRUE(machine.completed(at(1s)));
  EXPECT_FALSE(audio_reaches_client(5500ms));
  EXPECT_FALSE(audio_reaches_client(6400ms)) << "and to its end, however long it is";
  EXPECT_FALSE(machine.completed(at(7s)));
  EXPECT_TRUE(audio_reaches_client(7100ms));
  EXPECT_EQ(machine.last_turn(), 2u);
}

TEST_F(TurnMachineTest, what_comes_long_after_a_question_that_was_asked_twice_is_no_answer_to_it) {
  machine.asked_again();
  ASSERT_TRUE(audio_reaches_client(0ms));
  ASSERT_TRUE(machine.completed(at(1s)));
  EXPECT_TRUE(audio_reaches_client(6s));
}

TEST_F(TurnMachineTest, a_first_answer_that_the_second_question_cut_off_makes_room_for_its_answer) {
  ASSERT_TRUE(audio_reaches_client(0ms));
  machine.asked_again();
  EXPECT_TRUE(machine.interrupted(at(100ms)));
  EXPECT_TRUE(machine.completed(at(200ms))->cut_off);
  ASSERT_TRUE(audio_reaches_client(300ms));
  ASSERT_TRUE(machine.completed(at(400ms)));
  EXPECT_TRUE(audio_reaches_client(500ms));
}

TEST_F(TurnMachineTest, whatever_is_said_after_a_question_that_was_asked_twice_is_answered) {
  const auto answered = [this] {
    machine.asked_again();
    EXPECT_TRUE(audio_reaches_client(0ms));
    EXPECT_TRUE(machine.completed(at(0ms)));
  };
  answered();
  machine.speech_started();
  EXPECT_TRUE(audio_reaches_client(1s)) << "by a model that does not wait for our word";
  ASSERT_TRUE(machine.completed(at(1s)));
  answered();
  machine.reply_expected();
  EXPECT_TRUE(audio_reaches_client(1s));
  ASSERT_TRUE(machine.completed(at(1s)));
  answered();
  EXPECT_FALSE(machine.lost());
  EXPECT_TRUE(audio_reaches_client(1s)) << "of another connection";
}

TEST_F(TurnMachineTest, the_late_end_of_a_reply_cut_off_does_not_make_the_unwanted_one_heard) {
  ASSERT_TRUE(audio_reaches_client(0ms));
  ASSERT_EQ(machine.interrupt_locally(), 1u);
  machine.reply_unwanted();
  EXPECT_FALSE(machine.interrupted(at(300ms))) << "the client knows";
  EXPECT_TRUE(machine.completed(at(0ms))->cut_off);
  EXPECT_FALSE(audio_reaches_client(400ms));
  EXPECT_FALSE(machine.interrupted(at(500ms))) << "nothing of it was heard";
  EXPECT_FALSE(machine.completed(at(0ms)));
  machine.reply_expected();
  EXPECT_TRUE(audio_reaches_client(900ms));
}

TEST_F(TurnMachineTest, a_reply_that_is_all_there_can_be_silenced_while_it_plays_once) {
  ASSERT_TRUE(audio_reaches_client(0ms));
  ASSERT_TRUE(machine.completed(at(0ms)));
  EXPECT_FALSE(machine.interrupt_locally(/*still_playing=*/false));
  EXPECT_EQ(machine.interrupt_locally(/*still_playing=*/true), 1u);
  EXPECT_FALSE(machine.interrupt_locally(/*still_playing=*/true));
  EXPECT_FALSE(machine.interrupted(at(500ms))) << "the client knows";
  EXPECT_TRUE(audio_reaches_client(600ms));
}

TEST_F(TurnMachineTest, a_reply_that_was_held_counts_from_when_the_client_could_hear_it) {
  person_speaks(1000ms, 1250ms);
  machine.content(at(1400ms));
  machine.audio_forwarded(at(1400ms), at(1800ms));
  const auto finished = machine.completed(at(0ms));
  EXPECT_EQ(finished->latency.end_to_end, 800ms);
  EXPECT_EQ(finished->latency.first_packet, 150ms);
  EXPECT_EQ(finished->marks.first_audio, at(1400ms));
}

}  // namespace
}  // namespace livegate::turn
