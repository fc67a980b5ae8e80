#include "cli/talk_event.h"

#include <array>
#include <boost/json.hpp>
#include <utility>

#include "cli/talk_json.h"

namespace livegate::cli {
namespace {

namespace json = boost::json;

constexpr std::array<std::pair<std::string_view, EventType>, 17> kTypes = {{
    {"ready", EventType::ready},
    {"speech_started", EventType::speech_started},
    {"speech_ended", EventType::speech_ended},
    {"turn_started", EventType::turn_started},
    {"transcript", EventType::transcript},
    {"text", EventType::text},
    {"tool_call", EventType::tool_call},
    {"tool_cancelled", EventType::tool_cancelled},
    {"interrupted", EventType::interrupted},
    {"generation_complete", EventType::generation_complete},
    {"no_answer", EventType::no_answer},
    {"turn_complete", EventType::turn_complete},
    {"reconnecting", EventType::reconnecting},
    {"reconnected", EventType::reconnected},
    {"pong", EventType::pong},
    {"error", EventType::error},
    {"bye", EventType::bye},
}};

std::string text_of(const json::object& object, std::string_view name) {
  const json::value* const value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

bool flag_of(const json::object& object, std::string_view name) {
  const json::value* const value = object.if_contains(name);
  return value != nullptr && value->is_bool() && value->get_bool();
}

std::optional<double> number_of(const json::object& object, std::string_view name) {
  const json::value* const value = object.if_contains(name);
  if (value == nullptr || !value->is_number()) return std::nullopt;
  return value->to_number<double>();
}

std::optional<std::int64_t> whole_of(const json::object& object, std::string_view name) {
  const std::optional<double> number = number_of(object, name);
  if (!number || *number < -9e15 || *number > 9e15) return std::nullopt;  // 2^53: exact as a double
  return static_cast<std::int64_t>(*number);
}

proto::native::TurnLatency latency_of(const json::object& object) {
  proto::native::TurnLatency latency;
  latency.first_packet_ms = whole_of(object, "first_packet_ms");
  latency.end_to_end_ms = whole_of(object, "end_to_end_ms");
  latency.continuous_ms = whole_of(object, "continuous_ms");
  latency.decision_ms = whole_of(object, "decision_ms");
  latency.gateway_ms = number_of(object, "gateway_ms");
  return latency;
}

proto::native::TurnUsage usage_of(const json::object& object) {
  proto::native::TurnUsage usage;
  usage.prompt_tokens = whole_of(object, "prompt_tokens").value_or(0);
  usage.response_tokens = whole_of(object, "response_tokens").value_or(0);
  usage.total_tokens = whole_of(object, "total_tokens").value_or(0);
  return usage;
}

}  // namespace

std::optional<ServerEvent> parse_event(std::string_view text) {
  boost::system::error_code error;
  const json::value parsed = json::parse(text, error);
  if (error || !parsed.is_object()) return std::nullopt;
  const json::object& object = parsed.get_object();
  const std::string type = text_of(object, "type");

  if (type.empty()) return std::nullopt;

  ServerEvent event;
  event.type = EventType::other;
  for (const auto& [name, value] : kTypes) {
    if (name == type) event.type = value;
  }

  event.turn = static_cast<std::uint64_t>(whole_of(object, "turn").value_or(0));
  event.from_user = text_of(object, "role") == "user";
  event.text = text_of(object, "text");
  event.session = text_of(object, "session");
  event.model = text_of(object, "model");
  event.upstream = text_of(object, "upstream");
  event.notice = text_of(object, "notice");
  event.id = text_of(object, "id");
  event.name = text_of(object, "name");
  if (const json::value* const args = object.if_contains("args")) {
    event.args_json = plain_json(*args);
  }
  event.code = text_of(object, "code");
  event.message = text_of(object, "message");
  event.fatal = flag_of(object, "fatal");
  event.reason = text_of(object, "reason");
  event.attempt = whole_of(object, "attempt").value_or(0);
  event.retry_in_ms = whole_of(object, "retry_in_ms").value_or(0);
  event.resumed = flag_of(object, "resumed");
  event.dropped_ms = whole_of(object, "dropped_ms").value_or(0);
  event.cut_off = flag_of(object, "cut_off");
  if (const json::value* const latency = object.if_contains("latency");
      latency != nullptr && latency->is_object()) {
    event.latency = latency_of(latency->get_object());
  }
  if (const json::value* const usage = object.if_contains("usage");
      usage != nullptr && usage->is_object()) {
    event.usage = usage_of(usage->get_object());
  }
  return event;
}

}  // namespace livegate::cli
