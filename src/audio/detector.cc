#include "audio/detector.h"

#include <utility>

#include "base/check.h"

namespace livegate::audio {
namespace {

class SileroDetector final : public Detector {
 public:
  explicit SileroDetector(std::shared_ptr<const SileroModel> model) : stream_(std::move(model)) {}

  [[nodiscard]] std::size_t block_samples() const override { return kSileroBlockSamples; }
  [[nodiscard]] float probability(std::span<const std::int16_t> block) override {
    return stream_.push(block);
  }
  void reset() override { stream_.reset(); }

 private:
  SileroStream stream_;
};

class VerdictDetector final : public Detector {
 public:
  explicit VerdictDetector(std::unique_ptr<Vad> vad) : vad_(std::move(vad)) {
    LIVEGATE_CHECK(vad_ != nullptr);
  }

  [[nodiscard]] std::size_t block_samples() const override { return vad_->frame_samples(); }
  [[nodiscard]] float probability(std::span<const std::int16_t> block) override {
    return vad_->is_speech(block) ? 1.0F : 0.0F;
  }
  void reset() override { vad_->reset(); }

 private:
  std::unique_ptr<Vad> vad_;
};

class ThresholdVad final : public Vad {
 public:
  ThresholdVad(std::unique_ptr<Detector> detector, const Thresholds& thresholds)
      : detector_(std::move(detector)), thresholds_(thresholds) {
    LIVEGATE_CHECK(detector_ != nullptr);
    LIVEGATE_CHECK(thresholds.off > 0.0F && thresholds.off <= thresholds.on &&
                   thresholds.on <= 1.0F);
  }

  [[nodiscard]] std::size_t frame_samples() const override { return detector_->block_samples(); }
  [[nodiscard]] bool is_speech(std::span<const std::int16_t> frame) override {
    const float probability = detector_->probability(frame);
    speech_ = probability >= (speech_ ? thresholds_.off : thresholds_.on);
    return speech_;
  }
  void reset() override {
    detector_->reset();
    speech_ = false;
  }

 private:
  std::unique_ptr<Detector> detector_;
  Thresholds thresholds_;
  bool speech_ = false;
};

}  // namespace

std::unique_ptr<Detector> make_silero_detector(std::shared_ptr<const SileroModel> model) {
  return std::make_unique<SileroDetector>(std::move(model));
}

std::unique_ptr<Detector> make_detector(std::unique_ptr<Vad> vad) {
  return std::make_unique<VerdictDetector>(std::move(vad));
}

std::unique_ptr<Vad> make_vad(std::unique_ptr<Detector> detector, const Thresholds& thresholds) {
  return std::make_unique<ThresholdVad>(std::move(detector), thresholds);
}

}  // namespace livegate::audio
