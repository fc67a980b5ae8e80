// The Gemini Live API's messages (BidiGenerateContent), both directions, as plain structs.
//
// Decides what the bytes of one message mean and how a message is written. Leaves to others what
// follows from it, who may send it when, and every kind of I/O. JSON never leaves the .cc files;
// audio never goes through a DOM: its base64 is found in the text and handed on as a view.
//
// Decoding accepts lowerCamelCase and snake_case at every level the API defines, and text in which
// several facts share one message. What it does not know it carries along (`unknown`). Views point
// into the message or into the decoder and are valid until the decoder's next call or the end of
// the message, whichever is first. Source of every field: docs/wire-gemini.md.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/padded_text.h"
#include "base/result.h"

namespace livegate::proto {

// ---- server to client
struct InlineData {
  std::string_view mime_type;  // "audio/pcm;rate=24000"; Vertex leaves the rate out
  std::string_view base64;     // undecoded; see base64::decode
  bool operator==(const InlineData&) const = default;
};

struct Transcription {
  std::string_view text;  // a fragment; concatenate as is
  bool finished = false;
  bool operator==(const Transcription&) const = default;
};

struct FunctionCall {
  std::string_view id;
  std::string_view name;
  std::string_view args_json;  // a JSON object as it stood; "{}" if absent
  bool operator==(const FunctionCall&) const = default;
};

struct ResumptionUpdate {
  std::string_view handle;
  bool resumable = false;
  bool operator==(const ResumptionUpdate&) const = default;
};

enum class ActivityType : std::uint8_t { start, end };

// Of one turn, as the service breaks it down.
struct ModalityTokens {
  std::int64_t text = 0, audio = 0;
  std::int64_t visual = 0;  // IMAGE, VIDEO and DOCUMENT
  std::int64_t other = 0;   // without a modality, or with one that is not known
  bool operator==(const ModalityTokens&) const = default;
};

// Of one message, per turn; not running totals. Any numbers: what the service says is not checked,
// but a number that is none, or that does not fit, counts as 0 or as the largest.
struct Usage {
  std::int64_t prompt_tokens = 0;
  std::int64_t response_tokens = 0;  // Vertex: candidatesTokenCount
  std::int64_t total_tokens = 0;
  std::int64_t thoughts_tokens = 0;  // in the total or not, by the model
  std::int64_t tool_use_tokens = 0;  // what tools of the service have added to the prompt
  ModalityTokens prompt_by;          // need not add up to prompt_tokens
  ModalityTokens response_by;
  std::string_view json;  // the whole usageMetadata object as it stood
  bool operator==(const Usage&) const = default;
};

// A member that this codec does not know, carried through untouched.
struct UnknownMember {
  // Of the object that holds it: "", "serverContent", "toolCall.functionCalls[1]". In the model's
  // "serverContent.modelTurn.parts" each such member is a part of its own.
  std::string_view path;
  std::string_view key;
  std::string_view json;
  bool operator==(const UnknownMember&) const = default;
};

// Everything one server message said. The order in which a receiver acts on it is fixed, whatever
// the order in the text: setup, resumption, activity, input transcription, interrupted, content
// (audio, text, output transcription), tool cancellation, tool calls, generation_complete,
// turn_complete, usage, go_away.
struct ServerMessage {
  bool setup_complete = false;
  std::string_view session_id;  // Vertex only
  std::optional<ResumptionUpdate> resumption;
  std::optional<ActivityType> activity;
  std::optional<Transcription> input_transcription;
  std::optional<Transcription> interim_input_transcription;
  bool interrupted = false;
  std::vector<InlineData> media;  // the model's audio (or video), in order
  std::vector<std::string_view> text;
  std::vector<std::string_view> thoughts;
  std::optional<Transcription> output_transcription;
  std::vector<std::string_view> cancelled_call_ids;
  std::vector<FunctionCall> function_calls;
  bool generation_complete = false;
  bool turn_complete = false;
  bool waiting_for_input = false;
  std::string_view turn_complete_reason;
  std::string_view interaction_status;
  std::optional<Usage> usage;
  std::optional<std::chrono::milliseconds> go_away_time_left;
  // Known members without a meaning for us, and unknown ones: for whoever writes the message again.
  std::vector<UnknownMember> unknown;

