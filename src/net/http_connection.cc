#include "net/http_connection.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "base/give_back.h"
#include "net/socket.h"
#include "ws/handshake.h"

namespace livegate::net {
namespace {

// Of a large answer at a time: 0.1 ms, encrypted.
constexpr std::size_t kBodyPieceBytesMax = 256 * 1024;

HttpResponse sentence(int status, std::string_view text) {
  return {.status = status, .body = std::string(text) + "\n"};
}

}  // namespace

std::optional<HttpResponse> handshake_refusal(const HttpRequest& request, bool is_http11) {
  if (!is_http11) return sentence(400, "An upgrade to WebSocket needs HTTP/1.1.");
  if (request.header("Sec-WebSocket-Version") != "13") {
    // Section 4.4: the answer names what we speak.
    auto response = sentence(426, "This server speaks version 13 of the WebSocket protocol.");
    response.headers.emplace_back("Sec-WebSocket-Version", "13");
    response.headers.emplace_back("Upgrade", "websocket");
    return response;
  }
  if (!ws::is_valid_key(request.header("Sec-WebSocket-Key"))) {
    return sentence(400, "The Sec-WebSocket-Key header must be the base64 of 16 bytes.");
  }
  return std::nullopt;
}

HttpConnection::HttpConnection(std::shared_ptr<HttpShard> shard, std::unique_ptr<Stream> stream,
                               std::shared_ptr<HttpPlace> place)
    : shard_(std::move(shard)),
      stream_(std::move(stream)),
      place_(std::move(place)),
      id_(place_->id()),
      deadline_(shard_->loop, [this] { on_time_out(); }) {
  shard_->open.emplace(id_, this);
}

HttpConnection::~HttpConnection() { shard_->open.erase(id_); }

void HttpConnection::start() {
  begin_request(ConnectionTable::State::silent,
                std::min(shard_->first_byte_time_max, shard_->request_time_max));
  if (shard_->tls) {
    phase_ = Phase::handshaking;
    if (!stream_->begin_accepting_tls(*shard_->tls)) return close();
  }
  wait_to_read();
}

void HttpConnection::close() {
  phase_ = Phase::dead;
  deadline_.disarm();
  if (stream_) stream_->close();
  place_.reset();
}

void HttpConnection::begin_request(ConnectionTable::State state, Millis time_max) {
  phase_ = Phase::reading;
  enter(state);
  deadline_.arm(shard_->loop.now() + time_max);
}

// The first bytes of a request, or of TLS before it.
void HttpConnection::heard() {
  if (state_ == ConnectionTable::State::asking) return;
  enter(ConnectionTable::State::asking);
  deadline_.arm(shard_->loop.now() + shard_->request_time_max);
}

void HttpConnection::enter(ConnectionTable::State state) {
  state_ = state;
  if (place_) place_->set(state);
}

void HttpConnection::wait_to_read() {
  stream_->wait_readable([self = shared_from_this()] { self->go_on_later(); });
}

void HttpConnection::go_on_later() { shard_->loop.impl().wait_for_turn(shared_from_this()); }

void HttpConnection::go_on() {
  if (phase_ == Phase::handshaking) {
    heard();
    handshake();
  }
  if (phase_ == Phase::reading) read();
  if (phase_ == Phase::lingering) drain();
}

void HttpConnection::handshake() {
  switch (stream_->handshake().state) {
    case IoState::done:
      phase_ = Phase::reading;
      return;
    case IoState::blocked_on_read:
      return wait_to_read();
    case IoState::blocked_on_write:
      return stream_->wait_writable([self = shared_from_this()] { self->go_on_later(); });
    case IoState::ended:
    case IoState::failed:
      return close();
  }
}

void HttpConnection::read() {
  if (!received_.empty() && !parser_) {  // sent ahead, behind the request before
    heard();
    parse();
    if (phase_ != Phase::reading) return;
  }
  while (true) {
    const auto buffer = shard_->loop.impl().receive_buffer();
    const IoResult result = stream_->read(buffer);
    const auto bytes = buffer.first(result.bytes);
    received_.insert(received_.end(), bytes.begin(), bytes.end());
    if (!bytes.empty()) {
      heard();
      parse();
    }
    if (phase_ != Phase::reading) return;  // answered: what follows is read when that has left
    if (result.state == IoState::ended || result.state == IoState::failed) return close();
    if (result.state == IoState::blocked_on_write) {
      return stream_->wait_writable([self = shared_from_this()] { self->go_on_later(); });
    }
    if (result.state == IoState::blocked_on_read) return wait_to_read();
    if (shard_->loop.is_late()) return go_on_later();
  }
}

void HttpConnection::parse() {
  if (!parser_) parser_ = std::make_unique<RequestParser>();
  const std::size_t taken = parser_->feed(received_);
  received_.erase(received_.begin(), received_.begin() + static_cast<std::ptrdiff_t>(taken));
  switch (parser_->state()) {
    case ParseState::incomplete:
      if (parser_->take_expectation()) {
        append_head(outbox_, "HTTP/1.1 100 Continue", {});
        shard_->loop.impl().mark_dirty(shared_from_this());
      }
      return;
    case ParseState::refused:
      return answer(parser_->refusal(), false, /*keep_alive=*/false);
    case ParseState::complete:
      return handle(parser_->take());
  }
}

// The service's answer, or nothing if it threw: one broken request must not end the others.
template <class Call>
auto HttpConnection::ask_service(Call call) -> std::optional<decltype(call())> {
  if (shard_->service == nullptr) return std::nullopt;
  try {
    return call();
  } catch (const std::exception& error) {
    if (shard_->on_trouble) {
      shard_->on_trouble(std::string("a request could not be served: ") + error.what());
    }
    return std::nullopt;
  }
}

void HttpConnection::handle(HttpRequest request) {
  request.remote_address = stream_->remote_address();
  request.tls = stream_->is_tls();
  if (request.wants_websocket()) return upgrade(std::move(request));
  const auto response = ask_service([&] { return shard_->service->on_request(request); });
  answer(response.value_or(sentence(500, "The server failed to answer.")),
         /*head_only=*/request.method == "HEAD", response && parser_->keep_alive());
}

void HttpConnection::upgrade(HttpRequest request) {
  if (const auto refusal = handshake_refusal(request, parser_->is_http11())) {
    return answer(*refusal, false, /*keep_alive=*/false);
  }
  auto decision = ask_service([&] { return shard_->service->on_upgrade(request); });
  if (!decision) {
    return answer(sentence(500, "The server failed to answer."), false, /*keep_alive=*/false);
  }
  if (const auto* refusal = std::get_if<HttpResponse>(&*decision)) {
    return answer(*refusal, false, /*keep_alive=*/false);
  }
  accept(request, std::get<Service::Accept>(*decision));
}

void HttpConnection::accept(const HttpRequest& request, const Service::Accept& decision) {
  std::vector<std::pair<std::string, std::string>> headers{
      {"Upgrade", "websocket"},
      {"Connection", "Upgrade"},
      {"Sec-WebSocket-Accept", ws::accept_value(request.header("Sec-WebSocket-Key"))}};
  if (!decision.subprotocol.empty()) {
    headers.emplace_back("Sec-WebSocket-Protocol", decision.subprotocol);
  }
  // Extensions that were offered (permessage-deflate, by most) are declined by not naming them.
  append_head(outbox_, "HTTP/1.1 101 Switching Protocols", headers);
  auto socket = make_websocket(shard_->loop,
                               {.stream = std::move(stream_),
                                .peer = ws::PeerRole::client,
                                .received = std::move(received_),
                                .unsent = std::move(outbox_)},
                               decision.options);
  close();
  ask_service([&] {
    shard_->service->on_websocket(request, std::move(socket));
    return true;
  });
}

void HttpConnection::answer(const HttpResponse& response, bool head_only, bool keep_alive) {
  append_response(outbox_, response, head_only, keep_alive);
  if (!head_only) body_ = response.shared_body;
  keep_alive_ = keep_alive;
  parser_.reset();
  phase_ = Phase::writing;
  enter(ConnectionTable::State::answering);
  deadline_.arm(shard_->loop.now() + shard_->request_time_max);
  shard_->loop.impl().mark_dirty(shared_from_this());
}

// The head and small bodies first, then a large one in pieces, so that others get their turn.
std::span<const std::uint8_t> HttpConnection::unsent() const {
  if (outbox_sent_ < outbox_.size() || !body_) return std::span(outbox_).subspan(outbox_sent_);
  const auto* const bytes = reinterpret_cast<const std::uint8_t*>(body_->data());
  return {bytes + body_sent_, std::min(body_->size() - body_sent_, kBodyPieceBytesMax)};
}

bool HttpConnection::has_unsent() const {
  return outbox_sent_ < outbox_.size() || (body_ && body_sent_ < body_->size());
}

void HttpConnection::flush() {
  if (phase_ == Phase::dead || phase_ == Phase::lingering || write_blocked_) return;
  const bool in_body = outbox_sent_ == outbox_.size() && body_;
  const IoResult result = stream_->write(unsent());
  (in_body ? body_sent_ : outbox_sent_) += result.bytes;
  if (result.state == IoState::failed) return close();
  if (has_unsent()) {
    // Only a client that takes nothing for that long is given up.
    if (phase_ == Phase::writing && result.bytes > 0) {
      deadline_.arm(shard_->loop.now() + shard_->request_time_max);
    }
    const auto again = [self = shared_from_this()] {
      self->write_blocked_ = false;
      self->flush();
    };
    write_blocked_ = true;
    if (result.state == IoState::done) return shard_->loop.post(again);
    return result.state == IoState::blocked_on_read ? stream_->wait_readable(again)
                                                    : stream_->wait_writable(again);
  }
  give_back(outbox_);
  outbox_sent_ = body_sent_ = 0;
  body_.reset();
  if (phase_ != Phase::writing) return;  // that was a "100 Continue"
  if (!keep_alive_) {
    return begin_lingering();
  }
  begin_request(ConnectionTable::State::idle, shard_->request_time_max);
  // In a turn of its own, so that a long row of requests sent ahead cannot keep the loop to itself.
  go_on_later();
}

// As linger() does, which says why, but with a place in the table: a peer that takes no last word
// must not hold a descriptor that others need.
void HttpConnection::begin_lingering() {
  stream_->shutdown_send();
  phase_ = Phase::lingering;
  enter(ConnectionTable::State::lingering);
  deadline_.arm(shard_->loop.now() + limits::kCloseTimeMax);
  wait_to_read();
}

void HttpConnection::drain() {
  const IoState state = stream_->read(shard_->loop.impl().receive_buffer()).state;
  if (state == IoState::done || state == IoState::blocked_on_read) return wait_to_read();
  close();
}

void HttpConnection::on_time_out() {
  const auto self = shared_from_this();
  const bool begun = phase_ == Phase::reading && (parser_ || !received_.empty());
  if (!begun) return close();
  answer(sentence(408, "The request took too long."), false, /*keep_alive=*/false);
}

}  // namespace livegate::net
