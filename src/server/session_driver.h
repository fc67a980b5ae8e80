// The shell of one session: carries its actions out on real sockets and feeds it what happens
// there.
//
// Decides nothing about the conversation, nor about who may resume it, when a silent client is gone
// or what it is told at the end: session/resume_guard.h, keep_alive.h and goodbye.h do. Holds the
// client's socket, the model's, and one timer; keeps a broken invariant of this session from all
// others.
//
// A client that wants to resume another session begins as a session of its own. Its connection then
// moves to the session that it asked for, which may live on another shard: a socket stays where its
// session is, so that sending, taking back and counting what left are plain calls and no messages
// between threads, for the price of one move per return.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "net/connector.h"
#include "net/loop.h"
#include "net/websocket.h"
#include "obs/log.h"
#include "obs/metrics.h"
#include "policy/allowance.h"
#include "proto/realtime_pieces.h"
#include "recording/recorder.h"
#include "server/admission.h"
#include "server/client_intake.h"
#include "server/learned_facts.h"
#include "server/recording_store.h"
#include "server/refusals.h"
#include "server/session_directory.h"
#include "server/spending.h"
#include "server/upstream_watch.h"
#include "server/users.h"
#include "session/goodbye.h"
#include "session/keep_alive.h"
#include "session/resume_guard.h"
#include "session/session.h"
#include "upstream/dialer.h"

namespace livegate::server {

// What the sessions of a shard share; outlives them.
struct ShardTools {
  net::Loop& loop;
  session::Codecs& codecs;
  session::Actions& actions;
  const upstream::Dialer& dialer;
  obs::Log& log;
  obs::ShardMetrics& counters;
  obs::Metrics& metrics;
  SessionDirectory& directory;
  Users& users;
  RecordingStore* recordings;  // null: nothing is recorded
  UpstreamWatch* watch;        // null: the model is inside
  LearnedFacts& learned;
  Spending& spending;
  Admission& admission;
  LogAllowance refusals_logged = {};
  session::AnswerPace pace = {};  // of the model, towards all sessions
};

// Who is at the other end, for as long as the session lives.
struct ClientIdentity {
  std::string user;                                      // empty where the gateway asks for none
  std::string origin;                                    // the page's; empty: no browser
  std::string address;                                   // the client's
  std::shared_ptr<const policy::TokenGrant> grant = {};  // of a short-lived token
  // What the token's counters hold of this session: a use and a session, or a session alone.
  std::optional<meter::MicroUsd> day_budget = {};  // of their own, by their token
  enum class Counted : std::uint8_t { nothing, begun, resumed } counted = Counted::nothing;
};

struct SessionStart {
  session::SessionConfig config;
  std::unique_ptr<net::WebSocket> client;  // not started
  ClientIdentity identity;
  SessionDirectory::Place place;  // of this session
  Admission::Id admission;
  Rng rng;
  Instant began{};
  std::unique_ptr<recording::Recorder> recorder = {};  // made for this config; may be null
  policy::Rates rates = {};                            // how fast the client's messages are taken
  std::shared_ptr<policy::Allowance> user_allowance = {};  // may be null
};

// A client on its way from the session it came as to the one that it wants to resume.
struct Arrival {
  std::unique_ptr<net::DetachedWebSocket> socket;
  std::string token;
  std::optional<std::uint64_t> received;
  session::ClientKind kind;
  ClientIdentity identity;
  SessionDirectory::Place from;
};

class SessionDriver final : private net::WebSocket::Handler {
 public:
  // `done` is called once, on the loop, never from within this constructor, when both sockets are
  // closed: the owner then destroys the driver.
  SessionDriver(ShardTools& tools, SessionStart start, std::function<void()> done);
  ~SessionDriver() override;

  // The gateway is going down: the session ends at the end of its turn, after `time_max` at the
  // latest.
  void drain(Millis time_max);

  // Another session has spent a budget that this one shares.
  void budget_spent(const meter::Verdict& verdict);
  [[nodiscard]] const std::string& user() const { return identity_.user; }
  // It has ever wanted a model.
  [[nodiscard]] bool has_begun() const { return begun_; }
  // Another was given what this one had: a place without a client, or a connection that started
  // nothing.
  void lose_place();

