#include "session/uplink.h"

#include "audio/pcm.h"

namespace livegate::session {
namespace {

std::size_t samples_in(Millis time) {
  return static_cast<std::size_t>(time.count() * audio::kUplinkRateHz / 1000);
}

std::unique_ptr<audio::Vad> make_vad(const UplinkOptions& options) {
  const int frame_ms = static_cast<int>(options.frame.count());
  switch (options.vad) {
    case VadKind::webrtc:
      return audio::make_webrtc_vad(options.aggressiveness, frame_ms);
    case VadKind::energy:
      return audio::make_energy_vad(options.energy_threshold, frame_ms);
    case VadKind::none:
      return nullptr;
  }
  return nullptr;
}

}  // namespace

Uplink::Uplink(const UplinkOptions& options, bool gated, Listener& listener)
    : options_(options),
      listener_(listener),
      packet_samples_(samples_in(options.packet)),
      vad_(gated ? make_vad(options) : nullptr),
      framer_(samples_in(options.frame)) {
  if (vad_) {
    gate_.emplace(
        audio::make_gate_options({.preroll = options.preroll, .hangover = options.hangover},
                                 static_cast<int>(options.frame.count())));
  }
  packet_.reserve(packet_samples_ + framer_.frame_samples());
}

void Uplink::push(std::span<const std::int16_t> samples, int rate_hz) {
  if (rate_hz != rate_hz_) {
    rate_hz_ = rate_hz;
    resampler_.reset();
    if (rate_hz != audio::kUplinkRateHz) resampler_.emplace(rate_hz, audio::kUplinkRateHz);
  }
  if (resampler_) {
    resampled_.clear();
    resampler_->process(samples, resampled_);
    samples = resampled_;
  }
  framer_.push(samples, [this](std::span<const std::int16_t> whole) { frame(whole); });
}

void Uplink::frame(std::span<const std::int16_t> samples) {
  samples_heard_ += samples.size();
  if (!vad_) return collect(samples);

  switch (gate_->push(samples, vad_->is_speech(samples))) {
    case audio::GateStep::held:
      return;
    case audio::GateStep::opened:
      listener_.on_speech_started(now_ms());
      // The onset never waits for a full piece: whoever detects a barge-in upstream hears it now.
      collect(gate_->preroll());
      return flush();
    case audio::GateStep::passed:
      return collect(samples);
    case audio::GateStep::closed:
      collect(samples);
      flush();
      return listener_.on_speech_ended(
          now_ms(), options_.frame * static_cast<std::int64_t>(gate_->silent_frames()));
  }
}

void Uplink::collect(std::span<const std::int16_t> samples) {
  packet_.insert(packet_.end(), samples.begin(), samples.end());
  if (packet_.size() >= packet_samples_) flush();
}

void Uplink::flush() {
  if (packet_.empty()) return;
  listener_.on_speech(packet_);
  packet_.clear();
}

void Uplink::end_stream() {
  const bool was_speaking = is_speaking();
  const std::size_t silent_frames = was_speaking ? gate_->silent_frames() : 0;
  // Less than a frame is left over: speech if the gate was open, else nothing worth keeping.
  if (was_speaking || !vad_) collect(framer_.pending());
  framer_.reset();
  flush();
  if (gate_) gate_->reset();
  if (vad_) vad_->reset();
  if (resampler_) resampler_->reset();
  if (was_speaking) {
    listener_.on_speech_ended(now_ms(), options_.frame * static_cast<std::int64_t>(silent_frames));
  }
}

Millis Uplink::now_ms() const {
  return Millis(static_cast<std::int64_t>(samples_heard_ * 1000 / audio::kUplinkRateHz));
}

}  // namespace livegate::session
