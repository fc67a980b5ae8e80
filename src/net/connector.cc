#include "net/connector.h"

#include <algorithm>
#include <array>
#include <utility>

#include <openssl/evp.h>
#include <sys/random.h>

#include "base/check.h"
#include "net/http_attempt.h"
#include "net/socket.h"
#include "ws/handshake.h"

namespace livegate::net {
namespace {

// Section 4.1: 16 bytes that nobody can guess, in base64.
std::string random_key() {
  std::array<unsigned char, 16> bytes;
  LIVEGATE_CHECK(::getrandom(bytes.data(), bytes.size(), 0) == ssize_t{bytes.size()});
  std::array<unsigned char, 25> text;
  EVP_EncodeBlock(text.data(), bytes.data(), bytes.size());
  return {reinterpret_cast<const char*>(text.data()), 24};
}

class UpgradeAttempt final : public HttpAttempt {
 public:
  UpgradeAttempt(Loop& loop, Connector::Request request,
                 std::function<void(Connector::Outcome)> done)
      : HttpAttempt(loop, std::move(request)), done_(std::move(done)), key_(random_key()) {}

  void give_up() {
    done_ = nullptr;
    cancel();
  }

 private:
  [[nodiscard]] Headers own_headers() const override;
  [[nodiscard]] std::string_view goal() const override { return "no WebSocket to"; }
  void on_head() override;
  void on_failed(ConnectError error) override { finish(Unexpected{std::move(error)}); }
  [[nodiscard]] std::string answer_fault();
  void finish(Connector::Outcome outcome);

  std::function<void(Connector::Outcome)> done_;
  const std::string key_;
};

UpgradeAttempt::Headers UpgradeAttempt::own_headers() const {
  Headers headers{{"Upgrade", "websocket"},
                  {"Connection", "Upgrade"},
                  {"Sec-WebSocket-Key", key_},
                  {"Sec-WebSocket-Version", "13"}};
  if (!request().subprotocols.empty()) {
    headers.emplace_back("Sec-WebSocket-Protocol", request().subprotocols);
  }
  return headers;
}

// Section 4.1, the list of what a client must check. Empty if all is well.
std::string UpgradeAttempt::answer_fault() {
  if (parser().status() != 101) {
    return "refused the upgrade to WebSocket with HTTP status " + std::to_string(parser().status());
  }
  if (!ws::header_has_token(parser().header("Upgrade"), "websocket") ||
      !ws::header_has_token(parser().header("Connection"), "upgrade")) {
    return "answered 101 without upgrading to WebSocket";
  }
  if (parser().header("Sec-WebSocket-Accept") != ws::accept_value(key_)) {
    return "answered with a wrong Sec-WebSocket-Accept";
  }
  if (!parser().header("Sec-WebSocket-Extensions").empty()) {
    return "agreed to an extension that was not offered";
  }
  const std::string chosen = parser().header("Sec-WebSocket-Protocol");
  const auto offered = ws::split_header(request().subprotocols);
  if (!chosen.empty() && std::ranges::find(offered, chosen) == offered.end()) {
    return "chose a subprotocol that was not offered";
  }
  return "";
}

void UpgradeAttempt::on_head() {
  const std::string fault = answer_fault();
  if (!fault.empty()) {
    return fail(ConnectFault::upgrade, host_and_port() + " " + fault, parser().status());
  }
  finish(make_websocket(loop(),
                        {.stream = std::move(stream()),
                         .peer = ws::PeerRole::server,
                         .received = std::move(received()),
                         .unsent = {}},
                        request().options));
}

// Whoever calls holds a reference to this; `done` may destroy the connector.
void UpgradeAttempt::finish(Connector::Outcome outcome) {
  const auto self = shared_from_this();
  const auto done = std::exchange(done_, nullptr);
  stop();
  if (done) done(std::move(outcome));
}

class ConnectorImpl final : public Connector {
 public:
  explicit ConnectorImpl(std::shared_ptr<UpgradeAttempt> attempt) : attempt_(std::move(attempt)) {}
  ~ConnectorImpl() override { attempt_->give_up(); }

 private:
  std::shared_ptr<UpgradeAttempt> attempt_;
};

}  // namespace

std::unique_ptr<Connector> Connector::open(Loop& loop, Request request,
                                           std::function<void(Outcome)> done) {
  auto attempt = std::make_shared<UpgradeAttempt>(loop, std::move(request), std::move(done));
  attempt->begin();
  return std::make_unique<ConnectorImpl>(std::move(attempt));
}

}  // namespace livegate::net
