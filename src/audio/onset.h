// Whether somebody may have begun to speak, from the level of 10 ms alone.
//
// Decides early rather than surely: a reply that is turned down for nothing comes back, so the
// first answer may be wrong; who it was and whether it was speech is for the network, the echo
// guard and turn/barge_in.h. The level above 120 Hz is compared with a noise floor, the lowest of
// the last 1.5 s. Short bursts, such as typing, raise the bar for the next ones. Nothing allocates.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace livegate::audio {

inline constexpr std::size_t kOnsetFrameSamples = 160;  // 10 ms at 16 kHz

struct OnsetOptions {
  float over_floor_db = 7;  // in two frames running...
  float strong_db = 14;     // ... or so much in one
  float least_dbfs = -55;   // nobody speaks below this
};

class Onset {
 public:
  explicit Onset(const OnsetOptions& options = {}) : options_(options) {}

  // `frame`: exactly kOnsetFrameSamples samples, mono at 16 kHz (LIVEGATE_CHECK). Returns whether
  // it is loud as of a voice that has begun: true from the first frame of an onset for as long as
  // the sound goes on, short dips included.
  bool push(std::span<const std::int16_t> frame);

  [[nodiscard]] float level_dbfs() const { return level_dbfs_; }  // of the last frame, above 120 Hz
  [[nodiscard]] float floor_dbfs() const { return floor_dbfs_; }
  // Begins a new stream.
  void reset() { *this = Onset(options_); }

 private:
  void follow(float power);

  static constexpr int kSpanFrames = 25;
  static constexpr std::size_t kSpans = 6;

  OnsetOptions options_;
  float last_in_ = 0, last_out_ = 0;  // of the high-pass
  float level_dbfs_ = -120;
  float floor_dbfs_ = -75;
  std::array<float, kSpans> lowest_{200, 200, 200, 200, 200, 200};
  float lowest_now_ = 200;
  std::array<float, 3> recent_{};  // powers
  int frames_ = 0;
  bool open_ = false;
  int above_ = 0;  // frames in a row, before it opens
  int loud_ = 0;   // since it opened
  int left_ = 0;   // of the hangover
  float penalty_db_ = 0;
};

}  // namespace livegate::audio
