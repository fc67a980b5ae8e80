#include "speech/recognizer.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
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
  CompiledGrammar(std::string text, std::string words)
      : jsgf(std::move(text)), dictionary(std::move(words)) {}
  const std::string jsgf;
  const std::string dictionary;
};

using GrammarPtr = std::shared_ptr<const CompiledGrammar>;

struct Job {
  GrammarPtr grammar;
  std::vector<std::int16_t> samples;
  std::function<void(Recognition)> done;
};

// What one worker thread owns: the phone decoder, and the decoders of the grammars that it used
// last.
class Worker {
 public:
  explicit Worker(std::unique_ptr<Decoder> phones) : phones_(std::move(phones)) {}

  Recognition hear(const GrammarPtr& grammar, const std::vector<std::int16_t>& samples) {
    Recognition result;
    if (samples.size() > limits::kUtteranceSamplesMax) return result;
    Decoder* const decoder = decoder_of(grammar);
    if (decoder == nullptr) return result;
    const Path words = decoder->decode(samples);
    if (words.empty()) return result;
    const Evidence evidence = weigh(words, phones_->decode(samples));
    result.score = evidence.frame_score;
    result.accepted = is_convincing(evidence);
    if (result.accepted) result.text = evidence.text;
    return result;
  }

 private:
  Decoder* decoder_of(const GrammarPtr& grammar) {
    const auto found = std::ranges::find(recent_, grammar, &Entry::first);
    if (found != recent_.end()) {
      recent_.splice(recent_.begin(), recent_, found);
      return recent_.front().second.get();
    }
    auto made = Decoder::for_grammar(grammar->jsgf, grammar->dictionary);
    if (!made) return nullptr;
    if (recent_.size() >= limits::kDecodersPerWorkerMax) recent_.pop_back();
    recent_.emplace_front(grammar, std::move(*made));
    return recent_.front().second.get();
  }

  using Entry = std::pair<GrammarPtr, std::unique_ptr<Decoder>>;
  std::unique_ptr<Decoder> phones_;
  std::list<Entry> recent_;  // the last used first
};

class PooledRecognizer final : public Recognizer {
 public:
  PooledRecognizer(Pronunciations dictionary, std::vector<std::unique_ptr<Decoder>> phones)
      : dictionary_(std::move(dictionary)) {
    for (auto& decoder : phones) {
      threads_.emplace_back([this, worker = Worker(std::move(decoder))]() mutable { run(worker); });
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
    auto grammar = std::make_shared<const CompiledGrammar>(jsgf, dictionary_.excerpt(*words));
    compiled_[jsgf] = grammar;
    return std::shared_ptr<const Grammar>(std::move(grammar));
  }

  bool knows_word(const std::string& word) const override { return dictionary_.knows(word); }

  bool recognize(std::shared_ptr<const Grammar> grammar, std::vector<std::int16_t> samples,
                 std::function<void(Recognition)> done) override {
    auto compiled = std::dynamic_pointer_cast<const CompiledGrammar>(std::move(grammar));
    LIVEGATE_CHECK(compiled != nullptr);
    {
      const std::lock_guard lock(mutex_);
      if (jobs_.size() >= limits::kUtterancesQueuedMax) return false;
      jobs_.push_back({std::move(compiled), std::move(samples), std::move(done)});
    }
    wake_.notify_one();
    return true;
  }

 private:
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
      job.done(worker.hear(job.grammar, job.samples));
    }
  }

  const Pronunciations dictionary_;
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
  std::vector<std::unique_ptr<Decoder>> phones;
  for (int i = 0; i < threads; ++i) {
    auto decoder = Decoder::for_phones();
    if (!decoder) return Unexpected{decoder.error()};
    phones.push_back(std::move(*decoder));
  }
  return std::unique_ptr<Recognizer>(
      std::make_unique<PooledRecognizer>(std::move(*dictionary), std::move(phones)));
}

}  // namespace livegate::speech
