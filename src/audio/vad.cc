#include "audio/vad.h"

#include "audio/pcm.h"
#include "base/check.h"
#include "base/level_floor.h"

// The library exports these with C linkage but installs no header for them; they are its detector
// itself, without the buffers of its AudioProcessing class (the verdicts are the same, frame by
// frame).
extern "C" {
struct WebRtcVadInst;
WebRtcVadInst* WebRtcVad_Create();
void WebRtcVad_Free(WebRtcVadInst* handle);
int WebRtcVad_Init(WebRtcVadInst* handle);
int WebRtcVad_set_mode(WebRtcVadInst* handle, int mode);
int WebRtcVad_Process(WebRtcVadInst* handle, int rate_hz, const std::int16_t* frame,
                      std::size_t samples);
}

namespace livegate::audio {
namespace {

std::size_t samples_of(int frame_ms) {
  LIVEGATE_CHECK(frame_ms == 10 || frame_ms == 20 || frame_ms == 30);
  return static_cast<std::size_t>(frame_ms) * (kUplinkRateHz / 1000);
}

class WebRtcVad final : public Vad {
 public:
  WebRtcVad(int aggressiveness, int frame_ms)
      : aggressiveness_(aggressiveness), frame_samples_(samples_of(frame_ms)) {
    LIVEGATE_CHECK(aggressiveness >= 0 && aggressiveness <= 3);
    handle_.reset(WebRtcVad_Create());
    LIVEGATE_CHECK(handle_ != nullptr);
    WebRtcVad::reset();
  }

  [[nodiscard]] std::size_t frame_samples() const override { return frame_samples_; }

  [[nodiscard]] bool is_speech(std::span<const std::int16_t> frame) override {
    LIVEGATE_CHECK(frame.size() == frame_samples_);
    const int verdict = WebRtcVad_Process(handle_.get(), kUplinkRateHz, frame.data(), frame.size());
    LIVEGATE_CHECK(verdict >= 0);
    return verdict == 1;
  }

  void reset() override {
    LIVEGATE_CHECK(WebRtcVad_Init(handle_.get()) == 0);  // also sets the aggressiveness to 0
    LIVEGATE_CHECK(WebRtcVad_set_mode(handle_.get(), aggressiveness_) == 0);
  }

 private:
  struct Free {
    void operator()(WebRtcVadInst* handle) const { WebRtcVad_Free(handle); }
  };
  int aggressiveness_;
  std::size_t frame_samples_;
  std::unique_ptr<WebRtcVadInst, Free> handle_;
};

class EnergyVad final : public Vad {
 public:
  EnergyVad(double threshold, int frame_ms)
      : threshold_(threshold), frame_samples_(samples_of(frame_ms)) {
    LIVEGATE_CHECK(threshold > 0.0 && threshold < 1.0);
  }

  [[nodiscard]] std::size_t frame_samples() const override { return frame_samples_; }

  [[nodiscard]] bool is_speech(std::span<const std::int16_t> frame) override {
    LIVEGATE_CHECK(frame.size() == frame_samples_);
    return rms(frame) > threshold_;
  }

  void reset() override {}  // it learns nothing

 private:
  double threshold_;
  std::size_t frame_samples_;
};

class FloorVad final : public Vad {
 public:
  FloorVad(double rise_db, int frame_ms)
      : rise_db_(static_cast<float>(rise_db)),
        frame_(frame_ms),
        frame_samples_(samples_of(frame_ms)) {
    LIVEGATE_CHECK(rise_db > 0.0);
  }

  [[nodiscard]] std::size_t frame_samples() const override { return frame_samples_; }

  [[nodiscard]] bool is_speech(std::span<const std::int16_t> frame) override {
    LIVEGATE_CHECK(frame.size() == frame_samples_);
    const auto level = static_cast<float>(level_dbfs(frame));
    return level >= floor_.push(frame_, level) + rise_db_;
  }

  void reset() override { floor_.reset(); }

 private:
  float rise_db_;
  Millis frame_;
  std::size_t frame_samples_;
  LevelFloor floor_;
};

}  // namespace

std::unique_ptr<Vad> make_floor_vad(double rise_db, int frame_ms) {
  return std::make_unique<FloorVad>(rise_db, frame_ms);
}

std::unique_ptr<Vad> make_webrtc_vad(int aggressiveness, int frame_ms) {
  return std::make_unique<WebRtcVad>(aggressiveness, frame_ms);
}

std::unique_ptr<Vad> make_energy_vad(double threshold, int frame_ms) {
  return std::make_unique<EnergyVad>(threshold, frame_ms);
}

}  // namespace livegate::audio