  void clear();  // empties, keeping capacity
};

// ---- client to server
enum class ActivityHandling : std::uint8_t { interrupts, no_interruption };

struct ActivityDetection {
  bool disabled = false;
  std::optional<int> prefix_padding_ms;
  std::optional<int> silence_duration_ms;
  std::string start_sensitivity;  // as on the wire, or empty
  std::string end_sensitivity;
  bool operator==(const ActivityDetection&) const = default;
};

// The setup message. Known settings are typed and owned; `document` keeps the whole setup object
// (known keys spelled in camelCase), so that nothing unknown is lost when it is written again with
// settings changed.
struct Setup {
  std::string model;                             // "models/..." as received
  std::vector<std::string> response_modalities;  // upper case; empty: the service's default (AUDIO)
  std::string voice;                             // prebuilt voice name, or empty
  std::string language_code;
  std::string system_instruction;  // text parts joined by a newline
  std::string tools_json;          // the tools array as JSON, or empty
  ActivityDetection activity_detection;
  ActivityHandling activity_handling = ActivityHandling::interrupts;
  std::string turn_coverage;  // TURN_INCLUDES_..., or empty: the model's default
  bool input_transcription = false;
  bool output_transcription = false;
  bool resumption = false;        // sessionResumption present
  std::string resumption_handle;  // may be empty
  bool initial_history = false;   // the first clientContent tells what was said before
  bool compression = false;       // contextWindowCompression present
  std::string document = "{}";
};

struct FunctionResponse {
  std::string_view id;
  std::string_view name;
  std::string_view response_json;  // a JSON object
  std::string_view scheduling;     // SILENT, WHEN_IDLE, INTERRUPT, or empty
  bool will_continue = false;      // more answers to this call follow
};

// One realtimeInput message. The API allows one field each; all that are present are given.
struct RealtimeInput {
  std::vector<InlineData> audio;  // also mediaChunks whose type is audio/*
  std::vector<InlineData> video;  // also mediaChunks whose type is image/*
  std::optional<std::string_view> text;
  bool activity_start = false;
  bool activity_end = false;
  bool audio_stream_end = false;
};

struct ClientContent {
  bool turn_complete = false;
  std::string_view text;  // the text parts of all user turns, joined by a newline
  std::string_view json;  // the clientContent object as it stood
};

enum class ClientKind : std::uint8_t {
  setup,
  realtime_input,
  client_content,
  tool_response,
  context_update
};

struct ClientMessage {
  ClientKind kind = ClientKind::setup;
  Setup setup;                                       // kind setup
  RealtimeInput realtime_input;                      // kind realtime_input
  ClientContent client_content;                      // kind client_content
  std::vector<FunctionResponse> function_responses;  // kind tool_response
  std::string_view context_update_json;              // kind context_update: the object as it stood
  std::string_view context_update_tools_json;  // ... its tools.tools array, or empty if absent
  std::optional<std::string_view> context_update_instruction;  // ... its texts, joined by a newline
  void clear();
};

// Why a message was refused, in the service's own words: what to close the socket with.
struct WireError {
  std::uint16_t close_code = 1007;
  std::string reason;  // at most limits::kCloseReasonBytesMax bytes, cut on a UTF-8 boundary
};

// ---- decoding

// Holds the parser's buffers: one per shard serves all its sessions, one message at a time.
class GeminiDecoder {
 public:
  GeminiDecoder();
  ~GeminiDecoder();
  GeminiDecoder(GeminiDecoder&&) noexcept;
  GeminiDecoder& operator=(GeminiDecoder&&) noexcept;

  // `out` is cleared first and reused: steady state allocates nothing. An error names what was
  // wrong; `{}` and messages of unknown members only are fine.
  Result<Done, WireError> decode_server(PaddedText message, ServerMessage& out);

  // Errors carry the close code and text of the service: not JSON and unknown fields 1007
  // `Invalid JSON payload received. ...`, none or two of the union's members 1007.
  Result<Done, WireError> decode_client(PaddedText message, ClientMessage& out);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// The rate in a mime type such as "audio/pcm;rate=16000"; `fallback` if it names none. 0 for other
// formats, and for a stated layout that is not 16 bits, little-endian, one channel.
[[nodiscard]] int pcm_rate_hz(std::string_view mime_type, int fallback);

// ---- encoding

// Each appends one whole message to `out` and touches nothing before it. Client messages are
// compact, server messages are laid out as the service does (two-space indent, newline at the end).

// The document, overlaid with the typed settings: those that differ from what it says are written,
// an emptied one is taken out, all else stays as it is. The document and tools_json must be JSON.
void append_setup(std::string& out, const Setup& setup);
void append_realtime_audio(std::string& out, std::span<const std::int16_t> samples, int rate_hz);
void append_realtime_image(std::string& out, std::string_view mime_type, std::string_view base64);
void append_realtime_text(std::string& out, std::string_view text);
void append_activity_start(std::string& out);
void append_activity_end(std::string& out);
void append_audio_stream_end(std::string& out);
void append_client_text(std::string& out, std::string_view role, std::string_view text,
                        bool turn_complete);
// One clientContent of these turns, in order; none of them: what was said so far is to be answered.
struct ContentLine {
  std::string_view role;  // "user", "model", or empty
  std::string_view text;
};
void append_client_content(std::string& out, std::span<const ContentLine> lines,
                           bool turn_complete);
void append_tool_response(std::string& out, const FunctionResponse& response);
// A contextUpdate; what is absent stays as it is for the model. `tools_json`: an array.
void append_context_update(std::string& out, std::optional<std::string_view> instruction,
                           std::string_view tools_json);

// Writes every fact of `message`, `unknown` included; decode_server gives the same facts back.
void append_server_message(std::string& out, const ServerMessage& message);
// The hot one: {"serverContent":{"modelTurn":{"parts":[{"inlineData":...}]}}} from samples.
void append_server_audio(std::string& out, std::span<const std::int16_t> samples, int rate_hz);
// As Vertex writes it: a role, and a type without a rate (24 kHz).
void append_vertex_audio(std::string& out, std::span<const std::int16_t> samples);

// Appends `text` as a JSON string with its quotes. Invalid UTF-8 becomes U+FFFD.
void append_json_string(std::string& out, std::string_view text);

}  // namespace livegate::proto
