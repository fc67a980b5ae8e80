#include "session/uplink.h"

#include <algorithm>
#include <utility>

#include "audio/pcm.h"

namespace livegate::session {
namespace {

// The longest that an onset, or a sound over a reply, may take until it is known for what it is,
// and still be sent from its beginning.
constexpr Millis kUncertainMax = 350ms;

// An ear's block, and the frame that completes it.
constexpr Millis kBlockMax = 42ms;

std::unique_ptr<audio::Ear> some_ear(const UplinkOptions& options) {
  auto ear = options.tap != nullptr ? options.tap->ear() : nullptr;
  return ear ? std::move(ear) : audio::make_ear(options.ear);
}

std::size_t samples_in(Millis time) {
  return static_cast<std::size_t>(time.count() * audio::kUplinkRateHz / 1000);
}

}  // namespace

Uplink::Uplink(const UplinkOptions& options, bool listens, Listener& listener)
    : options_(options),
      listener_(listener),
      packet_samples_(samples_in(options.packet)),
      ear_(listens && options.detects ? some_ear(options) : nullptr),
      endpointer_(options.endpointer),
      preroll_(ear_ ? samples_in(options.preroll + kUncertainMax) : 0, 0),
      framer_(kWatchFrameSamples),
      ear_framer_(ear_ ? ear_->block_samples() : kWatchFrameSamples) {
  if (ear_) watch_.emplace(options);
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
  if (options_.mode == UplinkMode::open) silence_left_ = 0;  // the microphone has its own
  if (ear_) ear_->attend(endpointer_.is_open());
  framer_.push(samples, [&](std::span<const std::int16_t> whole) { frame(whole, now, reply); });
}

void Uplink::frame(std::span<const std::int16_t> samples, Instant now,
                   const turn::PlayingReply& reply) {
  samples_heard_ += samples.size();
  if (!ear_) return collect(samples);

  if (keeping_back_) {
    kept_back_.insert(kept_back_.end(), samples.begin(), samples.end());
  } else if (speaking_ || options_.mode == UplinkMode::open) {
    collect(samples);
  } else {
    preroll_.keep(worth_keeping());
    preroll_.push(samples);
    if (owes_silence()) follow(samples);
  }
  ear_framer_.push(watch_->hear(samples, now, reply.playing),
                   [this](std::span<const std::int16_t> whole) { block(whole); });
  turn::PlayingReply in_reach = reply;
  in_reach.playing = reply.playing && options_.cut_in;
  const turn::BargeInStep step = watch_->decide(speech_, in_reach);
  if (step == turn::BargeInStep::stop) stopped_ = true;
  if (step != turn::BargeInStep::none) listener_.on_barge_in(step);
  const bool guarded = in_reach.playing && !stopped_;
  if (endpointer_.is_open() && !speaking_ && !guarded) begin();
}

void Uplink::block(std::span<const std::int16_t> samples) {
  audio::Heard heard = ear_->hear(samples);
  if (options_.tap != nullptr) options_.tap->on_block(heard);
  speech_ = heard.speech;
  const float speech = watch_->is_echo() ? 0.0F : heard.speech;
  const turn::SpeechStep step = endpointer_.push(heard.length, speech, heard.level_dbfs);
  if (speaking_) return go_on(step);
  begun_for_ = step == turn::SpeechStep::began ? Millis(0) : begun_for_ + heard.length;
}

void Uplink::begin() {
  flush();  // silence so far
  silence_left_ = 0;
  speaking_ = true;
  listener_.on_speech_started(now_ms());
  if (options_.mode != UplinkMode::open) {
    const auto begun =
        preroll_.last(samples_in(begun_for_ + endpointer_.onset_age() + options_.preroll));
    // Never audio that was sent before.
    const std::size_t unsent = std::min<std::size_t>(begun.size(), samples_heard_ - silence_sent_);
    if (unsent < begun.size()) listener_.on_speech_sent(begun.first(begun.size() - unsent));
    collect(begun.last(unsent));
    preroll_.clear();
  }
  // The onset never waits for a full piece: whoever detects a barge-in upstream hears it now.
  flush();
}

// What may be sent when speech begins with the next block: while nobody makes a sound, no more than
// comes before it.
std::size_t Uplink::worth_keeping() const {
  const Millis begun = endpointer_.is_open() ? begun_for_ : Millis::zero();
  return samples_in(begun + endpointer_.onset_age() + options_.preroll + kBlockMax);
}

void Uplink::go_on(turn::SpeechStep step) {
  switch (step) {
    case turn::SpeechStep::quiet:
    case turn::SpeechStep::began:
    case turn::SpeechStep::speaking:
      return;
    case turn::SpeechStep::paused:
      flush();
      keeping_back_ = listener_.on_speech_paused(endpointer_.silent_for());
      return;
    case turn::SpeechStep::resumed:
      if (!std::exchange(keeping_back_, false)) return;
      listener_.on_speech_resumed();
      collect(kept_back_);
      kept_back_.clear();
      return;
    case turn::SpeechStep::ended: {
      speaking_ = keeping_back_ = false;
      kept_back_.clear();
      flush();
      const Millis silent_for = endpointer_.silent_for();
      listener_.on_speech_ended(now_ms(), silent_for);
      if (options_.mode == UplinkMode::gate) owe_silence(options_.silence - silent_for);
      return;
    }
  }
}

void Uplink::collect(std::span<const std::int16_t> samples) {
  packet_.insert(packet_.end(), samples.begin(), samples.end());
  if (packet_.size() >= packet_samples_) flush();
}

void Uplink::flush() {
  if (packet_.empty()) return;
  if (!owes_silence()) {
    listener_.on_speech(packet_);
  } else if (listener_.on_silence(packet_)) {
    silence_sent_ = samples_heard_;
  } else {
    silence_left_ = 0;
  }
  packet_.clear();
}

void Uplink::owe_silence(Millis silence) {
  const bool owed = options_.silence > 0ms || silence > 0ms;
  if (speaking_) return;
  silence_left_ = silence > 0ms ? samples_in(silence) : 0;
  if (owed && silence_left_ == 0) listener_.on_silence_over();
}

void Uplink::fill_silence(Millis time) {
  const std::vector<std::int16_t> zeros(std::min(silence_left_, samples_in(time)));
  follow(zeros);
}

void Uplink::connection_lost() {
  if (owes_silence() && options_.mode == UplinkMode::gate) packet_.clear();
  silence_left_ = 0;
  silence_sent_ = 0;
}

void Uplink::follow(std::span<const std::int16_t> samples) {
  collect(samples.first(std::min(samples.size(), silence_left_)));
  if (samples.size() < silence_left_) {
    silence_left_ -= samples.size();
    return;
  }
  flush();
  if (std::exchange(silence_left_, 0) > 0) listener_.on_silence_over();
}

void Uplink::end_stream() {
  const bool was_speaking = std::exchange(speaking_, false);
  const Millis silent_for = endpointer_.silent_for();
  // Less than a block is left over: speech if somebody spoke, else nothing worth keeping.
  if ((was_speaking && !keeping_back_) || !ear_) collect(framer_.pending());
  keeping_back_ = false;
  kept_back_.clear();
  framer_.reset();
  ear_framer_.reset();
  flush();
  endpointer_.reset();
  preroll_.clear();
  speech_ = 0;
  if (ear_) ear_->reset();
  if (watch_) watch_->reset();
  if (resampler_) resampler_->reset();
  if (was_speaking) listener_.on_speech_ended(now_ms(), silent_for);
  const bool stopped = options_.mode == UplinkMode::open || was_speaking;
  if (stopped && options_.silence > 0ms) owe_silence(options_.silence - silent_for);
}

Millis Uplink::now_ms() const {
  return Millis(static_cast<std::int64_t>(samples_heard_ * 1000 / audio::kUplinkRateHz));
}

}  // namespace livegate::session
