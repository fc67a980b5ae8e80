// How much work an utterance is worth: processor time of the thread that searches, by the length of
// what was said. Sound that resembles nothing (clipped, noisy) keeps every hypothesis alive, and a
// search without an end is heard by everybody else as silence.
//
// Decides when a search must end: its time is up, nobody waits for it, or the process stops.
#pragma once

#include <atomic>
#include <cstddef>

#include "base/instant.h"
#include "base/limits.h"

namespace livegate::speech {

struct WorkOptions {
  Millis each = limits::kUtteranceWorkBase;  // of every utterance
  Millis per_second = limits::kUtteranceWorkPerSecond;
};

// Flags that end a search; both outlive it, the second may be null.
struct WorkStops {
  const std::atomic<bool>& stopping;
  const std::atomic<bool>* cancelled = nullptr;
};

class WorkLimit {
 public:
  // Begins to count on the calling thread.
  WorkLimit(const WorkOptions& options, std::size_t samples, const WorkStops& stops);

  [[nodiscard]] bool goes_on();  // on the same thread
  [[nodiscard]] bool is_spent() const { return spent_; }

 private:
  WorkStops stops_;
  Millis ends_at_;  // on the thread's own clock
  bool spent_ = false;
};

}  // namespace livegate::speech
