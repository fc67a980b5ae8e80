// Whether the other end of a connection is still there.
//
// Decides when a client is pinged, and when a peer that says nothing counts as gone. Leaves the
// ping itself, and the end of the connection, to the shell. When the model is pinged is decided by
// session/upstream_link.h; whether it is silent is decided here.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/instant.h"
#include "base/limits.h"

namespace livegate::session {

// A peer from which nothing arrives for longer than this, pongs included, is gone. The service's
// pongs are 8 to 30 s late.
inline constexpr Millis kPeerSilenceMax = 90s;
static_assert(kPeerSilenceMax > 60s, "a pong that takes a minute is no sign of death");

// How often a client is pinged while the gateway does not read from it: then only a failing write
// shows that the connection is gone.
inline constexpr Millis kPausedPingEvery = 4s;

// What one peer has been heard to say, pongs included.
class PeerSilence {
 public:
  explicit PeerSilence(Instant now) : heard_at_(now) {}

  void heard(Instant now) { heard_at_ = now; }
  [[nodiscard]] bool is_gone(Instant now) const { return now - heard_at_ > kPeerSilenceMax; }

 private:
  Instant heard_at_;
};

// Of one session's client, over one connection after another. Asked at next_deadline(), while the
// client has a connection.
class ClientKeepAlive {
 public:
  enum class Due : std::uint8_t { nothing, ping, gone };

  // The longest time from the last frame of a client until due() says that it is gone.
  static constexpr Millis kNoticedWithin = kPeerSilenceMax + limits::kKeepAliveEvery;

  explicit ClientKeepAlive(Instant now) : silence_(now), ping_at_(now + limits::kKeepAliveEvery) {}

  // The client has another connection.
  void attached(Instant now) { *this = ClientKeepAlive(now); }
  // A frame arrived, of whatever kind.
  void heard(Instant now) { silence_.heard(now); }
  // The gateway reads nothing from the client until resumed(): silence proves nothing meanwhile.
  void paused(Instant now) {
    paused_ = true;
    ping_at_ = std::min(ping_at_, now + kPausedPingEvery);
  }
  void resumed(Instant now) {
    if (paused_) silence_.heard(now);
    paused_ = false;
  }

  [[nodiscard]] Instant next_deadline() const { return ping_at_; }
  // `ping`: to be sent now; the next deadline is set. `gone`: the connection is dead.
  [[nodiscard]] Due due(Instant now) {
    if (now < ping_at_) return Due::nothing;
    ping_at_ = now + (paused_ ? kPausedPingEvery : limits::kKeepAliveEvery);
    if (paused_) silence_.heard(now);
    return silence_.is_gone(now) ? Due::gone : Due::ping;
  }

 private:
  PeerSilence silence_;
  Instant ping_at_;
  bool paused_ = false;
};

}  // namespace livegate::session
