#include "turn/endpointer.h"

#include <limits>
#include <string>

#include <gtest/gtest.h>

#include "base/check.h"

namespace livegate::turn {
namespace {

constexpr Millis kBlock = 8ms;
constexpr float kQuietDbfs = -60;
constexpr float kLoudDbfs = -25;

// What a person and a room do, block by block, and when the endpointer said what.
class Call {
 public:
  explicit Call(const EndpointerOptions& options) : endpointer_(options) {}

  // `what`: the step that is waited for, if any. Returns how long after the beginning of this
  // piece it came first, or -1 ms.
  Millis go_on(Millis time, float speech, float level_dbfs, SpeechStep what = SpeechStep::quiet) {
    Millis found = -1ms;
    for (Millis at = kBlock; at <= time; at += kBlock) {
      const SpeechStep step = endpointer_.push(kBlock, speech, level_dbfs);
      if (step == what && found < 0ms) found = at;
    }
    return found;
  }
  Millis speak(Millis time, SpeechStep what = SpeechStep::began) {
    return go_on(time, 0.99F, kLoudDbfs, what);
  }
  Millis hush(Millis time, SpeechStep what = SpeechStep::ended) {
    return go_on(time, 0.001F, kQuietDbfs, what);
  }
  // The network has let go, but the room is as loud as the speaker.
  Millis hush_in_noise(Millis time, SpeechStep what = SpeechStep::ended) {
    return go_on(time, 0.001F, kLoudDbfs, what);
  }

  Endpointer& endpointer() { return endpointer_; }

