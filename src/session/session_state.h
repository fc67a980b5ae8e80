// What a session knows. Its handlers (SpeechInput, ReplyHandler, ...) share it: each of these parts
// owns its own facts and calls none of the others.
#pragma once

#include <utility>

#include "base/instant.h"
#include "session/exchange.h"
#include "session/replay_buffer.h"
#include "session/session_config.h"
#include "session/session_context.h"
#include "session/speculative_end.h"
#include "session/spending.h"
#include "session/time_limits.h"

namespace livegate::session {

struct SessionState {
  SessionState(SessionConfig config, Instant now)
      : context(std::move(config), now),
        exchange(context.config.watchdog),
        speculative_end(context.config.uplink.speculative_share_max),
        time(context.config.time_max, context.config.idle_max, now) {}

  SessionContext context;
  Exchange exchange;
  SpeculativeEnd speculative_end;
  ReplayBuffer replay;
  Spending spending;
  TimeLimits time;

  // The person, the model or a tool has said something: the session is not idle.
  void said_something() { time.said(context.now); }
};

}  // namespace livegate::session
