#include "audio/echo_guard.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

#include <gtest/gtest.h>

#include "audio/allocation_count.h"
#include "audio/pcm.h"
#include "audio/test_signals.h"
#include "base/rng.h"

namespace livegate::audio {
namespace {

using Samples = std::vector<std::int16_t>;

// Noise whose level follows syllables, as speech does.
Samples syllables(std::uint64_t seed, int rate_hz, Millis length, double amplitude) {
  Rng rng(seed);
  Samples out;
  const auto wanted = static_cast<std::size_t>(length.count() * rate_hz / 1000);
  while (out.size() < wanted) {
    const auto samples = static_cast<std::size_t>((0.08 + 0.15 * rng.uniform()) * rate_hz);
    const double loud = rng.uniform() < 0.3 ? 0.01 : 0.2 + 0.8 * rng.uniform();
    for (const std::int16_t sample : noise(rng.next(), samples, amplitude * loud)) {
      out.push_back(sample);
    }
  }
  out.resize(wanted);
  return out;
}

// One client in steps of 10 ms. It plays what it is sent `delay` after it was sent, and its
// microphone hears that, lowered by `echo`, over a quiet room and a person.
struct Client {
  Millis delay{200};
  double echo = 0.1;
  bool reports = false;
  EchoGuard guard{};
  Instant now{1h};
  std::vector<float> excess{};

  // A reply that is sent in pieces of 200 ms, four times as fast as it is played.
  void hears_reply(const Samples& reply, const Samples& person = {}) {
    guard.begin_turn();
    const Instant begin = now;
    std::size_t sent = 0;
    const auto frames = reply.size() / 240 + static_cast<std::size_t>(delay / 10ms) + 20;
    for (std::size_t frame = 0; frame < frames; ++frame, now += 10ms) {
      if (frame % 5 == 0 && sent < reply.size()) {
        const std::size_t count = std::min<std::size_t>(4800, reply.size() - sent);
        guard.reference(std::span(reply).subspan(sent, count), now);
        sent += count;
      }
      const auto played = (elapsed(begin, now) - delay).count() * 24;
      if (reports && frame % 10 == 0 && played > 0) guard.played(played, now);
      const Samples heard = microphone(reply, person, frame);
      const float excess_db = guard.excess_db(heard, now);
      // The room alone is not what this is about.
      if (level_dbfs(heard) > -55) excess.push_back(excess_db);
    }
  }

  [[nodiscard]] Samples microphone(const Samples& reply, const Samples& person, std::size_t frame) {
    Samples out = noise(frame + 1, 160, 20);
    const auto late = static_cast<std::size_t>(delay / 10ms);
    for (std::size_t i = 0; i < out.size(); ++i) {
      double sum = out[i];
      if (frame >= late) {
        const std::size_t at = (frame - late) * 240 + i * 3 / 2;
        if (at < reply.size()) sum += echo * reply[at];
      }
      if (const std::size_t at = frame * 160 + i; at < person.size()) sum += person[at];
      out[i] = static_cast<std::int16_t>(std::clamp(sum, -32768.0, 32767.0));
    }
    return out;
  }

