// The ear that hears with the Silero network: what is done to the samples before it, how many
// copies of it listen, and when they may sleep.
//
// The network sees blocks of 32 ms; several copies, each begun 8 ms after the one before, give an
// answer every 8 ms. A high-pass before them takes away the rumble that misleads them, and a
// little gain lets them hear the faint. Measured in bench/evidence/hearing.md.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "audio/detector.h"
#include "audio/ear.h"
#include "audio/preroll.h"
#include "audio/silero.h"
#include "base/level_floor.h"

namespace livegate::audio {

// Takes away what lies below speech and raises the rest, sample by sample.
class VoiceFilter {
 public:
  static constexpr double kCutoffHz = 120;
  static constexpr double kGain = 1.5;

  VoiceFilter();
  // Writes as many samples as it reads; what exceeds 16 bits is clipped. `out` may be `in`.
  void process(std::span<const std::int16_t> in, std::span<std::int16_t> out);
  void reset() { x1_ = x2_ = y1_ = y2_ = 0; }

 private:
  double b0_, b1_, a1_, a2_;  // Butterworth, second order; b2 is b0
  double x1_ = 0, x2_ = 0, y1_ = 0, y2_ = 0;
};

class VoiceEar final : public Ear {
 public:
  static constexpr std::size_t kBlockSamples = 128;  // 8 ms

  // `tier`: fast one copy, every 32 ms; balanced and careful four. Fast and balanced sleep while
  // the level stays at the floor and nobody attends closely; of balanced, two sleep while somebody
  // does.
  VoiceEar(std::shared_ptr<const SileroModel> model, Tier tier);

  [[nodiscard]] std::size_t block_samples() const override { return kBlockSamples; }
  // The level is that of the filtered block, before the gain.
  [[nodiscard]] Heard hear(std::span<const std::int16_t> block) override;
  void attend(bool closely) override {
    if (attended_ && !closely) awake_ = false;  // those that slept listen to what they missed
    attended_ = closely;
  }
  void reset() override;

  // Blocks of the network computed so far, over all copies: what the tiers save.
  [[nodiscard]] std::uint64_t network_blocks() const { return network_blocks_; }

 private:
  static constexpr std::size_t kPhases = kSileroBlockSamples / kBlockSamples;

  [[nodiscard]] bool is_awake(float level_dbfs);
  void listen(std::size_t blocks_back);
  void catch_up();

  bool sleeps_;
  VoiceFilter filter_;
  Preroll heard_;  // filtered, as far back as a copy that wakes listens
  std::vector<SileroStream> copies_;
  std::uint64_t blocks_ = 0;  // heard since the stream began
  LevelFloor floor_;
  std::size_t loud_ = 0;  // blocks until it falls asleep
  bool awake_ = false;
  bool attended_ = false;
  float speech_ = 0;
  std::uint64_t network_blocks_ = 0;
};

// The network behind the filter, block by block of 32 ms, for those who want frames.
[[nodiscard]] std::unique_ptr<Detector> make_filtered_silero_detector(
    std::shared_ptr<const SileroModel> model);

}  // namespace livegate::audio
