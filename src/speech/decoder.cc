#include "speech/decoder.h"

#include <algorithm>
#include <cstdlib>
#include <mutex>
#include <utility>

#include <pocketsphinx.h>
#include <sphinxbase/err.h>
#include <sphinxbase/fsg_model.h>
#include <sphinxbase/jsgf.h>
#include <sphinxbase/ngram_model.h>
#include <sys/mman.h>
#include <unistd.h>

namespace livegate::speech {
namespace {

// A file without a name, for a library that takes only paths.
class MemoryFile {
 public:
  explicit MemoryFile(const std::string& text) : fd_(memfd_create("livegate", MFD_CLOEXEC)) {
    for (std::size_t done = 0; fd_ >= 0 && done < text.size();) {
      const ssize_t n = write(fd_, text.data() + done, text.size() - done);
      if (n <= 0) {
        close(std::exchange(fd_, -1));
      } else {
        done += static_cast<std::size_t>(n);
      }
    }
  }
  ~MemoryFile() {
    if (fd_ >= 0) close(fd_);
  }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  [[nodiscard]] bool is_open() const { return fd_ >= 0; }
  [[nodiscard]] std::string path() const { return "/proc/self/fd/" + std::to_string(fd_); }

 private:
  int fd_;
};

struct FreeConfig {
  void operator()(cmd_ln_t* config) const { cmd_ln_free_r(config); }
};
struct FreeDecoder {
  void operator()(ps_decoder_t* decoder) const { ps_free(decoder); }
};
using Config = std::unique_ptr<cmd_ln_t, FreeConfig>;

// The library logs to stderr unless told not to, and keeps where in globals without a lock. So
// once, and never by its -logfn: that closes the file of another decoder being made just then.
void silence_library() { [[maybe_unused]] static const bool once = (err_set_logfp(nullptr), true); }

Config make_config(const std::string& dictionary_path) {
  silence_library();
  const std::string acoustic = model_folder() + "/en-us";
  Config config(cmd_ln_init(nullptr, ps_args(), TRUE, "-hmm", acoustic.c_str(), "-dict",
                            dictionary_path.c_str(), "-cmn", "batch", nullptr));
  if (!config) return config;
  // The library drops stretches that it takes for silence; whole utterances have been cut already,
  // and frames must have the same numbers in both decoders.
  cmd_ln_set_boolean_r(config.get(), "-remove_silence", FALSE);
  return config;
}

// One decoder is made at a time: the library's front end keeps what it is given in globals while
// it builds its filters.
std::mutex making;

// A decoder over `dictionary`, without a search yet. Null if the model is not there.
template <class Settings>
ps_decoder_t* make_decoder(const std::string& dictionary, const Settings& settings) {
  const MemoryFile words(dictionary);
  if (!words.is_open()) return nullptr;
  const std::lock_guard lock(making);
  const Config config = make_config(words.path());
  if (!config) return nullptr;
  settings(config.get());
  return ps_init(config.get());
}

std::string missing_model() {
  return "The speech model in " + model_folder() +
         " cannot be loaded; it comes with the package pocketsphinx-en-us.";
}

struct FreeLogmath {
  void operator()(logmath_t* logmath) const { logmath_free(logmath); }
};
struct FreeNgrams {
  void operator()(ngram_model_t* model) const { ngram_model_free(model); }
};

class NgramModel final : public LanguageModel {
 public:
  static constexpr double kLogBase =
      1.0001;  // the decoders' own; theirs and the model's must be the same

  explicit NgramModel(std::unique_ptr<logmath_t, FreeLogmath> logmath)
      : logmath_(std::move(logmath)) {}

  bool read() {
    const std::string path = model_folder() + "/en-us.lm.bin";
    model_.reset(ngram_model_read(nullptr, path.c_str(), NGRAM_AUTO, logmath_.get()));
    return model_ != nullptr;
  }

  std::vector<std::string> common_words(std::size_t count,
                                        const std::vector<std::string>& candidates) const override {
    const std::int32_t unknown = ngram_unknown_wid(model_.get());
    std::vector<std::pair<std::int32_t, const std::string*>> scored;
    for (const std::string& word : candidates) {
      const std::int32_t id = ngram_wid(model_.get(), word.c_str());
      if (id == unknown) continue;
      std::int32_t used = 0;
      scored.emplace_back(ngram_ng_score(model_.get(), id, nullptr, 0, &used), &word);
    }
    std::ranges::stable_sort(scored,
                             [](const auto& a, const auto& b) { return a.first > b.first; });
    std::vector<std::string> words;
    for (std::size_t i = 0; i < scored.size() && i < count; ++i) words.push_back(*scored[i].second);
    return words;
  }

  [[nodiscard]] ngram_model_t* get() const { return model_.get(); }

 private:
  std::unique_ptr<logmath_t, FreeLogmath> logmath_;
  std::unique_ptr<ngram_model_t, FreeNgrams> model_;
};

// The library keeps the scores of searches shifted down by ten bits (its SENSCR_SHIFT), those of
// lattices not.
constexpr double kSearchScoreScale = 1024.0;
constexpr double kLatticeScoreScale = 1.0;

class PocketsphinxDecoder final : public Decoder {
 public:
  PocketsphinxDecoder(ps_decoder_t* decoder, double score_scale)
      : decoder_(decoder), score_scale_(score_scale) {}

