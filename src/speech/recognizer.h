// Offline speech recognition (pocketsphinx): whole utterances against a grammar, on a pool of
// threads.
//
// Decides what was said, or that it was not one of the grammar's sentences: it must refuse to
// guess. Decides too whose utterance is next, and ends a search that takes more work than what was
// said is worth (work_limit.h). Leaves to others where an utterance begins and ends and what its
// words mean. Decodes only whole utterances: a cold streaming decoder loses half of them in noise.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "speech/work_limit.h"

namespace livegate::speech {

// A JSGF grammar made ready: immutable, shared by all sessions with the same tools.
class Grammar {
 public:
  virtual ~Grammar() = default;
};

struct Utterance {
  std::shared_ptr<const Grammar> grammar;
  std::vector<std::int16_t> samples;  // mono s16, 16 kHz, with 0.1 to 0.5 s of quiet on either side
  // Whose it is. Those of one session are decoded one after the other, and sessions take turns:
  // none can keep all workers from the others.
  std::uint64_t session = 0;
  std::shared_ptr<const std::atomic<bool>> cancelled;  // true: nobody waits for it; may be null
};

struct Recognition {
  bool accepted = false;  // false: silence, noise, or speech outside the grammar
  bool given_up = false;  // not accepted, because it would have taken too much work
  std::string text;       // the words in lower case; empty unless accepted
  double score = 0.0;  // per-frame log ratio against the free phone loop; higher is surer. For the
                       // table of rates.
};

struct RecognizerOptions {
  int threads = 1;  // workers, each with decoders of its own, which it makes when it needs them
  WorkOptions work;
};

// Since it was opened.
struct RecognizerCounts {
  std::uint64_t decoded = 0;    // and answered
  std::uint64_t given_up = 0;   // of these, refused because their work exceeded the limit
  std::uint64_t cancelled = 0;  // waiting or in hand when their session went
  std::uint64_t refused = 0;    // the queue was full
};

class Recognizer {
 public:
  // Loads the acoustic model once. The error is one sentence that names the missing package or
  // file.
  static Result<std::unique_ptr<Recognizer>, std::string> open(const RecognizerOptions& options);
  // Ends the utterances in hand within 50 ms of speech, drops the rest.
  virtual ~Recognizer() = default;

  // `jsgf`: the grammar's text. Words the dictionary lacks are an error that names them. Any
  // thread; may block for some 50 ms. Equal texts give the same object.
  virtual Result<std::shared_ptr<const Grammar>, std::string> compile(const std::string& jsgf) = 0;

  // True if the pronouncing dictionary has `word` (lower case): what a grammar may be made of.
  [[nodiscard]] virtual bool knows_word(const std::string& word) const = 0;

  // Decodes `utterance` on a worker and calls `done` there; never if it is cancelled before. False,
  // and `done` is never called, if the queue is full: bounded at 64 utterances.
  virtual bool recognize(Utterance utterance, std::function<void(Recognition)> done) = 0;

  [[nodiscard]] virtual RecognizerCounts counts() const = 0;  // any thread
};

// How many workers a machine gets that nobody configured: one per processor, but at least 2 and at
// most limits::kRecognizerThreadsDefaultMax, as far as half of its memory allows.
[[nodiscard]] int threads_for(unsigned processors, std::uint64_t memory_bytes);
// Of this machine; a container's limit of memory counts.
[[nodiscard]] int default_threads();

}  // namespace livegate::speech
