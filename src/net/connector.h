// Opens one WebSocket to a server: resolve, connect, TLS, upgrade, under one deadline. Tries once;
// whether and when to try again is the caller's decision.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/redacted.h"
#include "base/result.h"
#include "net/loop.h"
#include "net/tls.h"
#include "net/websocket.h"

namespace livegate::net {

struct Url {
  bool tls = false;
  std::string host;  // without brackets
  std::uint16_t port = 0;
  std::string path = "/";  // with the query
  // ws:// and wss:// only. The error is one sentence that names what is wrong.
  static Result<Url, std::string> parse(std::string_view text);
};

enum class ConnectFault : std::uint8_t { resolve, connect, tls, upgrade, timeout };
struct ConnectError {
  ConnectFault fault;
  int http_status = 0;  // of a refused upgrade
  std::string message;  // one sentence, without secrets
  std::string told;     // the same for strangers: it does not name the address
};

// How an opening went, step by step, for a caller that wants to know: filled as it goes, also by
// one that fails. A step that was not reached is absent; each counts from the end of the one
// before.
struct ConnectTrace {
  std::vector<std::string> addresses;  // of the name, in the order in which they are tried
  std::string address;                 // the one that is connected
  std::optional<SessionClock::duration> resolved;
  std::optional<SessionClock::duration> connected;  // of the address that answered
  std::optional<SessionClock::duration> secured;    // TLS's handshake
  std::optional<SessionClock::duration> answered;   // from the request to the answer's head
  std::optional<TlsFacts> tls;
  int http_status = 0;
  std::string date;     // the answer's Date header
  std::string refusal;  // what came with the head of an answer that is no upgrade: foreign text
};

class Connector {
 public:
  struct Request {
    Url url;
    std::string secret_query;  // appended to the path ("key=..."), never logged; may be empty
    std::vector<std::pair<std::string, std::string>> headers;
    std::string subprotocols;  // the Sec-WebSocket-Protocol value, or empty
    WebSocketOptions options;
    std::shared_ptr<TlsContext> tls;  // needed for wss
    Millis time_max;
    std::shared_ptr<ConnectTrace> trace = nullptr;  // where the steps are noted
  };
  using Outcome = Result<std::unique_ptr<WebSocket>, ConnectError>;

  // `done` is called once, on the loop, never from within this call. Destroying the connector gives
  // up silently; `done` may destroy it.
  static std::unique_ptr<Connector> open(Loop& loop, Request request,
                                         std::function<void(Outcome)> done);
  virtual ~Connector() = default;
};

}  // namespace livegate::net
