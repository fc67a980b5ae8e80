#include <array>
#include <charconv>
#include <cmath>

#include "proto/gemini.h"
#include "proto/json_text.h"
#include "proto/native.h"

namespace livegate::proto::native {
namespace {

// One event, from its type to its closing brace.
class Event {
 public:
  Event(std::string& out, std::string_view type) : to_(out, json::Layout::compact) {
    to_.open('{');
    text("type", type);
  }
  ~Event() { to_.close('}'); }
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

  Event& text(std::string_view key, std::string_view value) {
    to_.key(key).string(value);
    return *this;
  }
  Event& raw(std::string_view key, std::string_view json) {
    to_.key(key).raw(json);
    return *this;
  }
  Event& number(std::string_view key, std::int64_t value) {
    to_.key(key).number(value);
    return *this;
  }
  Event& turn(std::uint64_t value) { return number("turn", static_cast<std::int64_t>(value)); }
  Event& boolean(std::string_view key, bool value) {
    to_.key(key).boolean(value);
    return *this;
  }
  Event& number_if(std::string_view key, std::optional<std::int64_t> value) {
    return value ? number(key, *value) : *this;
  }
  // Three decimals at most.
  Event& real_if(std::string_view key, std::optional<double> value) {
    if (!value || !std::isfinite(*value)) return *this;
    std::array<char, 32> digits;
    const double rounded = std::round(*value * 1000) / 1000;
    const auto [end, code] = std::to_chars(digits.data(), digits.data() + digits.size(), rounded);
    if (code == std::errc()) raw(key, {digits.data(), end});
    return *this;
  }
  Event& open(std::string_view key) {
    to_.key(key).open('{');
    return *this;
  }
  Event& close() {
    to_.close('}');
    return *this;
  }

 private:
  json::Writer to_;
};

}  // namespace

void append_ready(std::string& out, const Ready& ready) {
  Event event(out, "ready");
  event.text("session", ready.session).text("model", ready.model).text("upstream", ready.upstream);
  if (!ready.turn_taking.empty()) event.text("turn_taking", ready.turn_taking);
  if (!ready.notice.empty()) event.text("notice", ready.notice);
  event.number("rate", ready.rate_hz).number("output_rate", ready.output_rate_hz);
  if (ready.resumed_after) event.boolean("resumed", true).number("received", *ready.resumed_after);
  if (!ready.resume_token.empty()) {
    event.open("resume")
        .text("token", ready.resume_token)
        .number("grace_ms", ready.grace_ms)
        .close();
  }
}

void append_speech_started(std::string& out, std::int64_t at_ms) {
  Event(out, "speech_started").number("at_ms", at_ms);
}

void append_speech_ended(std::string& out, std::int64_t at_ms) {
  Event(out, "speech_ended").number("at_ms", at_ms);
}

void append_turn_started(std::string& out, std::uint64_t turn) {
  Event(out, "turn_started").turn(turn);
}

void append_interrupted(std::string& out, std::uint64_t turn, std::int64_t heard_ms,
                        std::string_view words) {
  Event(out, "interrupted").turn(turn).number("heard_ms", heard_ms).text("heard", words);
}

void append_ducked(std::string& out, std::uint64_t turn, bool ducked) {
  Event(out, ducked ? "duck" : "unduck").turn(turn);
}

void append_transcript(std::string& out, Role role, std::uint64_t turn, std::string_view text,
                       bool finished) {
  Event event(out, "transcript");
  event.text("role", role == Role::user ? "user" : "model").turn(turn).text("text", text);
  if (finished) event.boolean("finished", true);
}

void append_text(std::string& out, std::uint64_t turn, std::string_view text) {
  Event(out, "text").turn(turn).text("text", text);
}

void append_tool_call(std::string& out, std::uint64_t turn, std::string_view id,
                      std::string_view name, std::string_view args_json) {
  Event event(out, "tool_call");
  event.turn(turn).text("id", id).text("name", name);
  event.raw("args", args_json.empty() ? "{}" : args_json);
}

void append_tool_cancelled(std::string& out, std::string_view id) {
  Event(out, "tool_cancelled").text("id", id);
}

void append_generation_complete(std::string& out, std::uint64_t turn) {
  Event(out, "generation_complete").turn(turn);
}

void append_no_answer(std::string& out, std::uint64_t turn, std::string_view reason,
                      std::string_view message) {
  Event(out, "no_answer").turn(turn).text("reason", reason).text("message", message);
}

void append_turn_complete(std::string& out, std::uint64_t turn, bool cut_off,
                          const TurnLatency& latency, const TurnTimeline& timeline,
                          const std::optional<TurnUsage>& usage,
                          const std::optional<TurnCost>& cost) {
  Event event(out, "turn_complete");
  event.turn(turn);
  if (cut_off) event.boolean("cut_off", true);
  event.open("latency");
  event.number_if("first_packet_ms", latency.first_packet_ms);
  event.number_if("end_to_end_ms", latency.end_to_end_ms);
  event.number_if("continuous_ms", latency.continuous_ms);
  event.number_if("decision_ms", latency.decision_ms);
  event.real_if("gateway_ms", latency.gateway_ms);
  event.close();
  event.open("timeline");
  event.real_if("speech_ended", timeline.speech_ended);
  event.real_if("decided", timeline.decided);
  event.real_if("sent", timeline.sent);
  event.real_if("first_byte", timeline.first_byte);
  event.real_if("first_audio", timeline.first_audio);
  event.real_if("forwarded", timeline.forwarded);
  event.real_if("completed", timeline.completed);
  event.close();
  if (usage) {
    event.open("usage");
    event.number("prompt_tokens", usage->prompt_tokens);
    event.number("response_tokens", usage->response_tokens);
    if (usage->thoughts_tokens != 0) event.number("thoughts_tokens", usage->thoughts_tokens);
    event.number("total_tokens", usage->total_tokens);
    event.close();
  }
  if (!cost) return;
  event.open("cost");
  event.raw("turn_usd", cost->turn_usd);
  event.raw("session_usd", cost->session_usd);
  event.number("session_tokens", cost->session_tokens);
  if (cost->estimated) event.boolean("estimated", true);
  event.close();
}

void append_budget(std::string& out, const Budget& budget) {
  Event event(out, "budget");
  event.text("limit", budget.limit).raw("allowed_usd", budget.allowed_usd);
  event.number_if("renews_in_s", budget.renews_in_s).text("message", budget.message);
}

void append_reconnecting(std::string& out, std::string_view reason, int attempt,
                         std::int64_t retry_in_ms) {
  Event event(out, "reconnecting");
  event.text("reason", reason).number("attempt", attempt).number("retry_in_ms", retry_in_ms);
}

void append_reconnected(std::string& out, bool resumed, std::int64_t dropped_ms) {
  Event(out, "reconnected").boolean("resumed", resumed).number("dropped_ms", dropped_ms);
}

void append_pong(std::string& out, std::int64_t id, double at_ms) {
  Event event(out, "pong");
  event.number("id", id).real_if("at_ms", at_ms);
}

void append_error(std::string& out, std::string_view code, std::string_view message, bool fatal) {
  Event(out, "error").text("code", code).text("message", message).boolean("fatal", fatal);
}

void append_bye(std::string& out, std::string_view reason, bool reconnect) {
  Event event(out, "bye");
  event.text("reason", reason);
  if (reconnect) event.boolean("reconnect", true);
}

}  // namespace livegate::proto::native
