#include "audio/echo_guard_reference.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "audio/pcm.h"
#include "base/check.h"

namespace livegate::audio {
namespace {

constexpr float kNothingDbfs = -120.0F;
constexpr std::int64_t kSamplesPerMilli = kDownlinkRateHz / 1000;
constexpr Millis kFrame = 10ms;
// A report that puts the head back further than jitter does: the client ran dry, or stretched.
constexpr Millis kStalled = 150ms;
constexpr Millis kJump = 30ms;
// Reports that are merely late pull the head back by this share.
constexpr int kLateShare = 16;
constexpr Millis kStartDelayMax = 1000ms;
// The loudest of earlier replies fades by so much with each frame: 3 dB a minute.
constexpr float kLoudestFadeDb = 0.0005F;
constexpr std::size_t kFramesAtFirst = 400;
// Levels so far behind the head are still asked for.
constexpr std::int64_t kFramesBehind = 150;

std::uint8_t stored(float dbfs) {
  return static_cast<std::uint8_t>(
      std::lround(2 * (std::clamp(dbfs, kNothingDbfs, 0.0F) - kNothingDbfs)));
}
float restored(std::uint8_t level) { return kNothingDbfs + static_cast<float>(level) / 2; }

}  // namespace

EchoReference::EchoReference(Millis kept)
    : frames_max_(static_cast<std::size_t>(kept / kFrame)), meter_(kDownlinkRateHz) {
  LIVEGATE_CHECK(kept >= 1s);
  ring_.resize(std::min(frames_max_, kFramesAtFirst));
}

void EchoReference::begin_turn() {
  flush();
  meter_.reset();
}

void EchoReference::flush() {
  frames_ = 0;
  started_ = false;
  reported_ = false;
}

void EchoReference::append(std::span<const std::int16_t> samples, Instant at) {
  if (!started_) {
    started_ = true;
    first_at_ = at;
    since_ = at + start_delay_.value_or(0ms);
    from_ = 0ms;
    ++jumps_;
  } else {
    static_cast<void>(head(at));  // it may have stood at the end until now
  }
  while (meter_.push(samples)) {
    make_room();
    Levels& frame = ring_[static_cast<std::size_t>(frames_) % ring_.size()];
    for (std::size_t band = 0; band < kEchoBands; ++band) {
      frame[band] = stored(meter_.levels()[band]);
      loudest_[band] = std::max(loudest_[band] - kLoudestFadeDb, meter_.levels()[band]);
    }
    ++frames_;
    if (frames_ - static_cast<std::int64_t>(ring_.size()) > from_ / kFrame) ++dropped_frames_;
  }
}

// For one frame more than there are, before one is overwritten that is yet to be heard.
void EchoReference::make_room() {
  const std::size_t size = ring_.size();
  const std::int64_t oldest = std::max<std::int64_t>(0, from_ / kFrame - kFramesBehind);
  if (frames_ - oldest < static_cast<std::int64_t>(size) || size == frames_max_) return;
  std::vector<Levels> larger(std::min(frames_max_, 2 * size));
  const std::int64_t kept = std::min(frames_, static_cast<std::int64_t>(size));
  for (std::int64_t frame = frames_ - kept; frame < frames_; ++frame) {
    const auto at = static_cast<std::size_t>(frame);
    larger[at % larger.size()] = ring_[at % size];
  }
  ring_ = std::move(larger);
}

void EchoReference::played(std::int64_t samples_of_turn, Instant at) {
  if (samples_of_turn <= 0 || !started_) return;
  const Millis told = std::min(Millis(samples_of_turn / kSamplesPerMilli), sent());
  if (!reported_) {
    start_delay_ = std::clamp(elapsed(first_at_, at) - told, 0ms, kStartDelayMax);
    reported_ = true;
    put_head(told, at);
    return;
  }
  const Millis behind = head(at) - told;
  const bool late = behind > 0ms && behind <= kStalled;
  put_head(late ? from_ - behind / kLateShare : told, at);
}

void EchoReference::put_head(Millis to, Instant at) {
  const Millis by = to - head(at) + std::max(0ms, elapsed(at, since_));
  if (by > kJump || by < -kJump) ++jumps_;
  from_ = to;
  since_ = at;
}

Millis EchoReference::head(Instant at) {
  if (at <= since_) return from_;
  from_ = std::min(from_ + elapsed(since_, at), std::max(from_, sent()));
  // Whole milliseconds were counted; the rest stays for the next time.
  since_ += elapsed(since_, at);
  return from_;
}

bool EchoReference::is_playing(Instant at) { return started_ && at >= since_ && head(at) < sent(); }

BandLevels EchoReference::levels(Instant at, Millis ahead) {
  if (!started_) return all_bands(kNothingDbfs);
  const std::int64_t frame = (head(at) - std::max(0ms, elapsed(at, since_)) + ahead) / kFrame;
  if (frame < 0 || frame >= frames_) return all_bands(kNothingDbfs);
  if (frame < frames_ - static_cast<std::int64_t>(ring_.size())) return loudest_;
  BandLevels found{};
  const Levels& kept = ring_[static_cast<std::size_t>(frame) % ring_.size()];
  for (std::size_t band = 0; band < kEchoBands; ++band) found[band] = restored(kept[band]);
  return found;
}

}  // namespace livegate::audio
