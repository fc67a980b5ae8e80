#include "speech/recognizer.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <future>
#include <list>
#include <map>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <utility>

#include "base/limits.h"
#include "speech/decoder.h"
#include "speech/pronunciations.h"
#include "speech/verdict.h"

namespace livegate::speech {
namespace {

class CompiledGrammar final : public Grammar {
 public:
  CompiledGrammar(std::string text, std::string words, std::string more_words)
      : jsgf(std::move(text)), dictionary(std::move(words)), english(std::move(more_words)) {}
  const std::string jsgf;
  const std::string dictionary;  // of the grammar's words
  const std::string english;     // of these and the common ones
};

// How much English the grammar is compared with: enough to explain other sentences better than the
// grammar does, few enough to be searched in a tenth of the utterance's time.
constexpr std::size_t kCommonWords = 3000;

using GrammarPtr = std::shared_ptr<const CompiledGrammar>;

struct Job {
  GrammarPtr grammar;  // without `done`: only to be made ready
  std::vector<std::int16_t> samples;
  std::function<void(Recognition)> done;
};

// The decoders of one grammar: the grammar itself, and English over common words and those of the
// grammar.
struct Ears {
  std::unique_ptr<Decoder> grammar;
  std::unique_ptr<Decoder> english;
};

// What one worker thread owns: a language model, and the decoders of the grammars that it used
// last.
class Worker {
 public:
  explicit Worker(std::unique_ptr<LanguageModel> model) : model_(std::move(model)) {}

  // Makes the decoders of a grammar before the first utterance needs them: 0.2 s that nobody waits
  // for.
  void prepare(const GrammarPtr& grammar) { (void)ears_for(grammar); }

  Recognition hear(const GrammarPtr& grammar, const std::vector<std::int16_t>& samples) {
    Recognition result;
    if (samples.size() > limits::kUtteranceSamplesMax) return result;
    Ears* const ears = ears_for(grammar);
    if (ears == nullptr) return result;
    // Side by side: somebody waits for the answer, and the two decoders share nothing.
    std::future<Path> english =
        std::async(std::launch::async,
                   [&decoder = *ears->english, &samples] { return decoder.decode(samples); });
    const Path words = ears->grammar->decode(samples);
    const Path rival = english.get();
    if (words.empty()) return result;
    const Evidence evidence = weigh(words, rival);
    result.score = conviction(evidence);
    result.accepted = is_convincing(evidence);
    if (result.accepted) result.text = evidence.text;
    return result;
  }

 private:
  Ears* ears_for(const GrammarPtr& grammar) {
    const auto found = std::ranges::find(recent_, grammar, &Entry::first);
    if (found != recent_.end()) {
      recent_.splice(recent_.begin(), recent_, found);
      return &recent_.front().second;
    }
    auto own = Decoder::for_grammar(grammar->jsgf, grammar->dictionary);
    if (!own) return nullptr;
    auto english = Decoder::for_language(*model_, grammar->english);
    if (!english) return nullptr;
    if (recent_.size() >= limits::kDecodersPerWorkerMax) recent_.pop_back();
    recent_.emplace_front(grammar, Ears{std::move(*own), std::move(*english)});
    return &recent_.front().second;
  }

  using Entry = std::pair<GrammarPtr, Ears>;
  std::unique_ptr<LanguageModel> model_;
  std::list<Entry> recent_;  // the last used first
};

class PooledRecognizer final : public Recognizer {
 public:
  PooledRecognizer(Pronunciations dictionary, std::vector<std::unique_ptr<LanguageModel>> models)
      : dictionary_(std::move(dictionary)),
        common_words_(models.front()->common_words(kCommonWords, dictionary_.words())) {
    for (auto& model : models) {
      threads_.emplace_back([this, worker = Worker(std::move(model))]() mutable { run(worker); });
    }
  }

  ~PooledRecognizer() override {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
      jobs_.clear();
    }
    wake_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }

  Result<std::shared_ptr<const Grammar>, std::string> compile(const std::string& jsgf) override {
    const std::lock_guard lock(compile_mutex_);
    if (auto known = compiled_[jsgf].lock()) return std::shared_ptr<const Grammar>(known);
    std::erase_if(compiled_, [](const auto& entry) { return entry.second.expired(); });
    auto words = words_of_grammar(jsgf);
    if (!words) return Unexpected{words.error()};
    std::string missing;
    for (const std::string& word : *words) {
      if (!dictionary_.knows(word)) missing += (missing.empty() ? "" : ", ") + word;
    }
    if (!missing.empty()) {
      return Unexpected{"The pronouncing dictionary lacks words of the grammar: " + missing + "."};
    }
    std::string own = dictionary_.excerpt(*words);
    words->insert(words->end(), common_words_.begin(), common_words_.end());
    auto grammar =
        std::make_shared<const CompiledGrammar>(jsgf, std::move(own), dictionary_.excerpt(*words));
    compiled_[jsgf] = grammar;
    (void)enqueue({grammar, {}, nullptr});
    return std::shared_ptr<const Grammar>(std::move(grammar));
  }

  bool knows_word(const std::string& word) const override { return dictionary_.knows(word); }

  bool recognize(std::shared_ptr<const Grammar> grammar, std::vector<std::int16_t> samples,
                 std::function<void(Recognition)> done) override {
    auto compiled = std::dynamic_pointer_cast<const CompiledGrammar>(std::move(grammar));
    LIVEGATE_CHECK(compiled != nullptr);
    return enqueue({std::move(compiled), std::move(samples), std::move(done)});
  }

 private:
  bool enqueue(Job job) {
    {
      const std::lock_guard lock(mutex_);
      if (jobs_.size() >= limits::kUtterancesQueuedMax) return false;
      jobs_.push_back(std::move(job));
    }
    wake_.notify_one();
    return true;
  }

  void run(Worker& worker) {
    for (;;) {
      Job job;
      {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [&] { return stopping_ || !jobs_.empty(); });
        if (stopping_) return;
        job = std::move(jobs_.front());
        jobs_.pop_front();
      }
      if (job.done) {
        job.done(worker.hear(job.grammar, job.samples));
      } else {
        worker.prepare(job.grammar);
      }
    }
  }

  const Pronunciations dictionary_;
  const std::vector<std::string> common_words_;  // the language's most frequent
  std::mutex compile_mutex_;
  std::unordered_map<std::string, std::weak_ptr<const CompiledGrammar>> compiled_;

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job> jobs_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace

Result<std::unique_ptr<Recognizer>, std::string> Recognizer::open(int threads) {
  LIVEGATE_CHECK(threads >= 1);
  auto dictionary = Pronunciations::read(model_folder() + "/cmudict-en-us.dict");
  if (!dictionary) return Unexpected{dictionary.error()};
  std::vector<std::unique_ptr<LanguageModel>> models;
  for (int i = 0; i < threads; ++i) {
    auto model = LanguageModel::load();
    if (!model) return Unexpected{model.error()};
    models.push_back(std::move(*model));
  }
  return std::unique_ptr<Recognizer>(
      std::make_unique<PooledRecognizer>(std::move(*dictionary), std::move(models)));
}

}  // namespace livegate::speech
