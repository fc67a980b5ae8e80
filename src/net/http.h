// HTTP/1.1 as far as a gateway needs it: small requests, whole answers, and the upgrade to
// WebSocket.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace livegate::net {

struct HttpRequest {
  std::string method;                                        // upper case
  std::string target;                                        // as sent: path and query
  std::string path;                                          // percent-decoded, query removed
  std::string query;                                         // raw, without '?'
  std::vector<std::pair<std::string, std::string>> headers;  // in order, names as sent
  std::string body;
  std::string remote_address;  // "127.0.0.1"
  bool tls = false;

  // The first header of that name (case-insensitive), or empty.
  [[nodiscard]] std::string_view header(std::string_view name) const;
  // Every header of that name, in order.
  [[nodiscard]] std::vector<std::string_view> all(std::string_view name) const;
  // A query parameter, percent-decoded; nothing if absent.
  [[nodiscard]] std::optional<std::string> query_value(std::string_view name) const;
  // True if it asks for an upgrade to WebSocket.
  [[nodiscard]] bool wants_websocket() const;
};

struct HttpResponse {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
  // In place of `body`: sent as it is, without a copy for each client that is slow to take it.
  std::shared_ptr<const std::string> shared_body = nullptr;

  [[nodiscard]] std::size_t body_bytes() const {
    return shared_body ? shared_body->size() : body.size();
  }
};

// "a%20b" -> "a b"; a plus stays one. Nothing for a broken escape, and for %00, which ends a C
// string and so has no honest use.
[[nodiscard]] std::optional<std::string> percent_decoded(std::string_view text);

}  // namespace livegate::net
