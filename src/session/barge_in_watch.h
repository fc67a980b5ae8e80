// The microphone while a reply plays: onset detector, echo guard and barge-in decision, asked in
// the order that they want.
//
// Decides nothing of its own. Leaves to the session what a step is answered with, to Uplink what
// becomes of the speech. Nothing allocates after construction.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

#include "audio/echo_guard.h"
#include "audio/onset.h"
#include "turn/barge_in.h"

namespace livegate::session {

inline constexpr std::size_t kWatchFrameSamples = audio::kOnsetFrameSamples;  // 10 ms at 16 kHz

class BargeInWatch {
 public:
  // Without `echo_guard` the client is trusted to cancel the reply's echo itself.
  BargeInWatch(const turn::BargeInOptions& options, bool echo_guard)
      : echo_guard_(echo_guard), echo_margin_db_(options.stop_excess_db), barge_in_(options) {}

  void begin_reply() {
    barge_in_.start();
    if (echo_guard_) echo_.begin_turn();
  }
  // What the client plays; nothing where nobody asks.
  [[nodiscard]] audio::EchoGuard* reference() { return echo_guard_ ? &echo_ : nullptr; }

  // The next kWatchFrameSamples of the microphone, which arrived at `now`. Returns what the speech
  // detector is to hear of them, valid until the next call: the echo is turned down.
  std::span<const std::int16_t> hear(std::span<const std::int16_t> frame, Instant now) {
    onset_heard_ = onset_.push(frame);
    if (!echo_guard_) return frame;
    excess_db_ = echo_.excess_db(frame, now);
    if (excess_db_ >= audio::kNoEchoDb) return frame;
    std::ranges::copy(frame, for_detector_.begin());
    echo_.suppress(for_detector_);
    return for_detector_;
  }
  // What that frame means for `reply`; `speech`: the detector's newest answer.
  turn::BargeInStep decide(float speech, const turn::PlayingReply& reply) {
    return barge_in_.push({.speech = speech,
                           .level_dbfs = onset_.level_dbfs(),
                           .excess_db = excess_db_,
                           .onset = onset_heard_},
                          reply);
  }
  // The frame is no more than the reply's echo may be.
  [[nodiscard]] bool is_echo() const { return excess_db_ < echo_margin_db_; }

  // Another stream begins.
  void reset() {
    onset_.reset();
    barge_in_.start();
  }

 private:
  bool echo_guard_;
  float echo_margin_db_;
  audio::Onset onset_;
  audio::EchoGuard echo_;
  turn::BargeIn barge_in_;
  float excess_db_ = audio::kNoEchoDb;
  bool onset_heard_ = false;
  std::array<std::int16_t, kWatchFrameSamples> for_detector_{};
};

}  // namespace livegate::session
