// A look at what the microphone was found to hold, or a hand in it: recorded, it makes a session
// repeatable without its audio (recording/).
#pragma once

#include <memory>

#include "audio/ear.h"

namespace livegate::session {

// Of one frame of the microphone beside a playing reply.
struct WatchedFrame {
  float excess_db;  // over the reply's echo
  bool onset;
};

class HearingTap {
 public:
  virtual ~HearingTap() = default;
  // In place of the ear that is configured; null: that one.
  virtual std::unique_ptr<audio::Ear> ear() { return nullptr; }
  // May be looked at, or changed before anything is decided by it.
  virtual void on_block(audio::Heard& heard) = 0;
  virtual void on_frame(WatchedFrame& frame) = 0;
};

}  // namespace livegate::session
