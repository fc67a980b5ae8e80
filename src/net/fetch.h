// Asks an HTTP server for one page: /healthz, /metrics, or any other that is small. Tries once,
// under one deadline, in HTTP/1.0, so that the body is whatever follows the head.
//
// Leaves to the caller what the answer means; no redirection is followed.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "net/connector.h"

namespace livegate::net {

struct FetchedPage {
  int status = 0;
  std::string date;  // the Date header, or empty
  std::string body;  // at most limits::kFetchBytesMax; what is longer is cut off there
};

class Fetch {
 public:
  using Outcome = Result<FetchedPage, ConnectError>;

  // As Connector::open. Of `request`: url, headers, tls, time_max and trace.
  static std::unique_ptr<Fetch> open(Loop& loop, Connector::Request request,
                                     std::function<void(Outcome)> done);
  virtual ~Fetch() = default;
};

}  // namespace livegate::net
