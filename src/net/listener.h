// One listening address for HTTP and WebSocket. Accepts on one loop and deals connections out to
// all, the loop with the fewest open connections first; from then on a connection stays on its
// loop, unless its owner takes it elsewhere (WebSocket::detach).
//
// Decides what a legal request is and how long it may take (431, 413, 408, 400, 426), how many
// connections may be open that are not WebSockets, in all and from one address, and answers the
// handshake. Nobody is kept out by connections that others hold: with too many open, or without
// descriptors, the least useful one is closed (connection_table.h). Leaves paths, users and content
// to Service.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/ip_address.h"
#include "base/limits.h"
#include "base/result.h"
#include "net/http.h"
#include "net/loop.h"
#include "net/tls.h"
#include "net/websocket.h"

namespace livegate::net {

// What a loop does with its connections. One object per loop, called on that loop only. If a call
// throws, the client is answered 500 and the listener's trouble is told.
class Service {
 public:
  virtual ~Service() = default;

  // Answers a plain request. HEAD comes as HEAD: answer as to GET; the body is measured and not
  // sent.
  virtual HttpResponse on_request(const HttpRequest& request) = 0;

  // Decides about an upgrade whose handshake is in order: a response refuses it; otherwise the
  // subprotocol to name in the answer (empty for none) and the socket's limits.
  struct Accept {
    std::string subprotocol;
    WebSocketOptions options;
  };
  virtual std::variant<Accept, HttpResponse> on_upgrade(const HttpRequest& request) = 0;

  // The upgrade is done; the socket is the service's. It has not been started.
  virtual void on_websocket(const HttpRequest& request, std::unique_ptr<WebSocket> socket) = 0;
};

class Listener {
 public:
  struct Options {
    std::string host = "127.0.0.1";   // an address or a name; a name's IPv4 address is tried first
    std::uint16_t port = 8080;        // 0: any free one
    std::shared_ptr<TlsContext> tls;  // null: plain
    int inherited_socket = -1;        // an open one that listens, ours from now on; -1: none
    Millis first_byte_time_max = limits::kHttpFirstByteTimeMax;
    Millis request_time_max = limits::kHttpRequestTimeMax;
    std::size_t http_connections_max = limits::kHttpConnectionsMax;
    std::size_t http_connections_per_address_max = 0;  // 0: as many as in all
    // A proxy for whose address the cap of one address does not hold; may be empty.
    std::function<bool(const IpAddress&)> is_trusted;
    // A connection was closed to make room; on loops[0]. May be empty.
    std::function<void()> on_made_room;
    // One sentence for the log, from any loop's thread; may be empty. Once per episode, not per
    // connection.
    std::function<void(std::string_view)> on_trouble;
  };
  // `loops` and `services` pair up by index. Loops outlive the listener; a service lives until its
  // loop has stopped for good, or has run something posted after the listener was destroyed.
  // Accepting begins at once on loops[0] and needs that loop to run. The error is one sentence:
  // address in use, not ours, no right to it.
  static Result<std::unique_ptr<Listener>, std::string> open(const Options& options,
                                                             std::vector<Loop*> loops,
                                                             std::vector<Service*> services);
  // On loops[0] or when no loop runs. Ends connections that are not WebSockets.
  virtual ~Listener() = default;
  [[nodiscard]] virtual std::uint16_t port() const = 0;
  virtual void stop_accepting() = 0;  // any thread
  // For another process to take over; ours until accepting has stopped.
  [[nodiscard]] virtual int listening_socket() const = 0;
  // New connections are shown this certificate; those that are open keep theirs. Any thread; only
  // where there was one from the start.
  virtual void use_tls(std::shared_ptr<TlsContext> tls) = 0;
};

}  // namespace livegate::net
