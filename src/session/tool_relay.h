// The model's tool calls on their way to the client, and the client's answers on their way back,
// over however many connections.
//
// Decides which calls the client is told of, where an answer goes, and when a tool is given up.
// Leaves to ToolCalls which call is which.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "session/client_channel.h"
#include "session/model_input.h"

namespace livegate::session {

class ToolRelay {
 public:
  // All outlive it.
  ToolRelay(SessionState& state, ClientChannel& client, ModelConnection& model, ModelInput& input);

  // ---- the model
  // Takes the calls that the client knows already out of the message.
  void on_calls(proto::ServerMessage& message, std::uint64_t turn);
  // Calls of a reply that was cut off here: nobody runs them, and a model that was not told of the
  // interruption would wait for them, and be deaf. Takes them out of the message.
  void refuse_calls(proto::ServerMessage& message);
  // Leaves in the message only the calls that the client knows, by its own names for them. True if
  // that changed it.
  bool on_cancelled(proto::ServerMessage& message);

  // ---- the client
  void take(const request::ToolAnswers& request);

  // The model was told again what made it call, has answered, and did not call again: what the
  // client found out meanwhile reaches it as words.
  void tell_late_results();
  // Nobody waits for the open calls any more.
  void cancel_all();

  [[nodiscard]] std::optional<Instant> next_deadline() const;
  void tell_due_results();
  void give_up_on_overdue();

 private:
  // By the id that the client was told. False: no such call waits for an answer.
  bool answer(const proto::FunctionResponse& response);
  // The message as the client wrote it, if the present connection knows all of these calls by the
  // ids that the client does. Else false, and nothing is done.
  bool answer_as_it_came(std::span<const proto::FunctionResponse> responses, std::string_view wire);
  void send_answer(ToolCalls::Call& call);
  void expect_reply(bool silent);
  void tell_late_results_if_quiet();

  SessionState& state_;
  SessionContext& context_;
  Exchange& exchange_;
  ReplayBuffer& replay_;
  ClientChannel& client_;
  ModelConnection& model_;
  ModelInput& input_;
  std::optional<Instant> late_results_at_;  // they wait for a second answer that is dropped
  std::vector<std::string> cancelled_;      // of the message in hand
};

}  // namespace livegate::session
