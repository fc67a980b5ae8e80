#include "net/http_attempt.h"

#include <utility>

namespace livegate::net {
namespace {

using asio::ip::tcp;
using boost::system::error_code;

constexpr std::string_view kServer = "the server";

std::string bracketed(const std::string& host) {
  return host.find(':') == std::string::npos ? host : "[" + host + "]";
}

}  // namespace

HttpAttempt::HttpAttempt(Loop& loop, Connector::Request request)
    : loop_(loop),
      request_(std::move(request)),
      deadline_(loop, [this] { on_time_out(); }),
      address_deadline_(loop, [this] { on_address_time_out(); }),
      resolver_(loop.impl().context) {}

void HttpAttempt::begin() {
  give_up_at_ = loop_.now() + request_.time_max;
  deadline_.arm(give_up_at_);
  loop_.post([self = shared_from_this()] { self->resolve(); });
}

void HttpAttempt::cancel() { stop(); }

std::string HttpAttempt::host_and_port() const {
  return bracketed(request_.url.host) + ":" + std::to_string(request_.url.port);
}

// A step is done; the next one begins now.
void HttpAttempt::note(std::optional<SessionClock::duration> ConnectTrace::*step) {
  if (request_.trace) (*request_.trace).*step = loop_.now() - step_began_;
  step_began_ = loop_.now();
}

void HttpAttempt::resolve() {
  if (step_ == Step::over) return;
  step_began_ = loop_.now();
  if (request_.url.tls && !request_.tls) {
    return fail(ConnectFault::tls, "no TLS is set up for " + request_.url.host);
  }
  error_code error;
  const auto literal = asio::ip::make_address(request_.url.host, error);
  if (!error) {  // no need of Asio's resolver thread
    return found({tcp::endpoint(literal, request_.url.port)});
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
        self->found({found.begin(), found.end()});
      }));
}

void HttpAttempt::found(std::vector<tcp::endpoint> addresses) {
  addresses_ = std::move(addresses);
  note(&ConnectTrace::resolved);
  if (request_.trace) {
    for (const tcp::endpoint& each : addresses_) {
      request_.trace->addresses.push_back(each.address().to_string());
    }
  }
  connect_next({});
}

void HttpAttempt::connect_next(const error_code& last_error) {
  step_ = Step::connecting;
  if (next_address_ == addresses_.size()) {
    return fail(ConnectFault::connect,
                "cannot connect to " + host_and_port() + ": " + last_error.message());
  }
  const tcp::endpoint address = addresses_[next_address_++];
  // An address that swallows our packets must not eat the time of those behind it.
  if (next_address_ < addresses_.size()) {
    address_deadline_.arm(loop_.now() + (give_up_at_ - loop_.now()) / 2);
  } else {
    address_deadline_.disarm();
  }
  connecting_.emplace(loop_.impl().context);
  step_began_ = loop_.now();
  connecting_->async_connect(
      address, loop_.impl().on_loop([self = shared_from_this(), address](const error_code& error) {
        if (self->step_ != Step::connecting) return;
        if (error == asio::error::operation_aborted) {
          return self->connect_next(asio::error::timed_out);
        }
        if (error) return self->connect_next(error);
        self->on_connected(address);
      }));
}

void HttpAttempt::on_address_time_out() {
  error_code ignored;
  if (step_ == Step::connecting && connecting_) connecting_->close(ignored);
}

