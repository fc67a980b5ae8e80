#include "audio/vad_gate.h"

#include <algorithm>

#include "audio/pcm.h"
#include "base/check.h"

namespace livegate::audio {
namespace {

std::size_t frames_of(Millis duration, int frame_ms) {
  LIVEGATE_CHECK(duration >= Millis::zero());
  return static_cast<std::size_t>((duration.count() + frame_ms - 1) / frame_ms);
}

}  // namespace

GateOptions make_gate_options(const GateDurations& durations, int frame_ms) {
  LIVEGATE_CHECK(frame_ms > 0);
  GateOptions options;
  options.frame_samples = static_cast<std::size_t>(frame_ms) * (kUplinkRateHz / 1000);
  options.open_frames = std::max<std::size_t>(1, frames_of(durations.open, frame_ms));
  options.window_frames = std::max(options.open_frames, frames_of(durations.window, frame_ms));
  options.preroll_frames = frames_of(durations.preroll, frame_ms);
  options.hangover_frames = std::max<std::size_t>(1, frames_of(durations.hangover, frame_ms));
  return options;
}

VadGate::VadGate(const GateOptions& options)
    : options_(options), ring_frames_(options.window_frames + options.preroll_frames) {
  LIVEGATE_CHECK(options.frame_samples > 0);
  LIVEGATE_CHECK(options.open_frames >= 1 && options.open_frames <= options.window_frames);
  LIVEGATE_CHECK(options.hangover_frames >= 1);
  samples_.resize(ring_frames_ * options.frame_samples);
  speech_.resize(ring_frames_);
}

GateStep VadGate::push(std::span<const std::int16_t> frame, bool speech) {
  LIVEGATE_CHECK(frame.size() == options_.frame_samples);
  preroll_ = {};
  silent_frames_ = speech ? 0 : silent_frames_ + 1;
  if (open_) {
    if (silent_frames_ < options_.hangover_frames) return GateStep::passed;
    open_ = false;
    return GateStep::closed;
  }
  keep(frame, speech);
  if (speech_in_window_ < options_.open_frames) return GateStep::held;

  const std::size_t frames =
      std::min(kept_frames_, first_speech_back() + 1 + options_.preroll_frames);
  // The ring's oldest frame to the front, so that what is handed out is one piece. Once per
  // opening.
  std::rotate(samples_.begin(),
              samples_.begin() + static_cast<std::ptrdiff_t>(next_ * options_.frame_samples),
              samples_.end());
  preroll_ = std::span<const std::int16_t>(samples_).last(frames * options_.frame_samples);
  forget();
  open_ = true;
  return GateStep::opened;
}

std::span<const std::int16_t> VadGate::preroll() const { return preroll_; }

std::size_t VadGate::silent_frames() const { return silent_frames_; }

void VadGate::reset() {
  forget();
  preroll_ = {};
  open_ = false;
  silent_frames_ = 0;
}

// Index in the ring of the frame that was kept `frames_back` frames before the newest.
std::size_t VadGate::slot(std::size_t frames_back) const {
  return (next_ + ring_frames_ - 1 - frames_back) % ring_frames_;
}

void VadGate::keep(std::span<const std::int16_t> frame, bool speech) {
  // The verdict that leaves the window, read before its slot can be the one that is overwritten.
  if (kept_frames_ >= options_.window_frames && speech_[slot(options_.window_frames - 1)]) {
    --speech_in_window_;
  }
  const auto begin = static_cast<std::ptrdiff_t>(next_ * options_.frame_samples);
  std::copy(frame.begin(), frame.end(), samples_.begin() + begin);
  speech_[next_] = speech;
  next_ = (next_ + 1) % ring_frames_;
  kept_frames_ = std::min(kept_frames_ + 1, ring_frames_);
  if (speech) ++speech_in_window_;
}

// How many frames before the newest the first speech of the window lies.
std::size_t VadGate::first_speech_back() const {
  std::size_t back = std::min(kept_frames_, options_.window_frames) - 1;
  while (!speech_[slot(back)]) --back;  // ends at the newest, which opened the gate
  return back;
}

void VadGate::forget() {
  next_ = 0;
  kept_frames_ = 0;
  speech_in_window_ = 0;
}

}  // namespace livegate::audio
