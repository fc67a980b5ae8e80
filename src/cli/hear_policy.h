// The rules by which verdicts on single blocks become the begin and the end of speech, by name, and
// a detector's whole way through a recording under one of them.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "audio/detector.h"
#include "audio/ear.h"
#include "audio/vad_gate.h"
#include "base/result.h"
#include "turn/endpointer.h"

namespace livegate::cli {

class HearPolicy {
 public:
  virtual ~HearPolicy() = default;
  // One block, and the verdict on it by the thresholds. Returns what happened with it.
  virtual turn::SpeechStep push(const audio::Heard& heard, bool speech) = 0;
  // Whether speech goes on, or pauses.
  [[nodiscard]] virtual bool is_open() const = 0;
};

// `ours`: what the gateway does (turn/endpointer.h). `gate`: so much speech within a window begins,
// so much without any ends (audio/vad_gate.h). `classic`: the ring of the well-known tutorial,
// which begins when more than 90 % of the last 600 ms are speech and ends when more than 90 % are
// not; it forgets the ring at either.
[[nodiscard]] std::unique_ptr<HearPolicy> make_our_policy(const turn::EndpointerOptions& options);
[[nodiscard]] std::unique_ptr<HearPolicy> make_gate_policy(const audio::GateDurations& durations,
                                                           std::size_t block_samples);
[[nodiscard]] std::unique_ptr<HearPolicy> make_classic_policy(std::size_t block_samples);

// "100/160" as the gate's `open` and `window`. The error is one sentence.
[[nodiscard]] Result<Done, std::string> parse_open(const std::string& text,
                                                   audio::GateDurations& durations);

struct HearBlock {
  double end_ms;  // when its value was known
  float probability;
  bool speech;
};
struct HearEvent {
  double ms;  // when it was known
  bool start;
};
// What is revocable as well: start, paused, resumed or end.
struct HearMoment {
  double ms;
  const char* what;
};
struct Heard {
  std::vector<HearBlock> blocks;
  std::vector<HearEvent> events;    // begins and ends
  std::vector<HearMoment> moments;  // those, and early ends
};

// Silero's answer trails: what it says after a block fits the labels of the block before best, on
// each of seven sources of recordings (bench/evidence/hearing.md). One who marks up audio that is
// already there can read it so; one who decides in a session has it no sooner.
inline constexpr std::size_t kTrailingBlocks = 1;
// Gives each block the probability that is about it, which was known one block later; the last
// block, which nothing follows, keeps its own.
void align(std::vector<HearBlock>& blocks);

// Runs a fresh ear and policy over mono samples at 16 kHz. What is left after the last whole
// block is not heard.
[[nodiscard]] Heard hear(audio::Ear& ear, HearPolicy& policy, const audio::Thresholds& thresholds,
                         std::span<const std::int16_t> samples);

}  // namespace livegate::cli
