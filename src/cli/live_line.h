// One connection, spoken to step by step: open, send, wait for something, with a limit on every
// wait. What a command needs that asks one thing after the other and measures in between.
//
// Decides how waiting runs the loop and what the time is. Leaves to its owner what is said and what
// the frames mean. Lives on the loop's thread, and outlives no call that waits.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "net/connector.h"
#include "net/fetch.h"
#include "net/loop.h"
#include "net/websocket.h"

namespace livegate::cli {

// The steady clock, also while the loop does not run.
[[nodiscard]] Instant steady_now();
[[nodiscard]] double ms_between(Instant from, Instant to);

class LiveLine final : public net::WebSocket::Handler {
 public:
  // Each message, and when it came.
  using Listener = std::function<void(ws::Opcode, PaddedText, Instant)>;

  LiveLine(net::Loop& loop, Listener listener);
  ~LiveLine() override;
  LiveLine(const LiveLine&) = delete;
  LiveLine& operator=(const LiveLine&) = delete;

  // Waits until the connection is open or has failed: nothing, or why.
  std::optional<net::ConnectError> open(net::Connector::Request request);

  // Runs the loop until `done()`, asked after everything that happens, or until the time is over,
  // or the connection is. True if done.
  bool wait(Millis time_max, const std::function<bool()>& done);
  void pass(Millis time);  // lets that time go by, or less if the connection ends

  void send_text(std::string_view text);
  void send_binary(std::span<const std::uint8_t> bytes);
  // Milliseconds from a ping to its pong; nothing if none came in time.
  std::optional<double> ping(Millis time_max);
  void close();  // 1000, and no more than a moment for the peer's answer

  // How it ended; nothing while it is open.
  [[nodiscard]] const std::optional<net::Closed>& closed() const { return closed_; }

 private:
  void on_message(ws::Opcode opcode, PaddedText payload) override;
  void on_closed(const net::Closed& closed) override;
  void on_pong() override;
  void look();

  net::Loop& loop_;
  Listener listener_;
  std::unique_ptr<net::WebSocket> socket_;
  std::optional<net::Closed> closed_;
  std::size_t pongs_ = 0;
  Instant last_pong_;
  const std::function<bool()>* done_ = nullptr;
};

// One page, waited for.
[[nodiscard]] net::Fetch::Outcome fetch_page(net::Loop& loop, net::Connector::Request request);

}  // namespace livegate::cli