  // A client wants to resume this session. True: its socket was taken over.
  bool take_over(Arrival& arrival);
  // Ours wanted to resume another session: it was taken over there, or refused and comes back.
  void client_moved();
  void client_refused(Arrival& arrival);

 private:
  class Upstream;

  // The client's socket.
  void on_message(ws::Opcode opcode, PaddedText payload) override;
  void on_piece(PaddedText payload) override;
  void on_closed(const net::Closed& closed) override;
  void on_alive() override;

  // How fast its messages are taken: session_driver_intake.cc.
  void take_pieces();
  bool took(std::size_t messages, std::size_t bytes);
  void pause_client(const ClientIntake::Pause& pause);
  void resume_reading();
  void detach_client();

  void pump(const session::Event& event);
  [[nodiscard]] bool is_live() const { return kind_ == session::ClientKind::live; }
  [[nodiscard]] bool begin();
  void count_waiting();
  void turn_away(const Admission::Refusal& why);
  void end_with(const session::Goodbye& goodbye);
  void say_goodbye(const session::Goodbye& goodbye);
  void handle(const session::Event& event);
  void abandon();
  void begin_recording();
  void save_recording(std::size_t bytes_min);
  void answer_actions();
  void client_lost(bool may_return, std::size_t unsent);
  void move_client(const session::ResumeClient& resume);
  [[nodiscard]] session::Event answer_without_session(std::string_view token);
  void remember_session();
  void give_use_back();
  void leave_token();
  void carry_out(const session::Action& action);
  void carry_out_note(const session::Note& note);
  void tell_of_answer(const session::Note& note);
  void correct_fact(std::string_view fact);
  void count();
  void account();
  void tell_cost() const;
  template <class... Args>
  void log(obs::LogLevel level, fmt::format_string<Args...> format, Args&&... args) const {
    tools_.log.say(level, {id_, identity_.address, identity_.user}, format,
                   std::forward<Args>(args)...);
  }
  void open_upstream(std::uint32_t epoch);
  void close_upstream();
  void upstream_closed(std::uint32_t epoch, const net::Closed& closed);
  void on_timer();
  void arm();
  void end_if_over();
  // The client cannot be kept: it does not read, or the session broke.
  void give_up(obs::Metric how, std::string_view why, const session::Goodbye& goodbye);

  ShardTools& tools_;
  std::string id_;
  session::ClientKind kind_;
  ClientIdentity identity_;
  SessionDirectory::Place place_;
  const Admission::Id admission_;
  Millis grace_;
  session::ResumeGuard guard_;
  std::unique_ptr<recording::Recorder> recorder_;
  std::unique_ptr<RecordingStore::Recording>
      recording_;  // from begin() on; null: nothing is written
  session::Session session_;
  std::unique_ptr<net::WebSocket> client_;  // null: closed, away, or passed on
  ClientIntake intake_;
  session::ClientKeepAlive keep_alive_;
  proto::RealtimePieces pieces_;  // of the client's message in hand
  net::Timer intake_timer_;       // ends a pause, or goes on with the pieces
  std::unique_ptr<net::Connector> connector_;
  std::unique_ptr<Upstream> upstream_;  // the live one
  std::unique_ptr<Upstream> closing_;   // its predecessor, saying goodbye
  std::uint32_t opened_while_closing_ = 0;
  net::Timer timer_;
  session::Counters counted_;                         // what the metrics have seen so far
  meter::Level budget_level_ = meter::Level::within;  // as the session was told
  obs::Metric ended_how_ = obs::Metric::ended_normally;
  std::string last_refused_;                     // of NoteKind::message_refused, in the log
  std::optional<session::ResumeClient> resume_;  // asked for by the event in hand
  bool begun_ = false;
  bool moving_ = false;                  // the client's socket is on its way to another session
  bool moved_away_ = false;              // ... and was taken over there
  bool waiting_ = false;                 // as the metrics know it
  std::vector<session::Event> answers_;  // to what the event in hand has asked
  std::function<void()> done_;
};

}  // namespace livegate::server
