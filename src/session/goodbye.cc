#include "session/goodbye.h"

#include "proto/native.h"

namespace livegate::session {
namespace {

// RFC 6455, section 7.4.1.
constexpr std::uint16_t kNormal = 1000, kGoingAway = 1001, kNoCode = 1005, kNoCloseFrame = 1006,
                        kPolicyViolation = 1008, kInternalError = 1011, kTryAgainLater = 1013;

// The Live API says 1011 where it has no room.
constexpr CloseCodes kNoRoom = {.native = kTryAgainLater, .live = kInternalError};

}  // namespace

// Official SDKs close without a code when they leave. Browsers that give up on a silent connection
// do so too, and those come back. A client that closes with an error code has left on purpose.
bool may_return(ClientKind client, const ConnectionEnd& end) {
  if (end.code == kNoCloseFrame) return true;
  if (!end.by_peer) return false;
  if (end.code == kNoCode) return client != ClientKind::live;
  return end.code < kNormal || end.code > kInternalError;
}

Goodbye goodbye(ClientKind client, CloseCodes codes, std::string_view error_code,
                std::string_view message) {
  Goodbye said{.message = {}, .close_code = codes.live, .close_reason = std::string(message)};
  if (client == ClientKind::live) return said;
  said.close_code = codes.native;
  proto::native::append_error(said.message, error_code, message, /*fatal=*/true);
  return said;
}

Goodbye goodbye_too_slow(ClientKind client) {
  return goodbye(client, {kPolicyViolation, kPolicyViolation}, "too_slow",
                 "The client does not read what it is sent.");
}

Goodbye goodbye_after_fault(ClientKind client) {
  return goodbye(client, {kInternalError, kInternalError}, "internal",
                 "The gateway made a mistake; this session ends.");
}

Goodbye goodbye_without_place(ClientKind client) {
  return goodbye(client, kNoRoom, "server_full",
                 "Others needed the place of this session; try later.");
}

Goodbye goodbye_over_limit(ClientKind client, std::string_view error_code, std::string_view message,
                           bool full) {
  if (client == ClientKind::native) return goodbye(client, kNoRoom, error_code, message);
  std::string reason = "RESOURCE_EXHAUSTED: ";
  reason += full ? "every session of this gateway is taken." : message;
  return goodbye(client, kNoRoom, error_code, reason);
}

Goodbye goodbye_at_shutdown() {
  return {.message = {}, .close_code = kGoingAway, .close_reason = "the gateway is shutting down"};
}

std::optional<Goodbye> goodbye_to_replaced(ClientKind client) {
  if (client == ClientKind::native) return std::nullopt;
  return Goodbye{.message = {},
                 .close_code = kNormal,
                 .close_reason = "the session continues over another connection"};
}

}  // namespace livegate::session
