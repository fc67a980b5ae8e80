// Writes down one session as it happens, so that it can be held again exactly as it was: what went
// in and when, what hearing found, and a hash of what came out.
//
// Decides what of it is written (mask.h) and in which shape. Leaves to the owner when it is asked
// (around every Session::handle) and where the bytes go: take() hands over what has come together.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "recording/config_fields.h"
#include "recording/frame.h"
#include "recording/mask.h"
#include "session/action.h"
#include "session/event.h"
#include "session/hearing_tap.h"

namespace livegate::recording {

// Of what an event made the session want, as a comparison of two runs sees it.
[[nodiscard]] std::uint64_t hash_of(const session::Actions& actions, const Mask& mask, bool native);

class Recorder final : public session::HearingTap {
 public:
  struct Options {
    bool speech = false;                      // keeps audio and words too
    std::uint64_t salt = 0;                   // random; kept nowhere
    std::size_t bytes_max = 4 * 1024 * 1024;  // the recording ends there
  };
  // The session is then made from this config, with `uplink.tap` set to this recorder.
  Recorder(const Options& options, const session::SessionConfig& config, std::uint64_t rng,
           Instant began);

  // Before and after Session::handle; `threw`: it did not come back.
  void before(const session::Event& event, Instant now);
  void after(const session::Actions& actions, bool threw = false);
  // Session::abandon was called.
  void abandoned(Instant now);

  // What was written since the last time.
  [[nodiscard]] std::string take() {
    taken_ += log_.size();
    return std::exchange(log_, {});
  }
  [[nodiscard]] std::size_t waiting_bytes() const { return log_.size(); }
  // Records nothing more, and forgets what was not taken.
  void end() {
    full_ = true;
    log_.clear();
  }
  [[nodiscard]] bool is_full() const { return full_; }  // what came later is not recorded

  void on_block(audio::Heard& heard) override;
  void on_frame(session::WatchedFrame& frame) override;

 private:
  void begin_record(std::uint8_t kind, Instant now);
  void write(const session::Event& event);
  void message(std::string_view json);
  void audio(std::string_view pcm);

  Options options_;
  Mask mask_, for_hash_;
  bool native_;
  Instant last_;
  FrameWriter frames_;
  std::string log_;
  std::string entry_;  // of the event in hand
  std::string heard_;  // within the event in hand
  std::string scratch_;
  std::size_t taken_ = 0;  // bytes
  bool full_ = false;
};

}  // namespace livegate::recording
