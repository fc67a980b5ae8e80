// `livegate reload`: tells a running gateway to read its configuration again.
#pragma once

#include <ostream>
#include <string>

namespace livegate::cli {

struct ReloadOptions {
  int pid = 0;
  std::string config_file;  // looked at first; empty: it is not
};

// Exit codes: 0 told, 1 there is no such process, 2 the configuration is refused and nobody was
// told.
[[nodiscard]] int run_reload(const ReloadOptions& options, std::ostream& out, std::ostream& err);

}  // namespace livegate::cli
