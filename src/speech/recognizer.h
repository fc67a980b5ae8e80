// Offline speech recognition (pocketsphinx): whole utterances against a grammar, on a pool of
// threads.
//
// Decides what was said, or that it was not one of the grammar's sentences: it must refuse to
// guess. Leaves to others where an utterance begins and ends and what its words mean. Decodes in
// one call per utterance: a cold streaming decoder loses half of them in noise.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"

namespace livegate::speech {

// A JSGF grammar made ready: immutable, shared by all sessions with the same tools.
class Grammar {
 public:
  virtual ~Grammar() = default;
};

struct Recognition {
  bool accepted = false;  // false: silence, noise, or speech outside the grammar
  std::string text;       // the words in lower case; empty unless accepted
  double score = 0.0;  // per-frame log ratio against the free phone loop; higher is surer. For the
                       // table of rates.
};

class Recognizer {
 public:
  // Loads the acoustic model once. `threads`: workers, each with decoders of its own. The error is
  // one sentence that names the missing package or file.
  static Result<std::unique_ptr<Recognizer>, std::string> open(int threads);
  virtual ~Recognizer() = default;  // waits for the utterance in hand, drops the rest

  // `jsgf`: the grammar's text. Words the dictionary lacks are an error that names them. Any
  // thread; may block for some 50 ms. Equal texts give the same object.
  virtual Result<std::shared_ptr<const Grammar>, std::string> compile(const std::string& jsgf) = 0;

  // True if the pronouncing dictionary has `word` (lower case): what a grammar may be made of.
  [[nodiscard]] virtual bool knows_word(const std::string& word) const = 0;

  // Decodes `samples` (mono s16, 16 kHz, a whole utterance with 0.1 to 0.5 s of quiet on either
  // side) on a worker and calls `done` there. False, and `done` is never called, if the queue is
  // full: bounded at 64 utterances.
  virtual bool recognize(std::shared_ptr<const Grammar> grammar, std::vector<std::int16_t> samples,
                         std::function<void(Recognition)> done) = 0;
};

}  // namespace livegate::speech
