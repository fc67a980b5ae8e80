// Who may connect, how often and how many of them: the limits of users and addresses. Part of
// Config. 0 switches a limit off.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/redacted.h"

namespace livegate::config {

struct Admission {
  // [limits]
  // Nothing: a half of limits.sessions, three quarters of it, a quarter of it.
  std::optional<std::size_t> sessions_per_user;
  std::optional<std::size_t> sessions_per_address;
  std::optional<std::size_t> waiting_per_user;  // sessions whose client is away
  std::size_t new_sessions_per_user_minute = 3000;
  std::size_t new_sessions_per_address_minute = 6000;
  std::size_t connections = 4096;  // that are no sessions
  std::size_t connections_per_address = 1024;
  std::size_t failed_logins_per_minute = 30;  // of one address
  std::size_t tokens_per_user_minute = 600;   // short-lived ones, handed out

  // [server]
  std::vector<std::string> trusted_proxies;  // addresses and networks
  bool page = true;                          // is served

  // [metrics]: who may read /metrics; neither: everybody who can connect
  Redacted metrics_token;
  std::vector<std::string> metrics_allow;  // addresses and networks
};

}  // namespace livegate::config
