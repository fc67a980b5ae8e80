#include "speech/verdict.h"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace livegate::speech {
namespace {

constexpr double kNoEvidence = 1e9;

// Without the "(2)" of a second pronunciation.
std::string plain(const std::string& word) { return word.substr(0, word.find('(')); }

std::vector<std::string> words_of(const Path& path) {
  std::vector<std::string> words;
  for (const Segment& segment : path) {
    if (!segment.is_filler()) words.push_back(plain(segment.word));
  }
  return words;
}

// The longest row of words that both have in the same order, not necessarily side by side.
int common_words(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  std::vector<int> best(b.size() + 1, 0);
  for (const std::string& word : a) {
    int diagonal = 0;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const int above = best[j];
      best[j] = word == b[j - 1] ? diagonal + 1 : std::max(best[j], best[j - 1]);
      diagonal = above;
    }
  }
  return best.back();
}

std::size_t frames_of(const Path& path) {
  std::size_t frames = 0;
  for (const Segment& segment : path) {
    frames = std::max(frames, static_cast<std::size_t>(segment.last_frame) + 1);
  }
  return frames;
}

// Log likelihood of a path up to each frame, a word's spread evenly over its frames.
std::vector<double> running_sum(const Path& path, std::size_t frames) {
  std::vector<double> sum(frames + 1, 0.0);
  for (const Segment& segment : path) {
    const double each = segment.acoustic / segment.frames();
    for (int f = segment.first_frame; f <= segment.last_frame; ++f) {
      sum[static_cast<std::size_t>(f) + 1] = each;
    }
  }
  for (std::size_t f = 0; f < frames; ++f) sum[f + 1] += sum[f];
  return sum;
}

}  // namespace

Evidence weigh(const Path& grammar, const Path& english) {
  Evidence result;
  const std::vector<double> sum =
      running_sum(english, std::max(frames_of(grammar), frames_of(english)));
  double total = 0.0;
  double worst = 1e9;
  for (const Segment& segment : grammar) {
    if (segment.is_filler()) continue;
    const auto first = static_cast<std::size_t>(segment.first_frame);
    const auto end = static_cast<std::size_t>(segment.last_frame) + 1;
    const double ratio = segment.acoustic - (sum[end] - sum[first]);
    total += ratio;
    worst = std::min(worst, ratio / segment.frames());
    result.speech_frames += segment.frames();
    ++result.words;
    if (!result.text.empty()) result.text += ' ';
    result.text += plain(segment.word);
  }
  if (result.words == 0) return {};
  result.frame_score = total / result.speech_frames;
  result.worst_word = worst;
  const std::vector<std::string> heard = words_of(english);
  result.english_words = static_cast<int>(heard.size());
  result.agreed = common_words(words_of(grammar), heard);
  return result;
}

double conviction(const Evidence& evidence) {
  // Fitted by hand to some 430 utterances that are no commands (people reading, talking, meetings,
  // single words, noise, foreign sentences of synthetic voices) and 140 that are: the most
  // convincing of the first that would act reached -1.1, the next ones -1.3 and -1.6, the median of
  // commands by voices made of recorded people +2.8.
  constexpr double kWorstWordWeight = 0.6;
  constexpr double kAgreementWeight = 3.0;
  constexpr double kThreshold = 0.5;
  // Where English heard not one of the words there is nothing to believe, however well the sounds
  // fit: a crackling fire is a good "help".
  if (evidence.agreed == 0) return -kNoEvidence;
  const double agreement =
      static_cast<double>(evidence.agreed) / (std::max(evidence.words, evidence.english_words) + 1);
  return evidence.frame_score + kWorstWordWeight * evidence.worst_word +
         kAgreementWeight * agreement - kThreshold;
}

}  // namespace livegate::speech
