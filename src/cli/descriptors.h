// How many files and sockets the system lets this process have open, and whether that is enough.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "config/config.h"

namespace livegate::cli {

// Raises the soft limit to the hard one, as far as the system lets it. Returns what is in force.
[[nodiscard]] std::size_t raise_descriptor_limit();

// A sentence with the numbers, if a gateway so configured may run out of them.
[[nodiscard]] std::optional<std::string> descriptor_shortage(const config::Config& config,
                                                             std::size_t limit);

}  // namespace livegate::cli
