#include "net/socket.h"

#include <algorithm>
#include <utility>

#include <sys/random.h>

#include "base/check.h"
#include "base/give_back.h"
#include "ws/utf8.h"

namespace livegate::net {
namespace {

// Of what is queued at a time, so that others get their turn: 0.1 ms, encrypted.
constexpr std::size_t kWriteBytesMax = 256 * 1024;
// The longest header of a frame.
constexpr std::size_t kFrameHeaderBytesMax = 14;

// Masks come from a fast generator, seeded by the system once per connection. Section 10.3 asks for
// keys that whoever chooses the payload cannot predict, so that no cache between the two takes a
// payload for a request. We mask only towards the upstream, inside TLS or on loopback, where no
// such cache can look.
std::uint64_t random_seed() {
  std::uint64_t seed = 0;
  LIVEGATE_CHECK(::getrandom(&seed, sizeof seed, 0) == sizeof seed);
  return seed;
}

std::uint16_t sendable(std::uint16_t code) {
  const bool legal = (code >= 1000 && code <= 1003) || code == 1005 ||
                     (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
  return legal ? code : static_cast<std::uint16_t>(ws::CloseCode::internal_error);
}

constexpr auto kNormal = static_cast<std::uint16_t>(ws::CloseCode::normal);
constexpr auto kAbnormal = static_cast<std::uint16_t>(ws::CloseCode::abnormal);

class SocketHandle final : public WebSocket {
 public:
  explicit SocketHandle(std::shared_ptr<Socket> socket) : socket_(std::move(socket)) {}
  ~SocketHandle() override { socket_->owner_gone(); }

  void start(Handler& handler) override { socket_->start(handler); }
  bool send(ws::Opcode opcode, std::span<const std::uint8_t> payload,
            Revocable revocable) override {
    return socket_->send(opcode, payload, revocable);
  }
  void ping() override { socket_->ping(); }
  void close(std::uint16_t code, std::string_view reason) override { socket_->close(code, reason); }
  void abort() override { socket_->abort(); }
  void pause() override { socket_->pause(); }
  void resume() override { socket_->resume(); }
  [[nodiscard]] std::size_t queued_bytes() const override { return socket_->queued_bytes(); }
  std::size_t revoke() override { return socket_->revoke(); }
  [[nodiscard]] std::size_t unsent_messages() const override { return socket_->unsent_messages(); }
  std::unique_ptr<DetachedWebSocket> detach() override { return socket_->detach(); }

 private:
  std::shared_ptr<Socket> socket_;
};

// All that another loop needs to go on.
struct Detached final : DetachedWebSocket {
  std::unique_ptr<DetachedStream> stream;
  ws::PeerRole peer;
  std::vector<std::uint8_t> received;
  std::vector<std::uint8_t> unsent;
  WebSocketOptions options;
};

}  // namespace

std::unique_ptr<WebSocket> attach(Loop& loop, std::unique_ptr<DetachedWebSocket> detached,
                                  std::size_t outbox_bytes_max) {
  auto& from = static_cast<Detached&>(*detached);  // nobody else makes one
  auto stream = Stream::attach(loop, std::move(from.stream));
  if (!stream) return nullptr;
  from.options.outbox_bytes_max = outbox_bytes_max;
  return make_websocket(
      loop, {std::move(stream), from.peer, std::move(from.received), std::move(from.unsent)},
      from.options);
}

std::unique_ptr<WebSocket> make_websocket(Loop& loop, Established established,
                                          const WebSocketOptions& options) {
  auto socket = std::make_shared<Socket>(loop, std::move(established), options);
  if (socket->queued_bytes() > 0) socket->mark_dirty();
  return std::make_unique<SocketHandle>(std::move(socket));
}

Socket::Socket(Loop& loop, Established established, const WebSocketOptions& options)
    : loop_(loop),
      stream_(std::move(established.stream)),
      options_(options),
      peer_(established.peer),
      decoder_(established.peer, options.message_bytes_max, options.binary_piece_bytes),
      mask_rng_(established.peer == ws::PeerRole::server ? random_seed() : 0),
      deadline_(loop, [this] { on_time_out(); }),
      received_(std::move(established.received)),
      outbox_(std::move(established.unsent)) {}

void Socket::start(WebSocket::Handler& handler) {
  LIVEGATE_CHECK(handler_ == nullptr && !ownerless_);
  handler_ = &handler;
  if (untold_) return tell_soon(*std::exchange(untold_, std::nullopt));
  if (phase_ == Phase::dead) return;
  loop_.post([self = shared_from_this()] { self->take_received(); });
}

void Socket::take_received() {
  if (phase_ == Phase::dead || reading_) return;
  reading_ = true;
  if (!received_.empty()) {
    const std::size_t size = received_.size();
    received_.resize(size + kTextPadding);
    decoder_.feed(std::span(received_).first(size));
  }
  // Not a wait: OpenSSL may have read ahead, and no socket becomes readable for what lies there.
  on_readable();
}

bool Socket::send(ws::Opcode opcode, std::span<const std::uint8_t> payload, Revocable revocable) {
  if (phase_ != Phase::open) return false;
  if (queued_bytes() + payload.size() + kFrameHeaderBytesMax > options_.outbox_bytes_max)
    return false;
  enqueue(opcode, payload, revocable);
  return true;
}

std::size_t Socket::revoke() {
  return outbox_.discard(write_blocked_ ? stream_->bytes_promised() : 0);
}

void Socket::ping() {
  if (phase_ == Phase::open) send(ws::Opcode::ping, {});
}

void Socket::close(std::uint16_t code, std::string_view reason) {
  if (phase_ != Phase::open) return;
  phase_ = Phase::closing;
  enqueue_close(sendable(code), ws::utf8_prefix(reason, limits::kCloseReasonBytesMax));
  deadline_.arm(loop_.now() + options_.close_time_max);
  // Before start() and in a pause nobody reads; but the peer's close frame must be seen.
  if (!reading_) loop_.post([self = shared_from_this()] { self->take_received(); });
  resume();
}

void Socket::resume() {
  paused_ = false;
  if (std::exchange(stands_, false)) read_later();
}

void Socket::abort() {
  const bool new_end = phase_ == Phase::open || phase_ == Phase::closing;
  die();
  if (new_end) tell_soon({kAbnormal, "aborted", /*by_peer=*/false});
}

std::unique_ptr<DetachedWebSocket> Socket::detach() {
  const auto rest = decoder_.rest();
  if (phase_ != Phase::open || write_failed_ || !rest) return nullptr;
  auto detached = std::make_unique<Detached>();
  detached->stream = stream_->detach();
  if (!detached->stream) return nullptr;
  detached->peer = peer_;
  detached->received.assign(rest->begin(), rest->end());
  const auto unsent = outbox_.unsent();
  detached->unsent.assign(unsent.begin(), unsent.end());
  detached->options = options_;
  die();
  return detached;
}

void Socket::owner_gone() {
  ownerless_ = true;
  handler_ = nullptr;
  if (phase_ == Phase::open) die();
}

void Socket::wait_to_read() {
  stream_->wait_readable([self = shared_from_this()] { self->read_later(); });
}

void Socket::read_later() { loop_.impl().wait_for_turn(shared_from_this()); }

// Whatever ends a read early comes again with the next one: none is made while messages are left.
void Socket::on_readable() {
  if (!take_messages()) return;
  while (phase_ != Phase::dead) {
    const auto buffer = loop_.impl().receive_buffer();
    const IoResult result = stream_->read(buffer);
    if (result.bytes > 0) {
      feed(buffer.first(result.bytes));
      if (!take_messages()) return;
    }
    if (phase_ == Phase::dead) return;
    if (result.state == IoState::ended || result.state == IoState::failed) {
      return on_stream_end(result);
    }
    // TLS may have wanted to read before it could write.
    if (queued_bytes() > 0 && !write_blocked_) mark_dirty();
    if (result.state == IoState::blocked_on_write) {
      return stream_->wait_writable([self = shared_from_this()] { self->read_later(); });
    }
    if (result.state == IoState::blocked_on_read) return wait_to_read();
    if (loop_.is_late()) return read_later();
  }
}

void Socket::feed(std::span<std::uint8_t> bytes) {
  if (counts()) decoder_.feed(bytes);
}

// Of what was fed. False if some are left, for after a pause or for the loop's next handler; then
// nothing is to be read. Whoever calls holds a shared_ptr: the handler may destroy the handle at
// any step.
bool Socket::take_messages() {
  if (!counts()) return true;
  while (true) {
    if (is_paused()) {
      decoder_.forget_delivered();
      keep_unread();
      stands_ = true;
      return false;
    }
    const auto message = decoder_.next();
    if (!message) break;
    deliver(*message);
    if (!counts()) return true;
    if (!decoder_.unread().empty() && !is_paused() && loop_.is_late()) {
      keep_unread();
      read_later();
      return false;
    }
  }
  give_back(received_);
  if (decoder_.failure()) fail(*decoder_.failure());
  return true;
}

// The receive buffer is everybody's.
void Socket::keep_unread() {
  const auto unread = decoder_.unread();
  const auto* const kept = received_.data();
  if (unread.empty() || (unread.data() >= kept && unread.data() < kept + received_.size())) return;
  received_.assign(unread.begin(), unread.end());
  received_.resize(unread.size() + kTextPadding);
  decoder_.move_unread(std::span(received_).first(unread.size()));
}

void Socket::deliver(const ws::Message& message) {
  if (phase_ == Phase::open && handler_ != nullptr) handler_->on_alive();
  if (message.more) {
    if (phase_ == Phase::open && handler_ != nullptr) handler_->on_piece(message.payload);
    return;
  }
  switch (message.opcode) {
    case ws::Opcode::text:
    case ws::Opcode::binary:
      // After our close() the owner has said all it wants, and heard all.
      if (phase_ == Phase::open && handler_ != nullptr) {
        handler_->on_message(message.opcode, message.payload);
      }
      return;
    case ws::Opcode::ping: {
      // A peer that pings and does not read gets no pong beyond the cap (5.5.3: the latest would be
      // enough).
      const auto text = message.payload.view();
      if (phase_ == Phase::open && handler_ != nullptr && handler_->on_ping(text)) return;
      send(ws::Opcode::pong, {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
      return;
    }
    case ws::Opcode::close:
      if (phase_ != Phase::dead) on_peer_close(message.payload.view());
      return;
    case ws::Opcode::pong:
      if (phase_ == Phase::open && handler_ != nullptr) handler_->on_pong();
      return;
    case ws::Opcode::continuation:
      return;
  }
}

// Section 5.5.1: the same code, echoed. To a client that gave none the service answers 1000, and
// LiveKit's plugin for Node takes whatever else it gets, 1005 too, for the failure of the call.
std::uint16_t Socket::code_for_echo(std::uint16_t code) const {
  const bool none = code == static_cast<std::uint16_t>(ws::CloseCode::no_status);
  return none && peer_ == ws::PeerRole::client ? kNormal : code;
}

void Socket::on_peer_close(std::string_view payload) {
  const ws::CloseResult result = ws::parse_close(payload);
  if (result.failure) return fail(*result.failure);
  const bool by_peer = phase_ == Phase::open;
  if (by_peer) enqueue_close(code_for_echo(result.status->code), {});
  // Section 7.1.1: the server ends TCP first, so that the waiting state of TCP is its own.
  finish({result.status->code, std::string(result.status->reason), by_peer},
         /*send_end=*/peer_ == ws::PeerRole::client);
}

void Socket::fail(const ws::Failure& failure) {
  if (phase_ == Phase::open)
    enqueue_close(static_cast<std::uint16_t>(failure.code), failure.reason);
  finish({static_cast<std::uint16_t>(failure.code), std::string(failure.reason), /*by_peer=*/false},
         /*send_end=*/true);
}

void Socket::finish(Closed closed, bool send_end) {
  phase_ = Phase::finishing;
  send_end_ = send_end;
  deadline_.arm(loop_.now() + options_.close_time_max);
  mark_dirty();
  tell(closed);
}

void Socket::on_stream_end(const IoResult& result) {
  const bool by_peer = phase_ == Phase::open;
  const std::string reason = result.state == IoState::failed
                                 ? "the connection failed: " + stream_->error()
                                 : "the connection ended without a close frame";
  die();
  tell({kAbnormal, reason, by_peer});
}

void Socket::on_time_out() {
  const auto self = shared_from_this();
  const Phase ended = phase_;
  die();
  if (ended == Phase::open) tell({kAbnormal, "the connection failed", /*by_peer=*/true});
  if (ended == Phase::closing) tell({kAbnormal, "no answer to our close frame", /*by_peer=*/false});
}

// What the peer sent before it went may still lie in the kernel, its close frame perhaps: reading
// finds it, and the end behind it.
void Socket::on_write_failed() {
  write_failed_ = true;
  lost_messages_ = unsent_messages();
  outbox_.release();
  if (phase_ == Phase::finishing) return die();
  deadline_.arm(loop_.now() + options_.close_time_max);
}

void Socket::die() {
  phase_ = Phase::dead;
  deadline_.disarm();
  lost_messages_ = unsent_messages();
  outbox_.release();
  if (stream_) stream_->close();
}

void Socket::tell(Closed closed) {
  if (told_ || ownerless_ || untold_) return;
  closed.unsent_messages = unsent_messages();
  if (handler_ == nullptr) {
    untold_ = std::move(closed);
    return;
  }
  told_ = true;
  handler_->on_closed(closed);
}

void Socket::tell_soon(Closed closed) {
  loop_.post([self = shared_from_this(), closed = std::move(closed)] { self->tell(closed); });
}

void Socket::enqueue(ws::Opcode opcode, std::span<const std::uint8_t> payload,
                     Revocable revocable) {
  if (write_failed_) {
    lost_messages_ += opcode == ws::Opcode::text || opcode == ws::Opcode::binary;
    return;
  }
  outbox_.add(opcode, payload, next_mask(), revocable);
  mark_dirty();
}

void Socket::enqueue_close(std::uint16_t code, std::string_view reason) {
  if (write_failed_) return;
  outbox_.add_close(code, reason, next_mask());
  mark_dirty();
}

std::optional<std::uint32_t> Socket::next_mask() {
  if (peer_ == ws::PeerRole::client) return std::nullopt;
  return static_cast<std::uint32_t>(mask_rng_.next());
}

void Socket::mark_dirty() {
  if (dirty_) return;
  dirty_ = true;
  loop_.impl().mark_dirty(shared_from_this());
}

void Socket::flush() {
  dirty_ = false;
  if (phase_ == Phase::dead || write_blocked_) return;
  if (queued_bytes() > 0) {
    const auto unsent = outbox_.unsent();
    const IoResult result = stream_->write(unsent.first(std::min(unsent.size(), kWriteBytesMax)));
    outbox_.sent(result.bytes);
    if (result.state == IoState::failed) return on_write_failed();
    if (result.state == IoState::blocked_on_write) {
      write_blocked_ = true;
      stream_->wait_writable([self = shared_from_this()] {
        self->write_blocked_ = false;
        self->mark_dirty();
      });
    } else if (queued_bytes() > 0 && result.state == IoState::done) {
      dirty_ = true;  // in the next batch
      loop_.post([self = shared_from_this()] { self->loop_.impl().mark_dirty(self); });
    }
  }
  if (queued_bytes() == 0 && phase_ == Phase::finishing) {
    linger(loop_, std::move(stream_), send_end_, options_.close_time_max);
    die();
  }
}

}  // namespace livegate::net
