// From the configuration to how sessions hear: which detector, with which weights, in which mode.
//
// Decides what `auto` means. Leaves the defaults of the parts to the parts.
#pragma once

#include <string>

#include "base/result.h"
#include "config/config.h"
#include "session/session_config.h"

namespace livegate::server {

struct Hearing {
  session::UplinkOptions native;
  // Apps on the Live API expect the service's own detector: `auto` leaves it to the model.
  session::UplinkOptions live;
  std::string warning;  // `auto` had to take the next best; or empty
};

// Loads the detector's weights where it has any. The error is one sentence: a detector that was
// asked for by name cannot be had.
[[nodiscard]] Result<Hearing, std::string> make_hearing(const config::Config& config);

}  // namespace livegate::server
