// Private to net: one accepted connection, from TLS's handshake through its requests to its end or
// its upgrade.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "net/connection_table.h"
#include "net/http_wire.h"
#include "net/listener.h"
#include "net/stream.h"

namespace livegate::net {

class HttpConnection;

// What the connections of one listener on one loop share. Touched on that loop only.
struct HttpShard {
  Loop& loop;
  Service* service;  // null once the listener is gone
  std::shared_ptr<TlsContext> tls;
  Millis first_byte_time_max;
  Millis request_time_max;
  std::function<void(std::string_view)> on_trouble;
  std::unordered_map<std::uint64_t, HttpConnection*> open = {};  // by their place
};

// What one connection has in the listener's table, for as long as this lives.
class HttpPlace {
 public:
  HttpPlace(std::shared_ptr<ConnectionTable> table, std::uint64_t id)
      : table_(std::move(table)), id_(id) {}
  ~HttpPlace() { table_->remove(id_); }
  HttpPlace(const HttpPlace&) = delete;
  HttpPlace& operator=(const HttpPlace&) = delete;
  [[nodiscard]] std::uint64_t id() const { return id_; }
  void set(ConnectionTable::State state) { table_->set(id_, state); }

 private:
  std::shared_ptr<ConnectionTable> table_;
  std::uint64_t id_;
};

class HttpConnection final : public Flushable,
                             public Turn,
                             public std::enable_shared_from_this<HttpConnection> {
 public:
  // `place` is released when this is no HTTP connection any more.
  HttpConnection(std::shared_ptr<HttpShard> shard, std::unique_ptr<Stream> stream,
                 std::shared_ptr<HttpPlace> place);
  ~HttpConnection() override;

  void start();
  void close();
  void flush() override;
  void take_turn() override { go_on(); }

 private:
  enum class Phase : std::uint8_t { handshaking, reading, writing, lingering, dead };

  void go_on();
  void go_on_later();
  void handshake();
  void wait_to_read();
  void read();
  void parse();
  void handle(HttpRequest request);
  void upgrade(HttpRequest request);
  void accept(const HttpRequest& request, const Service::Accept& decision);
  void answer(const HttpResponse& response, bool head_only, bool keep_alive);
  [[nodiscard]] std::span<const std::uint8_t> unsent() const;
  [[nodiscard]] bool has_unsent() const;
  void begin_request(ConnectionTable::State state, Millis time_max);
  void heard();
  void begin_lingering();
  void drain();
  void enter(ConnectionTable::State state);
  void on_time_out();
  template <class Call>
  auto ask_service(Call call) -> std::optional<decltype(call())>;

  std::shared_ptr<HttpShard> shard_;
  std::unique_ptr<Stream> stream_;
  std::shared_ptr<HttpPlace> place_;
  const std::uint64_t id_;
  ConnectionTable::State state_ = ConnectionTable::State::silent;
  Timer deadline_;
  std::unique_ptr<RequestParser> parser_;  // there while a request is under way
  std::vector<std::uint8_t> received_;     // and not yet parsed
  std::vector<std::uint8_t> outbox_;
  std::size_t outbox_sent_ = 0;
  std::shared_ptr<const std::string> body_;  // behind the outbox; may be null
  std::size_t body_sent_ = 0;
  Phase phase_ = Phase::reading;
  bool keep_alive_ = true;
  bool write_blocked_ = false;
};

// The answer to a handshake that section 4.2 refuses; nothing if it is in order.
[[nodiscard]] std::optional<HttpResponse> handshake_refusal(const HttpRequest& request,
                                                            bool is_http11);

}  // namespace livegate::net
