// For tests only: both ends of real connections on one loop in one thread, and no sleeping: a test
// says what it waits for, and everything that may have changed it looks again.
#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "net/connector.h"
#include "net/listener.h"
#include "net/loop.h"
#include "net/loop_impl.h"

namespace livegate::net::test {

using asio::ip::tcp;

inline constexpr WebSocketOptions kOptions{.message_bytes_max = 1 << 20,
                                           .outbox_bytes_max = 4 << 20};

class World {
 public:
  Loop loop;

  // Runs the loop until `done`. What never happens fails the test, and does not hang it.
  void run_until(std::function<bool()> done) {
    if (done()) return;
    Timer guard(loop, [this] {
      ADD_FAILURE() << "waited in vain";
      loop.stop();
    });
    guard.arm(loop.now() + 30s);
    done_ = std::move(done);
    loop.run();
    done_ = nullptr;
  }

  // Everything that tests look at says so when it changes.
  void changed() {
    if (done_ && done_()) loop.stop();
  }

 private:
  std::function<bool()> done_;
};

struct Received {
  ws::Opcode opcode;
  std::string payload;
  bool operator==(const Received&) const = default;
};

// One end of a WebSocket that writes down what happens to it.
class Recorder : public WebSocket::Handler {
 public:
  Recorder(World& world, std::unique_ptr<WebSocket> its_socket)
      : socket(std::move(its_socket)), world_(world) {}

  void on_message(ws::Opcode opcode, PaddedText payload) override {
    messages.push_back({opcode, std::string(payload.view())});
    if (on_each) on_each(messages.back());
    world_.changed();
  }
  void on_piece(PaddedText payload) override {
    pieces.emplace_back(payload.view());
    world_.changed();
  }
  void on_closed(const Closed& how) override {
    closed = how;
    ++closed_times;
    if (on_end) on_end();
    world_.changed();
  }
  void on_alive() override {
    ++alive_times;
    world_.changed();
  }
  void on_pong() override {
    ++pong_times;
    world_.changed();
  }
  void start() { socket->start(*this); }
  void echo() {
    on_each = [this](const Received& message) {
      socket->send(message.opcode, {reinterpret_cast<const std::uint8_t*>(message.payload.data()),
                                    message.payload.size()});
    };
  }

  std::unique_ptr<WebSocket> socket;
  std::vector<Received> messages;
  std::vector<std::string> pieces;  // of messages, each but its last
  std::optional<Closed> closed;
  int closed_times = 0;
  int alive_times = 0;
  int pong_times = 0;
  std::function<void(const Received&)> on_each;
  std::function<void()> on_end;

 private:
  World& world_;
};

// Answers with what it was asked, and keeps every WebSocket.
class TestService : public Service {
 public:
  explicit TestService(World& world) : world_(world) {}

  HttpResponse on_request(const HttpRequest& request) override {
    requests.push_back(request);
    world_.changed();
    if (answer) return answer(request);
    return {.body = request.method + " " + request.path};
  }
  std::variant<Accept, HttpResponse> on_upgrade(const HttpRequest& request) override {
    requests.push_back(request);
    if (refusal) return *refusal;
    return Accept{.subprotocol = subprotocol, .options = options};
  }
  void on_websocket(const HttpRequest&, std::unique_ptr<WebSocket> socket) override {
    sockets.push_back(std::make_unique<Recorder>(world_, std::move(socket)));
    if (echoes) sockets.back()->echo();
    if (prepare) prepare(*sockets.back());
    if (starts) sockets.back()->start();
    world_.changed();
  }

  std::vector<HttpRequest> requests;
  std::vector<std::unique_ptr<Recorder>> sockets;
  std::function<HttpResponse(const HttpRequest&)> answer;
  std::function<void(Recorder&)> prepare;
  std::optional<HttpResponse> refusal;
  std::string subprotocol;
  WebSocketOptions options = kOptions;
  bool echoes = true;
  bool starts = true;

