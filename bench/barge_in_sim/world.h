// One client and one gateway in simulated time: the client plays what it is sent, late, into a room
// with a microphone; the gateway hears that and decides. Decides nothing itself: the deciding is
// audio::Onset, audio::EchoGuard, audio::Detector and turn::BargeIn, called as the session calls
// them.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "audio/ear.h"
#include "audio/echo_guard.h"
#include "audio/onset.h"
#include "base/instant.h"
#include "base/rng.h"
#include "sounds.h"
#include "turn/barge_in.h"

namespace livegate::bench {

// How a client plays and what comes back of it.
struct Loudspeaker {
  std::optional<double> echo_db{};  // of the reply at the microphone; nothing: headphones
  Millis delay{150};                // sent -> heard by the microphone, uplink included
  bool reports = true;              // every 100 ms, 0 to 60 ms late
  double drift = 0;                 // reports run faster or slower than the sound, as a share
};

// What happens over one reply. The person's sound is as long as it likes; times are audio time of
// the microphone, from the moment that the reply was sent.
struct Scene {
  const Sound* reply = nullptr;         // at 24 kHz
  const Sound* played = nullptr;        // the same at 16 kHz, through loudspeaker and room
  const Sound* surroundings = nullptr;  // what else the microphone hears
  bool goes_on_after_stop = false;      // nobody speaks: a stop is false, and the next may follow
};

struct Step {
  turn::BargeInStep step;
  Millis at;  // when it was known: at the end of the packet, network left out
};

class World {
 public:
  // `model`: none for the WebRTC detector.
  World(std::shared_ptr<const audio::SileroModel> model, const turn::BargeInOptions& barge_in,
        const Loudspeaker& loudspeaker, std::uint64_t seed);

  // Plays one reply; the learning of all earlier ones stays.
  std::vector<Step> play(const Scene& scene);

  [[nodiscard]] const audio::EchoGuard& guard() const { return guard_; }
  // For looking at what the guard does: called for each 10 ms.
  std::function<void(Millis at, float excess_db, float speech, bool onset)> watch;

 private:
  struct Run;
  void send(Run& run);
  void report(Run& run);
  void hear(Run& run);

  Loudspeaker loudspeaker_;
  Rng rng_;
  audio::EchoGuard guard_;
  audio::Onset onset_;
  std::unique_ptr<audio::Ear> ear_;
  turn::BargeIn barge_in_;
  std::vector<std::int16_t> block_;
  float speech_ = 0;
  Instant now_{1h};
  bool first_ = true;
};

}  // namespace livegate::bench