void HttpAttempt::on_connected(const tcp::endpoint& address) {
  address_deadline_.disarm();
  note(&ConnectTrace::connected);
  if (request_.trace) request_.trace->address = address.address().to_string();
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

void HttpAttempt::go_on() {
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

void HttpAttempt::handshake() {
  const auto again = [self = shared_from_this()] { self->go_on(); };
  switch (stream_->handshake().state) {
    case IoState::done:
      return on_secured();
    case IoState::blocked_on_read:
      return stream_->wait_readable(again);
    case IoState::blocked_on_write:
      return stream_->wait_writable(again);
    case IoState::ended:
      return fail(ConnectFault::tls,
                  request_.url.host + " ended the connection during TLS's handshake");
    case IoState::failed:
      return fail(ConnectFault::tls,
                  "no TLS connection to " + host_and_port() + ": " + stream_->error());
  }
}

void HttpAttempt::on_secured() {
  note(&ConnectTrace::secured);
  if (request_.trace) request_.trace->tls = stream_->tls_facts();
  step_ = Step::asking;
  send_request();
}

std::string HttpAttempt::first_line() const {
  std::string target = request_.url.path;
  if (!request_.secret_query.empty()) {
    target += target.find('?') == std::string::npos ? '?' : '&';
    target += request_.secret_query;
  }
  return "GET " + target + " " + std::string(version());
}

void HttpAttempt::send_request() {
  if (step_ != Step::asking) return;
  if (outbox_.empty()) {
    const bool default_port = request_.url.port == (request_.url.tls ? 443 : 80);
    Headers headers{{"Host", default_port ? bracketed(request_.url.host) : host_and_port()}};
    const Headers own = own_headers();
    headers.insert(headers.end(), own.begin(), own.end());
    headers.insert(headers.end(), request_.headers.begin(), request_.headers.end());
    append_head(outbox_, first_line(), headers);
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
                  host_and_port() + " ended the connection: " + stream_->error());
  }
  step_ = Step::listening;
  stream_->wait_readable(again);
}

void HttpAttempt::read_answer() {
  const auto buffer = loop_.impl().receive_buffer();
  const IoResult result = stream_->read(buffer);
  const auto bytes = buffer.first(result.bytes);
  received_.insert(received_.end(), bytes.begin(), bytes.end());
  if (!bytes.empty()) {
    const std::size_t taken = parser_.feed(received_);
    received_.erase(received_.begin(), received_.begin() + static_cast<std::ptrdiff_t>(taken));
  }
  if (parser_.state() == ParseState::complete) return take_head();
  if (parser_.state() == ParseState::refused) {
    return fail(ConnectFault::upgrade, host_and_port() + " does not answer in HTTP");
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
                  host_and_port() + " ended the connection without an answer");
    case IoState::failed:
      // TLS 1.3 tells of a certificate that the server refuses only here.
      return fail(request_.url.tls ? ConnectFault::tls : ConnectFault::upgrade,
                  "the connection to " + host_and_port() + " failed: " + stream_->error());
  }
}

void HttpAttempt::take_head() {
  note(&ConnectTrace::answered);
  if (request_.trace) {
    request_.trace->http_status = parser_.status();
    request_.trace->date = parser_.header("Date");
    request_.trace->refusal.clear();
    if (parser_.status() != 101) request_.trace->refusal.assign(received_.begin(), received_.end());
  }
  on_head();
}

void HttpAttempt::on_time_out() {
  static constexpr std::string_view kSteps[] = {"looking up its address", "connecting",
                                                "TLS's handshake",        "sending the request",
                                                "waiting for its answer", ""};
  fail(ConnectFault::timeout, std::string(goal()) + " " + host_and_port() + " within " +
                                  std::to_string(request_.time_max.count()) + " ms: given up at " +
                                  std::string(kSteps[static_cast<std::size_t>(step_)]));
}

void HttpAttempt::fail(ConnectFault fault, std::string message, int http_status) {
  const auto self = shared_from_this();  // on_failed() may let go of this
  stop();
  std::string told = without_address(message);
  on_failed({fault, http_status, std::move(message), std::move(told)});
}

// Where the server is, a stranger need not know.
std::string HttpAttempt::without_address(std::string message) const {
  const std::string host = bracketed(request_.url.host);
  for (const std::string& address : {host_and_port(), host, request_.url.host}) {
    for (std::size_t at = 0; (at = message.find(address, at)) != std::string::npos;) {
      message.replace(at, address.size(), kServer);
      at += kServer.size();
    }
  }
  return message;
}

void HttpAttempt::stop() {
  step_ = Step::over;
  deadline_.disarm();
  address_deadline_.disarm();
  resolver_.cancel();
  error_code ignored;
  if (connecting_) connecting_->close(ignored);
  if (stream_) stream_->close();
}

}  // namespace livegate::net
