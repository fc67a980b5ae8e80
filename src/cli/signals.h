// The signals by which an operator speaks to a running command, waited for instead of handled, on
// one thread.
//
// Decides which there are. Leaves what follows from each to the command.
#pragma once

#include <csignal>
#include <cstdint>
#include <optional>

#include "base/instant.h"

namespace livegate::cli {

class Signals {
 public:
  enum class What : std::uint8_t {
    stop,       // SIGTERM
    interrupt,  // SIGINT: a person at the terminal
    reload,     // SIGHUP
    replace,    // SIGUSR2
    woken,      // wake() was called
    readable,   // the other descriptor that was waited for
    timeout,
  };

  // Blocks them for this thread and all that it starts from now on: before any other exists.
  Signals();
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  // The next one, each once; or that `other` can be read, where it is one. On the thread that made
  // this.
  [[nodiscard]] What wait(std::optional<Millis> time_max = std::nullopt, int other = -1);
  // Until SIGTERM or SIGINT, for commands that know no other.
  void wait_for_stop();
  void wake();  // any thread

 private:
  sigset_t set_{};
  int signals_ = -1;
  int woken_ = -1;
};

}  // namespace livegate::cli
