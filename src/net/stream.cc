#include "net/stream.h"

#include <cerrno>
#include <system_error>

#include <netinet/tcp.h>
#include <openssl/err.h>
#include <sys/socket.h>
#include <unistd.h>

namespace livegate::net {
namespace {

constexpr int kKernelUnsentBytesMax = 16 * 1024;  // a third of a second of reply audio

}  // namespace

Stream::Stream(Loop& loop, Socket socket) : loop_(loop), socket_(std::move(socket)) {
  boost::system::error_code ignored;  // a socket that is dead already says so at the first read
  socket_.non_blocking(true, ignored);
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  // What the network does not take waits in our outbox, where stale audio can still be taken back,
  // and not in the kernel, which keeps megabytes for a slow client.
  using NotSentMax = asio::detail::socket_option::integer<IPPROTO_TCP, TCP_NOTSENT_LOWAT>;
  socket_.set_option(NotSentMax(kKernelUnsentBytesMax), ignored);
}

Stream::~Stream() = default;

DetachedStream::~DetachedStream() {
  ssl_.reset();
  if (descriptor_ >= 0) ::close(descriptor_);
}

std::unique_ptr<DetachedStream> Stream::detach() {
  boost::system::error_code error;
  const auto local = socket_.local_endpoint(error);
  if (error) return nullptr;
  const int descriptor = socket_.release(error);
  if (error) return nullptr;
  return std::make_unique<DetachedStream>(descriptor, local.protocol(), std::move(ssl_),
                                          std::move(place));
}

std::unique_ptr<Stream> Stream::attach(Loop& loop, std::unique_ptr<DetachedStream> detached) {
  Socket socket(loop.impl().context);
  boost::system::error_code error;
  socket.assign(detached->protocol_, detached->descriptor_, error);
  if (error) return nullptr;
  detached->descriptor_ = -1;
  auto stream = std::make_unique<Stream>(loop, std::move(socket));
  stream->ssl_ = std::move(detached->ssl_);
  stream->place = std::move(detached->place_);
  return stream;
}

bool Stream::begin_accepting_tls(const TlsContext& context) {
  ssl_ = make_accepting_ssl(context, socket_.native_handle());
  return ssl_ != nullptr;
}

bool Stream::begin_connecting_tls(const TlsContext& context, const std::string& host) {
  ssl_ = make_connecting_ssl(context, socket_.native_handle(), host);
  return ssl_ != nullptr;
}

IoResult Stream::handshake() {
  ERR_clear_error();
  const int returned = SSL_do_handshake(ssl_.get());
  if (returned == 1) return {IoState::done};
  const IoResult result = tls_stopped(returned, 0);
  const long verdict = SSL_get_verify_result(ssl_.get());
  if (result.state == IoState::failed && verdict != X509_V_OK) {
    error_ = X509_verify_cert_error_string(verdict);
  }
  return result;
}

IoResult Stream::read(std::span<std::uint8_t> into) {
  if (!socket_.is_open()) return socket_failed(EBADF, 0);
  if (!ssl_) return read_plain(into);
  std::size_t total = 0;
  while (total < into.size()) {
    ERR_clear_error();
    std::size_t count = 0;
    const int returned = SSL_read_ex(ssl_.get(), into.data() + total, into.size() - total, &count);
    if (returned != 1) return tls_stopped(returned, total);
    total += count;
  }
  return {IoState::done, total};
}

IoResult Stream::write(std::span<const std::uint8_t> bytes) {
  if (!socket_.is_open()) return socket_failed(EBADF, 0);
  if (!ssl_) return write_plain(bytes);
  std::size_t total = 0;
  while (total < bytes.size()) {
    ERR_clear_error();
    std::size_t count = 0;
    const int returned =
        SSL_write_ex(ssl_.get(), bytes.data() + total, bytes.size() - total, &count);
    if (returned != 1) return tls_stopped(returned, total);
    total += count;
  }
  return {IoState::done, total};
}

IoResult Stream::read_plain(std::span<std::uint8_t> into) {
  while (true) {
    const ssize_t count = ::recv(socket_.native_handle(), into.data(), into.size(), 0);
    if (count == 0) return {IoState::ended};
    if (count > 0) {
      const auto bytes = static_cast<std::size_t>(count);
      // Less than asked for: nothing more is there, and the next wait would tell if it were.
      return {bytes == into.size() ? IoState::done : IoState::blocked_on_read, bytes};
    }
    if (errno == EINTR) continue;
    if (errno == EAGAIN || errno == EWOULDBLOCK) return {IoState::blocked_on_read};
    return socket_failed(errno, 0);
  }
}

IoResult Stream::write_plain(std::span<const std::uint8_t> bytes) {
  while (true) {
    const ssize_t count = ::send(socket_.native_handle(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count >= 0) {
      const auto sent = static_cast<std::size_t>(count);
      return {sent == bytes.size() ? IoState::done : IoState::blocked_on_write, sent};
    }
    if (errno == EINTR) continue;
    if (errno == EAGAIN || errno == EWOULDBLOCK) return {IoState::blocked_on_write};
    return socket_failed(errno, 0);
  }
}

IoResult Stream::tls_stopped(int returned, std::size_t bytes) {
  const int system_error = errno;
  switch (SSL_get_error(ssl_.get(), returned)) {
    case SSL_ERROR_WANT_READ:
      return {IoState::blocked_on_read, bytes};
    case SSL_ERROR_WANT_WRITE:
      return {IoState::blocked_on_write, bytes};
    case SSL_ERROR_ZERO_RETURN:
      return {IoState::ended, bytes};
    case SSL_ERROR_SYSCALL:
      tls_failed_ = true;
      if (system_error != 0) return socket_failed(system_error, bytes);
      error_ = "the connection ended";
      return {IoState::failed, bytes};
    default:
      tls_failed_ = true;
      error_ = last_tls_error();
      return {IoState::failed, bytes};
  }
}

IoResult Stream::socket_failed(int error, std::size_t bytes) {
  error_ = std::system_category().message(error);
  return {IoState::failed, bytes};
}

void Stream::shutdown_send() {
  if (!socket_.is_open()) return;
  // After a failure OpenSSL forbids it; before the handshake's end there is nothing to end.
  if (ssl_ && !tls_failed_ && SSL_is_init_finished(ssl_.get()) == 1) SSL_shutdown(ssl_.get());
  ERR_clear_error();
  boost::system::error_code ignored;
  socket_.shutdown(Socket::shutdown_send, ignored);
}

void Stream::close() {
  boost::system::error_code ignored;
  socket_.close(ignored);
}

std::string Stream::remote_address() const {
  boost::system::error_code error;
  const auto endpoint = socket_.remote_endpoint(error);
  if (error) return "";
  auto address = endpoint.address();
  // A socket that listens on :: sees IPv4 callers as ::ffff:192.0.2.1.
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_string();
  }
  return address.to_string();
}

namespace {

// Kept alive by the wait that is outstanding.
class Lingering : public std::enable_shared_from_this<Lingering> {
 public:
  Lingering(Loop& loop, std::unique_ptr<Stream> stream)
      : loop_(loop), stream_(std::move(stream)), deadline_(loop, [this] { stream_->close(); }) {}

  void begin(Millis time_max) {
    deadline_.arm(loop_.now() + time_max);
    wait();
  }

 private:
  void wait() {
    stream_->wait_readable([self = shared_from_this()] { self->drain(); });
  }

  void drain() {
    const IoResult result = stream_->read(loop_.impl().receive_buffer());
    switch (result.state) {
      case IoState::done:
      case IoState::blocked_on_read:
        break;
      case IoState::blocked_on_write:
      case IoState::ended:
      case IoState::failed:
        return stream_->close();
    }
    wait();
  }

  Loop& loop_;
  std::unique_ptr<Stream> stream_;
  Timer deadline_;
};

}  // namespace

void linger(Loop& loop, std::unique_ptr<Stream> stream, bool send_end, Millis time_max) {
  if (send_end) stream->shutdown_send();
  std::make_shared<Lingering>(loop, std::move(stream))->begin(time_max);
}

}  // namespace livegate::net
