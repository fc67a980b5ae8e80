// Tool calls that wait for their answers: those of one reply together, because the assistant speaks
// of them in one sentence.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "assistant/brain.h"
#include "proto/gemini.h"

namespace livegate::offline {

struct OpenCall {
  std::string id;
  assistant::ToolRequest request;
  std::optional<std::string> response_json;
  bool silent = false;
};

// All calls of a batch, in their order, once the last one has been answered.
struct AnsweredCalls {
  std::vector<assistant::ToolRequest> calls;
  std::vector<std::string> responses_json;
  bool silent = false;      // none of them wants to be spoken about
  bool interrupts = false;  // the last answer wants to be spoken about at once
};

class CallBatch {
 public:
  CallBatch() = default;
  // `blocking`: the model waits for the answers, in no turn.
  explicit CallBatch(bool blocking) : blocking_(blocking) {}

  void add(OpenCall call) { calls_.push_back(std::move(call)); }
  void clear() { calls_.clear(); }
  [[nodiscard]] bool empty() const { return calls_.empty(); }
  [[nodiscard]] bool blocking() const { return blocking_; }
  [[nodiscard]] const std::vector<OpenCall>& calls() const { return calls_; }

  // Whether the call of that id is one of these.
  [[nodiscard]] bool has(std::string_view id) const;
  // An unknown id and one that is to continue are not the end of anything. Empty once it has
  // answered.
  std::optional<AnsweredCalls> on_response(const proto::FunctionResponse& response);

 private:
  std::vector<OpenCall> calls_;
  bool blocking_ = false;
};

}  // namespace livegate::offline
