#include "turn/endpointer.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/check.h"

namespace livegate::turn {
namespace {

constexpr float kEvidenceMs = 8;     // what the options' evidence is counted by
constexpr float kEvidenceBound = 4;  // log-odds beyond which a block is not more certain
// Blocks this much likelier to be speech than not say how loud the speaker is, who may grow fainter
// by so much.
constexpr float kSpeakerOdds = 1;
constexpr float kSpeakerFallDbPerMs = 0.002F;
// The answers of copies of the network differ; so much of them is taken together.
constexpr float kSmoothMs = 16;
// The level alone never ends a turn: the network has to have let go for so long...
constexpr Millis kAgreed = 24ms;
// ... which it does no later than this...
constexpr Millis kTrail = 300ms;
// ... and the speaker has to be so much louder than the background: where a stream begins with
// speech, or in a very loud room, the level says nothing.
constexpr float kSpeakerClearDb = 3;

float log_odds_of(float probability) {
  constexpr float kLeast = 1e-4F;
  const float bounded = std::clamp(probability, 0.0F, 1.0F);
  return std::log((bounded + kLeast) / (1 - bounded + kLeast));
}

float ms_of(Millis time) { return static_cast<float>(time.count()); }

bool is_probability(float value) { return value > 0 && value < 1; }

}  // namespace

EndpointerOptions graded_options() { return {}; }

EndpointerOptions verdict_options() {
  EndpointerOptions options;
  options.evidence = 50;
  return with_hangover(options, 500ms);
}

EndpointerOptions with_hangover(EndpointerOptions options, Millis hangover) {
  options.hangover_short = options.hangover_long = hangover;
  options.pause_growth = 0;
  if (options.early_end >= hangover) options.early_end = Millis::zero();
  return options;
}

bool is_sound(const EndpointerOptions& options) {
  return is_probability(options.neutral) && options.evidence > 0 && is_probability(options.off) &&
         is_probability(options.unsure) && options.unsure <= options.off &&
         options.unsure_part >= 0 && options.unsure_part <= 1 && options.unsure_max >= 0ms &&
         options.hangover_short > 0ms && options.hangover_short <= options.hangover_long &&
         options.short_speech < options.long_speech && options.pause_growth >= 0 &&
         options.early_end >= 0ms;
}

Endpointer::Endpointer(const EndpointerOptions& options)
    : options_(options),
      neutral_odds_(log_odds_of(options.neutral)),
      off_odds_(log_odds_of(options.off)),
      unsure_odds_(log_odds_of(options.unsure)) {
  LIVEGATE_CHECK(is_sound(options));
}

SpeechStep Endpointer::push(Millis length, float speech, float level_dbfs) {
  LIVEGATE_CHECK(length >= 1ms && length <= 200ms);
  floor_.push(length, level_dbfs);
  const float log_odds = log_odds_of(speech);
  return open_ ? open(length, log_odds) : closed(length, log_odds);
}

SpeechStep Endpointer::closed(Millis length, float log_odds) {
  const float step = std::clamp(log_odds - neutral_odds_, -kEvidenceBound, kEvidenceBound);
  evidence_ = std::max(0.0F, evidence_ + step * ms_of(length) / kEvidenceMs);
  onset_age_ = evidence_ > 0 ? onset_age_ + length : Millis::zero();
  unvoiced_ += length;
  if (evidence_ < options_.evidence) return SpeechStep::quiet;
  open_ = true;
  evidence_ = 0;
  smooth_odds_ = log_odds;
  if (said_ > Millis::zero() && unvoiced_ <= options_.merge) {
    pause_ = std::max(pause_, unvoiced_);
    said_ += onset_age_;
  } else {
    speaker_dbfs_ = floor_.level_dbfs();
    pause_ = Millis::zero();
    said_ = onset_age_;
  }
  silent_ms_ = 0;
  unvoiced_ = quiet_ = Millis::zero();
  return SpeechStep::began;
}

SpeechStep Endpointer::open(Millis length, float log_odds) {
  smooth_odds_ += (log_odds - smooth_odds_) * ms_of(length) / (kSmoothMs + ms_of(length));
  speaker_dbfs_ -= kSpeakerFallDbPerMs * ms_of(length);
  if (smooth_odds_ >= kSpeakerOdds) speaker_dbfs_ = std::max(speaker_dbfs_, floor_.level_dbfs());
  count_silence(length);
  if (has_ended()) {
    open_ = paused_ = false;
    onset_age_ = Millis::zero();
    return SpeechStep::ended;
  }
  const bool silent = std::max(silent_ms_, ms_of(by_level())) >= ms_of(options_.early_end);
  const bool was_paused = std::exchange(paused_, silent && options_.early_end > Millis::zero());
  if (paused_ == was_paused) return SpeechStep::speaking;
  return paused_ ? SpeechStep::paused : SpeechStep::resumed;
}

void Endpointer::count_silence(Millis length) {
  if (smooth_odds_ >= off_odds_) {
    said_ += length;
    pause_ = std::max(pause_, unvoiced_);
    silent_ms_ = 0;
    unvoiced_ = Millis::zero();
  } else {
    silent_ms_ += ms_of(length) * (smooth_odds_ > unsure_odds_ ? options_.unsure_part : 1.0F);
    unvoiced_ += length;
  }
  const float background =
      std::max(floor_.dbfs() + options_.floor_db, speaker_dbfs_ - options_.speaker_db);
  const bool is_clear = speaker_dbfs_ > floor_.dbfs() + kSpeakerClearDb;
  const bool quiet = is_clear && floor_.level_dbfs() <= background;
  quiet_ = quiet ? quiet_ + length : Millis::zero();
}

// How long the level has said silence, as far as it can be believed.
Millis Endpointer::by_level() const {
  if (quiet_ < options_.level_time || unvoiced_ < kAgreed) return Millis::zero();
  return std::min(quiet_, unvoiced_ + kTrail);
}

bool Endpointer::has_ended() const {
  const float needed = ms_of(hangover());
  if (silent_ms_ >= needed) return true;
  if (ms_of(unvoiced_) >= needed + ms_of(options_.unsure_max)) return true;
  return said_ < options_.level_speech && ms_of(by_level()) >= needed;
}

Millis Endpointer::hangover() const {
  const float grown =
      ms_of(said_ - options_.short_speech) / ms_of(options_.long_speech - options_.short_speech);
  const float longer = ms_of(options_.hangover_long - options_.hangover_short);
  const float paused = std::max(0.0F, ms_of(pause_ - options_.pause_from));
  return options_.hangover_short +
         Millis(static_cast<std::int64_t>(longer * std::clamp(grown, 0.0F, 1.0F) +
                                          paused * options_.pause_growth));
}

Millis Endpointer::silent_for() const { return std::max(unvoiced_, by_level()); }

void Endpointer::reset() { *this = Endpointer(options_); }

}  // namespace livegate::turn
