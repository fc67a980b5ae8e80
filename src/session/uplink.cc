#include "session/uplink.h"

#include <algorithm>

#include "audio/pcm.h"

namespace livegate::session {
namespace {

// Without a detector the stream is cut where it lies; this only bounds a piece.
constexpr std::size_t kUnheardBlockSamples = 320;
// The longest that an onset, or a sound over a reply, may take until it is known for what it is,
// and still be sent from its beginning.
constexpr Millis kUncertainMax = 500ms;

std::size_t samples_in(Millis time) {
  return static_cast<std::size_t>(time.count() * audio::kUplinkRateHz / 1000);
}

}  // namespace

Uplink::Uplink(const UplinkOptions& options, bool listens, Listener& listener)
    : options_(options),
      listener_(listener),
      packet_samples_(samples_in(options.packet)),
      ear_(listens && options.detects ? audio::make_ear(options.ear) : nullptr),
      endpointer_(options.endpointer),
      preroll_(ear_ ? samples_in(options.preroll + kUncertainMax) : 0),
      framer_(ear_ ? ear_->block_samples() : kUnheardBlockSamples) {
  if (ear_) watch_.emplace(options.barge_in);
  packet_.reserve(packet_samples_ + framer_.frame_samples());
}

void Uplink::push(std::span<const std::int16_t> samples, int rate_hz, Instant now,
                  const turn::PlayingReply& reply) {
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
  if (!reply.playing) stopped_ = false;
  if (watch_) {
    watch_->push(samples, speech_, now, reply, [this](turn::BargeInStep step) {
      if (step == turn::BargeInStep::stop) stopped_ = true;
      listener_.on_barge_in(step);
    });
    ear_->attend(reply.playing || endpointer_.is_open());
  }
  const bool guarded = reply.playing && !stopped_;
  framer_.push(samples, [&](std::span<const std::int16_t> whole) { block(whole, guarded); });
}

void Uplink::block(std::span<const std::int16_t> samples, bool guarded) {
  samples_heard_ += samples.size();
  if (!ear_) return collect(samples);

  const audio::Heard heard = ear_->hear(samples);
  speech_ = heard.speech;
  const float speech = watch_->is_echo() ? 0.0F : heard.speech;
  const turn::SpeechStep step = endpointer_.push(heard.length, speech, heard.level_dbfs);
  preroll_.push(samples);
  if (speaking_) return go_on(step, samples);
  if (options_.mode == UplinkMode::open) collect(samples);
  if (!endpointer_.is_open()) return;
  begun_for_ = step == turn::SpeechStep::began ? Millis(0) : begun_for_ + heard.length;
  if (!guarded) begin();
}

void Uplink::begin() {
  speaking_ = true;
  listener_.on_speech_started(now_ms());
  if (options_.mode != UplinkMode::open) {
    collect(preroll_.last(samples_in(begun_for_ + endpointer_.onset_age() + options_.preroll)));
  }
  // The onset never waits for a full piece: whoever detects a barge-in upstream hears it now.
  flush();
}

void Uplink::go_on(turn::SpeechStep step, std::span<const std::int16_t> samples) {
  if (keeping_back_ && step == turn::SpeechStep::resumed) {
    keeping_back_ = false;
    listener_.on_speech_resumed();
    collect(kept_back_);
    kept_back_.clear();
  }
  if (keeping_back_) {
    kept_back_.insert(kept_back_.end(), samples.begin(), samples.end());
  } else {
    collect(samples);
  }
  if (step == turn::SpeechStep::paused) {
    flush();
    keeping_back_ = listener_.on_speech_paused(endpointer_.silent_for());
  } else if (step == turn::SpeechStep::ended) {
    speaking_ = keeping_back_ = false;
    kept_back_.clear();
    flush();
    preroll_.clear();  // never audio that was sent before
    listener_.on_speech_ended(now_ms(), endpointer_.silent_for());
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
  const bool was_speaking = std::exchange(speaking_, false);
  const Millis silent_for = endpointer_.silent_for();
  // Less than a block is left over: speech if somebody spoke, else nothing worth keeping.
  if ((was_speaking && !keeping_back_) || !ear_) collect(framer_.pending());
  keeping_back_ = false;
  kept_back_.clear();
  framer_.reset();
  flush();
  endpointer_.reset();
  preroll_.clear();
  speech_ = 0;
  if (ear_) ear_->reset();
  if (watch_) watch_->reset();
  if (resampler_) resampler_->reset();
  if (was_speaking) listener_.on_speech_ended(now_ms(), silent_for);
}

Millis Uplink::now_ms() const {
  return Millis(static_cast<std::int64_t>(samples_heard_ * 1000 / audio::kUplinkRateHz));
}

}  // namespace livegate::session
