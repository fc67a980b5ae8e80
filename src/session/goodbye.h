// How the connection of a client ends: what a client that is sent away is told and with which code
// its connection is closed, and whether a client whose connection ended may return.
//
// Decides words and codes where the shell ends a session, or refuses one. A session that ends by
// its own rules says so itself (CloseClient). Leaves to the socket how long it waits for the peer's
// close (limits::kCloseTimeMax), and to the session whether a client that may return is waited for.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "session/session_config.h"

namespace livegate::session {

// How a connection ended, as its socket tells it.
struct ConnectionEnd {
  std::uint16_t code;  // the peer's, or ours where we failed it; 1005: none, 1006: no close frame
  bool by_peer;        // false: we closed it, or refused what the peer sent
};
// False: the client left on purpose, or broke the rules of the wire.
[[nodiscard]] bool may_return(ClientKind client, const ConnectionEnd& end);

struct Goodbye {
  std::string message;  // one text message before the close frame; empty: none
  std::uint16_t close_code;
  std::string close_reason;
};

// Of a refusal or an end, for each protocol: the native one has a message for errors, the Live
// API's has only the close frame.
struct CloseCodes {
  std::uint16_t native;
  std::uint16_t live;
};
[[nodiscard]] Goodbye goodbye(ClientKind client, CloseCodes codes, std::string_view error_code,
                              std::string_view message);

// The client does not read what it is sent.
[[nodiscard]] Goodbye goodbye_too_slow(ClientKind client);
// A broken invariant of this session.
[[nodiscard]] Goodbye goodbye_after_fault(ClientKind client);
// Another session needs the place of this one.
[[nodiscard]] Goodbye goodbye_without_place(ClientKind client);
// A limit lets no more in. `full`: every place of the gateway is taken.
[[nodiscard]] Goodbye goodbye_over_limit(ClientKind client, std::string_view error_code,
                                         std::string_view message, bool full);
// Its session has ended while the client asked for another one.
[[nodiscard]] Goodbye goodbye_at_shutdown();
// To the old connection of a client that has another one. Nothing: it is cut without a close frame.
[[nodiscard]] std::optional<Goodbye> goodbye_to_replaced(ClientKind client);

}  // namespace livegate::session
