#include "audio/echo_guard.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "audio/pcm.h"

namespace livegate::audio {
namespace {

constexpr Millis kFrame = 10ms;
// The head may be late: reports are old, and playing begins before the first of them.
constexpr Millis kAhead = 150ms;
constexpr float kNothingDbfs = -120.0F;
// Below this the client plays nothing that a microphone could hear.
constexpr float kAudibleDbfs = -60.0F;

constexpr float kCouplingMinDb = -60.0F;
constexpr float kCouplingMaxDb = 6.0F;
// Until so many frames of reply were compared, learning is quicker.
constexpr int kLearntFrames = 150;
// ... and until so many, the answer is the more careful the fewer they are.
constexpr int kSureFrames = 300;
// Steps for each frame; 10 to 1 makes the estimate settle at the 90th percentile.
constexpr float kStepUpDb = 0.2F;
constexpr float kStepDownDb = 0.02F;
constexpr float kStepFactorQuick = 3.0F;
// A first look at the coupling is rough: sounds differ in how well they pass.
constexpr float kFirstBoundSlackDb = 6.0F;
// Closer to the noise floor than this, the microphone's level says nothing about an echo.
constexpr float kOverNoiseDb = 6.0F;
constexpr float kNoiseRiseDb = 0.02F;

// What is echo is turned down by this much.
constexpr float kSuppressedDb = 30.0F;
// From so much excess on, somebody may be speaking, and nothing is learnt for a while.
constexpr float kPersonDb = 6.0F;
constexpr int kUndecidedFrames = 70;
// Whoever speaks longer over a reply that goes on is taken for its echo, and learnt from.
constexpr int kDoubtedAfterFrames = 200;
constexpr int kDoubtedUntilFrames = 400;

constexpr float kComparedFramesMin = 80.0F;
constexpr float kAgreementFound = 0.6F;
constexpr float kAgreementLost = 0.4F;
// A known delay gives way only to another that was the better one for so long.
constexpr int kDelaySteadyFrames = 50;
constexpr std::size_t kNearFrames = 3;  // the narrow bar looks this far around the delay
// ... and so far for a second after the head was put elsewhere.
constexpr std::size_t kNearAfterJumpFrames = 12;
constexpr int kJumpFrames = 100;
constexpr float kDecayDb = 1.2F;  // for each frame, as in a room of 0.5 s
// The echo comes closer to the reply at its delay than to the loudest of the window.
constexpr float kNarrowOverWideDb = 4.0F;
constexpr float kWideSlackDb = 3.0F;
// The microphone's clock may be slower than ours by this: 1 %.
constexpr auto kClockLeak = std::chrono::microseconds(100);
constexpr Millis kMicrophoneGap = 500ms;

float stepped(float coupling, float seen, float factor, bool clear) {
  if (seen <= coupling) {
    return std::max({coupling - kStepDownDb * factor, seen, kCouplingMinDb});
  }
  if (!clear) return coupling;
  return std::min({coupling + kStepUpDb * factor, seen, kCouplingMaxDb});
}

float loudest_of(std::span<const float> levels) {
  // Several at once, as each waits for the one before.
  std::array<float, 8> loudest;
  loudest.fill(kNothingDbfs);
  for (; levels.size() >= loudest.size(); levels = levels.subspan(loudest.size())) {
    for (std::size_t i = 0; i < loudest.size(); ++i) loudest[i] = std::max(loudest[i], levels[i]);
  }
  for (std::size_t i = 0; i < levels.size(); ++i) loudest[i] = std::max(loudest[i], levels[i]);
  return *std::ranges::max_element(loudest);
}

}  // namespace

EchoGuard::EchoGuard(const EchoGuardOptions& options)
    : options_(options),
      reference_(options.kept),
      meter_(kUplinkRateHz),
      wide_(all_bands(options.coupling_at_first_db)),
      narrow_(all_bands(options.coupling_at_first_db)) {}

Millis EchoGuard::delay() const { return kFrame * static_cast<int>(delay_) - kAhead; }

float EchoGuard::coupling_db() const {
  const BandLevels& used = delay_known_ ? narrow_ : wide_;
  return *std::max_element(used.begin(), used.end());
}

float EchoGuard::excess_db(std::span<const std::int16_t> mic_16k, Instant at) {
  while (meter_.push(mic_16k)) frame(microphone_time(at));
  return excess_;
}

void EchoGuard::suppress(std::span<std::int16_t> mic_16k) {
  // Where no echo was found in all that was compared, what seems to be one is noise.
  const bool no_echo = !audible_ || (!delay_known_ && compared_ >= kSureFrames);
  const float lacking = no_echo ? 0.0F : std::clamp(1 - excess_ / options_.clear_db, 0.0F, 1.0F);
  const float gain = lacking > 0 ? std::pow(10.0F, -kSuppressedDb * lacking / 20) : 1.0F;
  const float before = std::exchange(gain_, gain);
  if (gain == 1 && before == 1) return;
  const float step = (gain - before) / static_cast<float>(mic_16k.size());
  for (std::size_t i = 0; i < mic_16k.size(); ++i) {
    const float value =
        (before + static_cast<float>(i + 1) * step) * static_cast<float>(mic_16k[i]);
    mic_16k[i] = static_cast<std::int16_t>(value + std::copysign(0.5F, value));
  }
}

// Packets come late and in bursts, their samples do not: the earliest arrivals set the clock.
Instant EchoGuard::microphone_time(Instant at) {
  const Instant next = heard_until_ + kFrame;
  if (!heard_any_ || at < next || elapsed(next, at) > kMicrophoneGap) {
    heard_until_ = at;
  } else {
    heard_until_ = std::min(at, next + kClockLeak);
  }
  heard_any_ = true;
  return heard_until_;
}

void EchoGuard::frame(Instant at) {
  microphone_ = meter_.levels();
  for (std::size_t band = 0; band < kEchoBands; ++band) {
    noise_[band] = std::min(noise_[band] + kNoiseRiseDb, std::max(microphone_[band], -90.0F));
  }
  follow_reference(at);
  excess_ = audible_ ? judged() : kNoEchoDb;
  learn();
}

void EchoGuard::follow_reference(Instant at) {
  history_.push(reference_.levels(at, kAhead));
  ++since_jump_;
  if (jumps_ != reference_.jumps()) follow_jump(at);
  take_levels();
}

// The past is taken anew, from where the head stands now.
void EchoGuard::follow_jump(Instant at) {
  jumps_ = reference_.jumps();
  since_jump_ = 0;
  for (std::size_t ago = 1; ago < EchoHistory::kSize; ++ago) {
    const BandLevels played = reference_.levels(at, kAhead - kFrame * static_cast<int>(ago));
    history_.put(ago, played);
  }
}

void EchoGuard::take_levels() {
  const std::size_t around = since_jump_ < kJumpFrames ? kNearAfterJumpFrames : kNearFrames;
  const std::size_t from = delay_ - std::min(delay_, around);
  const std::size_t until = std::min(kEchoShifts, delay_ + around + 1);
  audible_ = false;
  for (std::size_t band = 0; band < kEchoBands; ++band) {
    const auto window = history_.band(band).first<kEchoShifts>();
    const auto near = delay_known_ ? window.subspan(from, until - from) : window.first(0);
    loudest_[band] = std::max(loudest_of(window), loudest_[band] - kDecayDb);
    tail_[band] = std::max(loudest_of(near), tail_[band] - kDecayDb);
    audible_ = audible_ || loudest_[band] > kAudibleDbfs;
  }
}

float EchoGuard::expected(std::size_t band) const {
  const float wide = wide_[band] + loudest_[band];
  if (!delay_known_) return wide;
  return std::min(wide + kWideSlackDb, narrow_[band] + tail_[band]);
}

// Two of the three bands must lie above: the echo and, as a tail may last longer than it was taken
// to, the lowest that the room itself has.
float EchoGuard::judged() const {
  std::array<float, kEchoBands> over{};
  for (std::size_t band = 0; band < kEchoBands; ++band) {
    over[band] = microphone_[band] - std::max(expected(band), noise_[band]);
  }
  std::nth_element(over.begin(), over.begin() + 1, over.end());
  const float unlearnt = 1 - static_cast<float>(compared_) / static_cast<float>(kSureFrames);
  return over[1] - options_.unlearnt_db * std::max(0.0F, unlearnt);
}

void EchoGuard::learn() {
  if (!audible_) {
    audible_frames_ = 0;
    since_onset_ = -1;
    return;
  }
  note_peaks();
  ++audible_frames_;
  if (may_be_person()) return;
  compare();
  // What is played now may take the whole window to come back.
  if (audible_frames_ <= static_cast<int>(kEchoShifts)) return;
  bound();
  ++compared_;
  const float factor = compared_ < kLearntFrames ? kStepFactorQuick : 1.0F;
  for (std::size_t band = 0; band < kEchoBands; ++band) {
    const bool clear = microphone_[band] > noise_[band] + kOverNoiseDb;
    if (loudest_[band] > kAudibleDbfs) {
      wide_[band] = stepped(wide_[band], microphone_[band] - loudest_[band], factor, clear);
    }
    if (delay_known_ && tail_[band] > kAudibleDbfs) {
      narrow_[band] = stepped(narrow_[band], microphone_[band] - tail_[band], factor, clear);
    }
  }
}

bool EchoGuard::may_be_person() {
  const bool above = excess_ >= kPersonDb;
  if (since_onset_ >= 0) ++since_onset_;
  if (since_onset_ < 0 || since_onset_ > kDoubtedUntilFrames) since_onset_ = above ? 0 : -1;
  return since_onset_ >= 0 && since_onset_ < (above ? kDoubtedAfterFrames : kUndecidedFrames);
}

void EchoGuard::note_peaks() {
  if (audible_frames_ == 0) {
    microphone_peak_ = all_bands(kNothingDbfs);
    reference_peak_ = all_bands(kNothingDbfs);
  }
  for (std::size_t band = 0; band < kEchoBands; ++band) {
    const float arrived = history_.band(band)[kEchoShifts];
    microphone_peak_[band] = std::max(microphone_peak_[band], microphone_[band]);
    reference_peak_[band] = std::max(reference_peak_[band], arrived);
  }
}

void EchoGuard::compare() {
  shifts_.push(microphone_, history_);
  if (shifts_.frames_compared() < kComparedFramesMin) return;
  if (shifts_.agreement() < kAgreementLost) delay_known_ = false;
  if (shifts_.agreement() < kAgreementFound) return;
  const std::size_t best = shifts_.best_shift();
  if (!delay_known_) {
    delay_known_ = true;
    delay_ = best;
    // Where the loudspeaker was changed, this ends the surprise at once.
    for (std::size_t band = 0; band < kEchoBands; ++band) {
      const float seen = shifts_.expected_over(band, loudest_[band]);
      wide_[band] = std::min(kCouplingMaxDb, std::max(wide_[band], seen));
      narrow_[band] = wide_[band] + kNarrowOverWideDb;
    }
  }
  const std::size_t apart = best > rival_ ? best - rival_ : rival_ - best;
  if (apart > 1) rival_frames_ = 0;
  rival_ = best;
  if (++rival_frames_ >= kDelaySteadyFrames) delay_ = best;
}

// In the first seconds: whatever the delay, the loudest of the reply that is older than the window
// has arrived, and was no louder than the loudest that the microphone held since.
void EchoGuard::bound() {
  if (compared_ >= kLearntFrames) return;
  for (std::size_t band = 0; band < kEchoBands; ++band) {
    if (reference_peak_[band] < kAudibleDbfs) continue;
    const float seen = microphone_peak_[band] - reference_peak_[band] + kFirstBoundSlackDb;
    wide_[band] = std::max(kCouplingMinDb, std::min(wide_[band], seen));
  }
}

}  // namespace livegate::audio
