// What a client reads of livegate.v1: one text frame of the gateway as a struct. The other
// direction of proto/native.h, for the one C++ client there is. Every event: docs/wire-browser.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "proto/native.h"

namespace livegate::cli {

enum class EventType : std::uint8_t {
  ready,
  speech_started,
  speech_ended,
  turn_started,
  transcript,
  text,
  tool_call,
  tool_cancelled,
  interrupted,
  generation_complete,
  no_answer,
  turn_complete,
  reconnecting,
  reconnected,
  pong,
  error,
  bye,
  other,  // of a later version: to be passed over
};

// Only the fields of its type are set; a field that the gateway left out is empty.
struct ServerEvent {
  EventType type = EventType::pong;
  std::uint64_t turn = 0;
  bool from_user = false;                        // transcript: role
  std::string text;                              // transcript, text
  std::string session, model, upstream, notice;  // ready
  std::string id, name, args_json;               // tool_call, tool_cancelled (id)
  std::string code, message;                     // error, no_answer (message)
  bool fatal = false;
  std::string reason;                         // bye, reconnecting, no_answer
  std::int64_t attempt = 0, retry_in_ms = 0;  // reconnecting
  bool resumed = false;                       // reconnected
  std::int64_t dropped_ms = 0;
  bool cut_off = false;  // turn_complete
  proto::native::TurnLatency latency;
  std::optional<proto::native::TurnUsage> usage;
};

// Nothing if `text` is not a JSON object with a "type": whoever sent it does not speak this
// protocol.
std::optional<ServerEvent> parse_event(std::string_view text);

}  // namespace livegate::cli
