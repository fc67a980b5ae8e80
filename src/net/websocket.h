// Our face of one established WebSocket, in either role, over TCP or TLS.
//
// Decides: framing, masking, answering pings, the closing conversation and its deadlines, and the
// order and batching of writes. Leaves to its owner what messages mean. Three ways to end, as three
// things: close() is polite (a close frame, then up to limits::kCloseTimeMax for the peer's, then
// abort), abort() is at once, and on_closed() says that it is over, exactly once, whoever began.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/limits.h"
#include "base/padded_text.h"
#include "net/loop.h"
#include "net/outbox.h"
#include "ws/frame.h"

namespace livegate::net {

struct Closed {
  std::uint16_t
      code;  // the peer's; 1005 none given, 1006 no close frame at all; ours where we failed it
  std::string reason;               // the peer's, or one sentence of ours
  bool by_peer;                     // false: we closed, aborted, or refused what the peer sent
  std::size_t unsent_messages = 0;  // the newest of ours that never left whole
};

struct WebSocketOptions {
  std::size_t message_bytes_max;  // larger: close 1009
  std::size_t outbox_bytes_max;   // send() refuses above it
  Millis close_time_max =
      limits::kCloseTimeMax;  // from our close frame to the end of the connection
  // A larger binary message is given in pieces of this size as it arrives; 0: as a whole.
  std::size_t binary_piece_bytes = 0;
};

// An open connection on its way from one loop to another: nothing reads or writes it. Closed
// without a word if nobody attaches it. May be destroyed on any thread.
class DetachedWebSocket {
 public:
  virtual ~DetachedWebSocket() = default;
};

// Lives on one loop, which outlives it.
class WebSocket {
 public:
  // Called on the loop, never from within a call of the socket's owner. A handler may send, close,
  // abort or destroy the socket from within; nothing is called after on_closed, or once the socket
  // is destroyed.
  class Handler {
   public:
    virtual ~Handler() = default;
    // text or binary; `payload` is valid during the call. Not after close().
    virtual void on_message(ws::Opcode opcode, PaddedText payload) = 0;
    // A piece of a binary message, as WebSocketOptions::binary_piece_bytes asks for them;
    // on_message() gives the last one. Valid during the call.
    virtual void on_piece(PaddedText payload) { static_cast<void>(payload); }
    virtual void on_closed(const Closed& closed) = 0;
    // Any frame arrived, pongs included: proof of life.
    virtual void on_alive() {}
    // A pong arrived, after on_alive().
    virtual void on_pong() {}
    // A ping arrived; valid during the call. True: the handler answers it itself, by sending a pong
    // with the same payload when it likes. False: the socket does, at once.
    virtual bool on_ping(std::string_view payload) {
      static_cast<void>(payload);
      return false;
    }
  };

  // Destroying an open socket aborts it, silently. A closing conversation that has begun goes on
  // without its owner, to its own deadline, so that the peer gets our close frame.
  virtual ~WebSocket() = default;

  // Begins to deliver; messages that came with the handshake are delivered soon after, not from
  // within.
  virtual void start(Handler& handler) = 0;

  // Queues one message; it leaves at the end of the loop's batch. `payload` is copied. False if the
  // outbox would pass its cap, or after close: then nothing was queued and the caller decides.
  virtual bool send(ws::Opcode opcode, std::span<const std::uint8_t> payload,
                    Revocable revocable = Revocable::no) = 0;
  bool send_text(std::string_view text) {
    return send(ws::Opcode::text,
                {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
  }
  virtual void ping() = 0;
  // `code`: 1005 sends a frame without one; a code that may not be sent (section 7.4) leaves as
  // 1011. `reason`, which is UTF-8, is cut to 123 bytes between two characters. Later calls do
  // nothing.
  virtual void close(std::uint16_t code, std::string_view reason) = 0;
  virtual void abort() = 0;
  // Nothing more is delivered or read until resume(): what the peer sends waits in its own and the
  // system's buffers, and nothing of it is lost. Its pings and its close wait likewise; that the
  // connection is gone is noticed by what is sent, ping() for one. close() ends a pause.
  virtual void pause() = 0;
  virtual void resume() = 0;
  // Bytes queued that the kernel has not taken yet.
  [[nodiscard]] virtual std::size_t queued_bytes() const = 0;
  // Takes back the revocable messages that are still queued, as far as nothing of one has left.
  // Returns how many.
  virtual std::size_t revoke() = 0;
  // Text and binary messages that have not left whole.
  [[nodiscard]] virtual std::size_t unsent_messages() const = 0;

  // From within on_message: takes the connection off its loop with all that was received behind
  // that message and all that is queued, so that attach() can go on with it. This object is then
  // good for nothing but to be destroyed. Null if the connection is not open any more, or the next
  // message has begun.
  [[nodiscard]] virtual std::unique_ptr<DetachedWebSocket> detach() = 0;
};

// Goes on with a connection on `loop`, whose thread this is; not started. `outbox_bytes_max`: its
// cap from now on. Null if the system would not have it there.
[[nodiscard]] std::unique_ptr<WebSocket> attach(Loop& loop,
                                                std::unique_ptr<DetachedWebSocket> detached,
                                                std::size_t outbox_bytes_max);

}  // namespace livegate::net
