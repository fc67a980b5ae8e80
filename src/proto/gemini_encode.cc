#include <bit>
#include <charconv>
#include <string>

#include "base/base64.h"
#include "proto/gemini.h"
#include "proto/gemini_names.h"
#include "proto/json_text.h"

namespace livegate::proto {
namespace {

using json::Layout;
using json::Writer;

static_assert(std::endian::native == std::endian::little, "PCM on the wire is little-endian");

// What follows the type of a server's audio, up to its base64, and what follows that.
constexpr std::string_view kAudioMiddle = R"(",
            "data": ")";
constexpr std::string_view kAudioSuffix = R"("
          }
        }
      ]
    }
  }
}
)";

// prefix, rate (0: none), middle, base64, suffix: written in one go behind one resize.
void append_audio(std::string& out, std::string_view prefix, std::string_view middle,
                  std::string_view suffix, std::span<const std::int16_t> samples, int rate_hz) {
  char rate[12];
  const auto rate_end = rate_hz == 0 ? rate : std::to_chars(rate, rate + sizeof rate, rate_hz).ptr;
  const std::string_view rate_text(rate, static_cast<std::size_t>(rate_end - rate));
  const std::span bytes(reinterpret_cast<const std::uint8_t*>(samples.data()),
                        samples.size_bytes());
  const std::size_t text_bytes = base64::encoded_size(bytes.size());
  out.reserve(out.size() + prefix.size() + sizeof rate + middle.size() + text_bytes +
              suffix.size());
  out.append(prefix).append(rate_text).append(middle);
  const std::size_t at = out.size();
  out.resize(at + text_bytes);
  base64::encode(bytes, out.data() + at);
  out.append(suffix);
}

// Writes the objects of one server message.
class ServerWriter {
 public:
  ServerWriter(std::string& out, const ServerMessage& message)
      : to_(out, Layout::service), message_(message) {}

  void write();

 private:
  void server_content();
  [[nodiscard]] bool has_server_content() const;
  void model_turn();
  void transcription(std::string_view path, const std::optional<Transcription>& transcription);
  void function_calls();
  void usage(const Usage& usage);
  void flag(std::string_view key, bool value);
  void text(std::string_view key, std::string_view value);
  void number(std::string_view key, std::int64_t value);
  void unknown(std::string_view path);
  [[nodiscard]] bool has_unknown(std::string_view path) const;  // in it or below
  void open(std::string_view path);
  void close(std::string_view path);  // with what is unknown in it

  Writer to_;
  const ServerMessage& message_;
};

void ServerWriter::write() {
  const ServerMessage& m = message_;
  to_.open('{');
  if (m.setup_complete || has_unknown(names::kSetupComplete)) {
    open(names::kSetupComplete);
    text("sessionId", m.session_id);
    close(names::kSetupComplete);
  }
  if (m.resumption || has_unknown(names::kResumption)) {
    open(names::kResumption);
    text("newHandle", m.resumption ? m.resumption->handle : "");
    flag("resumable", m.resumption && m.resumption->resumable);
    close(names::kResumption);
  }
  if (m.activity || has_unknown(names::kVoiceActivity)) {
    open(names::kVoiceActivity);
    if (m.activity) {
      text("type", *m.activity == ActivityType::start ? "ACTIVITY_START" : "ACTIVITY_END");
    }
    close(names::kVoiceActivity);
  }
  if (has_server_content()) server_content();
  if (!m.cancelled_call_ids.empty() || has_unknown(names::kCancellation)) {
    open(names::kCancellation);
    to_.key("ids").open('[');
    for (const std::string_view id : m.cancelled_call_ids) to_.element().string(id);
    to_.close(']');
    close(names::kCancellation);
  }
  if (!m.function_calls.empty() || has_unknown(names::kToolCall)) {
    open(names::kToolCall);
    function_calls();
    close(names::kToolCall);
  }
  if (m.usage) usage(*m.usage);
  if (m.go_away_time_left || has_unknown(names::kGoAway)) {
    open(names::kGoAway);
    if (m.go_away_time_left && m.go_away_time_left->count() > 0) {
      const std::int64_t ms = m.go_away_time_left->count();
      std::string seconds = std::to_string(ms / 1000);
      // As the service does: no fraction, or three digits of it.
      if (ms % 1000 != 0) seconds += '.' + std::to_string(1000 + ms % 1000).substr(1);
      text("timeLeft", seconds + 's');
    }
    close(names::kGoAway);
  }
  unknown("");
  to_.close('}');
}