 private:
  Endpointer endpointer_;
};

// No rule but the one under test: a fixed hangover, no level, nothing unsure.
EndpointerOptions plain() {
  EndpointerOptions options = with_hangover(graded_options(), 400ms);
  options.unsure_part = 1;
  options.level_speech = 0ms;
  options.early_end = 0ms;
  return options;
}

TEST(Endpointer, one_clear_block_begins) {
  Call call(plain());
  EXPECT_EQ(call.hush(1000ms, SpeechStep::began), -1ms);
  EXPECT_EQ(call.speak(8ms), 8ms);
  EXPECT_TRUE(call.endpointer().is_open());
  EXPECT_EQ(call.endpointer().onset_age(), 8ms);
}

TEST(Endpointer, half_clear_blocks_add_up_and_the_onset_is_the_first_of_them) {
  Call call(plain());
  call.hush(1000ms);
  const Millis began = call.go_on(200ms, 0.5F, kLoudDbfs, SpeechStep::began);
  EXPECT_EQ(began, 24ms);  // three times log(0.5 / 0.5) - log(0.25 / 0.75)
  EXPECT_EQ(call.endpointer().onset_age(), 24ms);
}

TEST(Endpointer, what_is_less_likely_than_neutral_never_begins_and_outvotes_the_rest) {
  Call call(plain());
  EXPECT_EQ(call.go_on(60s, 0.24F, kLoudDbfs, SpeechStep::began), -1ms);
  for (int i = 0; i < 500; ++i) {  // one copy of the network is fooled, the next is not
    EXPECT_EQ(call.go_on(8ms, 0.6F, kLoudDbfs, SpeechStep::began), -1ms);
    EXPECT_EQ(call.go_on(8ms, 0.05F, kLoudDbfs, SpeechStep::began), -1ms);
  }
}

TEST(Endpointer, evidence_is_counted_by_time_and_not_by_blocks) {
  EndpointerOptions options = plain();
  options.evidence = 40;
  Endpointer fine(options), coarse(options);
  Millis fine_began{}, coarse_began{};
  for (Millis at = 10ms; at <= 400ms; at += 10ms) {
    if (fine.push(10ms, 1, kLoudDbfs) == SpeechStep::began) fine_began = at;
  }
  for (Millis at = 20ms; at <= 400ms; at += 20ms) {
    if (coarse.push(20ms, 1, kLoudDbfs) == SpeechStep::began) coarse_began = at;
  }
  EXPECT_EQ(fine_began, 80ms);
  EXPECT_EQ(coarse_began, 80ms);
}

TEST(Endpointer, the_hangover_counts_from_the_last_speech) {
  Call call(plain());
  call.speak(1000ms);
  EXPECT_EQ(call.endpointer().silent_for(), 0ms);
  EXPECT_EQ(call.hush(390ms), -1ms);
  call.speak(200ms);
  const Millis ended = call.hush(1000ms);
  EXPECT_GE(ended, 400ms);
  EXPECT_LE(ended, 424ms);  // two answers of the network are taken together
  EXPECT_FALSE(call.endpointer().is_open());
}

TEST(Endpointer, the_hangover_grows_with_what_was_said) {
  EndpointerOptions options = plain();
  options.hangover_short = 300ms;
  options.hangover_long = 700ms;
  options.short_speech = 1000ms;
  options.long_speech = 2000ms;
  const auto end_after = [&](Millis said) {
    Call call(options);
    call.speak(said);
    return call.hush(2000ms);
  };
  EXPECT_NEAR(static_cast<double>(end_after(500ms).count()), 310, 15);
  EXPECT_NEAR(static_cast<double>(end_after(1000ms).count()), 310, 15);
  EXPECT_NEAR(static_cast<double>(end_after(1500ms).count()), 510, 20);
  EXPECT_NEAR(static_cast<double>(end_after(2500ms).count()), 710, 15);
  EXPECT_NEAR(static_cast<double>(end_after(9000ms).count()), 710, 15);
}

TEST(Endpointer, unsure_blocks_count_in_part_and_for_so_long_only) {
  EndpointerOptions options = plain();
  options.off = 0.3F;
  options.unsure = 0.05F;
  options.unsure_part = 0.5F;
  options.unsure_max = 1000ms;
  const auto unsure_end = [&] {
    Call call(options);
    call.speak(1000ms);
    return call.go_on(3000ms, 0.1F, kLoudDbfs, SpeechStep::ended);
  };
  EXPECT_NEAR(static_cast<double>(unsure_end().count()), 800, 40);  // twice the hangover
  options.unsure_max = 100ms;
  EXPECT_NEAR(static_cast<double>(unsure_end().count()), 500, 40);
  options.unsure_part = 0;
  EXPECT_NEAR(static_cast<double>(unsure_end().count()), 500, 40);
}

TEST(Endpointer, while_little_was_said_the_end_counts_from_where_the_level_fell) {
  EndpointerOptions options = plain();
  options.level_speech = 1500ms;
  options.level_time = 48ms;
  // The level falls 104 ms before the network lets go.
  const auto ended_after = [&](Millis said, float level_dbfs) {
    Call call(options);
    call.hush(2000ms);
    call.speak(said);
    call.go_on(104ms, 0.9F, level_dbfs);
    return 104ms + call.go_on(2000ms, 0.001F, level_dbfs, SpeechStep::ended);
  };
  EXPECT_NEAR(static_cast<double>(ended_after(800ms, kQuietDbfs).count()), 440, 45);
  EXPECT_GE(ended_after(800ms, kLoudDbfs), 500ms);    // a loud room: the level says nothing
  EXPECT_GE(ended_after(3000ms, kQuietDbfs), 500ms);  // much was said: the network decides
}

TEST(Endpointer, where_a_stream_begins_with_speech_the_level_says_nothing) {
  EndpointerOptions options = plain();
  options.level_speech = 60s;
  options.early_end = 200ms;
  Call call(options);
  EXPECT_EQ(call.speak(3000ms, SpeechStep::paused), -1ms);
  EXPECT_GE(call.hush_in_noise(1000ms), 400ms);
}

TEST(Endpointer, the_level_alone_never_ends_a_turn) {
  EndpointerOptions options = plain();
  options.level_speech = 60s;
  Call call(options);
  call.hush(2000ms);
  call.speak(500ms);
  EXPECT_EQ(call.go_on(5000ms, 0.9F, kQuietDbfs, SpeechStep::ended), -1ms);
}

TEST(Endpointer, who_is_far_below_the_speaker_is_silence_though_above_the_floor) {
  EndpointerOptions options = plain();
  options.level_speech = 60s;
  const auto end_at = [&](float level_dbfs) {
    Call call(options);
    call.hush(2000ms);
    call.speak(500ms);
    call.go_on(200ms, 0.9F, level_dbfs);
    return call.go_on(2000ms, 0.001F, level_dbfs, SpeechStep::ended);
  };
  EXPECT_GE(end_at(kLoudDbfs - 5), 400ms);
  EXPECT_LE(end_at(kLoudDbfs - 20), 300ms);  // 35 dB below -25 is -60: 15 dB above the floor
}

TEST(Endpointer, a_pause_that_was_gone_on_after_lengthens_the_hangover) {
  EndpointerOptions options = plain();
  options.pause_growth = 0.5F;
  options.pause_from = 100ms;
  Call call(options);
  call.speak(1000ms);
  call.hush(312ms);
  call.speak(1000ms);
  EXPECT_NEAR(static_cast<double>(call.hush(2000ms).count()), 400 + (312 - 100) / 2 + 10, 20);
}

TEST(Endpointer, a_pause_of_an_earlier_turn_is_forgotten) {
  EndpointerOptions options = plain();
  options.pause_growth = 0.5F;
  options.pause_from = 100ms;
  options.merge = 1000ms;
  Call call(options);
  call.speak(1000ms);
  call.hush(312ms);
  call.speak(1000ms);
  call.hush(4000ms);
  call.speak(1000ms);
  EXPECT_NEAR(static_cast<double>(call.hush(2000ms).count()), 410, 15);
}

TEST(Endpointer, who_goes_on_soon_after_an_end_goes_on_with_the_turn) {
  EndpointerOptions options = plain();
  options.hangover_short = 300ms;
  options.hangover_long = 700ms;
  options.short_speech = 1000ms;
  options.long_speech = 1500ms;
  options.merge = 1000ms;
  const auto second_end = [&](Millis gap) {
    Call call(options);
    call.speak(900ms);
    EXPECT_NE(call.hush(gap), -1ms);
    call.speak(700ms);
    return call.hush(2000ms);
  };
  EXPECT_NEAR(static_cast<double>(second_end(800ms).count()), 710, 20);   // 1600 ms were said
  EXPECT_NEAR(static_cast<double>(second_end(1600ms).count()), 310, 20);  // 700 ms
}

TEST(Endpointer, an_early_end_comes_first_and_is_taken_back_or_followed_by_the_end) {
  EndpointerOptions options = plain();
  options.early_end = 200ms;
  Call call(options);
  call.hush(1000ms);
  call.speak(1000ms);
  const Millis paused = call.hush(304ms, SpeechStep::paused);
  EXPECT_GE(paused, 180ms);
  EXPECT_LE(paused, 224ms);
  EXPECT_TRUE(call.endpointer().is_paused());
  EXPECT_TRUE(call.endpointer().is_open());
  EXPECT_GE(call.speak(500ms, SpeechStep::resumed), 8ms);
  EXPECT_FALSE(call.endpointer().is_paused());
  EXPECT_EQ(call.speak(500ms, SpeechStep::resumed), -1ms);  // once
  const Millis ended = call.hush(2000ms);
  EXPECT_GE(ended, 400ms);
  EXPECT_FALSE(call.endpointer().is_paused());
  EXPECT_GE(call.endpointer().silent_for(), ended - 24ms);
}

TEST(Endpointer, without_an_early_end_nothing_is_paused) {
  Call call(plain());
  call.speak(1000ms);
  EXPECT_EQ(call.hush(300ms, SpeechStep::paused), -1ms);
  EXPECT_EQ(call.speak(300ms, SpeechStep::resumed), -1ms);
}

TEST(Endpointer, a_loud_room_does_not_hide_the_networks_silence) {
  Call call(graded_options());
  call.go_on(2000ms, 0.001F, kLoudDbfs);
  call.speak(800ms);
  EXPECT_NE(call.hush_in_noise(1000ms), -1ms);
}

TEST(Endpointer, verdicts_need_to_agree_for_100_ms) {
  Endpointer endpointer(verdict_options());
  for (int i = 0; i < 100; ++i) {  // single frames of noise
    EXPECT_EQ(endpointer.push(20ms, i % 3 == 0 ? 1 : 0, kQuietDbfs), SpeechStep::quiet);
  }
  EXPECT_EQ(endpointer.push(20ms, 0, kQuietDbfs), SpeechStep::quiet);
  for (int i = 0; i < 4; ++i) EXPECT_EQ(endpointer.push(20ms, 1, kLoudDbfs), SpeechStep::quiet);
  EXPECT_EQ(endpointer.push(20ms, 1, kLoudDbfs), SpeechStep::began);
  EXPECT_EQ(endpointer.onset_age(), 100ms);
}

TEST(Endpointer, reset_closes_and_forgets) {
  Call call(graded_options());
  call.speak(1000ms);
  call.endpointer().reset();
  EXPECT_FALSE(call.endpointer().is_open());
  EXPECT_EQ(call.endpointer().silent_for(), 0ms);
  EXPECT_EQ(call.hush(1000ms), -1ms);
  EXPECT_EQ(call.speak(8ms), 8ms);
}

TEST(Endpointer, any_input_gives_steps_in_their_order) {
  Call call(graded_options());
  bool open = false, paused = false;
  unsigned state = 1;
  for (int i = 0; i < 200000; ++i) {
    state = state * 1664525U + 1013904223U;
    const float speech =
        static_cast<float>((state >> 8) % 1001) / 1000 * ((i / 100) % 3 == 0 ? 1.0F : 0.1F);
    const float level = -90 + static_cast<float>((state >> 20) % 90);
    switch (
        call.endpointer().push(Millis(1 + static_cast<int>((state >> 5) % 32)), speech, level)) {
      case SpeechStep::began:
        ASSERT_FALSE(open);
        open = true;
        break;
      case SpeechStep::paused:
        ASSERT_TRUE(open && !paused);
        paused = true;
        break;
      case SpeechStep::resumed:
        ASSERT_TRUE(open && paused);
        paused = false;
        break;
      case SpeechStep::ended:
        ASSERT_TRUE(open);
        open = paused = false;
        break;
      case SpeechStep::quiet:
        ASSERT_FALSE(open);
        break;
      case SpeechStep::speaking:
        ASSERT_TRUE(open);
        break;
    }
    ASSERT_EQ(open, call.endpointer().is_open());
    ASSERT_EQ(paused, call.endpointer().is_paused());
  }
}

TEST(Endpointer, what_cannot_be_is_refused) {
  const auto refused = [](auto change) {
    EndpointerOptions options = graded_options();
    change(options);
    EXPECT_FALSE(is_sound(options));
    EXPECT_THROW(Endpointer{options}, CheckFailed);
  };
  refused([](auto& o) { o.neutral = 0; });
  refused([](auto& o) { o.neutral = std::numeric_limits<float>::quiet_NaN(); });
  refused([](auto& o) { o.evidence = 0; });
  refused([](auto& o) { o.off = 1; });
  refused([](auto& o) { o.unsure = o.off * 2; });
  refused([](auto& o) { o.unsure_part = 1.5F; });
  refused([](auto& o) { o.hangover_long = o.hangover_short - 1ms; });
  refused([](auto& o) { o.short_speech = o.long_speech; });
  refused([](auto& o) { o.pause_growth = -1; });
  EXPECT_TRUE(is_sound(graded_options()));
  EXPECT_TRUE(is_sound(verdict_options()));
  Endpointer endpointer(graded_options());
  EXPECT_THROW(endpointer.push(0ms, 0.5F, -30), CheckFailed);
  EXPECT_THROW(endpointer.push(201ms, 0.5F, -30), CheckFailed);
}

}  // namespace
}  // namespace livegate::turn
