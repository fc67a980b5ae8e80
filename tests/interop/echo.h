// For the interop tests: one WebSocket that sends back what it gets and says on standard output how
// it ended.
#pragma once

#include <charconv>
#include <functional>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>

#include "net/websocket.h"

namespace livegate::interop {

inline constexpr net::WebSocketOptions kEchoOptions{.message_bytes_max = 1024 * 1024,
                                                    .outbox_bytes_max = 64 * 1024 * 1024};

// "close CODE REASON" is obeyed; everything else is echoed.
class Echo final : public net::WebSocket::Handler {
 public:
  Echo(std::unique_ptr<net::WebSocket> socket, std::function<void(Echo*)> on_end)
      : socket_(std::move(socket)), on_end_(std::move(on_end)) {
    socket_->start(*this);
  }

  void on_message(ws::Opcode opcode, PaddedText payload) override {
    const std::string_view text = payload.view();
    if (opcode == ws::Opcode::text && text.starts_with("close ")) return obey_close(text.substr(6));
    socket_->send(opcode, {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
  }

  void on_closed(const net::Closed& closed) override {
    std::cout << "closed " << closed.code << (closed.by_peer ? " by peer " : " by us ")
              << closed.reason << std::endl;
    on_end_(this);  // may destroy this
  }

 private:
  void obey_close(std::string_view order) {
    std::uint16_t code = 0;
    const auto [rest, error] = std::from_chars(order.data(), order.data() + order.size(), code);
    if (error != std::errc()) return;
    const auto used = static_cast<std::size_t>(rest - order.data());
    socket_->close(code, order.substr(std::min(used + 1, order.size())));
  }

  std::unique_ptr<net::WebSocket> socket_;
  std::function<void(Echo*)> on_end_;
};

}  // namespace livegate::interop