bool ServerWriter::has_server_content() const {
  const ServerMessage& m = message_;
  return m.interrupted || m.generation_complete || m.turn_complete || m.waiting_for_input ||
         m.input_transcription || m.interim_input_transcription || m.output_transcription ||
         !m.media.empty() || !m.text.empty() || !m.thoughts.empty() ||
         !m.turn_complete_reason.empty() || !m.interaction_status.empty() ||
         has_unknown(names::kServerContent);
}

void ServerWriter::server_content() {
  const ServerMessage& m = message_;
  open(names::kServerContent);
  transcription(names::kInputTranscription, m.input_transcription);
  transcription(names::kInterimTranscription, m.interim_input_transcription);
  flag("interrupted", m.interrupted);
  if (!m.media.empty() || !m.text.empty() || !m.thoughts.empty() ||
      has_unknown(names::kModelTurn)) {
    model_turn();
  }
  transcription(names::kOutputTranscription, m.output_transcription);
  flag("generationComplete", m.generation_complete);
  flag("turnComplete", m.turn_complete);
  flag("waitingForInput", m.waiting_for_input);
  text("turnCompleteReason", m.turn_complete_reason);
  text("interactionStatus", m.interaction_status);
  close(names::kServerContent);
}

void ServerWriter::model_turn() {
  open(names::kModelTurn);
  to_.key("parts").open('[');
  for (const std::string_view thought : message_.thoughts) {
    to_.element().open('{');
    to_.key("text").string(thought);
    flag("thought", true);
    to_.close('}');
  }
  for (const InlineData& media : message_.media) {
    to_.element().open('{');
    to_.key("inlineData").open('{');
    text("mimeType", media.mime_type);
    text("data", media.base64);
    to_.close('}');
    to_.close('}');
  }
  for (const std::string_view words : message_.text) {
    to_.element().open('{');
    to_.key("text").string(words);
    to_.close('}');
  }
  for (const UnknownMember& member : message_.unknown) {
    if (member.path != names::kParts) continue;
    to_.element().open('{');
    to_.key(member.key).raw(member.json);
    to_.close('}');
  }
  to_.close(']');
  close(names::kModelTurn);
}

void ServerWriter::transcription(std::string_view path,
                                 const std::optional<Transcription>& transcription) {
  if (!transcription && !has_unknown(path)) return;
  open(path);
  if (transcription) {
    text("text", transcription->text);
    flag("finished", transcription->finished);
  }
  close(path);
}

void ServerWriter::function_calls() {
  if (message_.function_calls.empty()) return;
  to_.key("functionCalls").open('[');
  for (std::size_t i = 0; i < message_.function_calls.size(); ++i) {
    const FunctionCall& call = message_.function_calls[i];
    to_.element().open('{');
    text("id", call.id);
    text("name", call.name);
    to_.key("args").raw(call.args_json.empty() ? "{}" : call.args_json);
    if (!message_.unknown.empty()) unknown(names::function_call_path(i));
    to_.close('}');
  }
  to_.close(']');
}

void ServerWriter::usage(const Usage& usage) {
  to_.key(names::kUsage);
  if (!usage.json.empty()) return to_.raw(usage.json);
  to_.open('{');
  number("promptTokenCount", usage.prompt_tokens);
  number("responseTokenCount", usage.response_tokens);
  number("totalTokenCount", usage.total_tokens);
  to_.close('}');
}

// The three that follow leave a default value out, as proto3 JSON does.
void ServerWriter::flag(std::string_view key, bool value) {
  if (value) to_.key(key).boolean(true);
}

void ServerWriter::text(std::string_view key, std::string_view value) {
  if (!value.empty()) to_.key(key).string(value);
}

void ServerWriter::number(std::string_view key, std::int64_t value) {
  if (value != 0) to_.key(key).number(value);
}

void ServerWriter::unknown(std::string_view path) {
  for (const UnknownMember& member : message_.unknown) {
    if (member.path == path) to_.key(member.key).raw(member.json);
  }
}

bool ServerWriter::has_unknown(std::string_view path) const {
  for (const UnknownMember& member : message_.unknown) {
    if (!member.path.starts_with(path)) continue;
    if (member.path.size() == path.size() || member.path[path.size()] == '.') return true;
  }
  return false;
}

void ServerWriter::open(std::string_view path) {
  to_.key(path.substr(path.rfind('.') + 1)).open('{');  // npos + 1 is 0
}

void ServerWriter::close(std::string_view path) {
  unknown(path);
  to_.close('}');
}

