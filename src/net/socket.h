// Private to net: what is behind a WebSocket. It outlives its face while something is still under
// way.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/rng.h"
#include "net/outbox.h"
#include "net/stream.h"
#include "net/websocket.h"
#include "ws/frame.h"

namespace livegate::net {

// What the handshake leaves behind.
struct Established {
  std::unique_ptr<Stream> stream;
  ws::PeerRole peer;
  std::vector<std::uint8_t> received;  // bytes that came after the handshake
  std::vector<std::uint8_t> unsent;    // the handshake's answer, to go first
};

std::unique_ptr<WebSocket> make_websocket(Loop& loop, Established established,
                                          const WebSocketOptions& options);

class Socket final : public Flushable, public Turn, public std::enable_shared_from_this<Socket> {
 public:
  Socket(Loop& loop, Established established, const WebSocketOptions& options);

  // The handle's calls; see websocket.h.
  void start(WebSocket::Handler& handler);
  bool send(ws::Opcode opcode, std::span<const std::uint8_t> payload,
            Revocable revocable = Revocable::no);
  void ping();
  void close(std::uint16_t code, std::string_view reason);
  void abort();
  void pause() { paused_ = true; }
  void resume();
  [[nodiscard]] std::size_t queued_bytes() const { return outbox_.size(); }
  std::size_t revoke();
  [[nodiscard]] std::size_t unsent_messages() const { return lost_messages_ + outbox_.messages(); }
  std::unique_ptr<DetachedWebSocket> detach();
  void owner_gone();

  void mark_dirty();
  void flush() override;
  void take_turn() override { on_readable(); }

 private:
  enum class Phase : std::uint8_t {
    open,
    closing,    // our close frame is queued, the peer's awaited
    finishing,  // both are done, or we failed the connection: what is queued leaves, then the
                // stream lingers
    dead,       // the stream is closed or given away
  };

  void wait_to_read();
  void on_readable();
  void take_received();
  [[nodiscard]] bool is_paused() const { return paused_ && phase_ == Phase::open; }
  // Section 1.4: after the end nothing does.
  [[nodiscard]] bool counts() const { return phase_ == Phase::open || phase_ == Phase::closing; }
  void feed(std::span<std::uint8_t> bytes);
  bool take_messages();
  void keep_unread();
  void read_later();
  void deliver(const ws::Message& message);
  void on_peer_close(std::string_view payload);
  std::uint16_t code_for_echo(std::uint16_t code) const;
  void fail(const ws::Failure& failure);
  void finish(Closed closed, bool send_end);
  void on_stream_end(const IoResult& result);
  void on_write_failed();
  void on_time_out();
  void die();
  void tell(Closed closed);
  void tell_soon(Closed closed);
  void enqueue(ws::Opcode opcode, std::span<const std::uint8_t> payload, Revocable revocable);
  void enqueue_close(std::uint16_t code, std::string_view reason);
  std::optional<std::uint32_t> next_mask();

  Loop& loop_;
  std::unique_ptr<Stream> stream_;
  const WebSocketOptions options_;
  const ws::PeerRole peer_;
  ws::Decoder decoder_;
  Rng mask_rng_;
  Timer deadline_;  // of the closing conversation
  WebSocket::Handler* handler_ = nullptr;
  std::vector<std::uint8_t> received_;  // and not taken yet, padded once it is begun
  Outbox outbox_;
  std::size_t lost_messages_ = 0;  // queued, and let go when the connection failed
  std::optional<Closed> untold_;   // ended before start()
  Phase phase_ = Phase::open;
  bool told_ = false;
  bool ownerless_ = false;
  bool dirty_ = false;
  bool reading_ = false;
  bool paused_ = false;
  bool stands_ = false;  // for that, nothing is under way that would read again
  bool write_blocked_ = false;
  bool write_failed_ = false;
  bool send_end_ = false;
};

}  // namespace livegate::net
