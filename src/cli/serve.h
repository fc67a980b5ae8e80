// The commands that run until they are told to stop, and the one that only checks.
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

struct OfflineCommandOptions {
  std::string listen = "127.0.0.1:8081";
  int recognizer_threads = 1;
  std::string log_level;
};

// Exit codes: 0 stopped as asked, 1 could not go on, 2 refused to start because of what it was
// told.
[[nodiscard]] int run_serve(const ServeOptions& options);
[[nodiscard]] int run_offline(const OfflineCommandOptions& options);
[[nodiscard]] int run_check_config(const std::string& file, std::ostream& out, std::ostream& err);

}  // namespace livegate::cli