void append_blob(Writer& to, std::string_view key, std::string_view mime_type,
                 std::string_view base64) {
  to.key(key).open('{');
  to.key("mimeType").string(mime_type);
  to.key("data").string(base64);
  to.close('}');
}

}  // namespace

void append_realtime_audio(std::string& out, std::span<const std::int16_t> samples, int rate_hz) {
  append_audio(out, R"({"realtimeInput":{"audio":{"mimeType":"audio/pcm;rate=)", R"(","data":")",
               R"("}}})", samples, rate_hz);
}

void append_server_audio(std::string& out, std::span<const std::int16_t> samples, int rate_hz) {
  constexpr std::string_view kPrefix = R"({
  "serverContent": {
    "modelTurn": {
      "parts": [
        {
          "inlineData": {
            "mimeType": "audio/pcm;rate=)";
  append_audio(out, kPrefix, kAudioMiddle, kAudioSuffix, samples, rate_hz);
}

void append_vertex_audio(std::string& out, std::span<const std::int16_t> samples) {
  constexpr std::string_view kPrefix = R"({
  "serverContent": {
    "modelTurn": {
      "role": "model",
      "parts": [
        {
          "inlineData": {
            "mimeType": "audio/pcm)";
  append_audio(out, kPrefix, kAudioMiddle, kAudioSuffix, samples, 0);
}

void append_realtime_image(std::string& out, std::string_view mime_type, std::string_view base64) {
  Writer to(out, Layout::compact);
  to.open('{');
  to.key("realtimeInput").open('{');
  append_blob(to, "video", mime_type, base64);
  to.close('}');
  to.close('}');
}

void append_realtime_text(std::string& out, std::string_view text) {
  out += R"({"realtimeInput":{"text":)";
  append_json_string(out, text);
  out += "}}";
}

void append_activity_start(std::string& out) { out += R"({"realtimeInput":{"activityStart":{}}})"; }

void append_activity_end(std::string& out) { out += R"({"realtimeInput":{"activityEnd":{}}})"; }

void append_audio_stream_end(std::string& out) {
  out += R"({"realtimeInput":{"audioStreamEnd":true}})";
}

void append_client_text(std::string& out, std::string_view role, std::string_view text,
                        bool turn_complete) {
  const ContentLine line{role, text};
  append_client_content(out, {&line, 1}, turn_complete);
}

void append_client_content(std::string& out, std::span<const ContentLine> lines,
                           bool turn_complete) {
  Writer to(out, Layout::compact);
  to.open('{');
  to.key("clientContent").open('{');
  if (!lines.empty()) to.key("turns").open('[');
  for (const ContentLine& line : lines) {
    to.element().open('{');
    if (!line.role.empty()) to.key("role").string(line.role);
    to.key("parts").open('[');
    to.element().open('{');
    to.key("text").string(line.text);
    to.close('}');
    to.close(']');
    to.close('}');
  }
  if (!lines.empty()) to.close(']');
  to.key("turnComplete").boolean(turn_complete);
  to.close('}');
  to.close('}');
}

void append_tool_response(std::string& out, const FunctionResponse& response) {
  Writer to(out, Layout::compact);
  to.open('{');
  to.key("toolResponse").open('{');
  to.key("functionResponses").open('[');
  to.element().open('{');
  if (!response.id.empty()) to.key("id").string(response.id);
  to.key("name").string(response.name);
  to.key("response").raw(response.response_json.empty() ? "{}" : response.response_json);
  if (!response.scheduling.empty()) to.key("scheduling").string(response.scheduling);
  if (response.will_continue) to.key("willContinue").boolean(true);
  to.close('}');
  to.close(']');
  to.close('}');
  to.close('}');
}

void append_context_update(std::string& out, std::optional<std::string_view> instruction,
                           std::string_view tools_json) {
  Writer to(out, Layout::compact);
  to.open('{');
  to.key("contextUpdate").open('{');
  if (instruction) {
    to.key("systemInstruction").open('{');
    to.key("parts").open('[');
    to.element().open('{');
    to.key("text").string(*instruction);
    to.close('}');
    to.close(']');
    to.close('}');
  }
  if (!tools_json.empty()) {
    to.key("tools").open('{');
    to.key("tools").raw(tools_json);
    to.close('}');
  }
  to.close('}');
  to.close('}');
}

void append_server_message(std::string& out, const ServerMessage& message) {
  ServerWriter(out, message).write();
  out += '\n';
}

}  // namespace livegate::proto