  Path decode(std::span<const std::int16_t> samples) override {
    silence_library();
    Path path;
    if (samples.empty() || ps_start_utt(decoder_.get()) < 0) return path;
    ps_process_raw(decoder_.get(), samples.data(), samples.size(), FALSE, TRUE);
    ps_end_utt(decoder_.get());
    std::int32_t total = 0;
    if (ps_get_hyp(decoder_.get(), &total) == nullptr) return path;
    logmath_t* const logmath = ps_get_logmath(decoder_.get());
    for (ps_seg_t* seg = ps_seg_iter(decoder_.get()); seg != nullptr; seg = ps_seg_next(seg)) {
      Segment segment;
      segment.word = ps_seg_word(seg);
      ps_seg_frames(seg, &segment.first_frame, &segment.last_frame);
      std::int32_t acoustic = 0;
      std::int32_t language = 0;
      std::int32_t back_off = 0;
      ps_seg_prob(seg, &acoustic, &language, &back_off);
      segment.acoustic = logmath_log_to_ln(logmath, acoustic) * score_scale_;
      const bool is_null_transition = segment.word.front() == '(';
      if (is_null_transition || segment.last_frame < segment.first_frame) continue;
      path.push_back(std::move(segment));
    }
    return path;
  }

 private:
  std::unique_ptr<ps_decoder_t, FreeDecoder> decoder_;
  double score_scale_;
};

}  // namespace

std::string model_folder() {
  const char* const set = std::getenv("LIVEGATE_SPEECH_MODEL");
  return set != nullptr && *set != '\0' ? set : "/usr/share/pocketsphinx/model/en-us";
}

Result<std::unique_ptr<LanguageModel>, std::string> LanguageModel::load() {
  silence_library();
  std::unique_ptr<logmath_t, FreeLogmath> logmath(logmath_init(NgramModel::kLogBase, 0, 0));
  auto model = std::make_unique<NgramModel>(std::move(logmath));
  if (!model->read()) return Unexpected{missing_model()};
  return std::unique_ptr<LanguageModel>(std::move(model));
}

Result<std::unique_ptr<Decoder>, std::string> Decoder::for_grammar(const std::string& jsgf,
                                                                   const std::string& dictionary) {
  // Wider than the library's beams of 1e-48: strange voices are understood more often (81 against
  // 85 of a hundred sentences), at a few per cent of the time.
  ps_decoder_t* const decoder = make_decoder(dictionary, [](cmd_ln_t* config) {
    cmd_ln_set_float_r(config, "-beam", 1e-70);
    cmd_ln_set_float_r(config, "-pbeam", 1e-70);
    cmd_ln_set_float_r(config, "-wbeam", 1e-50);
  });
  if (decoder == nullptr) return Unexpected{missing_model()};
  auto result = std::make_unique<PocketsphinxDecoder>(decoder, kSearchScoreScale);
  if (ps_set_jsgf_string(decoder, "grammar", jsgf.c_str()) < 0 ||
      ps_set_search(decoder, "grammar") < 0) {
    return Unexpected{std::string("The grammar cannot be compiled.")};
  }
  return std::unique_ptr<Decoder>(std::move(result));
}

Result<std::unique_ptr<Decoder>, std::string> Decoder::for_language(LanguageModel& model,
                                                                    const std::string& dictionary) {
  // Without the second search: the lattice of the first has nearly the same words for half the
  // time.
  ps_decoder_t* const decoder = make_decoder(
      dictionary, [](cmd_ln_t* config) { cmd_ln_set_boolean_r(config, "-fwdflat", FALSE); });
  if (decoder == nullptr) return Unexpected{missing_model()};
  auto result = std::make_unique<PocketsphinxDecoder>(decoder, kLatticeScoreScale);
  auto& ngrams = dynamic_cast<NgramModel&>(model);
  if (ps_set_lm(decoder, "language", ngrams.get()) < 0 || ps_set_search(decoder, "language") < 0) {
    return Unexpected{std::string("The language model cannot be used.")};
  }
  return std::unique_ptr<Decoder>(std::move(result));
}

Result<std::vector<std::string>, std::string> words_of_grammar(const std::string& jsgf) {
  silence_library();
  // The library's scanner prints what it cannot read; at least spare standard output everything
  // else.
  if (!jsgf.starts_with("#JSGF")) return Unexpected{std::string("The grammar is not JSGF.")};
  jsgf_t* const grammar = jsgf_parse_string(jsgf.c_str(), nullptr);
  if (grammar == nullptr) return Unexpected{std::string("The grammar cannot be parsed.")};
  std::vector<std::string> words;
  std::string problem;
  jsgf_rule_t* const rule = jsgf_get_public_rule(grammar);
  logmath_t* const logmath = logmath_init(1.0001, 0, 0);
  fsg_model_t* const graph =
      rule != nullptr ? jsgf_build_fsg(grammar, rule, logmath, 1.0F) : nullptr;
  if (graph != nullptr) {
    for (int i = 0; i < graph->n_word; ++i) words.emplace_back(graph->vocab[i]);
    fsg_model_free(graph);
  } else {
    problem = "The grammar has no public rule that can be built.";
  }
  logmath_free(logmath);
  jsgf_grammar_free(grammar);
  if (graph == nullptr) return Unexpected{problem};
  return words;
}

}  // namespace livegate::speech
