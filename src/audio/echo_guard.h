// How far the microphone lies above the echo of the reply that the client plays.
//
// The gateway knows what it sent and, more or less, what of it is playing (echo_guard_reference.h).
// Two things nobody can tell it, and it learns them: by how much the microphone hears less of it,
// in each of three bands (the coupling), and how much later (-150..+800 ms against the play head:
// network, jitter buffer, loudspeaker, air). Decides the level of the echo to be expected, 10 ms by
// 10 ms. Leaves to turn/barge_in.h how far above is enough, and whether it was speech.
//
// Needs no echo cancellation at the client; where there is one, the coupling is learnt to be small.
// Two bars. The wide one holds at any delay: coupling plus the loudest of the last 950 ms. The
// narrow one, once the delay is known, follows the reply's syllables and lets a person in between
// them. Both couplings are tracked as the 90th percentile of what the microphone held over the
// reference. Audio time and the instants it is given; nothing allocates after construction but the
// room for a reply that runs further ahead than any before it.
//
// Order of calls: begin_turn() once for each reply, then reference() as its audio leaves for the
// client, played() with each playback report, flush() when the client was told to throw the rest
// away. excess_db() with every piece of microphone audio, whether anything plays or not; then
// suppress() on the copy that goes to the speech detector.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "audio/echo_guard_bands.h"
#include "audio/echo_guard_delay.h"
#include "audio/echo_guard_reference.h"
#include "base/instant.h"

namespace livegate::audio {

struct EchoGuardOptions {
  // Levels of what was sent are kept for this long; more than that ahead of the playing is dropped,
  // oldest first. 300 bytes for each second of them: up to 36 kB.
  Millis kept = 120s;
  // Before anything is known: a loudspeaker right at the microphone.
  float coupling_at_first_db = -3;
  // Taken off the excess at first; less and less of it until 3 s of reply were compared.
  float unlearnt_db = 9;
  // suppress() leaves alone what lies so far above the expected echo.
  float clear_db = 5;
};

// What is said while nothing plays: no echo is to be expected.
inline constexpr float kNoEchoDb = 100.0F;

class EchoGuard {
 public:
  explicit EchoGuard(const EchoGuardOptions& options = {});

  // A new reply; of the one before nothing more will be played.
  void begin_turn() { reference_.begin_turn(); }
  // The next samples of the reply, mono s16 at 24 kHz, handed to the client at `at`. May run far
  // ahead of the playing.
  void reference(std::span<const std::int16_t> samples_24k, Instant at) {
    reference_.append(samples_24k, at);
  }
  // The client's report that came at `at`: so many samples of this reply were audible by then.
  // Clients that never report: playing is taken to begin on arrival and to run in real time.
  void played(std::int64_t samples_of_turn, Instant at) { reference_.played(samples_of_turn, at); }
  // The client throws away what it has not played. What sounds until then is still expected.
  void flush() { reference_.flush(); }

  // The next microphone samples, mono s16 at 16 kHz, any number, which arrived at `at` (never
  // earlier than before). Returns how far they lie above the expected echo in dB, as of the last
  // whole 10 ms; kNoEchoDb while none is expected. Up to some 5 dB may still be echo.
  float excess_db(std::span<const std::int16_t> mic_16k, Instant at);

  // Turns `mic_16k` down as far as it is no more than echo, in place: the very samples of the last
  // excess_db(), best 10 ms. For a copy that the speech detector hears, which else takes the echo
  // for speech and what is above it for part of that.
  void suppress(std::span<std::int16_t> mic_16k);

  // Frames of the reference that were dropped, for the counters.
  [[nodiscard]] std::uint64_t dropped_frames() const { return reference_.dropped_frames(); }
  // Whether the delay is known, and what it is against the play head.
  [[nodiscard]] bool knows_delay() const { return delay_known_; }
  [[nodiscard]] Millis delay() const;
  // The coupling in use: the loudest of the bands, dB.
  [[nodiscard]] float coupling_db() const;

 private:
  void frame(Instant at);
  [[nodiscard]] Instant microphone_time(Instant at);
  void follow_reference(Instant at);
  void follow_jump(Instant at);
  void take_levels();
  [[nodiscard]] float expected(std::size_t band) const;
  [[nodiscard]] float judged() const;
  void learn();
  void compare();
  void note_peaks();
  void bound();
  [[nodiscard]] bool may_be_person();

  EchoGuardOptions options_;
  EchoReference reference_;
  BandMeter meter_;
  EchoHistory history_;
  EchoDelay shifts_;

  Instant heard_until_{};  // of the microphone, smoothed
  bool heard_any_ = false;
  BandLevels microphone_ = all_bands(-120.0F);
  BandLevels noise_ = all_bands(-50.0F);     // its floor
  BandLevels loudest_ = all_bands(-120.0F);  // of the reference in the window, with its decay
  BandLevels tail_ = all_bands(-120.0F);     // of the reference at the delay, with its decay
  BandLevels wide_{}, narrow_{};             // couplings
  float excess_ = kNoEchoDb;
  float gain_ = 1;  // of suppress()

  std::uint32_t jumps_ = 0;  // of the play head that the history knows of
  int since_jump_ = 0;       // frames
  bool audible_ = false;
  int audible_frames_ = 0;
  int compared_ = 0;      // frames that the couplings were learnt from
  int since_onset_ = -1;  // frames since somebody seems to speak; -1: nobody
  BandLevels microphone_peak_ = all_bands(-120.0F);
  BandLevels reference_peak_ = all_bands(-120.0F);

  bool delay_known_ = false;
  std::size_t delay_ = 0;  // frames, as a shift
  std::size_t rival_ = 0;  // another one, and for how long it has been the better one
  int rival_frames_ = 0;
};

}  // namespace livegate::audio
