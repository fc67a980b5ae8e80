// What of a configuration a running gateway cannot change: what it listens on, whom it talks to,
// how many threads it has. The rest is read for each new session.
#pragma once

#include <string>
#include <vector>

#include "config/config.h"

namespace livegate::config {

// Gives `next` the values of `running` under every key that is fixed. Returns the names of those
// that were others: "server.listen".
[[nodiscard]] std::vector<std::string> keep_fixed_keys(const Config& running, Config& next);

}  // namespace livegate::config
