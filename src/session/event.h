// Everything that can happen to a call. Bytes are views: valid during Session::handle only.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <variant>

#include "base/instant.h"
#include "base/padded_text.h"

namespace livegate::session {

// ---- the client
struct ClientText {
  PaddedText text;
};
struct ClientBinary {
  PaddedText bytes;
};  // native: audio; live: one JSON message, as text
struct ClientGone {};

// ---- the model's side. `epoch` numbers our connections to it: events of an earlier one are
// ignored.
struct UpstreamOpened {
  std::uint32_t epoch;
};
struct UpstreamMessage {
  std::uint32_t epoch;
  PaddedText text;
};
struct UpstreamGone {
  std::uint32_t epoch;
  bool connected;            // false: it could not be opened
  std::uint16_t close_code;  // 1006 where there was none
  std::string reason;        // the peer's words, or ours; no secrets
};

// ---- the shell
struct Tick {};            // a deadline may have passed
struct DrainRequested {};  // the gateway is going down
// How long the shell took from the arrival of the last event until its actions were carried out.
struct Measured {
  std::chrono::nanoseconds spent;
};

using Event = std::variant<ClientText, ClientBinary, ClientGone, UpstreamOpened, UpstreamMessage,
                           UpstreamGone, Tick, DrainRequested, Measured>;

}  // namespace livegate::session
