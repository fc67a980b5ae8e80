// What commands that run until they are told to stop have in common.
#pragma once

#include <iostream>
#include <string>
#include <string_view>

#include "obs/log.h"

namespace livegate::cli {

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

[[nodiscard]] inline obs::LogFormat log_format(std::string_view name) {
  return name == "json" ? obs::LogFormat::json : obs::LogFormat::text;
}

// The exit code of a command that will not start, after saying why.
inline int refuse(const std::string& sentence) {
  std::cerr << "livegate: " << sentence << '\n';
  return 2;
}

}  // namespace livegate::cli
