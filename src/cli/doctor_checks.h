// The two examinations, each from the name to the conversation: measures, one step after the other,
// and hands each figure to doctor_rules.h. What needs a step that failed is left out and said so.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/instant.h"
#include "base/redacted.h"
#include "cli/doctor_report.h"
#include "net/connector.h"

namespace livegate::cli {

struct GatewayTarget {
  net::Url url;  // of the native protocol
  std::shared_ptr<net::TlsContext> tls;
  Redacted token;      // the user's; may be empty
  std::string origin;  // of the page that is to be let in; empty: the gateway's own
  double idle_seconds = 0;
  Millis patience{15'000};  // for a setup, and for an answer
};

struct UpstreamTarget {
  net::Connector::Request request;  // as the gateway would ask, key included
  std::string model;                // "models/..."
  Redacted key;
  double idle_seconds = 0;
  Millis patience{15'000};  // for a setup, and for an answer
};

void check_gateway(const GatewayTarget& target, DoctorReport& report);
void check_upstream(const UpstreamTarget& target, DoctorReport& report);

// "wss://host:443/path": no query, which may hold a key.
[[nodiscard]] std::string address_of(const net::Url& url);

}  // namespace livegate::cli
