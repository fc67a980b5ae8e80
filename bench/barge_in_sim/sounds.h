// Sounds of the simulated world: recordings and their labels, levels, rooms, and what people do
// beside speaking. Decides nothing about calls; all of it is mono float at 16 kHz, 1 = full scale,
// and follows from its seed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/rng.h"

namespace livegate::bench {

using Sound = std::vector<float>;
inline constexpr std::size_t kRateHz = 16000;
inline constexpr std::size_t kPerMilli = kRateHz / 1000;

// A recording of a person. `from`, `to`: samples of the first and after the last labelled speech.
struct Speech {
  std::string name;
  Sound sound;
  std::vector<bool> speaking;  // for each 10 ms
  std::size_t from = 0, to = 0;
};

// Both end the program with one sentence if the file cannot be read.
[[nodiscard]] Sound read_wav(const std::string& path);
[[nodiscard]] Speech read_speech(const std::string& folder, const std::string& name);

[[nodiscard]] Sound to_float(const std::vector<std::int16_t>& samples);
[[nodiscard]] Sound resampled(const Sound& sound, int from_hz, int to_hz);

// Level in dBFS of the loud part: the 10 ms frames within 20 dB of the loudest.
[[nodiscard]] double active_dbfs(const Sound& sound);
void amplify(Sound& sound, double db);
// Adds `what` from sample `at` on, as far as `to` is long.
void mix(Sound& to, const Sound& what, std::size_t at, double db = 0);

[[nodiscard]] Sound white(Rng& rng, std::size_t samples, double dbfs);
// The recording's own background, as long as asked for: grains of where nobody speaks.
[[nodiscard]] Sound background_of(const Speech& speech, Rng& rng, std::size_t samples);
// What is heard where nobody speaks is taken for granted in `speech`: a recording that begins with
// its own background for `lead` samples and ends with it after another `lead`.
[[nodiscard]] Sound in_its_room(const Speech& speech, Rng& rng, std::size_t lead);

// Two hummed syllables, or one.
[[nodiscard]] Sound mhm(Rng& rng);
// A burst, then voiced breath that dies away.
[[nodiscard]] Sound cough(Rng& rng);
[[nodiscard]] Sound click(Rng& rng);

// A small loudspeaker in a room: no bass, a little distortion, reflections that die away by 60 dB
// in `decay_ms`. The strongest path is 0 dB.
[[nodiscard]] Sound through_room(const Sound& played, Rng& rng, double decay_ms);

}  // namespace livegate::bench
