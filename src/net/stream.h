// Private to net: one connected, non-blocking socket, with TLS or without.
//
// Decides how bytes cross the kernel and OpenSSL. Leaves to its owner when to try and what to do
// meanwhile: calls never block, and say what to wait for.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include "net/loop_impl.h"
#include "net/tls_impl.h"

namespace livegate::net {

enum class IoState : std::uint8_t {
  done,              // as asked; after a read: the buffer is full, ask again
  blocked_on_read,   // go on when the socket is readable
  blocked_on_write,  // go on when it is writable
  ended,             // the peer has sent its last byte
  failed,            // see Stream::error()
};

struct IoResult {
  IoState state;
  std::size_t bytes = 0;  // that did pass, whatever the state
};

// OpenSSL has encrypted a record when it finds that the socket takes no more of it.
inline constexpr std::size_t kTlsRecordBytesMax = 16 * 1024;

// A connection's descriptor and its TLS, on no loop. OpenSSL knows the descriptor by its number
// alone, which does not change.
class DetachedStream {
 public:
  using Protocol = asio::ip::tcp;
  DetachedStream(int descriptor, Protocol protocol, SslPtr ssl, std::shared_ptr<void> place)
      : descriptor_(descriptor),
        protocol_(protocol),
        ssl_(std::move(ssl)),
        place_(std::move(place)) {}
  ~DetachedStream();
  DetachedStream(const DetachedStream&) = delete;
  DetachedStream& operator=(const DetachedStream&) = delete;

 private:
  friend class Stream;
  int descriptor_;  // ours until a stream has it
  Protocol protocol_;
  SslPtr ssl_;
  std::shared_ptr<void> place_;
};

class Stream {
 public:
  using Socket = asio::ip::tcp::socket;

  // `socket` is connected. Sets it non-blocking, without Nagle's delay: what is flushed is a whole
  // batch.
  Stream(Loop& loop, Socket socket);
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  // Leaves its loop; waits end. This stream is closed then. Null if it was so before.
  [[nodiscard]] std::unique_ptr<DetachedStream> detach();
  // On the loop's thread. Null if the system refuses.
  [[nodiscard]] static std::unique_ptr<Stream> attach(Loop& loop,
                                                      std::unique_ptr<DetachedStream> detached);

  // TLS from here on; handshake() until it is done. False if OpenSSL could not begin.
  bool begin_accepting_tls(const TlsContext& context);
  bool begin_connecting_tls(const TlsContext& context, const std::string& host);
  IoResult handshake();

  IoResult read(std::span<std::uint8_t> into);
  IoResult write(std::span<const std::uint8_t> bytes);
  void shutdown_send();  // TLS's goodbye, then TCP's; best effort
  void close();

  // `ready` is called once; also after close(). Its own data must not rest on this object alone.
  template <class Ready>
  void wait_readable(Ready ready) {
    wait(Socket::wait_read, std::move(ready));
  }
  template <class Ready>
  void wait_writable(Ready ready) {
    wait(Socket::wait_write, std::move(ready));
  }

  // After a write that blocked: how many of its bytes must be offered again unchanged.
  [[nodiscard]] std::size_t bytes_promised() const { return is_tls() ? kTlsRecordBytesMax : 0; }
  [[nodiscard]] bool is_tls() const { return ssl_ != nullptr; }
  [[nodiscard]] TlsFacts tls_facts() const { return is_tls() ? facts_of(ssl_.get()) : TlsFacts{}; }
  [[nodiscard]] const std::string& error() const { return error_; }
  [[nodiscard]] std::string remote_address() const;

  // Released with the stream: the place it holds in somebody's count of connections.
  std::shared_ptr<void> place;

 private:
  template <class Ready>
  void wait(Socket::wait_type what, Ready ready) {
    socket_.async_wait(
        what, loop_.impl().on_loop([ready = std::move(ready)](
                                       const boost::system::error_code&) mutable { ready(); }));
  }
  IoResult read_plain(std::span<std::uint8_t> into);
  IoResult write_plain(std::span<const std::uint8_t> bytes);
  IoResult tls_stopped(int returned, std::size_t bytes);
  IoResult socket_failed(int error, std::size_t bytes);

  Loop& loop_;
  Socket socket_;
  SslPtr ssl_;  // on socket_'s descriptor, so destroyed before it
  bool tls_failed_ = false;
  std::string error_;
};

// Ends a connection without losing what was sent last: with data unread in the kernel, closing
// would reset the connection and destroy our last words on the way. Reads and discards until the
// peer ends or `time_max` is over, then closes. If `send_end`, our own end is said first; else the
// peer is waited for.
void linger(Loop& loop, std::unique_ptr<Stream> stream, bool send_end, Millis time_max);

}  // namespace livegate::net
