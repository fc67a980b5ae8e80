#include "speech/verdict.h"

#include <algorithm>
#include <cstddef>
#include <set>
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

// Any two English sentences share some of these.
bool is_telling(const std::string& word) {
  static const std::set<std::string> kCommonest = {"the", "to",   "i",  "and", "a",  "of",
                                                   "you", "that", "in", "it",  "is", "for"};
  return !kCommonest.contains(word);
}

std::vector<std::string> telling_words(std::vector<std::string> words) {
  std::erase_if(words, [](const std::string& word) { return !is_telling(word); });
  return words;
}

std::size_t frames_of(const Path& path) {
  std::size_t frames = 0;
  for (const Segment& segment : path) {
    frames = std::max(frames, static_cast<std::size_t>(segment.last_frame) + 1);
  }
  return frames;
}

// What a path amounts to up to each frame: its log likelihood, a word's spread evenly over its
// frames, and how many of the frames are under words.
struct Running {
  std::vector<double> score;
  std::vector<int> spoken;
};

Running running_sums(const Path& path, std::size_t frames) {
  Running sum{std::vector<double>(frames + 1, 0.0), std::vector<int>(frames + 1, 0)};
  for (const Segment& segment : path) {
    const double each = segment.acoustic / segment.frames();
    for (int f = segment.first_frame; f <= segment.last_frame; ++f) {
      sum.score[static_cast<std::size_t>(f) + 1] = each;
      sum.spoken[static_cast<std::size_t>(f) + 1] = segment.is_filler() ? 0 : 1;
    }
  }
  for (std::size_t f = 0; f < frames; ++f) {
    sum.score[f + 1] += sum.score[f];
    sum.spoken[f + 1] += sum.spoken[f];
  }
  return sum;
}

}  // namespace

Evidence weigh(const Path& grammar, const Path& english) {
  Evidence result;
  const Running sum = running_sums(english, std::max(frames_of(grammar), frames_of(english)));
  double total = 0.0;
  double worst = 1e9;
  int explained = 0;
  for (const Segment& segment : grammar) {
    if (segment.is_filler()) continue;
    const auto first = static_cast<std::size_t>(segment.first_frame);
    const auto end = static_cast<std::size_t>(segment.last_frame) + 1;
    const double ratio = segment.acoustic - (sum.score[end] - sum.score[first]);
    total += ratio;
    worst = std::min(worst, ratio / segment.frames());
    explained += sum.spoken[end] - sum.spoken[first];
    result.speech_frames += segment.frames();
    ++result.words;
    if (!result.text.empty()) result.text += ' ';
    result.text += plain(segment.word);
  }
  if (result.words == 0) return {};
  result.frame_score = total / result.speech_frames;
  result.worst_word = worst;
  const int spoken = sum.spoken.back();
  result.unexplained = spoken == 0 ? 0.0 : static_cast<double>(spoken - explained) / spoken;
  const std::vector<std::string> said = words_of(grammar);
  const std::vector<std::string> heard = words_of(english);
  result.english_words = static_cast<int>(heard.size());
  result.agreed = common_words(said, heard);
  result.telling = common_words(telling_words(said), telling_words(heard));
  return result;
}

double conviction(const Evidence& evidence) {
  // The weights follow a logistic regression over some 430 utterances that are no commands (people
  // reading, talking, in meetings, single words, noise, foreign sentences of synthetic voices) and
  // 120 that are, rounded. Of the first, those that would act stay below -1.7; commands by voices
  // made of recorded people reach +1.9 and more.
  constexpr double kWorstWordWeight = 0.5;
  constexpr double kAgreementWeight = 3.0;
  constexpr double kAgreedWordWeight = 0.2;
  constexpr int kAgreedWordsMax = 6;
  constexpr double kUnexplainedWeight = 5.0;
  constexpr double kThreshold = 0.3;
  // Where English heard none of the words that tell anything there is nothing to believe, however
  // well the sounds fit: a crackling fire is a good "help".
  if (evidence.telling == 0) return -kNoEvidence;
  const double agreement =
      static_cast<double>(evidence.agreed) / (std::max(evidence.words, evidence.english_words) + 1);
  return evidence.frame_score + kWorstWordWeight * evidence.worst_word +
         kAgreementWeight * agreement +
         kAgreedWordWeight * std::min(evidence.agreed, kAgreedWordsMax) -
         kUnexplainedWeight * evidence.unexplained - kThreshold;
}

}  // namespace livegate::speech
