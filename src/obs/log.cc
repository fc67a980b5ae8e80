#include "obs/log.h"

#include <cerrno>
#include <chrono>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

#include "base/limits.h"

namespace livegate::obs {
namespace {

constexpr mode_t kOwnerOnly = 0600;

// -1 and errno if it cannot be opened.
int open_file(const std::string& file) {
  if (file.empty()) return STDERR_FILENO;
  return ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK,
                kOwnerOnly);
}

int open_or_throw(const std::string& file) {
  const int descriptor = open_file(file);
  if (descriptor >= 0) return descriptor;
  throw std::system_error(errno, std::system_category(), "cannot open " + file);
}

bool is_for_a_terminal(const std::string& file) {
  return file.empty() && ::isatty(STDERR_FILENO) != 0;
}

}  // namespace

Log::Log(LogLevel level, const std::string& file, LogFormat format)
    : settings_(std::make_shared<Settings>(level, format, is_for_a_terminal(file))),
      writer_(open_or_throw(file), limits::kLogQueueBytesMax,
              [settings = settings_](std::uint64_t lines) {
                return line(*settings, "warn", {},
                            fmt::format("{} lines of the log were dropped here: they were not "
                                        "taken in time",
                                        lines));
              }) {}

Result<Done, std::string> Log::reopen(LogLevel level, const std::string& file, LogFormat format) {
  const int descriptor = open_file(file);
  if (descriptor < 0) {
    return Unexpected{"cannot open " + file + ": " + std::system_category().message(errno)};
  }
  settings_->level = level;
  settings_->format = format;
  settings_->colored = is_for_a_terminal(file);
  writer_.change(descriptor);
  return Done{};
}

std::string_view Log::name_of(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return "debug";
    case LogLevel::info:
      return "info";
    case LogLevel::warn:
      return "warn";
    case LogLevel::error:
    case LogLevel::off:
      break;
  }
  return "error";
}

std::string Log::line(const Settings& settings, std::string_view level, const Subject& subject,
                      std::string_view message) {
  return format_line({std::chrono::system_clock::now(), level, subject, message}, settings.format,
                     settings.colored);
}

void Log::write(std::string_view level, const Subject& subject, std::string_view message) {
  writer_.add(line(*settings_, level, subject, message));
}

}  // namespace livegate::obs
