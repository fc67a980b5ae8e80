// The model's tool calls on their way to the client, and the client's answers on their way back,
// over however many connections.
#include <algorithm>

#include "session/session.h"

namespace livegate::session {
namespace {

constexpr std::string_view kSilent = "SILENT";

bool is_silent(const proto::FunctionResponse& response) { return response.scheduling == kSilent; }

}  // namespace

// Takes the calls that the client knows already out of the message.
void Session::on_tools(proto::ServerMessage& message, std::uint64_t turn) {
  std::erase_if(message.function_calls, [&](const proto::FunctionCall& call) {
    std::optional<std::string> dropped;
    const ToolCalls::Called called = tools_.called(call, now_, dropped);
    if (dropped) face_->tool_cancelled(*dropped, InterruptedBy::gateway);
    if (called == ToolCalls::Called::answered) send_tool_response(*tools_.find_upstream(call.id));
    if (called != ToolCalls::Called::first) return true;
    note(NoteKind::tool_called, 0, std::string(call.name));
    face_->tool_call(turn, call);
    return false;
  });
  if (tools_.any_awaited()) doctor_.not_owed();
}

// A model that has called several tools goes on once it has all of their answers; `silent`: it was
// told to say nothing about them.
void Session::reply_after_tools(bool silent) {
  remedied_ = false;
  if (!silent && !tools_.any_awaited()) doctor_.asked(now_, Input::written);
}

// Calls of a reply that was cut off here: nobody runs them, and a model that was not told of the
// interruption would wait for them, and be deaf.
void Session::refuse_tools(proto::ServerMessage& message) {
  for (const proto::FunctionCall& call : message.function_calls) {
    const std::size_t mark = out_->mark();
    proto::append_tool_response(out_->arena(),
                                {.id = call.id,
                                 .name = call.name,
                                 .response_json = R"({"status":"cancelled","retryable":false,)"
                                                  R"("error":"The person has interrupted."})",
                                 .scheduling = {}});
    send_upstream(out_->since(mark));
  }
  message.function_calls.clear();
}

// Leaves in the message only the calls that the client knows, by its own names for them. True if
// that changed it.
bool Session::on_cancelled(proto::ServerMessage& message) {
  cancelled_.clear();
  bool changed = false;
  for (const std::string_view upstream_id : message.cancelled_call_ids) {
    const ToolCalls::Call* const call = tools_.find_upstream(upstream_id);
    // Of a call that was stale, or is answered, the client knows nothing to undo.
    const bool known = call != nullptr && !call->answered;
    changed |= !known || call->id != upstream_id;
    if (known) cancelled_.push_back(call->id);
    if (call != nullptr) tools_.forget(*call);
  }
  message.cancelled_call_ids.assign(cancelled_.begin(), cancelled_.end());
  for (const std::string& id : cancelled_) face_->tool_cancelled(id, InterruptedBy::model);
  return changed;
}

PaddedText Session::rewritten(const proto::ServerMessage& message) {
  std::string wire;
  proto::append_server_message(wire, message);
  rewritten_ = PaddedString(wire);
  return rewritten_.text();
}

bool Session::answer_tool(const proto::FunctionResponse& response) {
  time_.said(now_);
  counters_.tool_bytes += response.response_json.size();
  ToolCalls::Call* const call = tools_.find(response.id);
  if (call == nullptr || call->answered) return false;
  if (is_spent()) return true;
  // The model would drop the call over an answer that is not the last one.
  if (response.will_continue && !profile_.takes_will_continue) return true;
  tools_.answered(*call, response.response_json, response.scheduling);
  // A model that has lost its connection calls again, and is answered then.
  if (!link_.is_ready()) return true;
  if (!call->upstream_id.empty()) {
    send_tool_response(*call);
  } else {
    tell_late_results_if_quiet();
  }
  return true;
}

void Session::tell_late_results_if_quiet() {
  if (link_.is_ready() && journal_.empty() && !turns_.replying()) tell_late_results();
}

bool Session::answer_as_it_came(std::span<const proto::FunctionResponse> responses,
                                const Payload& wire) {
  if (is_spent()) return true;
  if (!link_.is_ready()) return false;
  for (const proto::FunctionResponse& response : responses) {
    if (response.id.empty()) continue;  // Vertex takes answers without
    const ToolCalls::Call* const call = tools_.find(response.id);
    if (call == nullptr || call->upstream_id != call->id || call->given_up) return false;
    if (response.will_continue && !profile_.takes_will_continue) return false;
    if (!response.scheduling.empty() && !profile_.takes_scheduling) return false;
  }
  for (const proto::FunctionResponse& response : responses) {
    if (ToolCalls::Call* const call = tools_.find(response.id)) {
      tools_.answered(*call, response.response_json, response.scheduling);
      call->delivered = true;
    }
  }
  counters_.tool_bytes += wire.size;
  turns_.reply_expected();
  // Not in the journal: what is to be told again of calls is the ledger's to say.
  send_upstream(wire);
  reply_after_tools(std::ranges::all_of(responses, is_silent));
  return true;
}

void Session::send_tool_response(ToolCalls::Call& call) {
  const std::size_t mark = out_->mark();
  proto::append_tool_response(
      out_->arena(), {.id = call.upstream_id,
                      .name = call.name,
                      .response_json = call.response_json,
                      .scheduling = profile_.takes_scheduling ? std::string_view(call.scheduling)
                                                              : std::string_view()});
  call.delivered = true;
  turns_.reply_expected();
  send_upstream(out_->since(mark));
  reply_after_tools(call.scheduling == kSilent);
}

// The model was told again what made it call, has answered, and did not call again: what the client
// found out meanwhile reaches it as words.
void Session::tell_late_results() {
  late_results_at_.reset();
  // A second answer that begins behind these words would pass for the answer to them.
  if (const auto until = turns_.second_answer_until(); until && now_ < *until) {
    late_results_at_ = until;
    return;
  }
  for (const ToolCalls::Call& call : tools_.take_undelivered()) {
    const std::size_t mark = out_->mark();
    proto::append_realtime_text(out_->arena(),
                                "(The tool " + call.name + " was called with " + call.args_json +
                                    " and has answered: " + call.response_json + ")");
    tell_model(out_->since(mark), Asks::reply);
  }
}

void Session::cancel_tools() {
  for (const std::string& id : tools_.take_open()) {
    face_->tool_cancelled(id, InterruptedBy::gateway);
  }
}

// A model that waits for a tool is deaf: it is told that nothing comes.
void Session::give_up_on_tools() {
  if (config_.doctor.tool <= 0ms) return;
  while (ToolCalls::Call* const call = tools_.overdue(now_, config_.doctor.tool)) {
    note(NoteKind::stalled, static_cast<std::int64_t>(Remedy::answer_tool), "a tool");
    face_->tool_cancelled(call->id, InterruptedBy::gateway);
    tools_.answered(
        *call,
        R"({"status":"timeout","retryable":true,"error":"The tool did not answer in time."})");
    call->given_up = true;
    if (link_.is_ready() && !call->upstream_id.empty()) send_tool_response(*call);
  }
}

}  // namespace livegate::session
