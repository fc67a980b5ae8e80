#include "net/connector.h"

#include <algorithm>
#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <optional>

#include <openssl/evp.h>
#include <sys/random.h>

#include "base/check.h"
#include "net/http_wire.h"
#include "net/socket.h"
#include "ws/handshake.h"

namespace livegate::net {
namespace {

using asio::ip::tcp;
using boost::system::error_code;

// Section 4.1: 16 bytes that nobody can guess, in base64.
std::string random_key() {
  std::array<unsigned char, 16> bytes;
  LIVEGATE_CHECK(::getrandom(bytes.data(), bytes.size(), 0) == ssize_t{bytes.size()});
  std::array<unsigned char, 25> text;
  EVP_EncodeBlock(text.data(), bytes.data(), bytes.size());
  return {reinterpret_cast<const char*>(text.data()), 24};
}

std::string bracketed(const std::string& host) {
  return host.find(':') == std::string::npos ? host : "[" + host + "]";
}

std::string host_and_port(const Url& url) {
  return bracketed(url.host) + ":" + std::to_string(url.port);
}

// One opening, kept alive by the operation that is outstanding.
class Attempt final : public std::enable_shared_from_this<Attempt> {
 public:
  Attempt(Loop& loop, Connector::Request request, std::function<void(Connector::Outcome)> done)
      : loop_(loop),
        request_(std::move(request)),
        done_(std::move(done)),
        key_(random_key()),
        deadline_(loop, [this] { on_time_out(); }),
        address_deadline_(loop, [this] { on_address_time_out(); }),
        resolver_(loop.impl().context) {}

  void begin() {
    give_up_at_ = loop_.now() + request_.time_max;
    deadline_.arm(give_up_at_);
    loop_.post([self = shared_from_this()] { self->resolve(); });
  }

  void cancel() {
    done_ = nullptr;
    stop();
  }

 private:
  void resolve();
  void connect_next(const error_code& last_error);
  void on_connected();
  void go_on();
  void handshake();
  void send_request();
  void read_answer();
  [[nodiscard]] std::string request_head() const;
  [[nodiscard]] std::string answer_fault() const;
  void accept_answer();
  void on_time_out();
  void on_address_time_out();
  void fail(ConnectFault fault, std::string message, int http_status = 0);
  void finish(Connector::Outcome outcome);
  void stop();

  enum class Step : std::uint8_t { resolving, connecting, handshaking, asking, listening, over };

