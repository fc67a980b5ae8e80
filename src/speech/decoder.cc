#include "speech/decoder.h"

#include <algorithm>
#include <cstdlib>
#include <mutex>
#include <utility>

#include <pocketsphinx.h>
#include <sphinxbase/err.h>
#include <sphinxbase/fe.h>
#include <sphinxbase/feat.h>
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
  ps_decoder_t* const decoder = ps_init(config.get());
  // The model's own file asks for the mean to be taken away, which features() has done already.
  if (decoder != nullptr) ps_get_feat(decoder)->cmn = CMN_NONE;
  return decoder;
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

// Between two questions whether to go on. More than 7 do not fit: the library's queue holds 12, and
// its search for English looks 5 frames ahead.
constexpr std::size_t kSliceFrames = kFramesPerSecond / 20;

// One vector of values as the library wants it: a table of rows.
class Rows {
 public:
  Rows(std::vector<float>& values, std::size_t size, std::size_t count) : rows_(count) {
    values.resize(size * count);
    for (std::size_t i = 0; i < count; ++i) rows_[i] = values.data() + i * size;
  }
  [[nodiscard]] float** all() { return rows_.data(); }
  [[nodiscard]] std::size_t count() const { return rows_.size(); }

 private:
  std::vector<float*> rows_;
};

// Over the frames that have any energy, as the library does it.
void take_mean_away(Features& features) {
  std::vector<double> sum(features.size);
  std::size_t counted = 0;
  for (std::size_t at = 0; at < features.values.size(); at += features.size) {
    if (features.values[at] < 0) continue;
    ++counted;
    for (std::size_t i = 0; i < features.size; ++i) sum[i] += features.values[at + i];
  }
  if (counted == 0) return;
  for (std::size_t at = 0; at < features.values.size(); ++at) {
    features.values[at] -=
        static_cast<float>(sum[at % features.size] / static_cast<double>(counted));
  }
}

class PocketsphinxDecoder final : public Decoder {
 public:
  PocketsphinxDecoder(ps_decoder_t* decoder, double score_scale)
      : decoder_(decoder), score_scale_(score_scale) {}

  Features features(std::span<const std::int16_t> samples) override {
    fe_t* const front_end = ps_get_fe(decoder_.get());
    Features result{.size = static_cast<std::size_t>(fe_get_output_size(front_end)), .values = {}};
    const std::int16_t* next = samples.data();
    std::size_t left = samples.size();
    std::int32_t frames = 0;
    if (left == 0 || fe_process_frames(front_end, nullptr, &left, nullptr, &frames, nullptr) < 0) {
      return result;
    }
    Rows rows(result.values, result.size, static_cast<std::size_t>(frames) + 1);
    // What it took for noise in the last utterance was somebody else's.
    fe_start_stream(front_end);
    fe_start_utt(front_end);
    std::int32_t last = 0;
    if (fe_process_frames(front_end, &next, &left, rows.all(), &frames, nullptr) < 0 ||
        fe_end_utt(front_end, rows.all()[frames], &last) < 0) {
      result.values.clear();
      return result;
    }
    result.values.resize(static_cast<std::size_t>(frames + last) * result.size);
    take_mean_away(result);
    return result;
  }

  Path decode(const Features& features, const std::function<bool()>& goes_on) override {
    silence_library();
    Path path;
    if (features.frames() == 0 || ps_start_utt(decoder_.get()) < 0) return path;
    const bool finished = search(features, goes_on);
    ps_end_utt(decoder_.get());
    if (!finished) return path;
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
  // False if `goes_on` said no.
  bool search(const Features& features, const std::function<bool()>& goes_on) {
    // The last frame's slopes reach beyond it: as the library does with a whole utterance, it is
    // repeated there.
    const auto window = static_cast<std::size_t>(feat_window_size(ps_get_feat(decoder_.get())));
    std::vector<float> values = features.values;
    const std::vector<float> last(values.end() - static_cast<std::ptrdiff_t>(features.size),
                                  values.end());
    for (std::size_t i = 0; i < window; ++i) values.insert(values.end(), last.begin(), last.end());
    Rows rows(values, features.size, features.frames() + window);
    for (std::size_t at = 0; at < rows.count(); at += kSliceFrames) {
      if (!goes_on()) return false;
      const std::size_t slice = std::min(kSliceFrames, rows.count() - at);
      ps_process_cep(decoder_.get(), rows.all() + at, static_cast<int>(slice), FALSE, FALSE);
    }
    return true;
  }

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
  ps_decoder_t* const decoder = make_decoder(dictionary, [](cmd_ln_t* config) {
    cmd_ln_set_boolean_r(config, "-fwdflat", FALSE);
    // In clipped, narrow or noisy speech hundreds of words end in every frame, and what follows
    // grows with their number: 5 to 9 s of work for a second of it. With the best 20 alone it is
    // 0.1 to 0.3 s for any, and no command is understood worse.
    cmd_ln_set_int_r(config, "-maxwpf", 20);
    cmd_ln_set_int_r(config, "-maxhmmpf", 6000);
  });
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
