#include "speech/recognizer.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <fstream>
#include <future>
#include <list>
#include <mutex>
#include <optional>
#include <thread>
#include <unordered_map>
#include <utility>

#include <unistd.h>

#include "base/limits.h"
#include "speech/decoder.h"
#include "speech/fair_queue.h"
#include "speech/narrow_band.h"
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
  GrammarPtr grammar;
  std::vector<std::int16_t> samples;
  std::shared_ptr<const std::atomic<bool>> cancelled;
  std::function<void(Recognition)> done;  // none: the grammar is only to be made ready
  [[nodiscard]] bool is_cancelled() const { return cancelled && cancelled->load(); }
};

// The decoders of one grammar: the grammar itself, and English over common words and those of the
// grammar.
struct Ears {
  std::unique_ptr<Decoder> grammar;
  std::unique_ptr<Decoder> english;
};

// What one worker thread owns: a language model, and the decoders of the grammars that it used
// last. Both are made when first needed.
class Worker {
 public:
  Worker(std::unique_ptr<LanguageModel> model, const WorkOptions& work,
         const std::atomic<bool>& stopping)
      : model_(std::move(model)), work_(work), stopping_(stopping) {}

  // Makes the decoders of a grammar before the first utterance needs them: 0.2 s that nobody waits
  // for.
  void prepare(const GrammarPtr& grammar) { (void)ears_for(grammar); }

  // Whether prepare() has nothing to do. Not while the worker works.
  [[nodiscard]] bool is_ready_for(const GrammarPtr& grammar) const {
    return std::ranges::find(recent_, grammar, &Entry::first) != recent_.end();
  }

  Recognition hear(const Job& job) {
    Recognition result;
    if (job.samples.size() > limits::kUtteranceSamplesMax) return result;
    Ears* const ears = ears_for(job.grammar);
    if (ears == nullptr) return result;
    const Features features =
        ears->grammar->features(is_narrow_band(job.samples) ? widened(job.samples) : job.samples);
    // Side by side: somebody waits for the answer, and the two decoders share nothing.
    std::future<Search> english =
        std::async(std::launch::async, [&] { return search(*ears->english, features, job); });
    const Search words = search(*ears->grammar, features, job);
    const Search rival = english.get();
    result.given_up = words.spent || rival.spent;
    if (words.path.empty() || result.given_up) return result;
    const Evidence evidence = weigh(words.path, rival.path);
    result.score = conviction(evidence);
    result.accepted = is_convincing(evidence);
    if (result.accepted) result.text = evidence.text;
    return result;
  }

 private:
  struct Search {
    Path path;
    bool spent = false;
  };

  Search search(Decoder& decoder, const Features& features, const Job& job) const {
    WorkLimit limit(work_, job.samples.size(), {stopping_, job.cancelled.get()});
    Search result;
    result.path = decoder.decode(features, [&] { return limit.goes_on(); });
    result.spent = limit.is_spent();
    return result;
  }

