// Compiles grammars away from the loop: it takes some 50 ms, in which the loop would serve nobody.
// One thread, in the order asked for. Its queue is as long as there are sessions: each asks for one
// at a time.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "base/result.h"
#include "speech/recognizer.h"

namespace livegate::offline {

class GrammarCompiler {
 public:
  using Compiled = Result<std::shared_ptr<const speech::Grammar>, std::string>;

  // `recognizer` outlives the compiler.
  explicit GrammarCompiler(speech::Recognizer& recognizer);
  ~GrammarCompiler();  // waits for the grammar in hand, drops the rest
  GrammarCompiler(const GrammarCompiler&) = delete;
  GrammarCompiler& operator=(const GrammarCompiler&) = delete;

  // Calls `done` once, on the compiler's thread. Any thread.
  void compile(std::string jsgf, std::function<void(Compiled)> done);

 private:
  struct Job {
    std::string jsgf;
    std::function<void(Compiled)> done;
  };
  void work();

  speech::Recognizer& recognizer_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job> jobs_;
  bool stopping_ = false;
  std::thread thread_;  // last: it uses the others
};

}  // namespace livegate::offline
