// When a person begins to speak, pauses and has ended, from what is heard block by block.
//
// Decides the moments of one stream of speech; knows nothing of samples, replies or the network.
// Leaves to audio/ear.h how likely speech is, to barge_in.h whether speech interrupts a reply, and
// to the session what is sent because of it. Time is the sum of the blocks' lengths.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/instant.h"

namespace livegate::turn {

enum class SpeechStep : std::uint8_t {
  quiet,     // nobody speaks
  began,     // speech has begun; onset_age() says how long ago
  speaking,  // it goes on, or pauses shorter than an early end
  paused,    // an early end, which may be taken back
  resumed,   // ... and is: speech went on after `paused`
  ended,     // the hangover is over; final
};

struct EndpointerOptions {
  // Begin: `open` of the last `window` must have a probability of at least `on`.
  float on = 0.5F;
  Millis open = 32ms;
  Millis window = 32ms;
  // While speech goes on, a block counts as speech from this probability.
  float off = 0.35F;
  // An early end comes after so much silence; zero: never.
  Millis early_end = 250ms;
  // The final end comes after a silence of `hangover_short` where no more than `short_speech` was
  // said, and grows to `hangover_long` at `long_speech`.
  Millis hangover_short = 350ms;
  Millis hangover_long = 800ms;
  Millis short_speech = 400ms;
  Millis long_speech = 1900ms;
};

// For the probabilities of the network.
[[nodiscard]] EndpointerOptions graded_options();
// For detectors that say yes or no in short frames, which need several of them to agree.
[[nodiscard]] EndpointerOptions verdict_options();
// The same options with a fixed silence before the end.
[[nodiscard]] EndpointerOptions with_hangover(EndpointerOptions options, Millis hangover);

class Endpointer {
 public:
  // Allocates all it will ever need. Thresholds outside 0..1, `off` over `on`, times that
  // contradict each other are the caller's bug (LIVEGATE_CHECK).
  explicit Endpointer(const EndpointerOptions& options);

  // One block: its length (1..200 ms, LIVEGATE_CHECK), how likely speech is, how loud it is.
  SpeechStep push(Millis length, float speech, float level_dbfs);

  [[nodiscard]] bool is_open() const { return open_; }      // between began and ended
  [[nodiscard]] bool is_paused() const { return paused_; }  // between paused and resumed or ended
  // At `began`: how long ago the first block that counted began, this block included.
  [[nodiscard]] Millis onset_age() const { return onset_age_; }
  // Since the last speech, by the best estimate there is; zero while speech goes on.
  [[nodiscard]] Millis silent_for() const { return silent_; }
  // Closes and forgets everything: another stream begins.
  void reset();

 private:
  struct Block {
    Millis length;
    bool speech;
  };
  [[nodiscard]] bool opens();
  [[nodiscard]] Millis hangover() const;

  EndpointerOptions options_;
  std::vector<Block> ring_;  // the last blocks while closed
  std::size_t next_ = 0;
  bool open_ = false;
  bool paused_ = false;
  Millis onset_age_{};
  Millis silent_{};
  Millis said_{};  // speech in this turn
};

}  // namespace livegate::turn
