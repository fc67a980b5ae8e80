// What is said to those that may not come in: pages of another origin, requests to paths that the
// gateway does not serve.
//
// Decides the words and their form (Google's JSON where an API's path was asked for, else plain
// text), and how many lines of the log such clients may cost. Leaves to the front who is refused.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/instant.h"
#include "net/http.h"

namespace livegate::server {

// `origin` as a log or a page may show it: printable ASCII, at most `bytes_max` of it.
[[nodiscard]] std::string shown_origin(std::string_view origin, std::size_t bytes_max);

// Which page was refused and which setting would let it in. It fits into the reason of a close.
[[nodiscard]] std::string origin_refusal(std::string_view origin);

// Lines of the log that clients can cause at will: `kBurst` at once, then one a second. What is
// left out is counted by the metric of its refusal.
class LogAllowance {
 public:
  static constexpr double kBurst = 8;
  [[nodiscard]] bool take(Instant now);

 private:
  double left_ = kBurst;
  Instant filled_{};
};

// An answer to a request that is refused. `status` as in google.rpc.Code: "NOT_FOUND". Paths of an
// API (/v1..., /ws/...) are answered as the service does, {"error":{...}}.
[[nodiscard]] net::HttpResponse refusal_of(std::string_view path, int code, std::string_view status,
                                           std::string_view message);

}  // namespace livegate::server
