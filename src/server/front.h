// The front door of one shard: answers HTTP, and decides which upgrades become calls.
//
// Decides paths, origins, users and caps. Leaves the conversation to CallDriver and what is allowed
// to policy.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "config/config.h"
#include "net/listener.h"
#include "server/call_driver.h"
#include "server/hearing.h"
#include "server/web_assets.h"

namespace livegate::server {

// What all shards share: read-only but for the count of sessions.
struct Shared {
  const config::Config& config;
  obs::Log& log;
  obs::Metrics& metrics;
  const upstream::Dialer& dialer;
  const WebAssets& web;
  const Hearing& hearing;
  std::atomic<std::size_t> sessions{0};  // once per session, never per frame
  std::atomic<bool> draining{false};
};

class Front final : public net::Service {
 public:
  Front(Shared& shared, net::Loop& loop, obs::ShardMetrics& counters, Rng rng);
  ~Front() override;

  net::HttpResponse on_request(const net::HttpRequest& request) override;
  std::variant<Accept, net::HttpResponse> on_upgrade(const net::HttpRequest& request) override;
  void on_websocket(const net::HttpRequest& request,
                    std::unique_ptr<net::WebSocket> socket) override;

  // Ends every call politely; `drained` is called on the loop when none is left. On the loop only.
  void drain(std::function<void()> drained);

 private:
  class Farewell;

  [[nodiscard]] net::HttpResponse readiness() const;
  [[nodiscard]] session::SessionConfig session_config(session::ClientKind kind);
  void begin_call(session::ClientKind kind, std::unique_ptr<net::WebSocket> socket);
  void turn_away(session::ClientKind kind, std::unique_ptr<net::WebSocket> socket,
                 std::string_view code, std::string_view message, std::uint16_t native_close,
                 std::uint16_t live_close, std::string_view live_reason);
  void end_call(std::uint64_t number);
  [[nodiscard]] std::string new_session_id();

  Shared& shared_;
  net::Loop& loop_;
  obs::ShardMetrics& counters_;
  Rng rng_;
  session::Codecs codecs_;
  session::Actions actions_;
  ShardTools tools_;
  std::uint64_t next_number_ = 1;
  std::unordered_map<std::uint64_t, std::unique_ptr<CallDriver>> calls_;
  std::list<std::unique_ptr<Farewell>> farewells_;
  std::function<void()> drained_;
};

// The path of the drop-in Live API, in every form that official SDKs use; docs/wire-gemini.md,
// "Endpoints".
[[nodiscard]] bool is_live_path(std::string_view path);

}  // namespace livegate::server
