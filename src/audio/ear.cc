#include "audio/ear.h"

#include <utility>

#include "audio/detector.h"
#include "audio/pcm.h"
#include "base/check.h"

namespace livegate::audio {
namespace {

class DetectorEar final : public Ear {
 public:
  explicit DetectorEar(std::unique_ptr<Detector> detector)
      : detector_(std::move(detector)),
        length_(static_cast<std::int64_t>(detector_->block_samples()) * 1000 / kUplinkRateHz) {}

  [[nodiscard]] std::size_t block_samples() const override { return detector_->block_samples(); }
  [[nodiscard]] Heard hear(std::span<const std::int16_t> block) override {
    return {length_, detector_->probability(block), static_cast<float>(level_dbfs(block))};
  }
  void attend(bool /*closely*/) override {}
  void reset() override { detector_->reset(); }

 private:
  std::unique_ptr<Detector> detector_;
  Millis length_;
};

}  // namespace

std::unique_ptr<Ear> make_ear(const EarOptions& options) {
  switch (options.kind) {
    case EarKind::webrtc:
      return std::make_unique<DetectorEar>(
          make_detector(make_webrtc_vad(options.aggressiveness, options.frame_ms)));
    case EarKind::energy:
    case EarKind::floor:
      return std::make_unique<DetectorEar>(
          make_detector(make_energy_vad(options.energy_threshold, options.frame_ms)));
    case EarKind::silero:
      LIVEGATE_CHECK(options.model != nullptr);
      return std::make_unique<DetectorEar>(make_silero_detector(options.model));
  }
  return nullptr;
}

}  // namespace livegate::audio
