// The log: one line per event of a session's life, never per frame, never a key, a token or a word
// that somebody said. Secrets are held as Redacted and print as "[redacted]".
//
// Decides what is written: levels, and the audit lines that every level but `off` has. Leaves the
// layout to log_line.h, the writing to LogWriter, and to who logs what is worth a line.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/result.h"
#include "obs/log_line.h"
#include "obs/log_writer.h"

namespace livegate::obs {

enum class LogLevel : std::uint8_t { debug, info, warn, error, off };

// Safe from any thread, which never waits for the reader of the log. Use the format functions:
// log.info("listening on {}", port), log.info(subject, "begins ({})", kind).
class Log {
 public:
  // Writes to standard error, or to `file` if not empty. Throws std::system_error, whose text names
  // the file, if it cannot be opened. A file that is made is its owner's alone.
  Log(LogLevel level, const std::string& file, LogFormat format = LogFormat::text);

  // Opens `file` afresh, so that one that was moved away can be finished with, and takes the other
  // settings over. The error is one sentence; then nothing has changed.
  Result<Done, std::string> reopen(LogLevel level, const std::string& file, LogFormat format);

  template <class... Args>
  void debug(fmt::format_string<Args...> format, Args&&... args) {
    say(LogLevel::debug, {}, format, std::forward<Args>(args)...);
  }
  template <class... Args>
  void info(fmt::format_string<Args...> format, Args&&... args) {
    say(LogLevel::info, {}, format, std::forward<Args>(args)...);
  }
  template <class... Args>
  void warn(fmt::format_string<Args...> format, Args&&... args) {
    say(LogLevel::warn, {}, format, std::forward<Args>(args)...);
  }
  template <class... Args>
  void error(fmt::format_string<Args...> format, Args&&... args) {
    say(LogLevel::error, {}, format, std::forward<Args>(args)...);
  }
  template <class... Args>
  void say(LogLevel level, const Subject& subject, fmt::format_string<Args...> format,
           Args&&... args) {
    if (wants(level)) {
      write(name_of(level), subject, fmt::format(format, std::forward<Args>(args)...));
    }
  }

  // What an operator has to account for: who was refused what, and why. At every level but `off`.
  template <class... Args>
  void audit(const Subject& subject, fmt::format_string<Args...> format, Args&&... args) {
    if (settings_->level.load(std::memory_order_relaxed) != LogLevel::off) {
      write("audit", subject, fmt::format(format, std::forward<Args>(args)...));
    }
  }

  // Lines that found no room, since the start.
  [[nodiscard]] std::uint64_t lost_lines() const { return writer_.lost_lines(); }

 private:
  [[nodiscard]] static std::string_view name_of(LogLevel level);
  [[nodiscard]] bool wants(LogLevel level) const {
    return level >= settings_->level.load(std::memory_order_relaxed) && level != LogLevel::off;
  }
  void write(std::string_view level, const Subject& subject, std::string_view message);

  struct Settings {
    std::atomic<LogLevel> level;
    std::atomic<LogFormat> format;
    std::atomic<bool> colored;
  };
  [[nodiscard]] static std::string line(const Settings& settings, std::string_view level,
                                        const Subject& subject, std::string_view message);

  std::shared_ptr<Settings> settings_;  // the writer's too, which may outlive us
  LogWriter writer_;
};

}  // namespace livegate::obs
