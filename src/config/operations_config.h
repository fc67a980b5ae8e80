// How the process is run: its log's form and how it ends. Part of Config.
#pragma once

#include <string>

#include "base/instant.h"

namespace livegate::config {

struct Operations {
  // [server]
  Millis drain_grace = 5s;  // from SIGTERM on the address stays open so long, if there are sessions
  Millis drain_max = 25s;   // from SIGTERM to the end of all sessions
  Millis handover_max = 1h;  // sessions of a process that another one has taken over from

  // [log]
  std::string log_format = "text";  // text, json
};

}  // namespace livegate::config
