#include "offline/live_session_ear.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "audio/test_signals.h"
#include "base/limits.h"

namespace livegate::offline {
namespace {

constexpr int kRate = audio::kUplinkRateHz;

std::size_t samples_of(Millis time, int rate_hz = kRate) {
  return static_cast<std::size_t>(time.count()) * static_cast<std::size_t>(rate_hz) / 1000;
}

// Somebody with a microphone, and what the ear made of it. Speech is a loud tone: the detector goes
// by energy.
struct Listener {
  explicit Listener(EarOptions options = {})
      : ear(options, audio::make_energy_vad(audio::kEnergyThreshold, kEarFrameMs)) {}

  void speech(Millis time, int rate_hz = kRate) {
    ear.hear(audio::sine(300, rate_hz, samples_of(time, rate_hz), 8000), rate_hz, heard);
  }
  void quiet(Millis time, int rate_hz = kRate) {
    ear.hear(std::vector<std::int16_t>(samples_of(time, rate_hz)), rate_hz, heard);
  }
  std::size_t starts() const {
    return static_cast<std::size_t>(std::ranges::count_if(
        heard, [](const Heard& each) { return std::holds_alternative<SpeechStarted>(each); }));
  }
  std::vector<Utterance> utterances() const {
    std::vector<Utterance> found;
    for (const Heard& each : heard) {
      if (const auto* utterance = std::get_if<Utterance>(&each)) found.push_back(*utterance);
    }
    return found;
  }

