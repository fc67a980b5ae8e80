// The microphone while a reply plays: onset detector, echo guard and barge-in decision, asked in
// the order that they want.
//
// Decides nothing of its own. Leaves to the session what a step is answered with, to Uplink what
// becomes of the speech. Nothing allocates after construction but what the first reply needs.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <span>

#include "audio/echo_guard.h"
#include "audio/onset.h"
#include "session/hearing_tap.h"
#include "session/session_config.h"
#include "turn/barge_in.h"

namespace livegate::session {

inline constexpr std::size_t kWatchFrameSamples = audio::kOnsetFrameSamples;  // 10 ms at 16 kHz

class BargeInWatch {
 public:
  explicit BargeInWatch(const UplinkOptions& options)
      : tap_(options.tap),
        echo_margin_db_(options.barge_in.stop_excess_db),
        expected_echo_(expected_echo(options)),
        guards_(options.echo_guard),
        barge_in_(barge_in_options(options)) {}

  void begin_reply() {
    barge_in_.start();
    if (echo_) echo_->begin_turn();
  }
  // What the client plays; nothing where nobody asks.
  [[nodiscard]] audio::EchoGuard* reference() {
    if (guards_ && !echo_) echo_ = std::make_unique<audio::EchoGuard>(expected_echo_);
    return echo_.get();
  }

  // The next kWatchFrameSamples of the microphone, which arrived at `now`; whether a reply plays
  // meanwhile. Returns what the speech detector is to hear of them, valid until the next call: the
  // echo is turned down.
  std::span<const std::int16_t> hear(std::span<const std::int16_t> frame, Instant now,
                                     bool playing) {
    const auto for_detector = listen(frame, now, playing);
    if (tap_ != nullptr && echo_frames_left_ > 0) {
      WatchedFrame watched{.excess_db = excess_db_, .onset = onset_heard_};
      tap_->on_frame(watched);
      excess_db_ = watched.excess_db;
      onset_heard_ = watched.onset;
    }
    return for_detector;
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
  std::span<const std::int16_t> listen(std::span<const std::int16_t> frame, Instant now,
                                       bool playing) {
    onset_heard_ = onset_.push(frame);
    echo_frames_left_ = playing ? kEchoFrames : echo_frames_left_ - (echo_frames_left_ > 0);
    if (!echo_ || echo_frames_left_ == 0) {
      excess_db_ = audio::kNoEchoDb;
      return frame;
    }
    excess_db_ = echo_->excess_db(frame, now);
    if (excess_db_ >= audio::kNoEchoDb) return frame;
    std::ranges::copy(frame, for_detector_.begin());
    echo_->suppress(for_detector_);
    return for_detector_;
  }
  static constexpr int kEchoFrames = 150;  // after a reply: its echo comes late, and dies away

  // What browsers leave of an echo is 30 dB and more below the reply; where there is more all the
  // same, the guard learns it.
  static audio::EchoGuardOptions expected_echo(const UplinkOptions& options) {
    audio::EchoGuardOptions expected;
    if (options.echo_cancelled) {
      expected.coupling_at_first_db = -30;
      expected.unlearnt_db = 0;
    }
    return expected;
  }
  static turn::BargeInOptions barge_in_options(const UplinkOptions& options) {
    turn::BargeInOptions barge_in = options.barge_in;
    if (options.echo_cancelled || !options.echo_guard) barge_in.first_reply_excess_db = 0;
    return barge_in;
  }

  HearingTap* tap_;
  float echo_margin_db_;
  audio::EchoGuardOptions expected_echo_;
  bool guards_;
  audio::Onset onset_;
  // 6 kB and up, from the first reply on; without, the client is trusted.
  std::unique_ptr<audio::EchoGuard> echo_;
  turn::BargeIn barge_in_;
  float excess_db_ = audio::kNoEchoDb;
  bool onset_heard_ = false;
  int echo_frames_left_ = 0;
  std::array<std::int16_t, kWatchFrameSamples> for_detector_{};
};

}  // namespace livegate::session
