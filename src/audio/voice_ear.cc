#include "audio/voice_ear.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#include "audio/pcm.h"
#include "base/check.h"

namespace livegate::audio {
namespace {

constexpr Millis kBlock{VoiceEar::kBlockSamples * 1000 / kUplinkRateHz};

// A copy that wakes first listens to so much of what it slept through: where speech begins softly,
// the level rises after its first sound. It goes on from what it remembers of the background; one
// that began anew would take the first noise for speech four times as often.
constexpr std::size_t kCatchUpBlocks = 32;  // 256 ms
// Awake from the first block that lies so far above the floor...
constexpr float kWakeDb = 4;
// ... or from a probability of so much, until so long after the last.
constexpr float kWakeSpeech = 0.1F;
constexpr std::size_t kAwakeBlocks = 63;  // 504 ms

// lround() for what fits, without the call and without a branch.
std::int16_t rounded(double value) {
  return static_cast<std::int16_t>(static_cast<int>(value + std::copysign(0.5, value)));
}

}  // namespace

VoiceFilter::VoiceFilter() {
  const double turn = 2 * std::numbers::pi * kCutoffHz / kUplinkRateHz;
  const double alpha = std::sin(turn) / std::numbers::sqrt2;
  const double scale = 1 / (1 + alpha);
  b0_ = (1 + std::cos(turn)) / 2 * scale;
  b1_ = -2 * b0_;
  a1_ = -2 * std::cos(turn) * scale;
  a2_ = (1 - alpha) * scale;
}

void VoiceFilter::process(std::span<const std::int16_t> in, std::span<std::int16_t> out) {
  LIVEGATE_CHECK(in.size() == out.size());
  for (std::size_t i = 0; i < in.size(); ++i) {
    const double x = in[i];
    // What depends on the sample just made comes last: the next one waits for nothing else.
    const double y = b0_ * (x + x2_) + b1_ * x1_ - a2_ * y2_ - a1_ * y1_;
    x2_ = std::exchange(x1_, x);
    y2_ = std::exchange(y1_, y);
    out[i] = rounded(std::clamp(y * kGain, -32768.0, 32767.0));
  }
}

VoiceEar::VoiceEar(std::shared_ptr<const SileroModel> model, Tier tier)
    : sleeps_(tier != Tier::careful),
      heard_(kSileroBlockSamples + (sleeps_ ? kCatchUpBlocks * kBlockSamples : 0)) {
  LIVEGATE_CHECK(model != nullptr);
  const std::size_t copies = tier == Tier::fast ? 1 : kPhases;
  copies_.reserve(copies);
  for (std::size_t i = 0; i < copies; ++i) copies_.emplace_back(model);
}

Heard VoiceEar::hear(std::span<const std::int16_t> block) {
  LIVEGATE_CHECK(block.size() == kBlockSamples);
  std::array<std::int16_t, kBlockSamples> filtered;
  filter_.process(block, filtered);
  heard_.push(filtered);
  ++blocks_;
  const double gain_db = 20 * std::log10(VoiceFilter::kGain);
  const auto level = static_cast<float>(level_dbfs(filtered) - gain_db);
  const bool was_awake = std::exchange(awake_, is_awake(level));
  if (!awake_) {
    speech_ = 0;
  } else if (!was_awake) {
    catch_up();
  } else {
    listen(0);
  }
  return {kBlock, speech_, level};
}

bool VoiceEar::is_awake(float level_dbfs) {
  floor_.push(kBlock, level_dbfs);
  const bool is_new = blocks_ == 1;  // of which no background is known
  const bool loud = level_dbfs >= floor_.dbfs() + kWakeDb;
  if (is_new || loud || speech_ >= kWakeSpeech) loud_ = kAwakeBlocks;
  if (loud_ > 0) --loud_;
  return !sleeps_ || attended_ || loud_ > 0;
}

// The copy whose turn it was `blocks_back` blocks ago hears the 32 ms that ended then.
void VoiceEar::listen(std::size_t blocks_back) {
  const std::size_t phase = (blocks_ - blocks_back) % kPhases;
  if (phase >= copies_.size()) return;
  // Only the begin is heard sooner by all of them; an answer every 16 ms finds the end.
  if (attended_ && sleeps_ && phase % 2 != 0) return;
  std::array<std::int16_t, kSileroBlockSamples> block;
  if (!heard_.copy(blocks_back * kBlockSamples, block)) return;  // the stream is younger than that
  speech_ = copies_[phase].push(block);
  ++network_blocks_;
}

void VoiceEar::catch_up() {
  for (std::size_t back = kCatchUpBlocks + 1; back > 0; --back) listen(back - 1);
}

void VoiceEar::reset() {
  filter_.reset();
  heard_.clear();
  for (SileroStream& copy : copies_) copy.reset();
  blocks_ = 0;
  floor_.reset();
  loud_ = 0;
  awake_ = attended_ = false;
  speech_ = 0;
}

namespace {

class FilteredSileroDetector final : public Detector {
 public:
  explicit FilteredSileroDetector(std::shared_ptr<const SileroModel> model)
      : stream_(std::move(model)) {}

  [[nodiscard]] std::size_t block_samples() const override { return kSileroBlockSamples; }
  [[nodiscard]] float probability(std::span<const std::int16_t> block) override {
    filter_.process(block, filtered_);
    return stream_.push(filtered_);
  }
  void reset() override {
    filter_.reset();
    stream_.reset();
  }

 private:
  VoiceFilter filter_;
  std::array<std::int16_t, kSileroBlockSamples> filtered_{};
  SileroStream stream_;
};

}  // namespace

std::unique_ptr<Detector> make_filtered_silero_detector(std::shared_ptr<const SileroModel> model) {
  return std::make_unique<FilteredSileroDetector>(std::move(model));
}

}  // namespace livegate::audio
