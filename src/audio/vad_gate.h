// Turns a row of per-frame verdicts into stretches of speech worth sending: opens when
// `open_frames` of the last `window_frames` frames were speech, hands out the audio from before
// that (pre-roll), stays open over short pauses (hangover), and says when it closes. Time is
// counted in frames, never read from a clock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/instant.h"

namespace livegate::audio {

// Measured with 20 ms frames on 385 turns (77 labelled recordings, each in five kinds of room,
// street, weather and typing noise at 10 to 30 dB) and on ten minutes of such noise alone:
//
//   aggressiveness, open   missed   begin lost   onset p50   false opens   in noise alone
//   2, 5 of 8              0        16           90..150     383           open 49 % of the time
//   3, 5 of 8              0        17           140..160    248           22 %
//   3, 6 of 8              0        14           150..180    212           20 %
//   3, 10 of 13            2        21           230..270    150           16 %
//
// So aggressiveness 3 is the better half of the choice; longer windows then cost a barge-in more
// than they save. Of the 77 turns, 12 have inner pauses: a hangover of 300 ms cuts in 296 times,
// 500 ms 149 times, 800 ms 57 times (3, 6 of 8), and the person waits for it after every turn.
struct GateOptions {
  std::size_t frame_samples = 320;   // 20 ms at 16 kHz
  std::size_t window_frames = 8;     // looked at when opening...
  std::size_t open_frames = 5;       // ...and how many of them must be speech
  std::size_t preroll_frames = 15;   // sent from before the first frame that counted: 300 ms
  std::size_t hangover_frames = 25;  // frames without speech before it closes: 500 ms
};

// The same options in time, for frames of `frame_ms` at 16 kHz. Rounded up to whole frames, and
// never less than one frame where the gate needs one.
struct GateDurations {
  Millis window = 160ms;
  Millis open = 100ms;
  Millis preroll = 300ms;
  Millis hangover = 500ms;
};
[[nodiscard]] GateOptions make_gate_options(const GateDurations& durations, int frame_ms);

enum class GateStep : std::uint8_t {
  held,    // closed: the frame is kept as possible pre-roll, nothing to send
  opened,  // just opened: send preroll(), which ends with this frame
  passed,  // open: send this frame
  closed,  // this frame was the last of the hangover: send it, then say that speech has ended
};

class VadGate {
 public:
  // Allocates all it will ever need: the window and the pre-roll as samples. Options that make no
  // gate (nothing to look at, more to open than the window has) are the caller's bug
  // (LIVEGATE_CHECK).
  explicit VadGate(const GateOptions& options);

  // `frame`: exactly frame_samples samples (LIVEGATE_CHECK), copied; `speech`: the detector's
  // verdict on it.
  GateStep push(std::span<const std::int16_t> frame, bool speech);

  // After `opened`: the kept samples, oldest first, up to and including the opening frame;
  // contiguous; valid until the next call. Never audio that was handed out or passed before.
  [[nodiscard]] std::span<const std::int16_t> preroll() const;

  [[nodiscard]] bool is_open() const { return open_; }
  // Frames since the last one that was speech (0 while speech goes on): how old the end of speech
  // is.
  [[nodiscard]] std::size_t silent_frames() const;

  // Closes at once and forgets everything kept: the stream was interrupted.
  void reset();

 private:
  void keep(std::span<const std::int16_t> frame, bool speech);
  void forget();
  [[nodiscard]] std::size_t slot(std::size_t frames_back) const;
  [[nodiscard]] std::size_t first_speech_back() const;

  GateOptions options_;
  bool open_ = false;
  std::size_t silent_frames_ = 0;

  // While closed: a ring of the last window + pre-roll frames, samples and verdicts side by side.
  std::size_t ring_frames_;
  std::vector<std::int16_t> samples_;
  std::vector<bool> speech_;
  std::size_t next_ = 0;              // where the next frame goes
  std::size_t kept_frames_ = 0;       // how many of the ring are there
  std::size_t speech_in_window_ = 0;  // of the last window_frames kept
  std::span<const std::int16_t> preroll_;
};

}  // namespace livegate::audio
