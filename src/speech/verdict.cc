#include "speech/verdict.h"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace livegate::speech {
namespace {

bool is_speech_phone(const Segment& segment) {
  return !segment.is_filler() && segment.word != "SIL" && !segment.word.starts_with('+');
}

}  // namespace

Evidence weigh(const Path& words, const Path& phones) {
  Evidence result;
  std::size_t frames = 0;
  for (const Segment& segment : phones) {
    frames = std::max(frames, static_cast<std::size_t>(segment.last_frame) + 1);
  }
  // Likelihood of the free phones up to each frame, a phone's spread evenly over its frames.
  std::vector<double> sum(frames + 1, 0.0);
  std::vector<int> spoken(frames + 1, 0);
  for (const Segment& segment : phones) {
    const double each = segment.acoustic / segment.frames();
    for (int f = segment.first_frame; f <= segment.last_frame; ++f) {
      sum[static_cast<std::size_t>(f) + 1] = each;
      spoken[static_cast<std::size_t>(f) + 1] = is_speech_phone(segment) ? 1 : 0;
    }
  }
  for (std::size_t f = 0; f < frames; ++f) {
    sum[f + 1] += sum[f];
    spoken[f + 1] += spoken[f];
  }
  double total = 0.0;
  double worst = 1e9;
  int missed = 0;
  for (const Segment& segment : words) {
    const auto first = static_cast<std::size_t>(segment.first_frame);
    const auto end = static_cast<std::size_t>(segment.last_frame) + 1;
    if (end > frames) return {};
    if (segment.is_filler()) {
      missed += spoken[end] - spoken[first];
      continue;
    }
    const double ratio = segment.acoustic - (sum[end] - sum[first]);
    total += ratio;
    worst = std::min(worst, ratio / segment.frames());
    result.speech_frames += segment.frames();
    ++result.words;
    if (!result.text.empty()) result.text += ' ';
    result.text += segment.word.substr(0, segment.word.find('('));
  }
  if (result.words == 0) return {};
  result.frame_score = total / result.speech_frames;
  result.worst_word = worst;
  result.unexplained =
      frames == 0 ? 0.0 : missed / std::max(1.0, static_cast<double>(spoken[frames]));
  return result;
}

bool is_convincing(const Evidence& evidence) {
  return evidence.words > 0 && evidence.frame_score > -2.0;
}

}  // namespace livegate::speech
