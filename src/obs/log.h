// The log: one line per event of a session's life, never per frame, never a key, a token or a word
// that somebody said. Secrets are held as Redacted and print as "[redacted]".
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <spdlog/spdlog.h>

namespace livegate::obs {

enum class LogLevel { debug, info, warn, error, off };

// Safe from any thread. Use the format functions: log.info("session {} opened", id).
class Log {
 public:
  // Writes to standard error, or to `file` if not empty. Throws spdlog::spdlog_ex if the file
  // cannot be opened.
  Log(LogLevel level, const std::string& file);

  template <class... Args>
  void debug(fmt::format_string<Args...> format, Args&&... args) {
    logger_->debug(format, std::forward<Args>(args)...);
  }
  template <class... Args>
  void info(fmt::format_string<Args...> format, Args&&... args) {
    logger_->info(format, std::forward<Args>(args)...);
  }
  template <class... Args>
  void warn(fmt::format_string<Args...> format, Args&&... args) {
    logger_->warn(format, std::forward<Args>(args)...);
  }
  template <class... Args>
  void error(fmt::format_string<Args...> format, Args&&... args) {
    logger_->error(format, std::forward<Args>(args)...);
  }

 private:
  std::shared_ptr<spdlog::logger> logger_;
};

}  // namespace livegate::obs
