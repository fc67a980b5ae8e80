#include "session/tool_calls.h"

#include <algorithm>

#include "base/give_back.h"
#include "base/limits.h"
#include "proto/same_json.h"

namespace livegate::session {

ToolCalls::Called ToolCalls::called(const proto::FunctionCall& call, Instant now,
                                    std::optional<std::string>& dropped) {
  for (Call& known : calls_) {
    if (!known.upstream_id.empty() || known.name != call.name) continue;
    if (known.answered && !known.repeatable) continue;
    if (!proto::same_json(known.args_json, call.args_json)) continue;
    known.upstream_id = call.id;
    return known.answered ? Called::answered : Called::adopted;
  }
  // The same tool with other arguments: the model has thought again.
  const auto superseded = std::find_if(calls_.begin(), calls_.end(), [&call](const Call& known) {
    return known.upstream_id.empty() && !known.answered && known.name == call.name;
  });
  if (superseded != calls_.end()) {
    dropped = superseded->id;
    calls_.erase(superseded);
  }
  if (calls_.size() >= limits::kOpenToolCallsMax) {
    const auto answered = std::find_if(calls_.begin(), calls_.end(),
                                       [](const Call& known) { return known.answered; });
    const auto oldest = answered == calls_.end() ? calls_.begin() : answered;
    if (!oldest->answered) dropped = oldest->id;
    calls_.erase(oldest);
  }
  // Two calls of one id would be one to the client.
  std::erase_if(calls_, [&call](const Call& known) { return known.id == call.id; });
  calls_.push_back({.id = std::string(call.id),
                    .upstream_id = std::string(call.id),
                    .name = std::string(call.name),
                    .args_json = std::string(call.args_json),
                    .response_json = {},
                    .since = now});
  return Called::first;
}

ToolCalls::Call* ToolCalls::find(std::string_view id) {
  const auto found =
      std::find_if(calls_.begin(), calls_.end(), [id](const Call& call) { return call.id == id; });
  return found == calls_.end() ? nullptr : &*found;
}

ToolCalls::Call* ToolCalls::find_upstream(std::string_view upstream_id) {
  const auto found = std::find_if(calls_.begin(), calls_.end(), [&](const Call& call) {
    return call.upstream_id == upstream_id;
  });
  return found == calls_.end() ? nullptr : &*found;
}

void ToolCalls::answered(Call& call, std::string_view response_json, std::string_view scheduling) {
  call.answered = call.repeatable = true;
  call.response_json = response_json;
  call.scheduling = scheduling;
}

void ToolCalls::forget(const Call& call) { calls_.erase(calls_.begin() + (&call - calls_.data())); }

void ToolCalls::connection_lost(bool asks_again) {
  for (Call& call : calls_) {
    call.upstream_id.clear();
    if (call.repeatable && !asks_again) call.delivered = false;
  }
}

void ToolCalls::exchange_over() {
  for (Call& call : calls_) {
    if (!call.delivered) continue;
    call.repeatable = false;
    give_back(call.response_json);
  }
}

std::vector<ToolCalls::Call> ToolCalls::take_undelivered() {
  std::vector<Call> taken;
  std::erase_if(calls_, [&taken](const Call& call) {
    const bool undelivered = call.answered && !call.delivered && call.upstream_id.empty();
    if (undelivered) taken.push_back(call);
    return undelivered;
  });
  return taken;
}

bool ToolCalls::any_open() const {
  return std::any_of(calls_.begin(), calls_.end(), [](const Call& call) { return !call.answered; });
}

bool ToolCalls::any_awaited() const {
  return std::ranges::any_of(
      calls_, [](const Call& call) { return !call.answered && !call.upstream_id.empty(); });
}

bool ToolCalls::any_open_of(std::span<const std::string> names) const {
  return std::ranges::any_of(calls_, [names](const Call& call) {
    return !call.answered && !call.upstream_id.empty() &&
           std::ranges::find(names, call.name) != names.end();
  });
}

std::vector<std::string> ToolCalls::take_open() {
  std::vector<std::string> ids;
  std::erase_if(calls_, [&ids](const Call& call) {
    if (!call.answered) ids.push_back(call.id);
    return !call.answered;
  });
  return ids;
}

ToolCalls::Call* ToolCalls::overdue(Instant now, Millis limit) {
  const auto late = std::find_if(calls_.begin(), calls_.end(), [&](const Call& call) {
    return !call.answered && now - call.since >= limit;
  });
  return late == calls_.end() ? nullptr : &*late;
}

std::optional<Instant> ToolCalls::oldest_open() const {
  std::optional<Instant> oldest;
  for (const Call& call : calls_) {
    if (!call.answered && (!oldest || call.since < *oldest)) oldest = call.since;
  }
  return oldest;
}

}  // namespace livegate::session
