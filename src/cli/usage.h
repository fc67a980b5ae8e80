// livegate usage: what was used and spent, from the file of [meter] in the configuration.
#pragma once

#include <iosfwd>
#include <optional>
#include <string>

namespace livegate::cli {

struct UsageOptions {
  std::string file;
  std::string config_file;  // where `file` is empty: its meter.file
  std::string day;          // "2026-12-01"; empty: all
  std::optional<std::string> user;
};

// 0: printed; 2: it cannot be read, or there is no such day.
int run_usage(const UsageOptions& options, std::ostream& out, std::ostream& err);

}  // namespace livegate::cli
