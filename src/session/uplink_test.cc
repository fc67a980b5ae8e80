#include "session/uplink.h"

#include <cmath>
#include <numbers>
#include <string>

#include <gtest/gtest.h>

#include "audio/pcm.h"

namespace livegate::session {
namespace {

// Energy decides here: a tone is speech, zeros are silence, and the expectations can be counted
// out.
UplinkOptions by_energy() {
  turn::EndpointerOptions endpointer = turn::verdict_options();
  endpointer.evidence = 50;    // 100 ms of what is certain
  endpointer.level_time = 1h;  // of a tone the level says nothing
  return {.ear = {.kind = audio::EarKind::energy}, .endpointer = endpointer, .packet = 40ms};
}

std::vector<std::int16_t> tone(Millis length, int rate_hz) {
  std::vector<std::int16_t> samples(static_cast<std::size_t>(length.count() * rate_hz / 1000));
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const double angle = 2 * std::numbers::pi * 440.0 * static_cast<double>(i) / rate_hz;
    samples[i] = static_cast<std::int16_t>(8000 * std::sin(angle));
  }
  return samples;
}

std::vector<std::int16_t> silence(Millis length, int rate_hz) {
  return std::vector<std::int16_t>(static_cast<std::size_t>(length.count() * rate_hz / 1000));
}

class UplinkTest : public testing::Test, protected Uplink::Listener {
 protected:
  void on_speech_started(Millis at) override {
    story += "started@" + std::to_string(at.count()) + " ";
  }
  void on_speech(std::span<const std::int16_t> samples) override {
    pieces.push_back(samples.size());
    sent += samples.size();
  }
  bool on_speech_paused(Millis silent_for) override {
    if (!takes_pauses) return false;
    story += "paused:" + std::to_string(silent_for.count()) + " ";
    return true;
  }
  void on_speech_resumed() override { story += "resumed "; }
  void on_barge_in(turn::BargeInStep step) override {
    story += step == turn::BargeInStep::duck      ? "duck "
             : step == turn::BargeInStep::restore ? "restore "
                                                  : "stop ";
  }
  void on_speech_ended(Millis at, Millis silent_for) override {
    story += "ended@" + std::to_string(at.count()) + " ";
    last_silence = silent_for;
  }
  bool on_silence(std::span<const std::int16_t> samples) override {
    silence_sent += samples.size();
    return true;
  }
  void on_silence_over() override { story += "silence-over "; }
  void on_speech_sent(std::span<const std::int16_t> samples) override {
    sent_before += samples.size();
  }
  Uplink& uplink(const UplinkOptions& options = by_energy(), bool gated = true) {
    Uplink::Listener& listener = *this;
    subject = std::make_unique<Uplink>(options, gated, listener);
    return *subject;
  }
  void hear(Uplink& up, std::span<const std::int16_t> samples, int rate_hz,
            const turn::PlayingReply& reply = {}) {
    now += Millis(samples.size() * 1000 / static_cast<std::size_t>(rate_hz));
    up.push(samples, rate_hz, now, reply);
  }
  static std::size_t samples_of(Millis time) {
    return static_cast<std::size_t>(time.count() * audio::kUplinkRateHz / 1000);
  }
  [[nodiscard]] Millis sent_ms() const { return Millis(sent * 1000 / audio::kUplinkRateHz); }

