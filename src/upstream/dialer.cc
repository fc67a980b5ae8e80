#include "upstream/dialer.h"

#include <utility>

#include "base/limits.h"

namespace livegate::upstream {
namespace {

constexpr std::string_view kServiceUrl = "wss://generativelanguage.googleapis.com";
// docs/wire-gemini.md, "Endpoints". v1beta offers every current Live model.
constexpr std::string_view kServicePath =
    "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent";

}  // namespace

Result<std::unique_ptr<Dialer>, std::string> Dialer::make(const DialerOptions& options) {
  auto url = net::Url::parse(options.url.empty() ? kServiceUrl : std::string_view(options.url));
  if (!url) return Unexpected{url.error()};
  std::unique_ptr<Dialer> dialer(new Dialer);
  dialer->url_ = std::move(*url);
  if (dialer->url_.path == "/") dialer->url_.path = kServicePath;
  dialer->key_ = options.key;
  if (dialer->url_.tls) {
    auto tls = net::TlsContext::client(options.ca_file);
    if (!tls) return Unexpected{tls.error()};
    dialer->tls_ = *tls;
  }
  return dialer;
}

net::Connector::Request Dialer::request() const {
  net::Connector::Request request;
  request.url = url_;
  if (!key_.empty()) request.headers.emplace_back("x-goog-api-key", key_.reveal());
  request.options = {.message_bytes_max = limits::kUpstreamMessageBytesMax,
                     .outbox_bytes_max = limits::kUpstreamOutboxBytesMax,
                     .close_time_max = limits::kUpstreamCloseTimeMax};
  request.tls = tls_;
  request.time_max = limits::kUpstreamConnectTimeMax;
  return request;
}

std::unique_ptr<net::Connector> Dialer::dial(
    net::Loop& loop, std::function<void(net::Connector::Outcome)> done) const {
  return net::Connector::open(loop, request(), std::move(done));
}

std::string Dialer::address() const { return url_.host + ":" + std::to_string(url_.port); }

}  // namespace livegate::upstream
