// When a person begins to speak, pauses and has ended, from what is heard block by block.
//
// Decides the moments of one stream of speech; knows nothing of samples, replies or the network.
// Leaves to audio/ear.h how likely speech is, to barge_in.h whether speech interrupts a reply, and
// to the session what is sent because of it. Time is the sum of the blocks' lengths.
//
// Begin: blocks add up as evidence, each by its log-odds, so that one clear block is enough, a few
// half clear ones are too, and one copy of the network that is fooled is outvoted by the others.
// End: silence is counted from the last speech by the network's answer, which trails by some 70 ms,
// or, while little has been said, from where the level fell to the background, whichever is longer.
// How much silence is the end depends on how much was said. bench/evidence/hearing.md measures each
// rule.
#pragma once

#include <cstdint>

#include "base/instant.h"
#include "base/level_floor.h"

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
  // Begin. A block of this probability says nothing; every 8 ms of a likelier one add the
  // difference of their log-odds, at most 4; a less likely one takes away. Never below zero.
  float neutral = 0.25F;
  float evidence = 3;  // so much begins

  // End. Silence is what lies below this probability...
  float off = 0.16F;
  // ... but between it and this one, where a speaker often goes on, it counts only in part, and
  // for no longer than `unsure_max` more than the hangover.
  float unsure = 0.05F;
  float unsure_part = 0.4F;
  Millis unsure_max = 500ms;
  // The level says silence too, in the first `level_speech` of speech: when it has been less than
  // so much over the floor, or so far below the speaker, for `level_time`.
  float floor_db = 4;
  float speaker_db = 12;
  Millis level_time = 48ms;
  Millis level_speech = 1500ms;

  // The final end comes after a silence of `hangover_short` where no more than `short_speech` was
  // said, and grows to `hangover_long` at `long_speech`.
  Millis hangover_short = 390ms;
  Millis hangover_long = 635ms;
  Millis short_speech = 1000ms;
  Millis long_speech = 1500ms;
  // A speaker who has paused for longer than `pause_from` and gone on gets so much of what the
  // longest such pause was longer; one who goes on within `merge` after an end goes on with the
  // same turn, and that was a pause too.
  float pause_growth = 0;
  Millis pause_from = 150ms;
  Millis merge = 2000ms;
  // An early end comes after so much silence, of level or probability; zero: never.
  Millis early_end = 200ms;
};

// For the probabilities of the network.
[[nodiscard]] EndpointerOptions graded_options();
// For detectors that say yes or no in short frames, which need several of them to agree.
[[nodiscard]] EndpointerOptions verdict_options();
// The same options with a fixed silence before the end, however much was said.
[[nodiscard]] EndpointerOptions with_hangover(EndpointerOptions options, Millis hangover);

// Whether the options go together: probabilities lie between 0 and 1, `unsure` is not above `off`,
// `hangover_long` not below `hangover_short`, `long_speech` above `short_speech`.
[[nodiscard]] bool is_sound(const EndpointerOptions& options);

class Endpointer {
 public:
  // Options that are not sound are the caller's bug (LIVEGATE_CHECK).
  explicit Endpointer(const EndpointerOptions& options);

  // One block: its length (1..200 ms, LIVEGATE_CHECK), how likely speech is, how loud it is.
  SpeechStep push(Millis length, float speech, float level_dbfs);

  [[nodiscard]] bool is_open() const { return open_; }      // between began and ended
  [[nodiscard]] bool is_paused() const { return paused_; }  // between paused and resumed or ended
  // At `began`: how long ago the first block that counted began, this block included.
  [[nodiscard]] Millis onset_age() const { return onset_age_; }
  // Since the last speech, by the best estimate there is; zero while speech goes on.
  [[nodiscard]] Millis silent_for() const;
  // Closes and forgets everything: another stream begins.
  void reset();

 private:
  SpeechStep closed(Millis length, float log_odds);
  SpeechStep open(Millis length, float log_odds);
  void count_silence(Millis length);
  [[nodiscard]] Millis by_level() const;
  [[nodiscard]] Millis hangover() const;
  [[nodiscard]] bool has_ended() const;

  EndpointerOptions options_;
  float neutral_odds_, off_odds_, unsure_odds_;  // of the probabilities in the options

  LevelFloor floor_;
  bool open_ = false;
  bool paused_ = false;
  float evidence_ = 0;
  Millis onset_age_{};

  // While open, and after an end as long as speech may go on.
  float smooth_odds_ = 0;
  float speaker_dbfs_ = 0;
  Millis said_{};        // speech in this turn
  Millis pause_{};       // the longest in this turn
  float silent_ms_ = 0;  // since the last speech, unsure blocks in part
  Millis unvoiced_{};    // since the last speech, all of it
  Millis quiet_{};       // since the level was last above the background
};

}  // namespace livegate::turn
