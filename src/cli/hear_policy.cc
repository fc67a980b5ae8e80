#include "cli/hear_policy.h"

#include <algorithm>
#include <cstdio>

#include "audio/pcm.h"

namespace livegate::cli {
namespace {

constexpr double kSamplesPerMs = audio::kUplinkRateHz / 1000.0;

// Whole blocks, at least one, that make up a time.
std::size_t blocks_of(Millis time, std::size_t block_samples) {
  const auto samples = static_cast<std::size_t>(time.count() * (audio::kUplinkRateHz / 1000));
  return std::max<std::size_t>(1, (samples + block_samples - 1) / block_samples);
}

turn::SpeechStep step_of(bool was_open, bool open) {
  using enum turn::SpeechStep;
  if (open) return was_open ? speaking : began;
  return was_open ? ended : quiet;
}

class OurPolicy final : public HearPolicy {
 public:
  explicit OurPolicy(const turn::EndpointerOptions& options) : endpointer_(options) {}
  turn::SpeechStep push(const audio::Heard& heard, bool /*speech*/) override {
    return endpointer_.push(heard.length, heard.speech, heard.level_dbfs);
  }
  [[nodiscard]] bool is_open() const override { return endpointer_.is_open(); }

 private:
  turn::Endpointer endpointer_;
};

class GatePolicy final : public HearPolicy {
 public:
  explicit GatePolicy(const audio::GateOptions& options)
      : gate_(options), silence_(options.frame_samples) {}
  turn::SpeechStep push(const audio::Heard& /*heard*/, bool speech) override {
    const bool was_open = gate_.is_open();
    (void)gate_.push(silence_, speech);
    return step_of(was_open, gate_.is_open());
  }
  [[nodiscard]] bool is_open() const override { return gate_.is_open(); }

 private:
  audio::VadGate gate_;
  std::vector<std::int16_t> silence_;  // in place of the samples, which decide nothing
};

class ClassicPolicy final : public HearPolicy {
 public:
  explicit ClassicPolicy(std::size_t block_samples) : size_(blocks_of(600ms, block_samples)) {}

  turn::SpeechStep push(const audio::Heard& /*heard*/, bool speech) override {
    const bool was_speaking = speaking_;
    ring_.push_back(speech);
    if (ring_.size() > size_) ring_.erase(ring_.begin());
    // While quiet, speech is what counts; while speaking, its absence.
    const auto counted = std::ranges::count(ring_, !speaking_);
    if (10 * counted > 9 * static_cast<std::ptrdiff_t>(size_)) {
      speaking_ = !speaking_;
      ring_.clear();
    }
    return step_of(was_speaking, speaking_);
  }
  [[nodiscard]] bool is_open() const override { return speaking_; }

 private:
  std::size_t size_;
  std::vector<bool> ring_;
  bool speaking_ = false;
};

void note(Heard& heard, turn::SpeechStep step, double ms) {
  switch (step) {
    case turn::SpeechStep::began:
      heard.events.push_back({ms, true});
      return heard.moments.push_back({ms, "start"});
    case turn::SpeechStep::paused:
      return heard.moments.push_back({ms, "paused"});
    case turn::SpeechStep::resumed:
      return heard.moments.push_back({ms, "resumed"});
    case turn::SpeechStep::ended:
      heard.events.push_back({ms, false});
      return heard.moments.push_back({ms, "end"});
    case turn::SpeechStep::quiet:
    case turn::SpeechStep::speaking:
      return;
  }
}

}  // namespace

std::unique_ptr<HearPolicy> make_our_policy(const turn::EndpointerOptions& options) {
  return std::make_unique<OurPolicy>(options);
}

std::unique_ptr<HearPolicy> make_gate_policy(const audio::GateDurations& durations,
                                             std::size_t block_samples) {
  audio::GateOptions options;
  options.frame_samples = block_samples;
  options.open_frames = blocks_of(durations.open, block_samples);
  options.window_frames = std::max(options.open_frames, blocks_of(durations.window, block_samples));
  options.preroll_frames = 0;  // decides what is sent, not when
  options.hangover_frames = blocks_of(durations.hangover, block_samples);
  return std::make_unique<GatePolicy>(options);
}

std::unique_ptr<HearPolicy> make_classic_policy(std::size_t block_samples) {
  return std::make_unique<ClassicPolicy>(block_samples);
}

Result<Done, std::string> parse_open(const std::string& text, audio::GateDurations& durations) {
  int open = 0, window = 0, used = 0;
  const int read = std::sscanf(text.c_str(), "%d/%d%n", &open, &window, &used);
  if (read != 2 || static_cast<std::size_t>(used) != text.size() || open < 1 || window < open ||
      window > 5000) {
    return Unexpected{"'" + text +
                      "' is no rule to begin by: --open takes two times in ms, such as 100/160 for "
                      "100 ms of speech within 160 ms, at most 5000."};
  }
  durations.open = Millis(open);
  durations.window = Millis(window);
  return Done{};
}

void align(std::vector<HearBlock>& blocks) {
  for (std::size_t i = 0; i + kTrailingBlocks < blocks.size(); ++i) {
    blocks[i].probability = blocks[i + kTrailingBlocks].probability;
  }
}

Heard hear(audio::Ear& ear, HearPolicy& policy, const audio::Thresholds& thresholds,
           std::span<const std::int16_t> samples) {
  const std::size_t size = ear.block_samples();
  Heard heard;
  bool speech = false;
  for (std::size_t at = 0; at + size <= samples.size(); at += size) {
    const audio::Heard block = ear.hear(samples.subspan(at, size));
    speech = block.speech >= (speech ? thresholds.off : thresholds.on);
    const double end_ms = static_cast<double>(at + size) / kSamplesPerMs;
    heard.blocks.push_back({end_ms, block.speech, speech});
    note(heard, policy.push(block, speech), end_ms);
    ear.attend(policy.is_open());
  }
  return heard;
}

}  // namespace livegate::cli
