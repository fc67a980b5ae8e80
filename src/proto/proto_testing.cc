#include "proto/proto_testing.h"

#include <fstream>

#include "base/check.h"

namespace livegate::proto::testing {
namespace {

class Line {
 public:
  Line& add(std::string_view fact) {
    if (!text_.empty()) text_ += "; ";
    append(fact);
    return *this;
  }
  Line& add_if(bool present, std::string_view fact) { return present ? add(fact) : *this; }
  Line& add(std::string_view name, std::initializer_list<std::string_view> values) {
    add(name);
    text_ += '(';
    std::string_view comma;
    for (const std::string_view value : values) {
      text_ += comma;
      append(value);
      comma = ", ";
    }
    text_ += ')';
    return *this;
  }
  [[nodiscard]] std::string text() && { return std::move(text_); }

 private:
  void append(std::string_view text) {
    for (const char c : text) c == '\n' ? text_ += "\\n" : text_ += c;
  }

  std::string text_;
};

void add_transcription(Line& line, std::string_view name,
                       const std::optional<Transcription>& transcription) {
  if (!transcription) return;
  line.add(name, {transcription->text});
  line.add_if(transcription->finished, "finished");
}

void add_media(Line& line, std::string_view name, const std::vector<InlineData>& media) {
  for (const InlineData& item : media) line.add(name, {item.mime_type, item.base64});
}

std::string_view yes(bool flag) { return flag ? "yes" : "no"; }

std::string_view number_or_blank(std::string& buffer, std::optional<int> number) {
  buffer = number ? std::to_string(*number) : "";
  return buffer;
}

}  // namespace

std::string facts(const ServerMessage& m) {
  Line line;
  line.add_if(m.setup_complete, "setup_complete");
  if (!m.session_id.empty()) line.add("session", {m.session_id});
  if (m.resumption) line.add("resumption", {m.resumption->handle, yes(m.resumption->resumable)});
  if (m.activity) line.add(*m.activity == ActivityType::start ? "activity_start" : "activity_end");
  add_transcription(line, "in", m.input_transcription);
  add_transcription(line, "interim", m.interim_input_transcription);
  line.add_if(m.interrupted, "interrupted");
  add_media(line, "media", m.media);
  for (const std::string_view text : m.text) line.add("text", {text});
  for (const std::string_view thought : m.thoughts) line.add("thought", {thought});
  add_transcription(line, "out", m.output_transcription);
  for (const std::string_view id : m.cancelled_call_ids) line.add("cancel", {id});
  for (const FunctionCall& call : m.function_calls) {
    line.add("call", {call.id, call.name, call.args_json});
  }
  line.add_if(m.generation_complete, "generation_complete");
  line.add_if(m.turn_complete, "turn_complete");
  line.add_if(m.waiting_for_input, "waiting");
  if (!m.turn_complete_reason.empty()) line.add("reason", {m.turn_complete_reason});
  if (!m.interaction_status.empty()) line.add("status", {m.interaction_status});
  if (m.usage) {
    line.add("usage",
             {std::to_string(m.usage->prompt_tokens), std::to_string(m.usage->response_tokens),
              std::to_string(m.usage->total_tokens), m.usage->json});
  }
  if (m.go_away_time_left) {
    line.add("go_away_ms", {std::to_string(m.go_away_time_left->count())});
  }
  for (const UnknownMember& member : m.unknown) {
    line.add("unknown", {member.path, member.key, member.json});
  }
  std::string text = std::move(line).text();
  return text.empty() ? "nothing" : text;
}

std::string facts(const Setup& setup) {
  Line line;
  std::string prefix;
  std::string silence;
  if (!setup.model.empty()) line.add("model", {setup.model});
  for (const std::string& modality : setup.response_modalities) line.add("modality", {modality});
  if (!setup.voice.empty()) line.add("voice", {setup.voice});
  if (!setup.language_code.empty()) line.add("language", {setup.language_code});
  if (!setup.system_instruction.empty()) line.add("instruction", {setup.system_instruction});
  if (!setup.tools_json.empty()) line.add("tools", {setup.tools_json});
  const ActivityDetection& detection = setup.activity_detection;
  if (detection != ActivityDetection{}) {
    line.add("detection", {detection.disabled ? "off" : "on",
                           number_or_blank(prefix, detection.prefix_padding_ms),
                           number_or_blank(silence, detection.silence_duration_ms),
                           detection.start_sensitivity, detection.end_sensitivity});
  }
  line.add_if(setup.activity_handling == ActivityHandling::no_interruption, "no_interruption");
  if (!setup.turn_coverage.empty()) line.add("coverage", {setup.turn_coverage});
  line.add_if(setup.input_transcription, "input_transcription");
  line.add_if(setup.output_transcription, "output_transcription");
  if (setup.resumption) line.add("resumption", {setup.resumption_handle});
  line.add("document", {setup.document});
  return std::move(line).text();
}

std::string facts(const ClientMessage& m) {
  Line line;
  std::string text;
  switch (m.kind) {
    case ClientKind::setup:
      return "setup: " + facts(m.setup);
    case ClientKind::realtime_input: {
      const RealtimeInput& input = m.realtime_input;
      add_media(line, "audio", input.audio);
      add_media(line, "video", input.video);
      if (input.text) line.add("text", {*input.text});
      line.add_if(input.activity_start, "activity_start");
      line.add_if(input.activity_end, "activity_end");
      line.add_if(input.audio_stream_end, "audio_stream_end");
      text = std::move(line).text();
      return text.empty() ? "realtime" : "realtime: " + text;
    }
    case ClientKind::client_content:
      line.add("text", {m.client_content.text});
      line.add_if(m.client_content.turn_complete, "turn_complete");
      line.add("json", {m.client_content.json});
      return "content: " + std::move(line).text();
    case ClientKind::tool_response:
      for (const FunctionResponse& response : m.function_responses) {
        line.add("response", {response.id, response.name, response.response_json});
        if (!response.scheduling.empty()) line.add("scheduling", {response.scheduling});
      }
      return "tools: " + std::move(line).text();
    case ClientKind::context_update:
      break;
  }
  line.add("json", {m.context_update_json});
  if (!m.context_update_tools_json.empty()) line.add("tools", {m.context_update_tools_json});
  if (m.context_update_instruction) line.add("instruction", {*m.context_update_instruction});
  return "context: " + std::move(line).text();
}

std::vector<std::string> read_lines(const std::string& path) {
  std::ifstream file(path);
  LIVEGATE_CHECK(file.is_open());
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

std::vector<Vector> read_vectors(const std::string& path) {
  std::vector<Vector> vectors;
  for (const std::string& line : read_lines(path)) {
    if (line == "<") vectors.push_back({"", ""});
    if (line.starts_with("< ")) vectors.push_back({line.substr(2), ""});
    if (line.starts_with("= ") || line.starts_with("! ")) {
      LIVEGATE_CHECK(!vectors.empty() && vectors.back().expected.empty());
      vectors.back().expected = line;
    }
  }
  for (const Vector& vector : vectors) LIVEGATE_CHECK(!vector.expected.empty());
  return vectors;
}

}  // namespace livegate::proto::testing
