// How to reach the model: where, with which key, over what. One dialer serves all sessions of the
// process.
//
// Decides the address and the credentials of a connection. Leaves the setup, retries and their
// timing to the session, and the socket to net.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/redacted.h"
#include "base/result.h"
#include "net/connector.h"

namespace livegate::upstream {

struct DialerOptions {
  std::string
      url;       // ws:// or wss://; without a path, the Live API's own is added; empty: the service
  Redacted key;  // sent as x-goog-api-key, never in the URL, where proxies would log it
  std::string ca_file;  // PEM, trusted besides the system's
};

class Dialer {
 public:
  // The error is one sentence that names what is wrong with the options.
  static Result<std::unique_ptr<Dialer>, std::string> make(const DialerOptions& options);

  // As net::Connector::open. Any loop.
  [[nodiscard]] std::unique_ptr<net::Connector> dial(
      net::Loop& loop, std::function<void(net::Connector::Outcome)> done) const;

  // What dial() asks for: address, key, trust and limits.
  [[nodiscard]] net::Connector::Request request() const;

  // "generativelanguage.googleapis.com:443", for the log.
  [[nodiscard]] std::string address() const;

 private:
  Dialer() = default;
  net::Url url_;
  Redacted key_;
  std::shared_ptr<net::TlsContext> tls_;
};

}  // namespace livegate::upstream