  Ear ear;
  std::vector<Heard> heard;
};

Millis length(const Utterance& utterance) { return Millis(utterance.samples.size() / 16); }

TEST(Ear, speech_between_quiet_is_one_utterance_with_quiet_on_either_side) {
  Listener person;
  person.quiet(1s);
  person.speech(1s);
  person.quiet(1s);
  ASSERT_EQ(person.starts(), 1u);
  ASSERT_EQ(person.utterances().size(), 1u);
  // 300 ms of pre-roll, the speech, 300 ms of the 500 ms that it waited.
  EXPECT_EQ(length(person.utterances()[0]), 1600ms);
  EXPECT_EQ(person.utterances()[0].voiced, 1s);
  EXPECT_FALSE(person.utterances()[0].deliberate);
}

TEST(Ear, the_start_is_told_before_the_end_is_known) {
  Listener person;
  person.quiet(400ms);
  person.speech(200ms);
  EXPECT_EQ(person.starts(), 1u);
  EXPECT_TRUE(person.utterances().empty());
  EXPECT_TRUE(person.ear.speaking());
}

TEST(Ear, a_click_of_60_ms_is_not_speech) {
  Listener person;
  person.quiet(1s);
  person.speech(60ms);
  person.quiet(2s);
  EXPECT_TRUE(person.heard.empty());
}

TEST(Ear, a_long_prefix_padding_asks_for_more_speech_and_keeps_more_pre_roll) {
  const auto options = ear_options({.prefix_padding_ms = 600}, 500);
  ASSERT_TRUE(options);
  EXPECT_EQ(options->open_ms, 200);  // within reason: short commands must stay possible
  EXPECT_EQ(options->preroll_ms, 600);
  Listener person(*options);
  person.quiet(1s);
  person.speech(140ms);
  person.quiet(1s);
  EXPECT_TRUE(person.heard.empty());
  person.speech(1s);
  person.quiet(1s);
  ASSERT_EQ(person.utterances().size(), 1u);
  EXPECT_EQ(length(person.utterances()[0]), 1900ms);
}

TEST(Ear, a_pause_shorter_than_silence_duration_does_not_end_the_utterance) {
  const auto options = ear_options({.silence_duration_ms = 900}, 500);
  ASSERT_TRUE(options);
  Listener person(*options);
  person.quiet(500ms);
  person.speech(500ms);
  person.quiet(800ms);
  person.speech(500ms);
  EXPECT_TRUE(person.utterances().empty());
  person.quiet(900ms);
  EXPECT_EQ(person.utterances().size(), 1u);
}

TEST(Ear, without_silence_duration_the_default_counts) {
  const auto options = ear_options({}, 300);
  ASSERT_TRUE(options);
  EXPECT_EQ(options->silence_ms, 300);
}

TEST(Ear, negative_durations_are_refused) {
  EXPECT_FALSE(ear_options({.prefix_padding_ms = -1}, 500));
  EXPECT_FALSE(ear_options({.silence_duration_ms = -1}, 500));
}

TEST(Ear, the_result_does_not_depend_on_how_the_stream_was_cut) {
  std::vector<std::int16_t> stream(samples_of(500ms));
  const auto speech = audio::sine(300, kRate, samples_of(700ms), 8000);
  stream.insert(stream.end(), speech.begin(), speech.end());
  stream.resize(stream.size() + samples_of(700ms));
  Listener whole;
  whole.ear.hear(stream, kRate, whole.heard);
  Listener pieces;
  for (std::size_t at = 0; at < stream.size(); at += 333) {
    const auto piece =
        std::span(stream).subspan(at, std::min<std::size_t>(333, stream.size() - at));
    pieces.ear.hear(piece, kRate, pieces.heard);
  }
  ASSERT_EQ(whole.utterances().size(), 1u);
  ASSERT_EQ(pieces.utterances().size(), 1u);
  EXPECT_EQ(whole.utterances()[0].samples, pieces.utterances()[0].samples);
}

TEST(Ear, audio_at_48_kHz_becomes_16_kHz) {
  Listener person;
  person.quiet(1s, 48000);
  person.speech(1s, 48000);
  person.quiet(1s, 48000);
  ASSERT_EQ(person.utterances().size(), 1u);
  EXPECT_NEAR(static_cast<double>(length(person.utterances()[0]).count()), 1600, 40);
}

TEST(Ear, the_end_of_the_stream_ends_the_utterance_at_once) {
  Listener person;
  person.quiet(1s);
  person.speech(1s);
  person.ear.end_stream(person.heard);
  ASSERT_EQ(person.utterances().size(), 1u);
  EXPECT_EQ(length(person.utterances()[0]), 1400ms);  // 100 ms of quiet are added
  EXPECT_FALSE(person.ear.speaking());
}

TEST(Ear, the_end_of_a_quiet_stream_is_nothing) {
  Listener person;
  person.quiet(1s);
  person.ear.end_stream(person.heard);
  EXPECT_TRUE(person.heard.empty());
}

TEST(Ear, audio_after_the_end_of_the_stream_opens_it_again) {
  Listener person;
  person.speech(1s);
  person.ear.end_stream(person.heard);
  person.quiet(1s);
  person.speech(1s);
  person.quiet(1s);
  EXPECT_EQ(person.utterances().size(), 2u);
}

TEST(Ear, what_follows_the_end_of_the_stream_does_not_depend_on_what_came_before) {
  const auto tell = [](Listener& person) {
    person.quiet(500ms, 48000);
    person.speech(700ms, 48000);
    person.quiet(700ms, 48000);
    return person.utterances().back().samples;
  };
  Listener before;
  before.speech(1007ms, 48000);  // ends within a frame, and within the resampler's filter
  before.ear.end_stream(before.heard);
  Listener fresh;
  EXPECT_EQ(tell(before), tell(fresh));
}

TEST(Ear, one_message_may_hold_two_utterances) {
  std::vector<std::int16_t> stream;
  for (int i = 0; i < 2; ++i) {
    const auto speech = audio::sine(300, kRate, samples_of(700ms), 8000);
    stream.insert(stream.end(), speech.begin(), speech.end());
    stream.resize(stream.size() + samples_of(700ms));
  }
  Listener person;
  person.ear.hear(stream, kRate, person.heard);
  ASSERT_EQ(person.heard.size(), 4u);
  EXPECT_TRUE(std::holds_alternative<SpeechStarted>(person.heard[0]));
  EXPECT_TRUE(std::holds_alternative<Utterance>(person.heard[1]));
  EXPECT_TRUE(std::holds_alternative<SpeechStarted>(person.heard[2]));
  EXPECT_TRUE(std::holds_alternative<Utterance>(person.heard[3]));
}

TEST(Ear, endless_speech_is_cut_at_the_cap_and_goes_on_as_another_utterance) {
  Listener person;
  person.speech(limits::kOfflineUtteranceMax + 2s);
  ASSERT_EQ(person.utterances().size(), 1u);
  EXPECT_LE(length(person.utterances()[0]), limits::kOfflineUtteranceMax + 200ms);
  person.quiet(1s);
  ASSERT_EQ(person.utterances().size(), 2u);
  EXPECT_EQ(person.starts(), 2u);
}

TEST(Ear, in_manual_mode_the_bracket_is_the_utterance) {
  Listener person({.manual = true});
  person.speech(1s);  // outside the bracket: discarded
  person.ear.activity_start(person.heard);
  person.quiet(200ms);
  person.speech(300ms);
  person.quiet(2s);
  EXPECT_TRUE(person.utterances().empty());  // no silence ends it
  person.ear.activity_end(person.heard);
  person.speech(1s);
  ASSERT_EQ(person.utterances().size(), 1u);
  EXPECT_EQ(length(person.utterances()[0]), 2700ms);  // with 100 ms of quiet on either side
  EXPECT_TRUE(person.utterances()[0].deliberate);
  EXPECT_EQ(person.starts(), 1u);
}

TEST(Ear, in_manual_mode_an_end_without_a_start_and_a_second_start_change_nothing) {
  Listener person({.manual = true});
  person.ear.activity_end(person.heard);
  EXPECT_TRUE(person.heard.empty());
  person.ear.activity_start(person.heard);
  person.speech(500ms);
  person.ear.activity_start(person.heard);
  person.speech(500ms);
  person.ear.activity_end(person.heard);
  ASSERT_EQ(person.utterances().size(), 1u);
  EXPECT_EQ(length(person.utterances()[0]), 1200ms);
}

TEST(Ear, in_manual_mode_a_bracket_keeps_no_more_than_the_cap) {
  Listener person({.manual = true});
  person.ear.activity_start(person.heard);
  person.speech(limits::kOfflineUtteranceMax + 5s);
  person.ear.activity_end(person.heard);
  ASSERT_EQ(person.utterances().size(), 1u);
  EXPECT_LE(length(person.utterances()[0]), limits::kOfflineUtteranceMax + 220ms);
}

}  // namespace
}  // namespace livegate::offline
