// One pocketsphinx decoder: the features of a whole utterance in, the best path of one grammar out,
// with the acoustic score of every word on it. Decides nothing about whether to believe the path
// (verdict.h), nor how much work it is worth (work_limit.h). One thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"

namespace livegate::speech {

inline constexpr int kFramesPerSecond = 100;

// One word of a path: what, from which frame to which (both included), and its log likelihood.
struct Segment {
  std::string word;  // lower case as in the dictionary; "<sil>", "[NOISE]" and the like for fillers
  int first_frame = 0;
  int last_frame = 0;
  double acoustic = 0.0;  // natural log
  [[nodiscard]] int frames() const { return last_frame - first_frame + 1; }
  [[nodiscard]] bool is_filler() const { return word.empty() || word[0] == '<' || word[0] == '['; }
};

// Every frame of the utterance belongs to one segment; empty if no path of the grammar fits.
using Path = std::vector<Segment>;

// What English sounds like, word after word: the model against which a grammar's answer is weighed.
// Decoders made with one LanguageModel share its 27 MB, and all of them belong to one thread.
class LanguageModel {
 public:
  static Result<std::unique_ptr<LanguageModel>, std::string> load();
  virtual ~LanguageModel() = default;

  // The `count` of the `candidates` that are most frequent in it, most frequent first.
  [[nodiscard]] virtual std::vector<std::string> common_words(
      std::size_t count, const std::vector<std::string>& candidates) const = 0;
};

// What the acoustic model sees of an utterance: per frame one vector of cepstra, the mean over the
// whole utterance taken away.
struct Features {
  std::size_t size = 0;  // of one frame
  std::vector<float> values;
  [[nodiscard]] std::size_t frames() const { return size == 0 ? 0 : values.size() / size; }
};

class Decoder {
 public:
  // Hears what `jsgf` allows, its words pronounced as in `dictionary` (text in the CMU format).
  static Result<std::unique_ptr<Decoder>, std::string> for_grammar(const std::string& jsgf,
                                                                   const std::string& dictionary);
  // Hears any sequence of the words in `dictionary`, the likelier the better `model` likes it. The
  // model must live as long.
  static Result<std::unique_ptr<Decoder>, std::string> for_language(LanguageModel& model,
                                                                    const std::string& dictionary);

  virtual ~Decoder() = default;

  // `samples`: mono s16 at 16 kHz, the whole utterance. The same for every decoder.
  virtual Features features(std::span<const std::int16_t> samples) = 0;

  // Asks `goes_on` before every 50 ms of the utterance; once it says no, the search
  // ends, and there is no path.
  virtual Path decode(const Features& features, const std::function<bool()>& goes_on) = 0;
};

// The words that a grammar uses, or why it cannot be read.
Result<std::vector<std::string>, std::string> words_of_grammar(const std::string& jsgf);

// Where Debian's package pocketsphinx-en-us puts its files, or what LIVEGATE_SPEECH_MODEL says.
[[nodiscard]] std::string model_folder();

}  // namespace livegate::speech
