// One listening address for HTTP and WebSocket. Accepts on one loop and deals connections out to all, the loop
// with the fewest open connections first; from then on a connection never leaves its loop.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "base/result.h"
#include "net/http.h"
#include "net/loop.h"
#include "net/tls.h"
#include "net/websocket.h"

namespace livegate::net {

// What a loop does with its connections. One object per loop, called on that loop only.
class Service {
 public:
  virtual ~Service() = default;

  // Answers a plain request.
  virtual HttpResponse on_request(const HttpRequest& request) = 0;

  // Decides about an upgrade: a response refuses it; otherwise the subprotocol to name in the answer (empty for
  // none) and the socket's limits.
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
    std::string host = "127.0.0.1";  // an address or a name
    std::uint16_t port = 8080;       // 0: any free one
    std::shared_ptr<TlsContext> tls;  // null: plain
  };
  // `loops` and `services` pair up by index and outlive the listener. Accepting begins at once on loops[0] and
  // needs that loop to run. The error is one sentence: address in use, not ours, no right to it.
  static Result<std::unique_ptr<Listener>, std::string> open(const Options& options, std::vector<Loop*> loops,
                                                             std::vector<Service*> services);
  virtual ~Listener() = default;  // on loops[0] or when no loop runs
  [[nodiscard]] virtual std::uint16_t port() const = 0;
  virtual void stop_accepting() = 0;  // any thread
};

}  // namespace livegate::net
