// The shell of one LiveSession: carries its actions to the socket, the recogniser and the
// synthesiser, and their answers, the client's messages and the passing of time back to it. Decides
// nothing about the conversation.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "net/loop.h"
#include "net/websocket.h"
#include "obs/log.h"
#include "offline/live_session.h"
#include "offline/offline_server_grammars.h"
#include "speech/recognizer.h"
#include "speech/synthesizer.h"

namespace livegate::offline {

class Connection;

// Who owns the connections.
class ConnectionHost {
 public:
  virtual ~ConnectionHost() = default;
  // Runs `work` on the loop, unless connection `id` is gone by then. Any thread; never from within.
  virtual void post_to(std::uint64_t id, std::function<void(Connection&)> work) = 0;
  // Connection `id` is closed; to be destroyed, but not from within this call.
  virtual void on_finished(std::uint64_t id) = 0;
};

// References outlive the connection.
struct ConnectionParts {
  ConnectionHost& host;
  net::Loop& loop;
  speech::Recognizer& recognizer;
  speech::Synthesizer& synthesizer;
  GrammarCompiler& grammars;
  obs::Log& log;
  // Told of each connection's end, as one line of JSON without a newline; may be empty.
  std::function<void(const std::string&)> report;
};

class Connection final : public net::WebSocket::Handler {
 public:
  Connection(const ConnectionParts& parts, const LiveSessionOptions& options,
             LiveSessionParts session_parts, std::unique_ptr<net::WebSocket> socket);
  ~Connection() override;
  void start() { socket_->start(*this); }

  void on_message(ws::Opcode opcode, PaddedText payload) override;
  void on_closed(const net::Closed& closed) override;
  bool on_ping(std::string_view payload) override;

 private:
  void pump(const LiveEvent& event);
  void carry_out(LiveAction& action);
  void use_grammar(std::string jsgf);
  void on_compiled(std::uint64_t version, GrammarCompiler::Compiled compiled);
  void recognize(Recognize& utterance);
  void on_recognized(std::uint64_t utterance, const speech::Recognition& heard);
  void speak(const Speak& speech);
  void cancel(std::uint64_t speech);
  void post(LiveEvent event);
  void fail(const char* what);
  void report(const net::Closed& closed);

  ConnectionParts parts_;
  std::uint64_t id_;
  LiveSession session_;
  std::unique_ptr<net::WebSocket> socket_;
  net::Timer timer_;
  Instant opened_at_;
  bool closed_ = false;

  // The newest grammar asked for counts; utterances wait for it, bounded by the session.
  std::string wanted_jsgf_;
  std::uint64_t grammar_version_ = 0;
  bool compiling_ = false;
  std::shared_ptr<const speech::Grammar> grammar_;
  std::vector<Recognize> held_;

  // Ends what the recogniser still does for this connection.
  std::shared_ptr<std::atomic<bool>> gone_ = std::make_shared<std::atomic<bool>>(false);
  std::map<std::uint64_t, std::shared_ptr<std::atomic<bool>>>
      speeches_;  // not yet spoken to the end
};

}  // namespace livegate::offline
