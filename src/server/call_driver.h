// The shell of one call: carries a Session's actions out on real sockets and feeds it what happens
// there.
//
// Decides nothing about the conversation. Holds the client's socket, the model's, and one timer;
// stands between a broken invariant of this call and everybody else's.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "net/connector.h"
#include "net/loop.h"
#include "net/websocket.h"
#include "obs/log.h"
#include "obs/metrics.h"
#include "session/session.h"
#include "upstream/dialer.h"

namespace livegate::server {

// What the calls of a shard share; outlives them.
struct ShardTools {
  net::Loop& loop;
  session::Codecs& codecs;
  session::Actions& actions;
  const upstream::Dialer& dialer;
  obs::Log& log;
  obs::ShardMetrics& counters;
  obs::Metrics& metrics;
};

class CallDriver final : private net::WebSocket::Handler {
 public:
  // `client` has not been started. `done` is called once, on the loop, never from within this
  // constructor, when both sockets are closed: the owner then destroys the driver.
  CallDriver(ShardTools& tools, session::SessionConfig config,
             std::unique_ptr<net::WebSocket> client, Rng rng, std::function<void()> done);
  ~CallDriver() override;

  // The gateway is going down.
  void drain();

 private:
  class Upstream;

  // The client's socket.
  void on_message(ws::Opcode opcode, PaddedText payload) override;
  void on_closed(const net::Closed& closed) override;
  void on_alive() override;

  void pump(const session::Event& event);
  void answer_actions();
  void carry_out(const session::Action& action);
  void carry_out_note(const session::Note& note);
  void count();
  void open_upstream(std::uint32_t epoch);
  void close_upstream();
  void upstream_closed(std::uint32_t epoch, const net::Closed& closed);
  void on_timer();
  void arm();
  void end_if_over();
  // The client cannot be kept: it does not read, or the call broke.
  void give_up(obs::Metric how, std::uint16_t code, std::string_view error_code,
               std::string_view message);

  ShardTools& tools_;
  std::string id_;
  session::ClientKind kind_;
  session::Session session_;
  std::unique_ptr<net::WebSocket> client_;
  std::unique_ptr<net::Connector> connector_;
  std::unique_ptr<Upstream> upstream_;  // the live one
  std::unique_ptr<Upstream> closing_;   // its predecessor, saying goodbye
  std::uint32_t open_after_closing_ = 0;
  net::Timer timer_;
  Instant client_alive_;
  Instant client_ping_at_;
  session::Counters counted_;  // what the metrics have seen so far
  obs::Metric ended_how_ = obs::Metric::ended_normally;
  bool client_closed_ = false;
  std::vector<session::Event> answers_;  // to what the event in hand has asked
  std::function<void()> done_;
};

}  // namespace livegate::server
