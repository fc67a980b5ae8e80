#include "turn/endpointer.h"

#include <algorithm>

#include "base/check.h"

namespace livegate::turn {

EndpointerOptions graded_options() { return {}; }

EndpointerOptions verdict_options() {
  EndpointerOptions options;
  options.open = 100ms;
  options.window = 160ms;
  return with_hangover(options, 500ms);
}

EndpointerOptions with_hangover(EndpointerOptions options, Millis hangover) {
  options.hangover_short = options.hangover_long = hangover;
  if (options.early_end >= hangover) options.early_end = Millis::zero();
  return options;
}

Endpointer::Endpointer(const EndpointerOptions& options) : options_(options) {
  LIVEGATE_CHECK(options.off > 0 && options.off <= options.on && options.on <= 1);
  LIVEGATE_CHECK(options.open > Millis::zero() && options.open <= options.window);
  LIVEGATE_CHECK(options.hangover_short > Millis::zero());
  LIVEGATE_CHECK(options.hangover_short <= options.hangover_long);
  LIVEGATE_CHECK(options.short_speech < options.long_speech);
  ring_.resize(static_cast<std::size_t>(options.window.count()));  // blocks of 1 ms at the least
}

SpeechStep Endpointer::push(Millis length, float speech, float /*level_dbfs*/) {
  LIVEGATE_CHECK(length >= 1ms && length <= 200ms);
  if (!open_) {
    ring_[next_] = {length, speech >= options_.on};
    next_ = (next_ + 1) % ring_.size();
    if (!opens()) return SpeechStep::quiet;
    open_ = true;
    said_ = length;
    silent_ = Millis::zero();
    std::ranges::fill(ring_, Block{});
    return SpeechStep::began;
  }
  if (speech >= options_.off) {
    said_ += length;
    silent_ = Millis::zero();
    const bool resumed = paused_;
    paused_ = false;
    return resumed ? SpeechStep::resumed : SpeechStep::speaking;
  }
  silent_ += length;
  if (silent_ >= hangover()) {
    open_ = paused_ = false;
    return SpeechStep::ended;
  }
  if (paused_ || options_.early_end == Millis::zero() || silent_ < options_.early_end) {
    return SpeechStep::speaking;
  }
  paused_ = true;
  return SpeechStep::paused;
}

bool Endpointer::opens() {
  Millis seen{}, spoken{};
  for (std::size_t back = 1; back <= ring_.size() && seen < options_.window; ++back) {
    const Block& block = ring_[(next_ + ring_.size() - back) % ring_.size()];
    if (block.length == Millis::zero()) break;
    seen += block.length;
    if (!block.speech) continue;
    spoken += block.length;
    onset_age_ = seen;
  }
  return spoken >= options_.open;
}

Millis Endpointer::hangover() const {
  const double grown = static_cast<double>((said_ - options_.short_speech).count()) /
                       static_cast<double>((options_.long_speech - options_.short_speech).count());
  const double longer =
      static_cast<double>((options_.hangover_long - options_.hangover_short).count());
  return options_.hangover_short +
         Millis(static_cast<std::int64_t>(longer * std::clamp(grown, 0.0, 1.0)));
}

void Endpointer::reset() {
  open_ = paused_ = false;
  std::ranges::fill(ring_, Block{});
  onset_age_ = silent_ = said_ = Millis::zero();
}

}  // namespace livegate::turn
