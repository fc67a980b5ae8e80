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
  return {
      .vad = VadKind::energy, .frame = 20ms, .preroll = 300ms, .hangover = 500ms, .packet = 40ms};
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
  void on_speech_ended(Millis at, Millis silent_for) override {
    story += "ended@" + std::to_string(at.count()) + " ";
    last_silence = silent_for;
  }
  Uplink& uplink(const UplinkOptions& options = by_energy(), bool gated = true) {
    Uplink::Listener& listener = *this;
    subject = std::make_unique<Uplink>(options, gated, listener);
    return *subject;
  }
  [[nodiscard]] Millis sent_ms() const { return Millis(sent * 1000 / audio::kUplinkRateHz); }

  std::unique_ptr<Uplink> subject;
  std::string story;
  std::vector<std::size_t> pieces;
  std::size_t sent = 0;
  Millis last_silence{0};
};

TEST_F(UplinkTest, silence_is_heard_and_not_sent) {
  uplink().push(silence(5s, 16000), 16000);
  EXPECT_EQ(story, "");
  EXPECT_EQ(sent, 0u);
  EXPECT_EQ(subject->samples_heard(), 80000u);
}

TEST_F(UplinkTest, speech_is_sent_with_what_came_before_it_and_what_comes_after) {
  Uplink& up = uplink();
  up.push(silence(1s, 16000), 16000);
  up.push(tone(1s, 16000), 16000);
  up.push(silence(1s, 16000), 16000);
  EXPECT_EQ(story, "started@1100 ended@2500 ")
      << "open after 5 voiced frames of 20 ms, closed after 500 ms";
  EXPECT_EQ(sent_ms(), 300ms + 1s + 500ms);
  EXPECT_EQ(last_silence, 500ms);
}

TEST_F(UplinkTest, the_first_piece_does_not_wait_and_the_rest_are_of_packet_length) {
  Uplink& up = uplink();
  up.push(silence(1s, 16000), 16000);
  up.push(tone(300ms, 16000), 16000);
  ASSERT_GE(pieces.size(), 2u);
  EXPECT_EQ(pieces[0], 6400u) << "300 ms before, 100 ms of onset, at once";
  EXPECT_EQ(pieces[1], 640u);
}

TEST_F(UplinkTest, the_clients_rate_makes_no_difference_to_what_is_sent) {
  for (const int rate_hz : {8000, 22050, 44100, 48000}) {
    story.clear();
    sent = 0;
    Uplink& up = uplink();
    up.push(silence(1s, rate_hz), rate_hz);
    up.push(tone(1s, rate_hz), rate_hz);
    up.push(silence(1s, rate_hz), rate_hz);
    EXPECT_EQ(story, "started@1100 ended@2500 ") << rate_hz;
    EXPECT_EQ(sent_ms(), 1800ms) << rate_hz;
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
      up.push(std::span(stream).subspan(begin, std::min(piece, stream.size() - begin)), 16000);
    }
    EXPECT_EQ(story, "started@800 ended@1700 ") << piece;
    EXPECT_EQ(sent_ms(), 1300ms) << piece;
  }
}

TEST_F(UplinkTest, the_streams_end_closes_an_open_gate_and_sends_what_is_held) {
  Uplink& up = uplink();
  up.push(tone(510ms, 16000), 16000);
  EXPECT_TRUE(up.is_speaking());
  up.end_stream();
  EXPECT_FALSE(up.is_speaking());
  EXPECT_EQ(story, "started@100 ended@500 ");
  EXPECT_EQ(sent_ms(), 510ms) << "the half frame at the end included";
  up.end_stream();
  EXPECT_EQ(story, "started@100 ended@500 ") << "once";
}

TEST_F(UplinkTest, without_a_gate_everything_is_sent) {
  Uplink& up = uplink(by_energy(), /*gated=*/false);
  up.push(silence(990ms, 16000), 16000);
  up.end_stream();
  EXPECT_EQ(story, "");
  EXPECT_EQ(sent_ms(), 990ms);
}

}  // namespace
}  // namespace livegate::session