  Ears* ears_for(const GrammarPtr& grammar) {
    const auto found = std::ranges::find(recent_, grammar, &Entry::first);
    if (found != recent_.end()) {
      recent_.splice(recent_.begin(), recent_, found);
      return &recent_.front().second;
    }
    if (!model_) {
      auto model = LanguageModel::load();
      if (!model) return nullptr;
      model_ = std::move(*model);
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
  const WorkOptions work_;
  const std::atomic<bool>& stopping_;
  std::list<Entry> recent_;  // the last used first
};

class PooledRecognizer final : public Recognizer {
 public:
  PooledRecognizer(const RecognizerOptions& options, Pronunciations dictionary,
                   std::unique_ptr<LanguageModel> model)
      : dictionary_(std::move(dictionary)),
        common_words_(model->common_words(kCommonWords, dictionary_.words())) {
    for (int i = 0; i < options.threads; ++i) {
      places_.push_back(std::make_unique<Place>(Worker(std::move(model), options.work, stopping_)));
      idle_.push_back(places_.back().get());
    }
    for (auto& place : places_) {
      place->thread = std::thread([this, at = place.get()] { run(*at); });
    }
  }

  ~PooledRecognizer() override {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    for (auto& place : places_) place->wake.notify_one();
    for (auto& place : places_) place->thread.join();
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
    {
      const std::lock_guard queue_lock(mutex_);
      if (preparations_.size() >= limits::kGrammarsPreparedMax) preparations_.pop_front();
      preparations_.push_back(grammar);
      hand_out();
    }
    return std::shared_ptr<const Grammar>(std::move(grammar));
  }

  bool knows_word(const std::string& word) const override { return dictionary_.knows(word); }

  bool recognize(Utterance utterance, std::function<void(Recognition)> done) override {
    auto grammar = std::dynamic_pointer_cast<const CompiledGrammar>(std::move(utterance.grammar));
    LIVEGATE_CHECK(grammar != nullptr && done);
    const std::lock_guard lock(mutex_);
    if (waiting_.size() >= limits::kUtterancesQueuedMax) {
      counts_.cancelled += waiting_.drop([](const Job& job) { return job.is_cancelled(); });
    }
    if (waiting_.size() >= limits::kUtterancesQueuedMax) {
      ++counts_.refused;
      return false;
    }
    waiting_.push(utterance.session, {std::move(grammar), std::move(utterance.samples),
                                      std::move(utterance.cancelled), std::move(done)});
    hand_out();
    return true;
  }

  RecognizerCounts counts() const override {
    const std::lock_guard lock(mutex_);
    return counts_;
  }

 private:
  // A worker, its thread, and what it is to do next.
  struct Place {
    explicit Place(Worker&& made) : worker(std::move(made)) {}
    Worker worker;  // the thread's own, except while it is idle
    std::condition_variable wake;
    std::optional<Job> job;
    std::optional<std::uint64_t> session;  // of the job
    std::thread thread;
  };

  // Gives idle workers what waits, utterances first. One that has the grammar's decoders is
  // preferred: to make them takes 0.2 s and 25 MB. Under the lock.
  void hand_out() {
    while (!idle_.empty()) {
      Job job;
      std::optional<std::uint64_t> session;
      if (auto taken = waiting_.take()) {
        job = std::move(taken->job);
        session = taken->session;
      } else if (!preparations_.empty()) {
        job.grammar = std::move(preparations_.front());
        preparations_.pop_front();
      } else {
        return;
      }
      auto best = std::ranges::find_if(
          idle_, [&](const Place* place) { return place->worker.is_ready_for(job.grammar); });
      if (best == idle_.end()) best = idle_.begin();
      Place& place = **best;
      idle_.erase(best);
      place.job = std::move(job);
      place.session = session;
      place.wake.notify_one();
    }
  }

  void run(Place& place) {
    std::unique_lock lock(mutex_);
    for (;;) {
      place.wake.wait(lock, [&] { return stopping_.load() || place.job.has_value(); });
      if (stopping_) return;
      const Job job = std::move(*place.job);
      place.job.reset();
      lock.unlock();
      work(place.worker, job);
      lock.lock();
      if (place.session) waiting_.finished(*place.session);
      idle_.push_front(&place);  // the last used first: what it needs is made, and in the cache
      hand_out();
    }
  }

  void work(Worker& worker, const Job& job) {
    if (!job.done) return worker.prepare(job.grammar);
    Recognition heard;
    if (!job.is_cancelled()) heard = worker.hear(job);
    const bool wanted = !job.is_cancelled() && !stopping_;
    count(wanted, heard.given_up);
    if (wanted) job.done(std::move(heard));
  }

  void count(bool wanted, bool given_up) {
    const std::lock_guard lock(mutex_);
    ++(wanted ? counts_.decoded : counts_.cancelled);
    if (wanted && given_up) ++counts_.given_up;
  }

  const Pronunciations dictionary_;
  const std::vector<std::string> common_words_;  // the language's most frequent
  std::mutex compile_mutex_;
  std::unordered_map<std::string, std::weak_ptr<const CompiledGrammar>> compiled_;

  mutable std::mutex mutex_;
  FairQueue<Job> waiting_;
  std::deque<GrammarPtr> preparations_;
  RecognizerCounts counts_;
  std::atomic<bool> stopping_ = false;
  std::vector<std::unique_ptr<Place>> places_;
  std::deque<Place*> idle_;
};

// What the process may use: the machine's memory, or less if its control group says so.
std::uint64_t memory_bytes() {
  const auto pages = static_cast<std::uint64_t>(std::max(0L, sysconf(_SC_PHYS_PAGES)));
  const auto page = static_cast<std::uint64_t>(std::max(0L, sysconf(_SC_PAGESIZE)));
  std::uint64_t group = 0;
  std::ifstream limit("/sys/fs/cgroup/memory.max");
  if (!(limit >> group)) return pages * page;  // absent, or "max"
  return std::min(group, pages * page);
}

}  // namespace

int threads_for(unsigned processors, std::uint64_t memory_bytes) {
  const auto wanted =
      std::clamp<std::uint64_t>(processors, 2, limits::kRecognizerThreadsDefaultMax);
  const std::uint64_t affordable = memory_bytes / 2 / limits::kRecognizerThreadBytes;
  return static_cast<int>(std::max<std::uint64_t>(1, std::min(wanted, affordable)));
}

int default_threads() { return threads_for(std::thread::hardware_concurrency(), memory_bytes()); }

Result<std::unique_ptr<Recognizer>, std::string> Recognizer::open(
    const RecognizerOptions& options) {
  LIVEGATE_CHECK(options.threads >= 1);
  auto dictionary = Pronunciations::read(model_folder() + "/cmudict-en-us.dict");
  if (!dictionary) return Unexpected{dictionary.error()};
  auto model = LanguageModel::load();
  if (!model) return Unexpected{model.error()};
  return std::unique_ptr<Recognizer>(
      std::make_unique<PooledRecognizer>(options, std::move(*dictionary), std::move(*model)));
}

}  // namespace livegate::speech
