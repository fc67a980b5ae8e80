// The listening half of the offline assistant: audio of any rate in, whole utterances out.
//
// Decides where an utterance begins and ends, by its own detector or by the client's
// activityStart/End, and how much quiet is kept around it. Leaves to others what was said and
// whether it interrupts anything.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "audio/pcm.h"
#include "audio/resampler.h"
#include "audio/vad.h"
#include "audio/vad_gate.h"
#include "base/instant.h"
#include "proto/gemini.h"

namespace livegate::offline {

inline constexpr int kEarFrameMs = 20;
inline constexpr std::size_t kEarFrameSamples = audio::kUplinkRateHz / 1000 * kEarFrameMs;

struct EarOptions {
  bool manual = false;     // the client brackets its speech itself
  int open_ms = 100;       // speech needed before it counts as begun
  int preroll_ms = 300;    // kept from before that
  int silence_ms = 500;    // quiet that ends it
  int aggressiveness = 3;  // of the WebRTC detector
};

// What a setup's automaticActivityDetection asks for, within what makes sense here. Nothing if a
// value is negative: the service refuses that.
[[nodiscard]] std::optional<EarOptions> ear_options(const proto::ActivityDetection& wanted,
                                                    int default_silence_ms);

struct SpeechStarted {};
struct Utterance {
  std::vector<std::int16_t>
      samples;              // mono s16 at 16 kHz, with 0.1 s of quiet or more on either side
  Millis voiced{0};         // how much of it the detector called speech
  bool deliberate = false;  // bracketed by the client: not to be taken for a cough
  Millis quiet{0};          // how long ago the last of that was
};
using Heard = std::variant<SpeechStarted, Utterance>;

class Ear {
 public:
  // `vad`: 20 ms frames at 16 kHz; unused in manual mode, where it may be null.
  Ear(const EarOptions& options, std::unique_ptr<audio::Vad> vad);

  // Mono s16 at `rate_hz`, kClientRateMinHz..kClientRateMaxHz. Appends to `out` what it made of it,
  // in order: one long message may hold several utterances.
  void hear(std::span<const std::int16_t> samples, int rate_hz, std::vector<Heard>& out);

  // The microphone was paused: what was being said ends here. Nothing in manual mode.
  void end_stream(std::vector<Heard>& out);

  // Manual mode only. A start within a bracket and an end without one change nothing. `goes_on`:
  // the last bracket was closed too early, and this one is the rest of the same utterance.
  void activity_start(std::vector<Heard>& out, bool goes_on = false);
  void activity_end(std::vector<Heard>& out);

  [[nodiscard]] bool speaking() const { return speaking_; }
  [[nodiscard]] bool manual() const { return options_.manual; }

 private:
  void hear_frame(std::span<const std::int16_t> frame, std::vector<Heard>& out);
  void finish(std::vector<Heard>& out);

  EarOptions options_;
  std::unique_ptr<audio::Vad> vad_;
  audio::VadGate gate_;
  std::optional<audio::Resampler> resampler_;
  int rate_hz_ = 0;
  std::vector<std::int16_t> pending_;  // at 16 kHz, less than a frame between calls
  bool speaking_ = false;
  std::vector<std::int16_t> utterance_;
  std::vector<std::int16_t> last_bracket_;  // manual mode: what the last one held
  std::size_t voiced_frames_ = 0;
  std::size_t silent_frames_ = 0;  // at the utterance's end
};

}  // namespace livegate::offline
