#include "cli/descriptors.h"

#include <limits>

#include <sys/resource.h>

#include "base/limits.h"

namespace livegate::cli {
namespace {

// The client's socket and the model's; the assistant inside has the other end of the latter.
constexpr std::size_t kPerSession = 2;
constexpr std::size_t kPerOfflineSession = 3;
// Loops, log, recordings, names that are looked up.
constexpr std::size_t kBesides = 128;

}  // namespace

std::size_t raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  const rlim_t before = limit.rlim_cur;
  limit.rlim_cur = limit.rlim_max;
  if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) limit.rlim_cur = before;
  if (limit.rlim_cur == RLIM_INFINITY) return std::numeric_limits<std::size_t>::max();
  return static_cast<std::size_t>(limit.rlim_cur);
}

std::optional<std::string> descriptor_shortage(const config::Config& config, std::size_t limit) {
  const std::size_t per_session = config.offline() ? kPerOfflineSession : kPerSession;
  const std::size_t needed =
      config.sessions_max * per_session + limits::kHttpConnectionsMax + kBesides;
  if (limit >= needed) return std::nullopt;
  const std::size_t left = limits::kHttpConnectionsMax + kBesides;
  const std::size_t fit = limit > left ? (limit - left) / per_session : 0;
  return "limits.sessions: " + std::to_string(config.sessions_max) + " sessions and " +
         std::to_string(limits::kHttpConnectionsMax) + " other connections take " +
         std::to_string(needed) + " file descriptors, and the system gives " +
         std::to_string(limit) + ", enough for " + std::to_string(fit) +
         " sessions. Raise the hard limit (ulimit -Hn, LimitNOFILE=), or lower limits.sessions.";
}

}  // namespace livegate::cli
