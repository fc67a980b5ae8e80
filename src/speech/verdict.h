// Whether a grammar's best path is what was said, or only the least bad guess at something else. A
// JSGF search always answers. So the same utterance is decoded a second time against plain English,
// and the two answers are compared: how much better English explains the same frames, and how many
// words both heard. Pure arithmetic over two paths.
#pragma once

#include <string>

#include "speech/decoder.h"

namespace livegate::speech {

struct Evidence {
  std::string text;       // the grammar's words without fillers
  int words = 0;          // how many
  int english_words = 0;  // of the other path
  int agreed = 0;         // words that both have, in the same order
  int telling = 0;        // of these, those that are not among the commonest of all
  int speech_frames = 0;  // frames under the grammar's words
  double frame_score =
      -1e9;  // per frame under words: log ratio of the grammar's path against English
  double worst_word = -1e9;  // the same for the word that fits least
  double unexplained =
      0.0;  // of the frames under English words, those that the grammar calls silence
};

// `grammar` and `english`: two paths over the same utterance. Without words in the first: the
// default, which is refused.
[[nodiscard]] Evidence weigh(const Path& grammar, const Path& english);

// One figure, the higher the surer; is_convincing above zero.
[[nodiscard]] double conviction(const Evidence& evidence);
[[nodiscard]] inline bool is_convincing(const Evidence& evidence) {
  return conviction(evidence) > 0.0;
}

}  // namespace livegate::speech