  Instant now{};
  bool takes_pauses = false;
  std::unique_ptr<Uplink> subject;
  std::string story;
  std::vector<std::size_t> pieces;
  std::size_t sent = 0;
  std::size_t silence_sent = 0;
  std::size_t sent_before = 0;
  Millis last_silence{0};
};

TEST_F(UplinkTest, silence_is_heard_and_not_sent) {
  hear(uplink(), silence(5s, 16000), 16000);
  EXPECT_EQ(story, "");
  EXPECT_EQ(sent, 0u);
  EXPECT_EQ(subject->samples_heard(), 80000u);
}

TEST_F(UplinkTest, speech_is_sent_with_what_came_before_it_and_what_comes_after) {
  Uplink& up = uplink();
  hear(up, silence(1s, 16000), 16000);
  hear(up, tone(1s, 16000), 16000);
  hear(up, silence(1s, 16000), 16000);
  EXPECT_EQ(story, "started@1100 ended@2520 ")
      << "open after 5 voiced blocks of 20 ms, closed after 500 ms and what the smoothing takes";
  EXPECT_EQ(sent_ms(), 300ms + 1s + 520ms);
  EXPECT_EQ(last_silence, 500ms);
}

TEST_F(UplinkTest, the_first_piece_does_not_wait_and_the_rest_are_of_packet_length) {
  Uplink& up = uplink();
  hear(up, silence(1s, 16000), 16000);
  hear(up, tone(300ms, 16000), 16000);
  ASSERT_GE(pieces.size(), 2u);
  EXPECT_EQ(pieces[0], 6400u) << "300 ms before, 100 ms of onset, at once";
  EXPECT_EQ(pieces[1], 640u);
}

TEST_F(UplinkTest, the_clients_rate_makes_no_difference_to_what_is_sent) {
  for (const int rate_hz : {8000, 22050, 44100, 48000}) {
    story.clear();
    sent = 0;
    Uplink& up = uplink();
    hear(up, silence(1s, rate_hz), rate_hz);
    hear(up, tone(1s, rate_hz), rate_hz);
    hear(up, silence(1s, rate_hz), rate_hz);
    EXPECT_EQ(story, "started@1100 ended@2520 ") << rate_hz;
    EXPECT_EQ(sent_ms(), 1820ms) << rate_hz;
  }
}

TEST_F(UplinkTest, how_the_stream_was_cut_makes_no_difference) {
  std::vector<std::int16_t> stream = silence(700ms, 16000);
  const auto speech = tone(500ms, 16000);
  stream.insert(stream.end(), speech.begin(), speech.end());
  stream.resize(stream.size() + 16000);
  for (const std::size_t piece : {1u, 37u, 320u, 5000u}) {
    story.clear();
    sent = 0;
    Uplink& up = uplink();
    for (std::size_t begin = 0; begin < stream.size(); begin += piece) {
      hear(up, std::span(stream).subspan(begin, std::min(piece, stream.size() - begin)), 16000);
    }
    EXPECT_EQ(story, "started@800 ended@1720 ") << piece;
    EXPECT_EQ(sent_ms(), 1320ms) << piece;
  }
}

TEST_F(UplinkTest, the_streams_end_closes_an_open_gate_and_sends_what_is_held) {
  Uplink& up = uplink();
  hear(up, tone(510ms, 16000), 16000);
  EXPECT_TRUE(up.is_speaking());
  up.end_stream();
  EXPECT_FALSE(up.is_speaking());
  EXPECT_EQ(story, "started@100 ended@510 ");
  EXPECT_EQ(sent_ms(), 510ms) << "the half frame at the end included";
  up.end_stream();
  EXPECT_EQ(story, "started@100 ended@510 ") << "once";
}

TEST_F(UplinkTest, without_a_gate_everything_is_sent) {
  Uplink& up = uplink(by_energy(), /*gated=*/false);
  hear(up, silence(990ms, 16000), 16000);
  up.end_stream();
  EXPECT_EQ(story, "");
  EXPECT_EQ(sent_ms(), 990ms);
}

TEST_F(UplinkTest, a_pause_that_is_taken_keeps_audio_back_until_speech_goes_on) {
  takes_pauses = true;
  UplinkOptions options = by_energy();
  options.endpointer.early_end = 240ms;
  Uplink& up = uplink(options);
  hear(up, tone(500ms, 16000), 16000);
  hear(up, silence(400ms, 16000), 16000);
  EXPECT_EQ(story, "started@100 paused:240 ");
  EXPECT_EQ(sent_ms(), 760ms) << "silence is sent up to the pause";
  hear(up, tone(100ms, 16000), 16000);
  EXPECT_EQ(story, "started@100 paused:240 resumed ");
  up.flush();
  EXPECT_EQ(sent_ms(), 1s) << "what was kept back followed";
  hear(up, silence(1s, 16000), 16000);
  EXPECT_EQ(story, "started@100 paused:240 resumed paused:240 ended@1520 ");
  EXPECT_EQ(sent_ms(), 1260ms);
}

TEST_F(UplinkTest, sound_over_a_reply_is_nobodys_until_it_is_a_barge_in) {
  const turn::PlayingReply reply{.playing = true, .played = 5s};
  Uplink& up = uplink();
  hear(up, silence(2s, 16000), 16000, reply);
  for (int i = 0; i < 15; ++i) hear(up, tone(20ms, 16000), 16000, reply);
  EXPECT_TRUE(story.starts_with("duck stop started@21")) << story;
  EXPECT_GE(sent_ms(), 300ms + 100ms) << "all of it, and what came before";
}

TEST_F(UplinkTest, whoever_still_speaks_when_the_reply_is_over_has_begun) {
  turn::PlayingReply reply{.playing = true, .played = 5s};
  UplinkOptions options = by_energy();
  options.barge_in.confirm = 2s;
  Uplink& up = uplink(options);
  hear(up, silence(2s, 16000), 16000, reply);
  for (int i = 0; i < 10; ++i) hear(up, tone(20ms, 16000), 16000, reply);
  EXPECT_EQ(story, "duck ");
  reply.playing = false;
  hear(up, tone(20ms, 16000), 16000, reply);
  EXPECT_EQ(story, "duck restore started@2210 ");
}

TEST_F(UplinkTest, in_open_mode_everything_is_sent_and_speech_is_told) {
  UplinkOptions options = by_energy();
  options.mode = UplinkMode::open;
  Uplink& up = uplink(options);
  hear(up, silence(1s, 16000), 16000);
  hear(up, tone(1s, 16000), 16000);
  hear(up, silence(1s, 16000), 16000);
  EXPECT_EQ(story, "started@1100 ended@2520 ");
  up.flush();
  EXPECT_EQ(sent_ms(), 3s);
}

TEST_F(UplinkTest, silence_follows_speech_for_a_model_that_waits_for_it) {
  UplinkOptions options = by_energy();
  options.silence = 1500ms;
  Uplink& up = uplink(options);
  hear(up, tone(1s, 16000), 16000);
  hear(up, silence(3s, 16000), 16000);
  EXPECT_EQ(story, "started@100 ended@1520 silence-over ");
  const Millis after(silence_sent * 1000 / audio::kUplinkRateHz);
  EXPECT_EQ(last_silence + after, 1500ms) << "counted from the last word";
  EXPECT_FALSE(up.owes_silence());
}

TEST_F(UplinkTest, a_microphone_that_stands_still_is_silent_all_the_same) {
  UplinkOptions options = by_energy();
  options.silence = 1500ms;
  Uplink& up = uplink(options);
  hear(up, tone(1s, 16000), 16000);
  up.end_stream();
  ASSERT_TRUE(up.owes_silence());
  for (int i = 0; i < 20 && up.owes_silence(); ++i) up.fill_silence(100ms);
  EXPECT_EQ(Millis(silence_sent * 1000 / audio::kUplinkRateHz), 1500ms);
  EXPECT_TRUE(story.ends_with("silence-over "));
}

TEST_F(UplinkTest, speech_that_begins_within_that_silence_is_sent_once_and_known_whole) {
  UplinkOptions options = by_energy();
  options.silence = 1500ms;
  Uplink& up = uplink(options);
  hear(up, tone(1s, 16000), 16000);
  hear(up, silence(1s, 16000), 16000);
  const std::size_t before = sent + silence_sent;
  hear(up, tone(1s, 16000), 16000);
  up.flush();
  EXPECT_EQ(sent + silence_sent, before + 16000) << "every sample once";
  EXPECT_GE(sent_before, samples_of(100ms)) << "the beginning of the word, which had gone out";
  EXPECT_EQ(story, "started@100 ended@1520 started@2100 ");
}

}  // namespace
}  // namespace livegate::session
