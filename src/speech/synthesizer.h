// Offline speech synthesis (flite): text in, 24 kHz speech out, sentence by sentence, on one thread
// (the voices are process-wide objects). Decides nothing about when to speak.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace livegate::speech {

enum class Voice : std::uint8_t {
  slt,
  rms
};  // slt answers; rms plays the person in demonstrations

class Synthesizer {
 public:
  static std::unique_ptr<Synthesizer> open();
  virtual ~Synthesizer() = default;  // waits for the sentence in hand, drops the rest

  struct Sentence {
    std::string text;                   // as spoken
    std::vector<std::int16_t> samples;  // mono s16 at rate_hz
    bool last = false;
  };
  // Speaks `text` at `rate_hz` (8000..48000); calls `done` on the synthesis thread once for every
  // sentence, in order, at least once. False if the queue is full: bounded at 256 texts. Cancelled
  // once `*cancelled` is true.
  virtual bool say(std::string text, Voice voice, int rate_hz,
                   std::shared_ptr<const std::atomic<bool>> cancelled,
                   std::function<void(Sentence)> done) = 0;

  // The whole text at once, on the caller's thread.
  virtual std::vector<std::int16_t> speak(const std::string& text, Voice voice, int rate_hz) = 0;
};

}  // namespace livegate::speech
