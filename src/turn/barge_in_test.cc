#include "turn/barge_in.h"

#include <string>

#include <gtest/gtest.h>

namespace livegate::turn {
namespace {

// A reply of ten seconds, heard in its middle unless said otherwise, and who sounds over it.
class Call {
 public:
  Call() { reply.playing = true, reply.played = 5s, reply.left = 5s; }

  // Returns the steps with the time of each since the call began, such as "duck@10 stop@100".
  void hears(Millis length, float speech, float excess_db, bool onset) {
    for (Millis done = 0ms; done < length; done += 10ms) {
      const BargeInFrame frame{.speech = speech, .excess_db = excess_db, .onset = onset};
      const BargeInStep step = subject.push(frame, reply);
      at += 10ms;
      if (step == BargeInStep::none) continue;
      const char* const names[] = {"none", "duck", "restore", "stop"};
      if (!steps.empty()) steps += ' ';
      steps += std::string(names[static_cast<int>(step)]) + "@" + std::to_string(at.count());
    }
  }
  void speaks(Millis length, float excess_db = 20) { hears(length, 0.9F, excess_db, true); }
  void clatters(Millis length) { hears(length, 0.1F, 20, true); }
  void is_quiet(Millis length) { hears(length, 0.1F, 0, false); }

  BargeIn subject;
  PlayingReply reply;
  Millis at{0};
  std::string steps;
};

TEST(BargeIn, the_first_sound_ducks_and_speech_that_lasts_stops) {
  Call call;
  call.is_quiet(1s);
  call.speaks(1s);
  EXPECT_EQ(call.steps, "duck@1010 stop@1100");
}

TEST(BargeIn, sound_that_is_no_speech_ducks_and_the_reply_comes_back) {
  Call call;
  call.clatters(100ms);
  call.is_quiet(1s);
  EXPECT_EQ(call.steps, "duck@10 restore@300");
}

TEST(BargeIn, what_is_not_confirmed_in_time_is_not_held_down_and_not_ducked_again) {
  Call call;
  call.clatters(3s);
  EXPECT_EQ(call.steps, "duck@10 restore@600");
  call.is_quiet(300ms);
  call.clatters(10ms);
  EXPECT_EQ(call.steps, "duck@10 restore@600 duck@3310");
}

TEST(BargeIn, a_voice_that_was_first_taken_for_noise_still_stops) {
  Call call;
  call.clatters(1s);
  call.speaks(100ms);
  EXPECT_EQ(call.steps, "duck@10 restore@600 stop@1010");
}

TEST(BargeIn, the_echo_of_the_reply_does_nothing_however_much_it_sounds_like_speech) {
  Call call;
  call.speaks(20s, 4);
  EXPECT_EQ(call.steps, "");
}

TEST(BargeIn, a_person_among_the_syllables_of_the_echo_is_heard) {
  Call call;
  for (int i = 0; i < 10; ++i) {
    call.speaks(30ms, 20);
    call.speaks(30ms, 0);
  }
  EXPECT_EQ(call.steps, "duck@10 stop@190");
}

TEST(BargeIn, speech_that_nothing_loud_goes_with_is_the_networks_memory_of_the_echo) {
  Call call;
  call.hears(5s, 0.9F, 20, false);
  EXPECT_EQ(call.steps, "");
}

TEST(BargeIn, both_ends_of_a_reply_need_more) {
  for (const bool beginning : {true, false}) {
    Call call;
    call.reply.played = beginning ? 500ms : 9500ms;
    call.reply.left = beginning ? 9500ms : 500ms;
    call.speaks(190ms);
    EXPECT_EQ(call.steps, "duck@10");
    call.speaks(100ms);
    EXPECT_EQ(call.steps, "duck@10 stop@200");
  }
}

TEST(BargeIn, an_end_that_is_not_known_yet_is_no_end) {
  Call call;
  call.reply.left.reset();
  call.speaks(1s);
  EXPECT_EQ(call.steps, "duck@10 stop@100");
}

TEST(BargeIn, the_first_second_of_the_first_reply_needs_a_louder_voice) {
  Call call;
  call.reply.first = true;
  call.reply.played = 300ms;
  call.speaks(500ms, 9);
  EXPECT_EQ(call.steps, "");
  call.speaks(500ms, 13);
  EXPECT_EQ(call.steps, "duck@510 stop@700");
}

TEST(BargeIn, a_stop_is_said_once_and_the_next_reply_begins_afresh) {
  Call call;
  call.speaks(2s);
  EXPECT_EQ(call.steps, "duck@10 stop@100");
  call.subject.start();
  call.is_quiet(1s);
  call.speaks(200ms);
  EXPECT_EQ(call.steps, "duck@10 stop@100 duck@3010 stop@3100");
}

TEST(BargeIn, a_reply_that_ends_while_it_is_down_is_turned_up) {
  Call call;
  call.clatters(50ms);
  call.reply.playing = false;
  call.is_quiet(500ms);
  EXPECT_EQ(call.steps, "duck@10 restore@60");
}

TEST(BargeIn, pieces_of_any_length_count_by_their_length) {
  BargeIn subject;
  const PlayingReply reply{.playing = true, .played = 5s, .left = {}, .first = false};
  const BargeInFrame block{.length = 32ms, .speech = 0.9F, .excess_db = 30, .onset = true};
  EXPECT_EQ(subject.push(block, reply), BargeInStep::duck);
  EXPECT_EQ(subject.push(block, reply), BargeInStep::none);
  EXPECT_EQ(subject.push(block, reply), BargeInStep::none);
  EXPECT_EQ(subject.push(block, reply), BargeInStep::stop);
  EXPECT_EQ(subject.onset_age(), 128ms);
}

}  // namespace
}  // namespace livegate::turn
