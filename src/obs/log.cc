#include "obs/log.h"

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_color_sinks.h>

#include "base/limits.h"

namespace livegate::obs {
namespace {

spdlog::level::level_enum to_spdlog(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return spdlog::level::debug;
    case LogLevel::info:
      return spdlog::level::info;
    case LogLevel::warn:
      return spdlog::level::warn;
    case LogLevel::error:
      return spdlog::level::err;
    case LogLevel::off:
      return spdlog::level::off;
  }
  return spdlog::level::info;
}

bool is_control(unsigned char c) { return c < 0x20 || c == 0x7F; }

// U+0080 to U+009F: one of them begins a sequence for terminals, as ESC does.
bool is_control_pair(unsigned char c, unsigned char next) {
  return c == 0xC2 && next >= 0x80 && next <= 0x9F;
}

}  // namespace

std::string one_line(std::string_view text) {
  const std::string_view shown = text.substr(0, limits::kLogLineBytesMax);
  std::string out;
  out.reserve(shown.size());
  const auto escape = [&out](unsigned char c) {
    constexpr std::string_view kHex = "0123456789abcdef";
    out.append("\\x").append(1, kHex[c >> 4]).append(1, kHex[c & 15]);
  };
  for (std::size_t i = 0; i < shown.size(); ++i) {
    const auto c = static_cast<unsigned char>(shown[i]);
    const auto next = static_cast<unsigned char>(i + 1 < shown.size() ? shown[i + 1] : 0);
    if (is_control(c)) {
      escape(c);
    } else if (is_control_pair(c, next)) {
      escape(c);
      escape(next);
      ++i;
    } else {
      out += shown[i];
    }
  }
  if (shown.size() < text.size()) out += "...";
  return out;
}

Log::Log(LogLevel level, const std::string& file) {
  spdlog::sink_ptr sink;
  if (file.empty()) {
    sink = std::make_shared<spdlog::sinks::stderr_color_sink_mt>();
  } else {
    sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(file);
  }
  logger_ = std::make_shared<spdlog::logger>("livegate", std::move(sink));
  logger_->set_level(to_spdlog(level));
  logger_->flush_on(spdlog::level::info);
  logger_->set_pattern("%Y-%m-%dT%H:%M:%S.%e %^%l%$ %v");
}

bool Log::wants(LogLevel level) const { return logger_->should_log(to_spdlog(level)); }

void Log::write(LogLevel level, std::string_view text) {
  logger_->log(to_spdlog(level), one_line(text));
}

}  // namespace livegate::obs
