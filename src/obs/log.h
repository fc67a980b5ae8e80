// The log: one line per event of a session's life, never per frame, never a key, a token or a word
// that somebody said. Secrets are held as Redacted and print as "[redacted]".
//
// Decides how a line looks and that an event is one line, whatever text of a client stands in it.
// Leaves to who logs what is worth a line.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <spdlog/spdlog.h>

namespace livegate::obs {

enum class LogLevel { debug, info, warn, error, off };

// `text` without what a terminal or a reader of lines obeys: control characters, those of UTF-8's
// second block as well, are written as \x0a; what is longer than limits::kLogLineBytesMax is cut.
[[nodiscard]] std::string one_line(std::string_view text);

// Safe from any thread. Use the format functions: log.info("session {} opened", id).
class Log {
 public:
  // Writes to standard error, or to `file` if not empty. Throws spdlog::spdlog_ex if the file
  // cannot be opened.
  Log(LogLevel level, const std::string& file);

  template <class... Args>
  void debug(fmt::format_string<Args...> format, Args&&... args) {
    if (wants(LogLevel::debug))
      write(LogLevel::debug, fmt::format(format, std::forward<Args>(args)...));
  }
  template <class... Args>
  void info(fmt::format_string<Args...> format, Args&&... args) {
    if (wants(LogLevel::info))
      write(LogLevel::info, fmt::format(format, std::forward<Args>(args)...));
  }
  template <class... Args>
  void warn(fmt::format_string<Args...> format, Args&&... args) {
    if (wants(LogLevel::warn))
      write(LogLevel::warn, fmt::format(format, std::forward<Args>(args)...));
  }
  template <class... Args>
  void error(fmt::format_string<Args...> format, Args&&... args) {
    if (wants(LogLevel::error))
      write(LogLevel::error, fmt::format(format, std::forward<Args>(args)...));
  }

 private:
  [[nodiscard]] bool wants(LogLevel level) const;
  void write(LogLevel level, std::string_view text);

  std::shared_ptr<spdlog::logger> logger_;
};

}  // namespace livegate::obs
