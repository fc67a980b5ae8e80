// Voice activity detectors: one verdict for one frame. What follows from a row of verdicts is the
// gate's business (vad_gate.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace livegate::audio {

// A detector over mono s16 frames at 16 kHz. One object serves one stream: it may adapt to it.
class Vad {
 public:
  virtual ~Vad() = default;
  [[nodiscard]] virtual std::size_t frame_samples() const = 0;
  // `frame`: exactly frame_samples() samples (LIVEGATE_CHECK), read during the call only.
  [[nodiscard]] virtual bool is_speech(std::span<const std::int16_t> frame) = 0;
  // Forgets what it learned of the stream.
  virtual void reset() = 0;
};

// The WebRTC detector (libwebrtc-audio-processing). `aggressiveness` 0..3, higher calls more frames
// silence; `frame_ms` 10, 20 or 30.
[[nodiscard]] std::unique_ptr<Vad> make_webrtc_vad(int aggressiveness, int frame_ms);

// RMS energy above `threshold`, a fraction of full scale (the tutorial's 0.015 is -36.5 dBFS): the
// fallback.
inline constexpr double kEnergyThreshold = 0.015;
[[nodiscard]] std::unique_ptr<Vad> make_energy_vad(double threshold, int frame_ms);

// RMS energy at least `rise_db` over a floor that follows the background (base/level_floor.h).
inline constexpr double kFloorRiseDb = 9;
[[nodiscard]] std::unique_ptr<Vad> make_floor_vad(double rise_db, int frame_ms);

}  // namespace livegate::audio
