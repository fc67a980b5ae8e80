// The offline assistant as a command: a stand-in for the Live API that people try their own apps
// against (docs/stand-in.md).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace livegate::cli {

// As given on the command line: empty where it was not.
struct OfflineCommandOptions {
  std::string listen = "127.0.0.1:8081";
  int recognizer_threads = 0;  // 0: by processors and memory
  std::string log_level;
  std::vector<std::string> profiles;  // ids, or "all"
  std::vector<std::string> facts;     // MODEL.FACT=VALUE
  std::vector<std::string> faults;    // NAME or NAME=CHANCE
  std::uint64_t seed = 1;
  std::string setup_delay;
  std::string first_audio;
  std::string connection_age;
  std::string go_away_before;
  std::string handle_time;
  std::string first_chunk;
  std::string chunk;
  std::optional<double> pace;
  std::string silence;
  std::string key_env;
  std::string tls_cert_file;
  std::string tls_key_file;
  std::string script_file;
  bool report = false;
};

void add_offline_options(CLI::App& app, OfflineCommandOptions& options);

// Exit codes: 0 stopped as asked, 1 could not go on, 2 refused to start because of what it was
// told.
[[nodiscard]] int run_offline(const OfflineCommandOptions& options);

}  // namespace livegate::cli
