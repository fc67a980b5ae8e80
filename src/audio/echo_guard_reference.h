// What the client plays now, as far as the gateway can know: the levels of the reply that it sent,
// and a play head that runs over them.
//
// Decides where the head is. With the client's playback reports it follows those that came with
// the least delay; before the first one, and for clients that send none, playing begins as audio
// arrives and runs in real time. What is wrong about that by a constant is the echo guard's to
// learn, as part of its delay. Bounded: the levels of `kept`, 3 bytes for 10 ms; beyond it the
// oldest are dropped and counted. The room for them grows with the longest lead of a reply.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "audio/echo_guard_bands.h"
#include "base/instant.h"

namespace livegate::audio {

class EchoReference {
 public:
  // Begins with room for 4 s and grows, 300 bytes for each second, to no more than `kept`.
  explicit EchoReference(Millis kept);

  // A new reply: its first sample is the next one that is appended.
  void begin_turn();
  // The next samples of the reply, mono s16 at 24 kHz, handed to the client at `at`.
  void append(std::span<const std::int16_t> samples, Instant at);
  // The client's report that reached us at `at`: so many samples of this reply had been audible.
  void played(std::int64_t samples_of_turn, Instant at);
  // The client throws away what it has not played: from here on there is nothing.
  void flush();

  // The levels of what is `ahead` of the head at `at`; -120 dBFS where nothing is, and the loudest
  // of the last replies where it is no longer known (dropped). `at` never goes back.
  [[nodiscard]] BandLevels levels(Instant at, Millis ahead);
  // Grows whenever the head was put elsewhere: what was taken for played until then was wrong.
  [[nodiscard]] std::uint32_t jumps() const { return jumps_; }
  // Whether the head stands inside the reply at `at`.
  [[nodiscard]] bool is_playing(Instant at);

  [[nodiscard]] std::uint64_t dropped_frames() const { return dropped_frames_; }

 private:
  using Levels = std::array<std::uint8_t, kEchoBands>;  // 0.5 dB above -120 dBFS

  [[nodiscard]] Millis head(Instant at);
  void put_head(Millis to, Instant at);
  void make_room();
  [[nodiscard]] Millis sent() const { return Millis(10 * frames_); }

  std::size_t frames_max_;
  std::vector<Levels> ring_;
  BandMeter meter_;
  std::int64_t frames_ = 0;  // of this turn that were measured, dropped ones included
  std::uint64_t dropped_frames_ = 0;
  std::uint32_t jumps_ = 0;
  BandLevels loudest_ = all_bands(-120.0F);

  // The head is at `from_` at the instant `since_`, and runs in real time unless nothing is left.
  bool started_ = false;
  bool reported_ = false;  // in this turn
  Millis from_{0};
  Instant since_{};
  Instant first_at_{};
  std::optional<Millis> start_delay_;  // of this client, once it has reported
};

}  // namespace livegate::audio
