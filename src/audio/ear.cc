#include "audio/ear.h"

#include <utility>

#include "audio/pcm.h"
#include "audio/voice_ear.h"

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

std::unique_ptr<Ear> make_ear(std::unique_ptr<Detector> detector) {
  return std::make_unique<DetectorEar>(std::move(detector));
}

std::unique_ptr<Ear> make_ear(const EarOptions& options) {
  switch (options.kind) {
    case EarKind::webrtc:
      return make_ear(make_detector(make_webrtc_vad(options.aggressiveness, options.frame_ms)));
    case EarKind::floor:
      return make_ear(make_detector(make_floor_vad(options.floor_rise_db, options.frame_ms)));
    case EarKind::energy:
      return make_ear(make_detector(make_energy_vad(options.energy_threshold, options.frame_ms)));
    case EarKind::silero:
      return std::make_unique<VoiceEar>(options.model, options.tier);
  }
  return nullptr;
}

}  // namespace livegate::audio
