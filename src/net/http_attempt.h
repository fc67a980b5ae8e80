// Private to net: one connection to an HTTP server, from its name to the head of its answer, under
// one deadline: resolve, connect, TLS, ask, listen. Kept alive by the operation that is
// outstanding.
//
// Decides the order of the steps and how each may fail. Leaves to who derives from it what is asked
// for and what the answer means (connector.cc: an upgrade; fetch.cc: a page).
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/connector.h"
#include "net/http_wire.h"
#include "net/stream.h"

namespace livegate::net {

class HttpAttempt : public std::enable_shared_from_this<HttpAttempt> {
 public:
  HttpAttempt(Loop& loop, Connector::Request request);
  virtual ~HttpAttempt() = default;
  HttpAttempt(const HttpAttempt&) = delete;
  HttpAttempt& operator=(const HttpAttempt&) = delete;

  void begin();
  void cancel();  // nothing is told any more

 protected:
  using Headers = std::vector<std::pair<std::string, std::string>>;
  // What stands between the request's target and its caller's headers, and which HTTP it speaks.
  [[nodiscard]] virtual Headers own_headers() const = 0;
  [[nodiscard]] virtual std::string_view version() const { return "HTTP/1.1"; }
  // What a time-out says that there is not: "no WebSocket to".
  [[nodiscard]] virtual std::string_view goal() const = 0;
  // The head of the answer is in parser(), what came behind it in received().
  virtual void on_head() = 0;
  // Once, after everything has stopped.
  virtual void on_failed(ConnectError error) = 0;

  void fail(ConnectFault fault, std::string message, int http_status = 0);
  void stop();
  [[nodiscard]] std::string host_and_port() const;
  [[nodiscard]] Loop& loop() { return loop_; }
  [[nodiscard]] const Connector::Request& request() const { return request_; }
  [[nodiscard]] ResponseHeadParser& parser() { return parser_; }
  [[nodiscard]] std::vector<std::uint8_t>& received() { return received_; }
  [[nodiscard]] std::unique_ptr<Stream>& stream() { return stream_; }
  [[nodiscard]] bool over() const { return step_ == Step::over; }

 private:
  enum class Step : std::uint8_t { resolving, connecting, handshaking, asking, listening, over };

  void resolve();
  void found(std::vector<boost::asio::ip::tcp::endpoint> addresses);
  void connect_next(const boost::system::error_code& last_error);
  void on_connected(const boost::asio::ip::tcp::endpoint& address);
  void go_on();
  void handshake();
  void on_secured();
  void send_request();
  void read_answer();
  void take_head();
  [[nodiscard]] std::string first_line() const;
  [[nodiscard]] std::string without_address(std::string message) const;
  void on_time_out();
  void on_address_time_out();
  void note(std::optional<SessionClock::duration> ConnectTrace::*step);

  Loop& loop_;
  const Connector::Request request_;
  Timer deadline_;
  Timer address_deadline_;
  boost::asio::ip::tcp::resolver resolver_;
  Instant give_up_at_;
  Instant step_began_;
  Step step_ = Step::resolving;
  std::vector<boost::asio::ip::tcp::endpoint> addresses_;
  std::size_t next_address_ = 0;
  std::optional<boost::asio::ip::tcp::socket> connecting_;
  std::unique_ptr<Stream> stream_;
  std::vector<std::uint8_t> outbox_;
  std::size_t outbox_sent_ = 0;
  ResponseHeadParser parser_;
  std::vector<std::uint8_t> received_;
};

}  // namespace livegate::net
