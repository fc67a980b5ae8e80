// The front door of one shard: answers HTTP, and decides which upgrades become sessions.
//
// Decides paths, origins, users and caps. Leaves the conversation to SessionDriver and what is
// allowed to policy.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "net/listener.h"
#include "server/admission.h"
#include "server/allowances.h"
#include "server/learned_facts.h"
#include "server/live_settings.h"
#include "server/recording_store.h"
#include "server/refusals.h"
#include "server/session_driver.h"
#include "server/users.h"

namespace livegate::server {

// What all shards share: read-only, or behind a lock that no frame needs.
struct Shared {
  const LiveSettings& config;  // as it is now
  obs::Log& log;
  obs::Metrics& metrics;
  const upstream::Dialer& dialer;
  Users& users;
  Spending& spending;
  RecordingStore* recordings;  // null: nothing is recorded
  UpstreamWatch* watch;        // null: the model is inside
  std::atomic<bool> draining{false};
  SessionDirectory directory = {};
  LearnedFacts learned = {};
  Admission admission{*config.config()};
  Allowances allowances{};
};

class Front final : public net::Service {
 public:
  Front(Shared& shared, net::Loop& loop, obs::ShardMetrics& counters, Rng rng);
  ~Front() override;

  net::HttpResponse on_request(const net::HttpRequest& request) override;
  std::variant<Accept, net::HttpResponse> on_upgrade(const net::HttpRequest& request) override;
  void on_websocket(const net::HttpRequest& request,
                    std::unique_ptr<net::WebSocket> socket) override;

  // A client of another session, perhaps of another shard, wants to resume session `number`: it is
  // taken over there, or goes back to where it came from. On the loop only, as the two answers.
  void arrive(std::uint64_t number, Arrival& arrival);
  void client_moved(std::uint64_t number);
  void client_refused(std::uint64_t number, Arrival& arrival);

  // A budget is spent: of this user, or (nothing) of all. On the loop only.
  void budget_spent(const std::optional<std::string>& user, const meter::Verdict& verdict);
  // That session has lost its place to another. On the loop only.
  void lose_place(std::uint64_t number);

  // Ends every session at the end of its turn, after `time_max` at the latest; `drained` is called
  // on the loop when none is left. On the loop only.
  void drain(Millis time_max, std::function<void()> drained);
  // `empty` is called on the loop when no session is left. On the loop only.
  void when_empty(std::function<void()> empty);

 private:
  class Farewell;

  [[nodiscard]] net::HttpResponse readiness() const;
  [[nodiscard]] std::optional<net::HttpResponse> refused_for_budget(const net::HttpRequest& request,
                                                                    const Users::Entry& entry);
  [[nodiscard]] net::HttpResponse metrics(const net::HttpRequest& request);
  [[nodiscard]] net::HttpResponse mint(const net::HttpRequest& request);
  [[nodiscard]] std::optional<net::HttpResponse> refuse_page(const net::HttpRequest& request);
  [[nodiscard]] std::optional<net::HttpResponse> admit(const net::HttpRequest& request);
  [[nodiscard]] net::HttpResponse refuse(const net::HttpRequest& request, std::string_view user,
                                         const Admission::Refusal& why);
  [[nodiscard]] bool page_allowed(const net::HttpRequest& request) const;
  [[nodiscard]] session::SessionConfig session_config(session::ClientKind kind,
                                                      const net::HttpRequest& request,
                                                      const Users::Entry& entry);
  void begin_session(session::SessionConfig config, std::unique_ptr<net::WebSocket> socket,
                     ClientIdentity identity);
  [[nodiscard]] std::unique_ptr<recording::Recorder> some_recorder(const SessionStart& start);
  void audit_refusal(const net::HttpRequest& request, std::string_view user, std::string_view code,
                     std::string_view why);
  void turn_away_page(session::ClientKind kind, const net::HttpRequest& request,
                      std::unique_ptr<net::WebSocket> socket);
  void turn_away(session::ClientKind kind, std::unique_ptr<net::WebSocket> socket,
                 std::string_view code, std::string_view message, std::uint16_t native_close,
                 std::uint16_t live_close, std::string_view live_reason);
  void end_session(std::uint64_t number);
  void end_drain();
  [[nodiscard]] std::string new_session_id();

  Shared& shared_;
  net::Loop& loop_;
  obs::ShardMetrics& counters_;
  Rng rng_;
  session::Codecs codecs_;
  session::Actions actions_;
  ShardTools tools_;
  std::uint64_t next_number_ = 1;
  std::unordered_map<std::uint64_t, std::unique_ptr<SessionDriver>> sessions_;
  std::list<std::unique_ptr<Farewell>> farewells_;
  Users::Entry entry_;  // of the upgrade in hand: on_upgrade() asks, on_websocket() goes by it
  std::function<void()> drained_;
};

// The path of the drop-in Live API, in every form that official SDKs use; docs/wire-gemini.md,
// "Endpoints".
[[nodiscard]] bool is_live_path(std::string_view path);

}  // namespace livegate::server
