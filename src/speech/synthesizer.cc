#include "speech/synthesizer.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

#include <flite/flite.h>

#include "audio/resampler.h"
#include "base/check.h"
#include "base/limits.h"
#include "speech/sentences.h"

// flite's voice libraries export these without a header.
extern "C" {
cst_voice* register_cmu_us_slt(const char* folder);
cst_voice* register_cmu_us_rms(const char* folder);
}

namespace livegate::speech {
namespace {

struct FreeWave {
  void operator()(cst_wave* wave) const { delete_wave(wave); }
};

// The library's voices are process-wide and so is the lock on them: every synthesizer takes its
// turn.
struct Voices {
  std::mutex mutex;
  cst_voice* slt = nullptr;
  cst_voice* rms = nullptr;
};

Voices& voices() {
  static Voices* const all = [] {
    auto* const made = new Voices;  // lives as long as the library's own
    flite_init();
    made->slt = register_cmu_us_slt(nullptr);
    made->rms = register_cmu_us_rms(nullptr);
    return made;
  }();
  return *all;
}

std::vector<std::int16_t> synthesize(const std::string& text, Voice voice, int rate_hz) {
  Voices& all = voices();
  const std::lock_guard lock(all.mutex);
  cst_voice* const speaker = voice == Voice::rms ? all.rms : all.slt;
  const std::unique_ptr<cst_wave, FreeWave> wave(flite_text_to_wave(text.c_str(), speaker));
  std::vector<std::int16_t> samples;
  if (!wave || wave->num_samples <= 0) return samples;
  audio::Resampler resampler(wave->sample_rate, rate_hz);
  resampler.process({wave->samples, static_cast<std::size_t>(wave->num_samples)}, samples);
  return samples;
}

struct Job {
  std::string text;
  Voice voice = Voice::slt;
  int rate_hz = 0;
  std::shared_ptr<const std::atomic<bool>> cancelled;
  std::function<void(Synthesizer::Sentence)> done;
};

class FliteSynthesizer final : public Synthesizer {
 public:
  FliteSynthesizer() : thread_([this] { run(); }) {}

  ~FliteSynthesizer() override {
    {
      const std::lock_guard lock(mutex_);
      jobs_.clear();
      stopping_ = true;
    }
    wake_.notify_all();
    thread_.join();
  }

  bool say(std::string text, Voice voice, int rate_hz,
           std::shared_ptr<const std::atomic<bool>> cancelled,
           std::function<void(Sentence)> done) override {
    {
      const std::lock_guard lock(mutex_);
      if (jobs_.size() >= limits::kTextsQueuedMax) return false;
      jobs_.push_back({std::move(text), voice, rate_hz, std::move(cancelled), std::move(done)});
    }
    wake_.notify_one();
    return true;
  }

  std::vector<std::int16_t> speak(const std::string& text, Voice voice, int rate_hz) override {
    std::vector<std::int16_t> all;
    for (const std::string& sentence : split_sentences(text)) {
      const auto samples = synthesize(sentence, voice, rate_hz);
      all.insert(all.end(), samples.begin(), samples.end());
    }
    return all;
  }

 private:
  void run() {
    for (;;) {
      Job job;
      {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [&] { return stopping_ || !jobs_.empty(); });
        if (stopping_) return;
        job = std::move(jobs_.front());
        jobs_.pop_front();
      }
      carry_out(job);
    }
  }

  void carry_out(const Job& job) {
    std::vector<std::string> sentences = split_sentences(job.text);
    if (sentences.empty()) sentences.emplace_back();
    for (std::size_t i = 0; i < sentences.size(); ++i) {
      if (is_stopping() || (job.cancelled && job.cancelled->load())) return;
      Sentence sentence;
      sentence.text = sentences[i];
      if (!sentence.text.empty()) {
        sentence.samples = synthesize(sentence.text, job.voice, job.rate_hz);
      }
      sentence.last = i + 1 == sentences.size();
      if (job.cancelled && job.cancelled->load()) return;
      job.done(std::move(sentence));
    }
  }

  bool is_stopping() {
    const std::lock_guard lock(mutex_);
    return stopping_;
  }

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job> jobs_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace

std::unique_ptr<Synthesizer> Synthesizer::open() { return std::make_unique<FliteSynthesizer>(); }

}  // namespace livegate::speech
