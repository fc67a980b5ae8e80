#include "cli/reload.h"

#include <cerrno>
#include <csignal>
#include <system_error>

#include "config/config.h"

namespace livegate::cli {

int run_reload(const ReloadOptions& options, std::ostream& out, std::ostream& err) {
  if (!options.config_file.empty()) {
    if (const auto config = config::load(options.config_file); !config) {
      err << "livegate reload: nothing is told to the gateway: " << config.error() << '\n';
      return 2;
    }
  }
  if (::kill(options.pid, SIGHUP) != 0) {
    err << "livegate reload: process " << options.pid << ": "
        << std::system_category().message(errno) << '\n';
    return 1;
  }
  out << "Process " << options.pid
      << " reads its configuration again; its log says how that went.\n";
  return 0;
}

}  // namespace livegate::cli
