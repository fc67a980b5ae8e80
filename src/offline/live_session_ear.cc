#include "offline/live_session_ear.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/limits.h"

namespace livegate::offline {
namespace {

constexpr std::size_t kUtteranceSamplesMax =
    static_cast<std::size_t>(limits::kOfflineUtteranceMax.count() * audio::kUplinkRateHz / 1000);

// The decoder normalises over the whole utterance: some quiet helps it, much of it shifts the mean.
constexpr std::size_t kTailFramesMax = 15;  // 300 ms
constexpr std::size_t kTailFramesMin = 5;   // 100 ms

// Longer, a short "stop" would never be heard; see ear_options().
constexpr int kOpenMsMax = 200;
constexpr int kPrerollMsMax = 1000;
constexpr int kSilenceMsMin = 2 * kEarFrameMs;
constexpr int kSilenceMsMax = 5000;

std::size_t frames_of(int ms) {
  return static_cast<std::size_t>(std::max(1, (ms + kEarFrameMs - 1) / kEarFrameMs));
}

audio::GateOptions gate_options(const EarOptions& options) {
  return audio::make_gate_options(
      {.window = Millis(options.open_ms * 8 / 5),  // the gate's own proportion: 5 of 8
       .open = Millis(options.open_ms),
       .preroll = Millis(options.preroll_ms),
       .hangover = Millis(options.silence_ms)},
      kEarFrameMs);
}

// Not digital zeros: the decoder takes the logarithm of the energy. +-1 is below any microphone's
// noise.
void append_quiet(std::vector<std::int16_t>& samples, std::size_t count) {
  std::uint32_t state = 1;
  for (std::size_t i = 0; i < count; ++i) {
    state = state * 1664525u + 1013904223u;  // Numerical Recipes' generator; any would do
    samples.push_back(static_cast<std::int16_t>(static_cast<int>(state >> 30) - 1));
  }
}

}  // namespace

std::optional<EarOptions> ear_options(const proto::ActivityDetection& wanted,
                                      int default_silence_ms) {
  EarOptions options;
  options.manual = wanted.disabled;
  options.silence_ms = wanted.silence_duration_ms.value_or(default_silence_ms);
  const int padding_ms = wanted.prefix_padding_ms.value_or(options.open_ms);
  if (options.silence_ms < 0 || padding_ms < 0) return std::nullopt;
  options.silence_ms = std::clamp(options.silence_ms, kSilenceMsMin, kSilenceMsMax);
  // The API reference calls prefixPaddingMs the speech needed before its start is committed; the
  // guide calls it the audio kept from before the start. Both are done, the first within reason.
  options.open_ms = std::clamp(padding_ms, kEarFrameMs, kOpenMsMax);
  options.preroll_ms = std::clamp(padding_ms, options.preroll_ms, kPrerollMsMax);
  if (wanted.start_sensitivity == "START_SENSITIVITY_HIGH") options.aggressiveness = 2;
  return options;
}

Ear::Ear(const EarOptions& options, std::unique_ptr<audio::Vad> vad)
    : options_(options), vad_(std::move(vad)), gate_(gate_options(options)) {
  LIVEGATE_CHECK(options_.manual || (vad_ && vad_->frame_samples() == kEarFrameSamples));
}

void Ear::hear(std::span<const std::int16_t> samples, int rate_hz, std::vector<Heard>& out) {
  if (options_.manual && !speaking_) return;  // outside the bracket: discarded, as the service does
  if (rate_hz != rate_hz_) {
    resampler_.emplace(rate_hz, audio::kUplinkRateHz);
    rate_hz_ = rate_hz;
  }
  resampler_->process(samples, pending_);
  std::size_t read = 0;
  for (; pending_.size() - read >= kEarFrameSamples; read += kEarFrameSamples) {
    hear_frame(std::span(pending_).subspan(read, kEarFrameSamples), out);
  }
  pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(read));
}

void Ear::hear_frame(std::span<const std::int16_t> frame, std::vector<Heard>& out) {
  if (options_.manual) {
    if (utterance_.size() + frame.size() <= kUtteranceSamplesMax) {
      utterance_.insert(utterance_.end(), frame.begin(), frame.end());
    }
    return;
  }
  const bool speech = vad_->is_speech(frame);
  const audio::GateStep step = gate_.push(frame, speech);
  if (step == audio::GateStep::held) return;
  if (step == audio::GateStep::opened) {
    const auto preroll = gate_.preroll();
    utterance_.assign(preroll.begin(), preroll.end());
    voiced_frames_ = frames_of(options_.open_ms);
    silent_frames_ = 0;
    speaking_ = true;
    out.push_back(SpeechStarted{});
    return;
  }
  utterance_.insert(utterance_.end(), frame.begin(), frame.end());
  voiced_frames_ += speech ? 1 : 0;
  silent_frames_ = speech ? 0 : silent_frames_ + 1;
  if (step == audio::GateStep::closed) {
    finish(out);
  } else if (utterance_.size() >= kUtteranceSamplesMax) {
    finish(out);
    gate_.reset();
  }
}

void Ear::finish(std::vector<Heard>& out) {
  Utterance heard{.samples = std::exchange(utterance_, {}),
                  .voiced = Millis(voiced_frames_ * kEarFrameMs),
                  .deliberate = options_.manual,
                  .quiet = Millis(silent_frames_ * kEarFrameMs)};
  if (options_.manual) {
    last_bracket_ = heard.samples;
    std::vector<std::int16_t> padded;
    padded.reserve(heard.samples.size() + 2 * kTailFramesMin * kEarFrameSamples);
    append_quiet(padded, kTailFramesMin * kEarFrameSamples);
    padded.insert(padded.end(), heard.samples.begin(), heard.samples.end());
    heard.samples = std::move(padded);
  }
  if (silent_frames_ > kTailFramesMax) {
    heard.samples.resize(heard.samples.size() -
                         (silent_frames_ - kTailFramesMax) * kEarFrameSamples);
  } else if (silent_frames_ < kTailFramesMin) {
    append_quiet(heard.samples, (kTailFramesMin - silent_frames_) * kEarFrameSamples);
  }
  speaking_ = false;
  voiced_frames_ = 0;
  silent_frames_ = 0;
  out.push_back(std::move(heard));
}

void Ear::end_stream(std::vector<Heard>& out) {
  if (options_.manual) return;
  if (speaking_) {
    utterance_.insert(utterance_.end(), pending_.begin(), pending_.end());
    finish(out);
  }
  pending_.clear();
  gate_.reset();
  if (resampler_) resampler_->reset();
}

void Ear::activity_start(std::vector<Heard>& out, bool goes_on) {
  LIVEGATE_CHECK(options_.manual);
  if (speaking_) return;
  speaking_ = true;
  if (goes_on) utterance_ = std::exchange(last_bracket_, {});
  pending_.clear();
  if (resampler_) resampler_->reset();
  out.push_back(SpeechStarted{});
}

void Ear::activity_end(std::vector<Heard>& out) {
  LIVEGATE_CHECK(options_.manual);
  if (!speaking_) return;
  if (utterance_.size() < kUtteranceSamplesMax) {
    utterance_.insert(utterance_.end(), pending_.begin(), pending_.end());
  }
  pending_.clear();
  finish(out);
}

}  // namespace livegate::offline
