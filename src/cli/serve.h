// The gateway as a command, and the command that only checks its settings.
#pragma once

#include <ostream>
#include <string>

namespace livegate::cli {

// As given on the command line: empty where it was not.
struct ServeOptions {
  std::string config_file;
  std::string listen;
  std::string upstream;
  std::string vad;
  std::string web_dir;
  std::string log_level;
};

// Exit codes: 0 stopped as asked, 1 could not go on, 2 refused to start because of what it was
// told.
[[nodiscard]] int run_serve(const ServeOptions& options);
[[nodiscard]] int run_check_config(const std::string& file, std::ostream& out, std::ostream& err);

}  // namespace livegate::cli
