// From one connection to the model to the next: setting up, losing one, moving to another in a
// quiet moment, and recovering from a model that does not answer.
//
// Decides what a lost or left connection takes with it, what the next one is told, and how each
// recovery action is carried out. Leaves to UpstreamLink when to connect and when to give up, to
// ResponseWatchdog which action is due.
#pragma once

#include <string>
#include <string_view>

#include "session/event.h"
#include "session/reply_handler.h"
#include "session/session_end.h"

namespace livegate::session {

class Handover {
 public:
  // All outlive it.
  Handover(SessionState& state, ClientChannel& client, ModelConnection& model, SpeechInput& speech,
           ModelInput& input, ToolRelay& tools, ReplyHandler& replies, SessionEnd& end);

  void on_opened(const UpstreamOpened& event);
  void on_setup_complete(PaddedText raw);
  void on_gone(const UpstreamGone& event);
  void on_tick();

  void leave(std::string_view reason);
  // The model cannot use what it remembers: the next connection is a session of its own.
  void leave_for_new_session(std::string_view reason);
  void leave_if_quiet();

  // Nobody speaks or waits for an answer.
  [[nodiscard]] bool is_idle() const;

 private:
  void on_lost(std::uint16_t code, const std::string& reason);
  void connection_over();
  void recover(const ResponseWatchdog::Stall& stall);

  SessionContext& context_;
  SessionState& state_;
  Exchange& exchange_;
  ReplayBuffer& replay_;
  ClientChannel& client_;
  ModelConnection& model_;
  SpeechInput& speech_;
  ModelInput& input_;
  ToolRelay& tools_;
  ReplyHandler& replies_;
  SessionEnd& end_;
};

}  // namespace livegate::session
