#include "offline/offline_server_grammars.h"

#include <utility>

namespace livegate::offline {

GrammarCompiler::GrammarCompiler(speech::Recognizer& recognizer)
    : recognizer_(recognizer), thread_([this] { work(); }) {}

GrammarCompiler::~GrammarCompiler() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void GrammarCompiler::compile(std::string jsgf, std::function<void(Compiled)> done) {
  {
    const std::lock_guard lock(mutex_);
    jobs_.push_back({.jsgf = std::move(jsgf), .done = std::move(done)});
  }
  wake_.notify_one();
}

void GrammarCompiler::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
    if (stopping_) return;
    const Job job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    job.done(recognizer_.compile(job.jsgf));
    lock.lock();
  }
}

}  // namespace livegate::offline
