// The native protocol livegate.v1 between our clients and the gateway: text frames as structs.
// Binary frames are audio and nothing else and need no codec. Every message: docs/wire-browser.md.
//
// Decides what a client's text frame means and how an event is written; leaves the rest to the
// session.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/padded_text.h"
#include "base/result.h"

namespace livegate::proto::native {

// ---- client to gateway

// Views are valid until the decoder's next call or the end of the message, whichever is first.
struct Start {
  int rate_hz = 16000;  // 8000..48000
  std::string model;    // empty: the gateway's
  std::string voice;
  std::string language;
  std::string system_instruction;
  // An array of function declarations as JSON (each has a name), or empty: the gateway's.
  std::string tools_json;
  bool echo_cancellation = false;  // the client takes its own echo out of the microphone
  std::string client;              // free text for the log, at most 64 bytes of printable ASCII
  // The token of a session to go on with, and how many of its messages have arrived. With it no
  // other field is given.
  std::optional<std::string> resume;
  std::int64_t received = 0;  // 0 or more
};
struct Text {
  std::string_view text;
};
struct Image {
  std::string_view mime_type;  // image/jpeg, image/png or image/webp
  std::string_view base64;     // not empty; undecoded
};
struct Mute {};
struct Unmute {};
struct Interrupt {};
struct ToolResult {
  std::string_view id;           // not empty
  std::string_view result_json;  // any JSON, as it stood; empty: `error` was given instead
  std::string_view error;
};
struct Playback {
  std::int64_t samples = 0;  // of this session's downlink really played, at 24 kHz; 0 or more
  std::optional<std::int64_t> received;  // of the session's messages, 0 or more
};
struct Ping {
  std::int64_t id = 0;
  std::optional<std::int64_t> received;
};
struct Stop {};
using ClientMessage =
    std::variant<Start, Text, Image, Mute, Unmute, Interrupt, ToolResult, Playback, Ping, Stop>;

// `code` is what the error event carries: bad_json, unknown_type, bad_field, unknown_field.
// `message` is one sentence that names the offending field and what is allowed.
struct ProtocolError {
  std::string code;
  std::string message;
};

class NativeDecoder {
 public:
  NativeDecoder();
  ~NativeDecoder();
  NativeDecoder(NativeDecoder&&) noexcept;
  NativeDecoder& operator=(NativeDecoder&&) noexcept;
  Result<ClientMessage, ProtocolError> decode(PaddedText message);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// ---- gateway to client

struct Ready {
  std::string_view session;  // id, for logs and support
  std::string_view model;
  std::string_view upstream;     // "gemini" or "offline"
  std::string_view turn_taking;  // "turns", "gate" or "open": who ends the person's turn
  // One sentence for the person, or empty ("This is the offline assistant ...").
  std::string_view notice;
  int rate_hz = 16000;  // uplink rate in force
  int output_rate_hz = 24000;
  // The way back, if one is offered.
  std::string_view resume_token;
  std::int64_t grace_ms = 0;
  // This session goes on over another connection: how many messages of the client have arrived.
  std::optional<std::int64_t> resumed_after;
};
enum class Role : std::uint8_t { user, model };

// Where the milliseconds of one turn went, measured at the gateway; absent where a step did not
// happen.
struct TurnLatency {
  // Last speech forwarded -> first byte of the reply from upstream.
  std::optional<std::int64_t> first_packet_ms;
  // End of speech (last voiced frame) -> first audio sent to the client.
  std::optional<std::int64_t> end_to_end_ms;
  // Median gap between the reply's audio messages.
  std::optional<std::int64_t> continuous_ms;
  // End of speech -> the gateway decided that it had ended.
  std::optional<std::int64_t> decision_ms;
  // Added by the gateway itself to the first audio.
  std::optional<double> gateway_ms;
};
// When the steps of one turn happened, in ms of the session clock; absent where one did not.
struct TurnTimeline {
  std::optional<double> speech_ended;  // the last frame with speech arrived
  std::optional<double> decided;       // ... and was known to have been the last
  std::optional<double> sent;          // the person's last input left for the model
  std::optional<double> first_byte;    // of the reply arrived
  std::optional<double> first_audio;   // of the reply arrived
  std::optional<double> forwarded;     // ... and left for the client
  std::optional<double> completed;
};
struct TurnUsage {
  std::int64_t prompt_tokens = 0, response_tokens = 0, total_tokens = 0;
  std::int64_t thoughts_tokens = 0;
};
// In USD, as decimal text. `turn_usd` may be negative: what an earlier turn was estimated to cost
// too much.
struct TurnCost {
  std::string turn_usd, session_usd;
  std::int64_t session_tokens = 0;
  bool estimated = false;  // some of the turn's is
};
struct Budget {
  std::string_view limit;  // the key of the configuration
  std::string_view allowed_usd;
  std::optional<std::int64_t> renews_in_s;
  std::string_view message;  // one sentence for the person
};

// Each appends one whole JSON object to `out`.
void append_ready(std::string& out, const Ready& ready);
void append_speech_started(std::string& out, std::int64_t at_ms);  // ms of uplink audio since start
void append_speech_ended(std::string& out, std::int64_t at_ms);
void append_turn_started(std::string& out, std::uint64_t turn);
// `heard_ms` of its audio had been played, and these `words` of its transcript.
void append_interrupted(std::string& out, std::uint64_t turn, std::int64_t heard_ms,
                        std::string_view words);
// duck or unduck.
void append_ducked(std::string& out, std::uint64_t turn, bool ducked);
void append_transcript(std::string& out, Role role, std::uint64_t turn, std::string_view text,
                       bool finished);
void append_text(std::string& out, std::uint64_t turn, std::string_view text);
void append_tool_call(std::string& out, std::uint64_t turn, std::string_view id,
                      std::string_view name, std::string_view args_json);
void append_tool_cancelled(std::string& out, std::string_view id);
void append_generation_complete(std::string& out, std::uint64_t turn);
// The turn answers nothing: `reason` names how, `message` is one sentence for the person.
void append_no_answer(std::string& out, std::uint64_t turn, std::string_view reason,
                      std::string_view message);
void append_turn_complete(std::string& out, std::uint64_t turn, bool cut_off,
                          const TurnLatency& latency, const TurnTimeline& timeline,
                          const std::optional<TurnUsage>& usage,
                          const std::optional<TurnCost>& cost = {});
void append_budget(std::string& out, const Budget& budget);  // it is nearly spent
void append_reconnecting(std::string& out, std::string_view reason, int attempt,
                         std::int64_t retry_in_ms);
void append_reconnected(std::string& out, bool resumed, std::int64_t dropped_ms);
void append_pong(std::string& out, std::int64_t id, double at_ms);  // at_ms of the session clock
void append_error(std::string& out, std::string_view code, std::string_view message, bool fatal);
void append_bye(std::string& out, std::string_view reason, bool reconnect);

}  // namespace livegate::proto::native
