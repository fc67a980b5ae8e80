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
  bool strict = false;  // refuse to start, and to reload, on any finding for production
};

// Exit codes: 0 stopped as asked, 1 could not go on, 2 refused to start because of what it was
// told.
[[nodiscard]] int run_serve(const ServeOptions& options);
// `production`: prints what is not fit for facing strangers; exit code 1 if there is anything.
[[nodiscard]] int run_check_config(const std::string& file, bool production, std::ostream& out,
                                   std::ostream& err);

}  // namespace livegate::cli