  Loop& loop_;
  const Connector::Request request_;
  std::function<void(Connector::Outcome)> done_;
  const std::string key_;
  Timer deadline_;
  Timer address_deadline_;
  tcp::resolver resolver_;
  Instant give_up_at_;
  Step step_ = Step::resolving;
  std::vector<tcp::endpoint> addresses_;
  std::size_t next_address_ = 0;
  std::optional<tcp::socket> connecting_;
  std::unique_ptr<Stream> stream_;
  std::vector<std::uint8_t> outbox_;
  std::size_t outbox_sent_ = 0;
  ResponseHeadParser parser_;
  std::vector<std::uint8_t> received_;
};

void Attempt::resolve() {
  if (step_ == Step::over) return;
  if (request_.url.tls && !request_.tls) {
    return fail(ConnectFault::tls, "no TLS is set up for " + request_.url.host);
  }
  error_code error;
  const auto literal = asio::ip::make_address(request_.url.host, error);
  if (!error) {  // no need of Asio's resolver thread
    addresses_ = {tcp::endpoint(literal, request_.url.port)};
    return connect_next({});
  }
  resolver_.async_resolve(
      request_.url.host, std::to_string(request_.url.port), tcp::resolver::numeric_service,
      loop_.impl().on_loop([self = shared_from_this()](const error_code& failed,
                                                       const tcp::resolver::results_type& found) {
        if (self->step_ == Step::over) return;
        if (failed) {
          return self->fail(ConnectFault::resolve,
                            "cannot find " + self->request_.url.host + ": " + failed.message());
        }
        self->addresses_.assign(found.begin(), found.end());
        self->connect_next({});
      }));
}

void Attempt::connect_next(const error_code& last_error) {
  step_ = Step::connecting;
  if (next_address_ == addresses_.size()) {
    return fail(ConnectFault::connect,
                "cannot connect to " + host_and_port(request_.url) + ": " + last_error.message());
  }
  const tcp::endpoint address = addresses_[next_address_++];
  // An address that swallows our packets must not eat the time of those behind it.
  if (next_address_ < addresses_.size()) {
    address_deadline_.arm(loop_.now() + (give_up_at_ - loop_.now()) / 2);
  } else {
    address_deadline_.disarm();
  }
  connecting_.emplace(loop_.impl().context);
  connecting_->async_connect(
      address, loop_.impl().on_loop([self = shared_from_this()](const error_code& error) {
        if (self->step_ != Step::connecting) return;
        if (error == asio::error::operation_aborted) {
          return self->connect_next(asio::error::timed_out);
        }
        if (error) return self->connect_next(error);
        self->on_connected();
      }));
}

void Attempt::on_address_time_out() {
  error_code ignored;
  if (step_ == Step::connecting && connecting_) connecting_->close(ignored);
}

void Attempt::on_connected() {
  address_deadline_.disarm();
  stream_ = std::make_unique<Stream>(loop_, std::move(*connecting_));
  connecting_.reset();
  if (request_.url.tls) {
    if (!stream_->begin_connecting_tls(*request_.tls, request_.url.host)) {
      return fail(ConnectFault::tls,
                  "cannot set up TLS with " + request_.url.host + ": " + last_tls_error());
    }
    step_ = Step::handshaking;
    return handshake();
  }
  step_ = Step::asking;
  send_request();
}

void Attempt::go_on() {
  switch (step_) {
    case Step::handshaking:
      return handshake();
    case Step::asking:
      return send_request();
    case Step::listening:
      return read_answer();
    case Step::resolving:
    case Step::connecting:
    case Step::over:
      return;
  }
}

void Attempt::handshake() {
  const auto again = [self = shared_from_this()] { self->go_on(); };
  switch (stream_->handshake().state) {
    case IoState::done:
      step_ = Step::asking;
      return send_request();
    case IoState::blocked_on_read:
      return stream_->wait_readable(again);
    case IoState::blocked_on_write:
      return stream_->wait_writable(again);
    case IoState::ended:
      return fail(ConnectFault::tls,
                  request_.url.host + " ended the connection during TLS's handshake");
    case IoState::failed:
      return fail(ConnectFault::tls,
                  "no TLS connection to " + host_and_port(request_.url) + ": " + stream_->error());
  }
}

std::string Attempt::request_head() const {
  std::string target = request_.url.path;
  if (!request_.secret_query.empty()) {
    target += target.find('?') == std::string::npos ? '?' : '&';
    target += request_.secret_query;
  }
  return "GET " + target + " HTTP/1.1";
}

void Attempt::send_request() {
  if (step_ != Step::asking) return;
  if (outbox_.empty()) {
    const bool default_port = request_.url.port == (request_.url.tls ? 443 : 80);
    std::vector<std::pair<std::string, std::string>> headers{
        {"Host", default_port ? bracketed(request_.url.host) : host_and_port(request_.url)},
        {"Upgrade", "websocket"},
        {"Connection", "Upgrade"},
        {"Sec-WebSocket-Key", key_},
        {"Sec-WebSocket-Version", "13"}};
    if (!request_.subprotocols.empty()) {
      headers.emplace_back("Sec-WebSocket-Protocol", request_.subprotocols);
    }
    headers.insert(headers.end(), request_.headers.begin(), request_.headers.end());
    append_head(outbox_, request_head(), headers);
  }
  const IoResult result = stream_->write(std::span(outbox_).subspan(outbox_sent_));
  outbox_sent_ += result.bytes;
  const auto again = [self = shared_from_this()] { self->go_on(); };
  switch (result.state) {
    case IoState::done:
      break;
    case IoState::blocked_on_read:
      return stream_->wait_readable(again);
    case IoState::blocked_on_write:
      return stream_->wait_writable(again);
    case IoState::ended:
    case IoState::failed:
      return fail(ConnectFault::upgrade,
                  host_and_port(request_.url) + " ended the connection: " + stream_->error());
  }
  step_ = Step::listening;
  stream_->wait_readable(again);
}

void Attempt::read_answer() {
  const auto buffer = loop_.impl().receive_buffer();
  const IoResult result = stream_->read(buffer);
  const auto bytes = buffer.first(result.bytes);
  received_.insert(received_.end(), bytes.begin(), bytes.end());
  if (!bytes.empty()) {
    const std::size_t taken = parser_.feed(received_);
    received_.erase(received_.begin(), received_.begin() + static_cast<std::ptrdiff_t>(taken));
  }
  if (parser_.state() == ParseState::complete) return accept_answer();
  if (parser_.state() == ParseState::refused) {
    return fail(ConnectFault::upgrade, host_and_port(request_.url) + " does not answer in HTTP");
  }
  const auto again = [self = shared_from_this()] { self->go_on(); };
  switch (result.state) {
    case IoState::done:
      return loop_.post(again);
    case IoState::blocked_on_read:
      return stream_->wait_readable(again);
    case IoState::blocked_on_write:
      return stream_->wait_writable(again);
    case IoState::ended:
      return fail(ConnectFault::upgrade,
                  host_and_port(request_.url) + " ended the connection without an answer");
    case IoState::failed:
      // TLS 1.3 tells of a certificate that the server refuses only here.
      return fail(
          request_.url.tls ? ConnectFault::tls : ConnectFault::upgrade,
          "the connection to " + host_and_port(request_.url) + " failed: " + stream_->error());
  }
}

// Section 4.1, the list of what a client must check. Empty if all is well.
std::string Attempt::answer_fault() const {
  if (parser_.status() != 101) {
    return "refused the upgrade to WebSocket with HTTP status " + std::to_string(parser_.status());
  }
  if (!ws::header_has_token(parser_.header("Upgrade"), "websocket") ||
      !ws::header_has_token(parser_.header("Connection"), "upgrade")) {
    return "answered 101 without upgrading to WebSocket";
  }
  if (parser_.header("Sec-WebSocket-Accept") != ws::accept_value(key_)) {
    return "answered with a wrong Sec-WebSocket-Accept";
  }
  if (!parser_.header("Sec-WebSocket-Extensions").empty()) {
    return "agreed to an extension that was not offered";
  }
  const std::string chosen = parser_.header("Sec-WebSocket-Protocol");
  const auto offered = ws::split_header(request_.subprotocols);
  if (!chosen.empty() && std::ranges::find(offered, chosen) == offered.end()) {
    return "chose a subprotocol that was not offered";
  }
  return "";
}

void Attempt::accept_answer() {
  const std::string fault = answer_fault();
  if (!fault.empty()) {
    return fail(ConnectFault::upgrade, host_and_port(request_.url) + " " + fault, parser_.status());
  }
  finish(make_websocket(loop_,
                        {.stream = std::move(stream_),
                         .peer = ws::PeerRole::server,
                         .received = std::move(received_),
                         .unsent = {}},
                        request_.options));
}

void Attempt::on_time_out() {
  static constexpr std::string_view kSteps[] = {"looking up its address", "connecting",
                                                "TLS's handshake",        "sending the request",
                                                "waiting for its answer", ""};
  fail(ConnectFault::timeout, "no WebSocket to " + host_and_port(request_.url) + " within " +
                                  std::to_string(request_.time_max.count()) + " ms: given up at " +
                                  std::string(kSteps[static_cast<std::size_t>(step_)]));
}

void Attempt::fail(ConnectFault fault, std::string message, int http_status) {
  finish(Unexpected{ConnectError{fault, http_status, std::move(message)}});
}

// Whoever calls holds a reference to this; `done` may destroy the connector.
void Attempt::finish(Connector::Outcome outcome) {
  const auto self = shared_from_this();
  const auto done = std::exchange(done_, nullptr);
  stop();
  if (done) done(std::move(outcome));
}

void Attempt::stop() {
  step_ = Step::over;
  deadline_.disarm();
  address_deadline_.disarm();
  resolver_.cancel();
  error_code ignored;
  if (connecting_) connecting_->close(ignored);
  if (stream_) stream_->close();
}

class ConnectorImpl final : public Connector {
 public:
  explicit ConnectorImpl(std::shared_ptr<Attempt> attempt) : attempt_(std::move(attempt)) {}
  ~ConnectorImpl() override { attempt_->cancel(); }

 private:
  std::shared_ptr<Attempt> attempt_;
};

}  // namespace

std::unique_ptr<Connector> Connector::open(Loop& loop, Request request,
                                           std::function<void(Outcome)> done) {
  auto attempt = std::make_shared<Attempt>(loop, std::move(request), std::move(done));
  attempt->begin();
  return std::make_unique<ConnectorImpl>(std::move(attempt));
}

}  // namespace livegate::net
