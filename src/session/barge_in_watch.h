// The microphone while a reply plays: onset detector, echo guard and barge-in decision, fed in the
// order that they want.
//
// Decides nothing of its own. Leaves to the session what a step is answered with, to Uplink what
// becomes of the speech. Nothing allocates after construction.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>

#include "audio/echo_guard.h"
#include "audio/framer.h"
#include "audio/onset.h"
#include "turn/barge_in.h"

namespace livegate::session {

class BargeInWatch {
 public:
  explicit BargeInWatch(const turn::BargeInOptions& options)
      : echo_margin_db_(options.stop_excess_db),
        barge_in_(options),
        framer_(audio::kOnsetFrameSamples) {}

  // What the client plays.
  [[nodiscard]] audio::EchoGuard& reference() { return echo_; }

  // Microphone samples at 16 kHz that arrived at `now`; `speech`: the detector's newest answer.
  // Calls `on_step` for every duck, restore and stop.
  template <class OnStep>
  void push(std::span<const std::int16_t> samples, float speech, Instant now,
            const turn::PlayingReply& reply, OnStep&& on_step) {
    framer_.push(samples, [&](std::span<const std::int16_t> frame) {
      excess_db_ = echo_.excess_db(frame, now);
      const bool onset = onset_.push(frame);
      const turn::BargeInStep step = barge_in_.push({.speech = speech,
                                                     .level_dbfs = onset_.level_dbfs(),
                                                     .excess_db = excess_db_,
                                                     .onset = onset},
                                                    reply);
      if (step != turn::BargeInStep::none) on_step(step);
    });
  }

  // What the microphone holds now is no more than the reply's echo may be.
  [[nodiscard]] bool is_echo() const { return excess_db_ < echo_margin_db_; }

  void reset() {
    framer_.reset();
    onset_.reset();
    barge_in_.start();
  }

 private:
  float echo_margin_db_;
  audio::Onset onset_;
  audio::EchoGuard echo_;
  turn::BargeIn barge_in_;
  audio::Framer framer_;
  float excess_db_ = audio::kNoEchoDb;
};

}  // namespace livegate::session
