// What a client that is in may cause: [limits] of the configuration, of a session and of a user.
#pragma once

#include "policy/allowance.h"

namespace livegate::config {

class TomlReader;

// Numbers are a minute's, and of one session where nothing else is said; 0: no limit.
struct ClientLimits {
  double audio_ahead_s = 30;  // sound that is taken at once, as a client may send a file
  double audio_rate = 1.25;   // ... and then, times real time
  int messages = 12'000;      // of any kind
  int received_mib = 128;
  int texts = 240;  // messages that the model reads
  int text_kib = 2048;
  int tool_kib = 2048;
  int pictures = 1800;  // of which the model gets one a second
  int user_share = 16;  // what all sessions of a user may, times what one may; not of sound
  int session_minutes = 0;
  int idle_minutes = 60;
};

void read_client_limits(TomlReader& in, ClientLimits& limits);

[[nodiscard]] policy::Rates session_rates(const ClientLimits& limits);
// Of all sessions of a user together. Sound has no such limit: it is that of one session, times
// the sessions that a user may have.
[[nodiscard]] policy::Rates user_rates(const ClientLimits& limits);

}  // namespace livegate::config
