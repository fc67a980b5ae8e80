// Who and what takes part: the people of the development set, replies by synthetic voices and by
// other people's recordings, and everything that is no interruption. Decides levels: people and
// replies are equally loud, -26 dBFS while they speak.
#pragma once

#include <string>
#include <vector>

#include "sounds.h"

namespace livegate::bench {

inline constexpr double kVoiceDbfs = -26;
inline constexpr double kRoomDbfs = -66;  // of a room where the recording tells nothing of it

struct Reply {
  std::string source;         // recordings by the same people must not interrupt themselves
  Sound sent;                 // at 24 kHz
  std::vector<Sound> played;  // the same at 16 kHz, through a loudspeaker in each of some rooms
};

// Something that is no interruption, over as long as asked for.
struct Disturbance {
  std::string name;
  std::vector<Sound> pieces;  // one at a time, with pauses; else one that is looped
  bool looped = false;
};

struct Cast {
  std::vector<Speech> people;
  std::vector<Reply> replies;
  std::vector<Disturbance> disturbances;
};

// The part of a recording's name that says where it comes from.
[[nodiscard]] std::string source_of(const std::string& name);
// `folder`: of labelled recordings. Ends the program with one sentence if it is none.
[[nodiscard]] Cast gather(const std::string& folder, std::uint64_t seed);
[[nodiscard]] Sound disturb(const Disturbance& by, Rng& rng, std::size_t samples);

}  // namespace livegate::bench