 private:
  World& world_;
};

// A listener on a free port of 127.0.0.1 with one such service.
struct Server {
  explicit Server(World& world, Listener::Options options = {}) : service(world) {
    options.port = 0;
    auto opened = Listener::open(options, {&world.loop}, {&service});
    if (!opened) throw std::runtime_error(opened.error());
    listener = std::move(opened).value();
  }
  TestService service;
  std::unique_ptr<Listener> listener;
};

// What a connector came to.
struct Dialled {
  std::unique_ptr<Connector> connector;
  std::unique_ptr<Recorder> socket;
  std::optional<ConnectError> error;
  [[nodiscard]] bool done() const { return socket || error; }
};

inline std::unique_ptr<Dialled> dial(World& world, Connector::Request request) {
  auto dialled = std::make_unique<Dialled>();
  if (request.options.message_bytes_max == 0) request.options = kOptions;
  if (request.time_max == Millis::zero()) request.time_max = 20s;
  dialled->connector = Connector::open(
      world.loop, std::move(request), [&world, to = dialled.get()](Connector::Outcome outcome) {
        if (outcome) {
          to->socket = std::make_unique<Recorder>(world, std::move(outcome).value());
        } else {
          to->error = outcome.error();
        }
        world.changed();
      });
  return dialled;
}

inline Connector::Request request_to(const std::string& url) {
  Connector::Request request{};
  request.url = Url::parse(url).value();
  return request;
}

inline std::string url_of(const Server& server, std::string_view scheme = "ws",
                          std::string_view host = "127.0.0.1", std::string_view path = "/") {
  return std::string(scheme) + "://" + std::string(host) + ":" +
         std::to_string(server.listener->port()) + std::string(path);
}

// A connected client and what the service has of it, both started.
struct Pair {
  Pair(World& world, Server& server) : dialled(dial(world, request_to(url_of(server)))) {
    const std::size_t before = server.service.sockets.size();
    world.run_until([&] { return dialled->done() && server.service.sockets.size() > before; });
    if (dialled->error) throw std::runtime_error(dialled->error->message);
    server_side = server.service.sockets.back().get();
    dialled->socket->start();
  }
  Recorder& client() { return *dialled->socket; }
  std::unique_ptr<Dialled> dialled;
  Recorder* server_side;
};

// Queues more than the way to a reader holds, takes back what has not left once the first message
// has arrived, and sees that the rest arrives whole.
inline void expect_that_stale_messages_are_taken_back(World& world, Recorder& sender,
                                                      Recorder& reader) {
  constexpr std::size_t kMessages = 12;
  const std::string audio(300'000, 'a');
  for (std::size_t i = 0; i < kMessages; ++i) {
    ASSERT_TRUE(sender.socket->send(
        ws::Opcode::binary, {reinterpret_cast<const std::uint8_t*>(audio.data()), audio.size()},
        Revocable::yes));
  }
  std::size_t taken = 0;
  reader.on_each = [&](const Received&) {
    if (taken > 0) return;
    taken = sender.socket->revoke();
    sender.socket->send_text("interrupted");
  };
  const auto over = [&] {
    return !reader.messages.empty() && reader.messages.back().opcode == ws::Opcode::text;
  };
  world.run_until(over);
  EXPECT_GT(taken, 0u);
  EXPECT_EQ(reader.messages.size() - 1 + taken, kMessages) << "each arrives or is taken back";
  for (std::size_t i = 0; i + 1 < reader.messages.size(); ++i) {
    EXPECT_EQ(reader.messages[i].payload, audio) << "message " << i << " is damaged";
  }
  EXPECT_FALSE(reader.closed);
}

// A peer without manners: bytes as the test wants them.
class RawPeer {
 public:
  RawPeer(World& world, std::uint16_t port) : world_(world), socket_(world.loop.impl().context) {
    socket_.connect({asio::ip::make_address("127.0.0.1"), port});
    read();
  }
  RawPeer(World& world, tcp::socket socket) : world_(world), socket_(std::move(socket)) { read(); }
  ~RawPeer() {
    boost::system::error_code ignored;
    socket_.close(ignored);
    // Handlers still queued look at `state_`, which they share.
    state_->gone = true;
  }
  RawPeer(const RawPeer&) = delete;
  RawPeer& operator=(const RawPeer&) = delete;

  void send(std::string bytes) {
    auto kept = std::make_shared<std::string>(std::move(bytes));
    asio::async_write(socket_, asio::buffer(*kept),
                      [kept](const boost::system::error_code&, std::size_t) {});
  }
  void send(const std::vector<std::uint8_t>& bytes) {
    send(std::string(bytes.begin(), bytes.end()));
  }
  void end() { socket_.shutdown(tcp::socket::shutdown_send); }
  void reset() {
    socket_.set_option(asio::socket_base::linger(true, 0));
    socket_.close();
  }

  [[nodiscard]] const std::string& received() const { return state_->received; }
  [[nodiscard]] bool ended() const { return state_->ended; }
  void forget() { state_->received.clear(); }

 private:
  struct State {
    std::string received;
    bool ended = false;
    bool gone = false;
    std::array<char, 65536> buffer;
  };

  void read() {
    socket_.async_read_some(
        asio::buffer(state_->buffer),
        [this, state = state_](const boost::system::error_code& error, std::size_t count) {
          if (state->gone) return;
          state->received.append(state->buffer.data(), count);
          state->ended = static_cast<bool>(error);
          if (!error) read();
          world_.changed();
        });
  }

  World& world_;
  tcp::socket socket_;
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

inline std::string upgrade_request(std::string_view path = "/") {
  return "GET " + std::string(path) +
         " HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
         "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
}

// A raw peer whose upgrade is done; what it received so far is forgotten.
inline std::unique_ptr<RawPeer> upgraded_peer(World& world, Server& server) {
  auto peer = std::make_unique<RawPeer>(world, server.listener->port());
  peer->send(upgrade_request());
  world.run_until([&] { return peer->received().find("\r\n\r\n") != std::string::npos; });
  peer->forget();
  return peer;
}

}  // namespace livegate::net::test
