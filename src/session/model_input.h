// What the model is told: each message once, and again where a connection or an answer was lost.
//
// Decides whether a message goes now, waits, or finds no room; what is said again and in which
// order; and how a model that does not answer is asked once more. Leaves to ReplayBuffer what is
// kept, to ResponseWatchdog when an answer is overdue.
#pragma once

#include <string_view>

#include "session/model_connection.h"
#include "session/session_state.h"
#include "session/speech_input.h"

namespace livegate::session {

class ModelInput {
 public:
  // All outlive it.
  ModelInput(SessionState& state, ModelConnection& model, SpeechInput& speech);

  // A whole message. Held, within limits, while the model is away; false if there was no room.
  bool tell(const Payload& message, Asks asks);
  bool tell(const ModelRequest& request, Asks asks) { return tell(model_.write(request), asks); }
  // The words of a message that was told, for a model that forgets them.
  void wrote(bool by_person, std::string_view words, Asks asks);
  // A model that writes a reply faster than it is played believes that all of it was heard.
  void tell_heard();

  enum class Again : std::uint8_t { all, unsent };
  // Everything that is not answered, or of it what no connection was given, in its order, faster
  // than it was said. True if an answer to it is owed.
  bool say_again(Again what);
  // ... and the person's words come a second time.
  bool repeat_question();
  // What waited for the answer to a call that stopped the model.
  void send_waiting_speech();
  // The model is told in words what it cannot remember: after a resumption what was said since the
  // handle was given, in a new session everything.
  void remind();
  // A connection ended. `repeats`: what it was told may be told again; if not, it may have been the
  // reminder that was refused.
  void connection_lost(bool repeats) { reminds_ = repeats || !reminded_; }

  // A model that waits for more is told that there is no more.
  void reprompt(Input unanswered);
  // Over the connection that was asked before: the model may answer both times.
  void asked_again();
  // Something of an answer has come: what brought it is learned.
  void learn_from_answer();
  void forget_trial() { tried_silence_ = false; }

 private:
  SessionState& state_;
  SessionContext& context_;
  Exchange& exchange_;
  ReplayBuffer& replay_;
  ModelConnection& model_;
  SpeechInput& speech_;
  bool reminds_ = true;         // the next connection, of what it cannot remember
  bool reminded_ = false;       // ... this one was
  bool tried_silence_ = false;  // to learn whether the model waits for it
};

}  // namespace livegate::session