  // How many of the frames from `from` on lie above `db`.
  [[nodiscard]] int above(float db, std::size_t from) const {
    return static_cast<int>(
        std::count_if(excess.begin() + static_cast<std::ptrdiff_t>(from), excess.end(),
                      [db](float value) { return value > db && value < kNoEchoDb; }));
  }
};

TEST(EchoGuard, nothing_is_expected_while_nothing_plays) {
  EchoGuard guard;
  EXPECT_EQ(guard.excess_db(syllables(1, 16000, 1s, 3000), Instant(1h)), kNoEchoDb);
}

TEST(EchoGuard, an_echo_never_lies_far_above_what_is_expected_whatever_its_delay) {
  for (const bool reports : {false, true}) {
    for (const int delay_ms : {20, 250, 700}) {
      Client client{.delay = Millis(delay_ms), .echo = 0.3, .reports = reports};
      client.hears_reply(syllables(7, 24000, 12s, 9000));
      client.hears_reply(syllables(8, 24000, 12s, 9000));
      EXPECT_LE(client.above(6, 0), 3) << delay_ms << " reports " << reports;
      EXPECT_TRUE(client.guard.knows_delay()) << delay_ms << " reports " << reports;
    }
  }
}

TEST(EchoGuard, the_delay_is_found_within_two_frames) {
  Client client{.delay = 300ms};
  client.hears_reply(syllables(9, 24000, 10s, 9000));
  ASSERT_TRUE(client.guard.knows_delay());
  EXPECT_NEAR(static_cast<double>(client.guard.delay().count()), 300, 20);
}

TEST(EchoGuard, with_reports_the_delay_is_small_whatever_the_jitter_buffer_holds) {
  Client client{.delay = 600ms, .reports = true};
  client.hears_reply(syllables(9, 24000, 10s, 9000));
  ASSERT_TRUE(client.guard.knows_delay());
  EXPECT_LE(std::abs(client.guard.delay().count()), 30);
}

TEST(EchoGuard, a_person_as_loud_as_the_reply_lies_above_its_echo) {
  Client client{.delay = 180ms, .echo = 0.2};
  client.hears_reply(syllables(11, 24000, 10s, 9000));
  const std::size_t before = client.excess.size();
  const Samples person = syllables(12, 16000, 5s, 9000);
  client.hears_reply(syllables(13, 24000, 5s, 9000), person);
  EXPECT_GE(client.above(6, before), 200);
}

TEST(EchoGuard, where_nothing_comes_back_a_soft_voice_is_heard_after_the_first_seconds) {
  Client client{.echo = 0};
  client.hears_reply(syllables(11, 24000, 5s, 9000));
  const std::size_t before = client.excess.size();
  client.hears_reply(syllables(13, 24000, 5s, 9000), syllables(12, 16000, 5s, 900));
  EXPECT_GE(client.above(6, before), 250);
}

TEST(EchoGuard, a_first_reply_may_be_as_loud_in_the_microphone_as_in_itself) {
  Client client{.delay = 400ms, .echo = 1};
  client.hears_reply(syllables(21, 24000, 3s, 6000));
  EXPECT_LE(client.above(6, 0), 3);
}

TEST(EchoGuard, after_a_flush_nothing_is_expected_once_the_delay_has_passed) {
  Client client;
  client.guard.begin_turn();
  client.guard.reference(syllables(1, 24000, 10s, 9000), client.now);
  const Samples quiet = noise(1, 160, 20);
  for (int i = 0; i < 100; ++i, client.now += 10ms) {
    static_cast<void>(client.guard.excess_db(quiet, client.now));
  }
  EXPECT_LT(client.guard.excess_db(quiet, client.now), kNoEchoDb);
  client.guard.flush();
  for (int i = 0; i < 200; ++i, client.now += 10ms) {
    static_cast<void>(client.guard.excess_db(quiet, client.now));
  }
  EXPECT_EQ(client.guard.excess_db(quiet, client.now), kNoEchoDb);
}

TEST(EchoGuard, what_is_too_far_ahead_is_dropped_and_counted_and_still_guarded_against) {
  EchoGuard guard(EchoGuardOptions{.kept = 5s});
  guard.begin_turn();
  const Instant begin{1h};
  guard.reference(syllables(1, 24000, 20s, 9000), begin);
  EXPECT_GE(guard.dropped_frames(), 1400u);
  Instant now = begin;
  const Samples quiet = noise(1, 160, 20);
  for (int i = 0; i < 100; ++i, now += 10ms) static_cast<void>(guard.excess_db(quiet, now));
  EXPECT_LT(guard.excess_db(quiet, now), kNoEchoDb);
}

TEST(EchoGuard, the_detector_is_spared_the_echo_and_hears_the_person) {
  Client client{.delay = 180ms, .echo = 0.2};
  client.hears_reply(syllables(11, 24000, 10s, 9000));
  client.guard.begin_turn();
  client.guard.reference(syllables(13, 24000, 5s, 9000), client.now);
  const Samples reply = syllables(13, 24000, 5s, 9000), person = syllables(12, 16000, 5s, 9000);
  const Instant begin = client.now;
  for (const bool speaks : {false, true}) {
    double before = 0, after = 0;
    for (std::size_t frame = speaks ? 200 : 50; frame < (speaks ? 400U : 200U); ++frame) {
      client.now = begin + Millis(10 * frame);
      Samples heard = client.microphone(reply, speaks ? person : Samples{}, frame);
      static_cast<void>(client.guard.excess_db(heard, client.now));
      before += rms(heard) * rms(heard);
      client.guard.suppress(heard);
      after += rms(heard) * rms(heard);
    }
    const double lowered_db = -10 * std::log10(after / before);
    if (speaks) {
      EXPECT_LT(lowered_db, 3);
    } else {
      EXPECT_GT(lowered_db, 6);
    }
  }
}

TEST(EchoGuard, the_answer_does_not_depend_on_how_the_microphone_was_cut) {
  const Samples reply = syllables(1, 24000, 3s, 9000), heard = syllables(2, 16000, 3s, 9000);
  const std::function<float(std::size_t)> run = [&](std::size_t piece) {
    EchoGuard guard;
    guard.begin_turn();
    guard.reference(reply, Instant(1h));
    float last = 0;
    for (std::size_t at = 0; at < heard.size(); at += piece) {
      const auto samples = std::span(heard).subspan(at, std::min(piece, heard.size() - at));
      last = guard.excess_db(samples, Instant(1h) + std::chrono::microseconds(at * 1000 / 16));
    }
    return last;
  };
  EXPECT_NEAR(run(160), run(80), 0.01);
}

TEST(EchoGuard, nothing_allocates_once_it_is_made) {
  EchoGuard guard;
  const Samples reply = syllables(1, 24000, 200ms, 9000), heard = syllables(2, 16000, 200ms, 9000);
  const std::size_t before = allocation_count();
  Instant now{1h};
  for (int i = 0; i < 50; ++i, now += 200ms) {
    if (i % 20 == 0) guard.begin_turn();
    guard.reference(reply, now);
    guard.played(i * 4800, now);
    static_cast<void>(guard.excess_db(heard, now));
  }
  EXPECT_EQ(allocation_count(), before);
}

}  // namespace
}  // namespace livegate::audio
