// The person's audio on its way to the model: any client rate in, speech in 16 kHz pieces out.
//
// Decides what of the stream is speech worth sending, with how much of what came before it, and
// when that speech has ended. Leaves to the session where the pieces go and what is said about
// them. Audio time is counted in samples; no clock is involved.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "audio/framer.h"
#include "audio/resampler.h"
#include "audio/vad.h"
#include "audio/vad_gate.h"
#include "session/session_config.h"

namespace livegate::session {

class Uplink {
 public:
  // Told, in order, what the stream turned out to hold.
  class Listener {
   public:
    virtual ~Listener() = default;
    virtual void on_speech_started(Millis at) = 0;  // ms of audio since the beginning
    virtual void on_speech(std::span<const std::int16_t> samples) = 0;  // mono, 16 kHz
    virtual void on_speech_ended(Millis at,
                                 Millis silent_for) = 0;  // silence since the last voiced frame
  };

  // `gated` false forwards everything, as with VadKind::none: the client marks its own activity.
  Uplink(const UplinkOptions& options, bool gated, Listener& listener);

  // Mono s16 at `rate_hz`, 8000..48000 (LIVEGATE_CHECK). A change of rate begins a new stream.
  void push(std::span<const std::int16_t> samples, int rate_hz);

  // The stream pauses here: what is held is sent, an open gate closes.
  void end_stream();

  // Sends the piece being collected, however short.
  void flush();

  [[nodiscard]] bool is_speaking() const { return gate_ && gate_->is_open(); }
  [[nodiscard]] std::uint64_t samples_heard() const { return samples_heard_; }  // at 16 kHz

 private:
  void frame(std::span<const std::int16_t> samples);
  void collect(std::span<const std::int16_t> samples);
  [[nodiscard]] Millis now_ms() const;

  UplinkOptions options_;
  Listener& listener_;
  std::size_t packet_samples_;
  int rate_hz_ = 0;
  std::optional<audio::Resampler> resampler_;
  std::unique_ptr<audio::Vad> vad_;  // null: everything passes
  std::optional<audio::VadGate> gate_;
  audio::Framer framer_;
  std::vector<std::int16_t> resampled_;
  std::vector<std::int16_t> packet_;
  std::uint64_t samples_heard_ = 0;
};

}  // namespace livegate::session
