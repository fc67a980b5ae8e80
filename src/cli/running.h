// What commands that run until they are told to stop have in common.
#pragma once

#include <csignal>
#include <iostream>
#include <string>
#include <string_view>

#include "obs/log.h"

namespace livegate::cli {

// SIGINT, SIGTERM and SIGHUP, waited for instead of handled. Blocked before any thread starts, so
// that all inherit it.
class StopSignals {
 public:
  StopSignals() {
    sigemptyset(&set_);
    sigaddset(&set_, SIGINT);
    sigaddset(&set_, SIGTERM);
    sigaddset(&set_, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &set_, nullptr);
  }
  // Until SIGINT or SIGTERM. SIGHUP, which asks a server to read its configuration again, ends
  // nothing: `log` says that it is read at the start alone.
  void wait(obs::Log& log) const {
    int number = 0;
    while (sigwait(&set_, &number) != 0 || number == SIGHUP) {
      log.warn("SIGHUP changes nothing: the configuration is read at the start alone");
    }
  }

 private:
  sigset_t set_{};
};

[[nodiscard]] inline obs::LogLevel log_level(std::string_view name) {
  if (name == "debug") return obs::LogLevel::debug;
  if (name == "warn") return obs::LogLevel::warn;
  if (name == "error") return obs::LogLevel::error;
  if (name == "off") return obs::LogLevel::off;
  return obs::LogLevel::info;
}

[[nodiscard]] inline bool is_log_level(std::string_view name) {
  return name == "debug" || name == "info" || name == "warn" || name == "error" || name == "off";
}

// The exit code of a command that will not start, after saying why.
inline int refuse(const std::string& sentence) {
  std::cerr << "livegate: " << sentence << '\n';
  return 2;
}

}  // namespace livegate::cli
