// Whether a grammar's best path is what was said, or only the least bad guess at something else. A
// JSGF search always answers; this compares its answer with what free phones make of the same
// frames. Pure arithmetic over two paths.
#pragma once

#include <string>

#include "speech/decoder.h"

namespace livegate::speech {

struct Evidence {
  std::string text;  // the words without fillers
  int words = 0;
  int speech_frames = 0;      // frames under those words
  double frame_score = -1e9;  // per frame of speech: log ratio of the words against free phones, <=
                              // 0 or a little above
  double worst_word = -1e9;   // the same for the word that fits least
  double unexplained =
      0.0;  // frames that phones fill with speech while the words call them silence, of all speech
};

// `words` and `phones`: two paths over the same frames. No words, no frames: the default, which is
// refused.
[[nodiscard]] Evidence weigh(const Path& words, const Path& phones);

[[nodiscard]] bool is_convincing(const Evidence& evidence);

}  // namespace livegate::speech
