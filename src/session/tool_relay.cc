#include "session/tool_relay.h"

#include <algorithm>

namespace livegate::session {
namespace {

constexpr std::string_view kSilent = "SILENT";

bool is_silent(const proto::FunctionResponse& response) { return response.scheduling == kSilent; }

}  // namespace

ToolRelay::ToolRelay(SessionState& state, ClientChannel& client, ModelConnection& model,
                     ModelInput& input)
    : state_(state),
      context_(state.context),
      exchange_(state.exchange),
      replay_(state.replay),
      client_(client),
      model_(model),
      input_(input) {}

void ToolRelay::on_calls(proto::ServerMessage& message, std::uint64_t turn) {
  ToolCalls& tools = replay_.tools;
  std::erase_if(message.function_calls, [&](const proto::FunctionCall& call) {
    std::optional<std::string> dropped;
    const ToolCalls::Called called = tools.called(call, context_.now, dropped);
    if (dropped) client_.tell(notice::ToolCancelled{*dropped, InterruptedBy::gateway});
    if (called == ToolCalls::Called::answered) send_answer(*tools.find_upstream(call.id));
    if (called != ToolCalls::Called::first) return true;
    context_.note(NoteKind::tool_called, 0, std::string(call.name));
    client_.tell(notice::ToolCall{turn, call});
    return false;
  });
  if (tools.any_awaited()) exchange_.watchdog.disarm();
}

void ToolRelay::refuse_calls(proto::ServerMessage& message) {
  for (const proto::FunctionCall& call : message.function_calls) {
    model_.send(model::ToolResponse{{.id = call.id,
                                     .name = call.name,
                                     .response_json = R"({"status":"cancelled","retryable":false,)"
                                                      R"("error":"The person has interrupted."})",
                                     .scheduling = {}}});
  }
  message.function_calls.clear();
}

bool ToolRelay::on_cancelled(proto::ServerMessage& message) {
  cancelled_.clear();
  bool changed = false;
  for (const std::string_view upstream_id : message.cancelled_call_ids) {
    const ToolCalls::Call* const call = replay_.tools.find_upstream(upstream_id);
    // Of a call that was stale, or is answered, the client knows nothing to undo.
    const bool known = call != nullptr && !call->answered;
    changed |= !known || call->id != upstream_id;
    if (known) cancelled_.push_back(call->id);
    if (call != nullptr) replay_.tools.forget(*call);
  }
  message.cancelled_call_ids.assign(cancelled_.begin(), cancelled_.end());
  for (const std::string& id : cancelled_) {
    client_.tell(notice::ToolCancelled{id, InterruptedBy::model});
  }
  return changed;
}

void ToolRelay::take(const request::ToolAnswers& request) {
  if (!request.wire.empty() && answer_as_it_came(request.responses, request.wire)) return;
  for (const proto::FunctionResponse& response : request.responses) {
    if (!answer(response)) {
      client_.refuse("unknown_tool_call",
                     "No open tool call has this id; it was never made, answered, or cancelled.");
    }
  }
}

bool ToolRelay::answer(const proto::FunctionResponse& response) {
  state_.said_something();
  context_.counters.tool_bytes += response.response_json.size();
  ToolCalls::Call* const call = replay_.tools.find(response.id);
  if (call == nullptr || call->answered) return false;
  if (state_.spending.is_spent()) return true;
  // The model would drop the call over an answer that is not the last one.
  if (response.will_continue && !context_.profile.takes_will_continue) return true;
  replay_.tools.answered(*call, response.response_json, response.scheduling);
  // A model that has lost its connection calls again, and is answered then.
  if (!model_.is_ready()) return true;
  if (!call->upstream_id.empty()) {
    send_answer(*call);
  } else {
    tell_late_results_if_quiet();
  }
  return true;
}

bool ToolRelay::answer_as_it_came(std::span<const proto::FunctionResponse> responses,
                                  std::string_view wire) {
  if (state_.spending.is_spent()) return true;
  if (!model_.is_ready()) return false;
  ToolCalls& tools = replay_.tools;
  for (const proto::FunctionResponse& response : responses) {
    if (response.id.empty()) continue;  // Vertex takes answers without
    const ToolCalls::Call* const call = tools.find(response.id);
    if (call == nullptr || call->upstream_id != call->id || call->given_up) return false;
    if (response.will_continue && !context_.profile.takes_will_continue) return false;
    if (!response.scheduling.empty() && !context_.profile.takes_scheduling) return false;
  }
  for (const proto::FunctionResponse& response : responses) {
    if (ToolCalls::Call* const call = tools.find(response.id)) {
      tools.answered(*call, response.response_json, response.scheduling);
      call->delivered = true;
    }
  }
  context_.counters.tool_bytes += wire.size();
  exchange_.turns.reply_expected();
  // Not unacknowledged input: what is to be told again of calls is for ToolCalls to say.
  model_.send(Actions::outside(wire));
  expect_reply(std::ranges::all_of(responses, is_silent));
  return true;
}

void ToolRelay::send_answer(ToolCalls::Call& call) {
  const std::string_view scheduling =
      context_.profile.takes_scheduling ? std::string_view(call.scheduling) : std::string_view();
  const Payload message = model_.write(model::ToolResponse{{.id = call.upstream_id,
                                                            .name = call.name,
                                                            .response_json = call.response_json,
                                                            .scheduling = scheduling}});
  call.delivered = true;
  exchange_.turns.reply_expected();
  model_.send(message);
  expect_reply(call.scheduling == kSilent);
}

// A model that has called several tools continues once it has all of their answers; `silent`: it
// was told to say nothing about them.
void ToolRelay::expect_reply(bool silent) {
  exchange_.recovered = false;
  if (!silent && !replay_.tools.any_awaited()) {
    exchange_.watchdog.asked(context_.now, Input::written);
  }
}

void ToolRelay::tell_late_results() {
  late_results_at_.reset();
  // A second answer that begins behind these words would pass for the answer to them.
  if (const auto until = exchange_.turns.second_answer_until(); until && context_.now < *until) {
    late_results_at_ = until;
    return;
  }
  for (const ToolCalls::Call& call : replay_.tools.take_undelivered()) {
    const std::string words = "(The tool " + call.name + " was called with " + call.args_json +
                              " and has answered: " + call.response_json + ")";
    input_.tell(model::Text{words}, Asks::reply);
  }
}

void ToolRelay::tell_late_results_if_quiet() {
  if (model_.is_ready() && replay_.input.empty() && !exchange_.turns.replying()) {
    tell_late_results();
  }
}

void ToolRelay::cancel_all() {
  for (const std::string& id : replay_.tools.take_open()) {
    client_.tell(notice::ToolCancelled{id, InterruptedBy::gateway});
  }
}

std::optional<Instant> ToolRelay::next_deadline() const {
  std::optional<Instant> due = late_results_at_;
  const Millis limit = context_.config.watchdog.tool;
  if (limit <= 0ms) return due;
  if (const auto open = replay_.tools.oldest_open(); open && (!due || *open + limit < *due)) {
    due = *open + limit;
  }
  return due;
}

void ToolRelay::tell_due_results() {
  if (!late_results_at_ || context_.now < *late_results_at_) return;
  late_results_at_.reset();
  tell_late_results_if_quiet();
}

// A model that waits for a tool is deaf: it is told that nothing comes.
void ToolRelay::give_up_on_overdue() {
  const Millis limit = context_.config.watchdog.tool;
  if (limit <= 0ms) return;
  while (ToolCalls::Call* const call = replay_.tools.overdue(context_.now, limit)) {
    context_.note(NoteKind::stalled, static_cast<std::int64_t>(RecoveryAction::answer_tool),
                  "a tool");
    client_.tell(notice::ToolCancelled{call->id, InterruptedBy::gateway});
    replay_.tools.answered(
        *call,
        R"({"status":"timeout","retryable":true,"error":"The tool did not answer in time."})");
    call->given_up = true;
    if (model_.is_ready() && !call->upstream_id.empty()) send_answer(*call);
  }
}

}  // namespace livegate::session
