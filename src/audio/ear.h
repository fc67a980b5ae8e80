// Hears one stream: from samples to how likely speech is and how loud it is, block by block.
//
// Decides which detectors run on which block, by a cost tier. Leaves to turn/endpointer.h when
// speech begins and ends, and to audio/preroll.h what is kept of it. Audio time, no clock, and
// nothing allocates per block.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "audio/detector.h"
#include "audio/silero.h"
#include "audio/vad.h"
#include "base/instant.h"

namespace livegate::audio {

// What was heard in one block.
struct Heard {
  Millis length{};         // of the block
  float speech = 0;        // probability 0..1; of yes/no detectors 0 or 1
  float level_dbfs = -96;  // RMS of the block; -96 and lower is digital silence
};

// What hearing may cost.
enum class Tier : std::uint8_t {
  fast,      // the network every 32 ms, and only while it is not as quiet as the background
  balanced,  // every 8 ms, and only while it is not as quiet as the background
  careful,   // every 8 ms throughout
};

enum class EarKind : std::uint8_t {
  webrtc,  // yes or no by the WebRTC detector
  energy,  // yes or no by RMS over a fixed share of full scale
  floor,   // yes or no by RMS over a floor that follows the background
  silero,  // probabilities by the network
};

struct EarOptions {
  EarKind kind = EarKind::silero;
  Tier tier = Tier::balanced;                  // of silero; the others have but one price
  std::shared_ptr<const SileroModel> model;    // of silero, which needs it (LIVEGATE_CHECK)
  int aggressiveness = 3;                      // of webrtc, 0..3
  double energy_threshold = kEnergyThreshold;  // of energy
  double floor_rise_db = kFloorRiseDb;         // of floor
  int frame_ms = 20;                           // of all but silero: 10, 20 or 30
};

class Ear {
 public:
  virtual ~Ear() = default;
  [[nodiscard]] virtual std::size_t block_samples() const = 0;
  // `block`: exactly block_samples() mono samples at 16 kHz (LIVEGATE_CHECK), read during the call
  // only.
  [[nodiscard]] virtual Heard hear(std::span<const std::int16_t> block) = 0;
  // While `closely`, the network runs on every block whatever the tier: a turn is open, or a reply
  // plays that may be interrupted. Costs nothing where there is no network.
  virtual void attend(bool closely) = 0;
  // Forgets the stream: what comes next is another one.
  virtual void reset() = 0;
};

[[nodiscard]] std::unique_ptr<Ear> make_ear(const EarOptions& options);
// Any detector as an ear; its level is that of the block as it came.
[[nodiscard]] std::unique_ptr<Ear> make_ear(std::unique_ptr<Detector> detector);

}  // namespace livegate::audio
