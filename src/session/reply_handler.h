// What the model says: whose it is, what of it still counts, and what the client is told.
//
// Decides what of a message belongs to the running reply, what is stale, when a reply is an answer
// and what follows one that is none. Leaves to TurnMachine which reply is which, to AnswerCheck
// whether it answers, to ToolRelay its calls.
#pragma once

#include <optional>
#include <string_view>
#include <utility>

#include "session/client_channel.h"
#include "session/model_input.h"
#include "session/speech_input.h"
#include "session/tool_relay.h"

namespace livegate::session {

class ReplyHandler {
 public:
  // All outlive it.
  ReplyHandler(SessionState& state, ClientChannel& client, ModelConnection& model,
               SpeechInput& speech, ModelInput& input, ToolRelay& tools);

  // A message of the model, over a connection that is ready; `raw` as it came. It waits while it
  // may answer an end of speech that is not final.
  void on_message(proto::ServerMessage& message, PaddedText raw);
  // Messages that were held take effect now; whether their content counts is settled elsewhere.
  void release_held();

  // Quiet now: the rest of this reply is not wanted.
  void interrupt();
  // The connection is gone, and with it what was still to come of the reply.
  void connection_lost();
  // True once after a model has rejected its answers until only a new session may help.
  [[nodiscard]] bool take_wants_new_session() { return std::exchange(wants_new_session_, false); }
  // A model that may decide for itself that nothing needs saying.
  [[nodiscard]] bool chooses_silence() const;

 private:
  bool hold(const proto::ServerMessage& message, PaddedText raw);
  // `arrived`: of a message that was held.
  void on_reply(proto::ServerMessage& message, PaddedText raw, std::optional<Instant> arrived);
  bool on_interrupted(const proto::ServerMessage& message);
  bool on_content(proto::ServerMessage& message, Instant arrived);
  void on_begun(std::uint64_t turn);
  void on_audio(const proto::InlineData& data, Instant arrived);
  void on_generated(bool stale);
  void on_turn_complete(const proto::ServerMessage& message);
  void on_turn_finished(const turn::TurnMachine::Finished& finished, bool connected = true);
  void on_answered();
  void on_no_answer(NoAnswer kind, std::uint64_t turn, bool connected);
  void on_rejected(std::string_view reason);
  void show_transcript(const proto::Transcription& words);
  void show_words(std::string_view words, std::uint64_t turn, bool finished);
  void tell_interrupted(std::uint64_t turn, InterruptedBy by);
  [[nodiscard]] PaddedText rewritten(const proto::ServerMessage& message);

  SessionState& state_;
  SessionContext& context_;
  Exchange& exchange_;
  ReplayBuffer& replay_;
  SpeculativeEnd& speculative_end_;
  ClientChannel& client_;
  ModelConnection& model_;
  SpeechInput& speech_;
  ModelInput& input_;
  ToolRelay& tools_;
  bool wants_new_session_ = false;
  PaddedString rewritten_;  // of the message in hand
};

}  // namespace livegate::session
