#include "offline/live_session_calls.h"

#include <algorithm>
#include <utility>

namespace livegate::offline {

bool CallBatch::has(std::string_view id) const {
  return std::ranges::find(calls_, id, &OpenCall::id) != calls_.end();
}

std::optional<AnsweredCalls> CallBatch::on_response(const proto::FunctionResponse& response) {
  const auto call = std::ranges::find(calls_, response.id, &OpenCall::id);
  if (call == calls_.end() || response.will_continue) return std::nullopt;
  call->response_json.emplace(response.response_json);
  call->silent = response.scheduling == "SILENT";
  const auto answered = [](const OpenCall& each) { return each.response_json.has_value(); };
  if (!std::ranges::all_of(calls_, answered)) return std::nullopt;
  AnsweredCalls all{.calls = {},
                    .responses_json = {},
                    .silent = std::ranges::all_of(calls_, &OpenCall::silent),
                    .interrupts = response.scheduling == "INTERRUPT"};
  for (OpenCall& each : calls_) {
    all.calls.push_back(std::move(each.request));
    all.responses_json.push_back(std::move(*each.response_json));
  }
  calls_.clear();
  return all;
}

}  // namespace livegate::offline
