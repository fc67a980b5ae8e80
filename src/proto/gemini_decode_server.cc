#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <limits>
#include <utility>

#include "base/limits.h"
#include "proto/gemini_decoder_impl.h"
#include "proto/gemini_names.h"

namespace livegate::proto {
namespace {

using json::At;
using json::same_name;
using json::Value;

constexpr std::string_view kActivityNames[] = {"TYPE_UNSPECIFIED", "ACTIVITY_START",
                                               "ACTIVITY_END"};

// One server message being read. Every known member is looked at wherever it stands; several share
// one message, and a member that comes twice counts as its last (lists: as both).
class ServerReader {
 public:
  ServerReader(json::Reader& in, ServerMessage& out, std::deque<std::string>& paths)
      : in_(in), out_(out), paths_(paths) {}

  bool top(std::string_view key, Value& value);

 private:
  bool setup_complete(Value& value);
  bool server_content(Value& value);
  bool content_flag(std::string_view key, Value& value, bool& known);
  bool model_turn(Value& value);
  bool part(Value& value);
  bool inline_data(Value& value);
  bool transcription(Value& value, std::string_view path, std::optional<Transcription>& out);
  bool tool_call(Value& value);
  bool function_call(Value& value);
  bool cancellation(Value& value);
  bool resumption(Value& value);
  bool voice_activity(Value& value);
  bool usage(Value& value);
  bool tokens(Value& value, std::int64_t& out);
  bool modalities(Value& value, ModalityTokens& out);
  bool go_away(Value& value);
  bool unknown(std::string_view path, std::string_view key, Value& value);

  template <class T>
  bool add(std::vector<T>& list, T item) {
    if (list.size() >= limits::kMessageItemsMax) return in_.bad_value("TYPE_LIST");
    list.push_back(item);
    return true;
  }

  json::Reader& in_;
  ServerMessage& out_;
  std::deque<std::string>& paths_;
};

bool ServerReader::top(std::string_view key, Value& value) {
  using Read = bool (ServerReader::*)(Value&);
  static constexpr std::pair<std::string_view, Read> kMessages[] = {
      {names::kServerContent, &ServerReader::server_content},
      {names::kSetupComplete, &ServerReader::setup_complete},
      {names::kToolCall, &ServerReader::tool_call},
      {names::kCancellation, &ServerReader::cancellation},
      {names::kUsage, &ServerReader::usage},
      {names::kGoAway, &ServerReader::go_away},
      {names::kResumption, &ServerReader::resumption},
      {names::kVoiceActivity, &ServerReader::voice_activity},
  };
  for (const auto& [name, read] : kMessages) {
    if (!same_name(key, name)) continue;
    const At at(in_, name);
    return (this->*read)(value);
  }
  return unknown("", key, value);
}

bool ServerReader::setup_complete(Value& value) {
  out_.setup_complete = true;
  return in_.object(value, [this](std::string_view key, Value& member) {
    if (!same_name(key, "sessionId")) return unknown(names::kSetupComplete, key, member);
    const At at(in_, "sessionId");
    return in_.string(member, out_.session_id);
  });
}

bool ServerReader::content_flag(std::string_view key, Value& value, bool& known) {
  static constexpr std::pair<std::string_view, bool ServerMessage::*> kFlags[] = {
      {"turnComplete", &ServerMessage::turn_complete},
      {"generationComplete", &ServerMessage::generation_complete},
      {"interrupted", &ServerMessage::interrupted},
      {"waitingForInput", &ServerMessage::waiting_for_input},
  };
  for (const auto& [name, flag] : kFlags) {
    if (!same_name(key, name)) continue;
    known = true;
    const At at(in_, name);
    return in_.boolean(value, out_.*flag);
  }
  return true;
}

bool ServerReader::server_content(Value& value) {
  return in_.object(value, [this](std::string_view key, Value& member) {
    if (same_name(key, "modelTurn")) return model_turn(member);
    if (same_name(key, "outputTranscription")) {
      return transcription(member, names::kOutputTranscription, out_.output_transcription);
    }
    if (same_name(key, "inputTranscription")) {
      return transcription(member, names::kInputTranscription, out_.input_transcription);
    }
    if (same_name(key, "interimInputTranscription")) {
      return transcription(member, names::kInterimTranscription, out_.interim_input_transcription);
    }
    bool known = false;
    if (!content_flag(key, member, known)) return false;
    if (known) return true;
    if (same_name(key, "turnCompleteReason")) {
      const At at(in_, "turnCompleteReason");
      return in_.name(member, {}, out_.turn_complete_reason);
    }
    if (same_name(key, "interactionStatus")) {
      const At at(in_, "interactionStatus");
      return in_.name(member, {}, out_.interaction_status);
    }
    return unknown(names::kServerContent, key, member);
  });
}

bool ServerReader::model_turn(Value& value) {
  const At at(in_, "modelTurn");
  return in_.object(value, [this](std::string_view key, Value& member) {
    if (!same_name(key, "parts")) return unknown(names::kModelTurn, key, member);
    const At parts(in_, "parts");
    return in_.array(member, [this](std::size_t, Value& element) { return part(element); });
  });
}

// What is unknown in a part is carried as a part of its own, as the service itself sends thought
// signatures.
bool ServerReader::part(Value& value) {
  std::optional<std::string_view> text;
  bool thought = false;
  const bool read = in_.object(value, [&](std::string_view key, Value& member) {
    if (same_name(key, "inlineData")) return inline_data(member);
    if (key == "text") {
      const At at(in_, "text");
      return in_.string(member, text.emplace());
    }
    if (key == "thought") {
      const At at(in_, "thought");
      return in_.boolean(member, thought);
    }
    return unknown(names::kParts, key, member);
  });
  if (!read) return false;
  return !text || add(thought ? out_.thoughts : out_.text, *text);
}

bool ServerReader::inline_data(Value& value) {
  const At at(in_, "inlineData");
  InlineData media;
  const bool read = in_.object(value, [&](std::string_view key, Value& member) {
    if (key == "data") {
      const At data(in_, "data");
      return in_.base64(member, media.base64);
    }
    if (same_name(key, "mimeType")) {
      const At mime(in_, "mimeType");
      return in_.string(member, media.mime_type);
    }
    std::string_view nothing_for_us;  // a display name
    return in_.raw(member, nothing_for_us);
  });
  return read && add(out_.media, media);
}

bool ServerReader::transcription(Value& value, std::string_view path,
                                 std::optional<Transcription>& out) {
  const At at(in_, path.substr(path.rfind('.') + 1));
  out.emplace();
  return in_.object(value, [&](std::string_view key, Value& member) {
    if (key == "text") {
      const At text(in_, "text");
      return in_.string(member, out->text);
    }
    if (key == "finished") {
      const At finished(in_, "finished");
      return in_.boolean(member, out->finished);
    }
    return unknown(path, key, member);
  });
}

bool ServerReader::tool_call(Value& value) {
  return in_.object(value, [this](std::string_view key, Value& member) {
    if (!same_name(key, "functionCalls")) return unknown(names::kToolCall, key, member);
    const At at(in_, "functionCalls");
    return in_.array(member, [this](std::size_t, Value& call) { return function_call(call); });
  });
}

bool ServerReader::function_call(Value& value) {
  FunctionCall call{.id = {}, .name = {}, .args_json = "{}"};
  std::string_view path;
  const bool read = in_.object(value, [&](std::string_view key, Value& member) {
    if (key == "id") {
      const At at(in_, "id");
      return in_.string(member, call.id);
    }
    if (key == "name") {
      const At at(in_, "name");
      return in_.string(member, call.name);
    }
    if (key == "args") {
      const At at(in_, "args");
      return in_.raw_object(member, call.args_json);
    }
    if (path.empty()) {
      paths_.push_back(names::function_call_path(out_.function_calls.size()));
      path = paths_.back();
    }
    return unknown(path, key, member);
  });
  return read && add(out_.function_calls, call);
}

bool ServerReader::cancellation(Value& value) {
  return in_.object(value, [this](std::string_view key, Value& member) {
    if (key != "ids") return unknown(names::kCancellation, key, member);
    const At at(in_, "ids");
    return in_.array(member, [this](std::size_t, Value& element) {
      std::string_view id;
      return in_.string(element, id) && add(out_.cancelled_call_ids, id);
    });
  });
}

bool ServerReader::resumption(Value& value) {
  ResumptionUpdate& update = out_.resumption.emplace();
  return in_.object(value, [&](std::string_view key, Value& member) {
    if (same_name(key, "newHandle")) {
      const At at(in_, "newHandle");
      return in_.string(member, update.handle);
    }
    if (key == "resumable") {
      const At at(in_, "resumable");
      return in_.boolean(member, update.resumable);
    }
    return unknown(names::kResumption, key, member);
  });
}

bool ServerReader::voice_activity(Value& value) {
  return in_.object(value, [this](std::string_view key, Value& member) {
    // The wire says `type`; the SDKs' types, and so some servers, say voiceActivityType.
    if (key != "type" && !same_name(key, "voiceActivityType")) {
      return unknown(names::kVoiceActivity, key, member);
    }
    const At at(in_, "type");
    std::string_view json;
    std::string_view type;
    if (!in_.raw(member, json) || !in_.name(member, kActivityNames, type)) return false;
    if (type == "ACTIVITY_START") {
      out_.activity = ActivityType::start;
    } else if (type == "ACTIVITY_END") {
      out_.activity = ActivityType::end;
    } else {
      return add(out_.unknown, {.path = names::kVoiceActivity, .key = "type", .json = json});
    }
    return true;
  });
}

// A reply is not lost over a figure beside it: a number that is none counts as 0.
bool ServerReader::tokens(Value& value, std::int64_t& out) {
  std::string_view json;
  if (!in_.raw(value, json)) return false;
  if (json.size() >= 2 && json.front() == '"') json = json.substr(1, json.size() - 2);
  const bool negative = json.starts_with('-');
  const auto [end, code] = std::from_chars(json.data(), json.data() + json.size(), out);
  if (code == std::errc::result_out_of_range) {
    out = negative ? std::numeric_limits<std::int64_t>::min()
                   : std::numeric_limits<std::int64_t>::max();
  } else if (code != std::errc()) {
    out = 0;
  } else if (end != json.data() + json.size()) {
    double real = 0;  // 31.0 and 1e3 are whole numbers, too
    std::from_chars(json.data(), json.data() + json.size(), real);
    out = static_cast<std::int64_t>(std::clamp(real, -1e15, 1e15));
  }
  return true;
}

bool ServerReader::modalities(Value& value, ModalityTokens& out) {
  return in_.array(value, [&](std::size_t, Value& item) {
    std::string_view modality;
    std::int64_t count = 0;
    const bool read = in_.object(item, [&](std::string_view key, Value& member) {
      if (same_name(key, "modality")) return in_.raw(member, modality);
      if (same_name(key, "tokenCount")) return tokens(member, count);
      return true;
    });
    if (!read) return false;
    std::int64_t* const kind =
        modality == R"("TEXT")"    ? &out.text
        : modality == R"("AUDIO")" ? &out.audio
        : modality == R"("IMAGE")" || modality == R"("VIDEO")" || modality == R"("DOCUMENT")"
            ? &out.visual
            : &out.other;
    constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max() / 2;
    *kind = std::min(*kind, kMost) + std::clamp<std::int64_t>(count, 0, kMost);
    return true;
  });
}

bool ServerReader::usage(Value& value) {
  Usage& usage = out_.usage.emplace();
  std::int64_t candidates = 0;
  const bool read = in_.object_and_raw(value, usage.json, [&](std::string_view key, Value& member) {
    if (same_name(key, "promptTokenCount")) return tokens(member, usage.prompt_tokens);
    if (same_name(key, "totalTokenCount")) return tokens(member, usage.total_tokens);
    if (same_name(key, "responseTokenCount")) return tokens(member, usage.response_tokens);
    if (same_name(key, "candidatesTokenCount")) return tokens(member, candidates);
    if (same_name(key, "thoughtsTokenCount")) return tokens(member, usage.thoughts_tokens);
    if (same_name(key, "toolUsePromptTokenCount")) return tokens(member, usage.tool_use_tokens);
    if (same_name(key, "promptTokensDetails")) return modalities(member, usage.prompt_by);
    if (same_name(key, "responseTokensDetails") || same_name(key, "candidatesTokensDetails"))
      return modalities(member, usage.response_by);
    return true;  // the rest is in usage.json, which has been checked as a whole
  });
  if (usage.response_tokens == 0) usage.response_tokens = candidates;
  return read;
}

bool ServerReader::go_away(Value& value) {
  std::chrono::milliseconds& left = out_.go_away_time_left.emplace(0);
  return in_.object(value, [&](std::string_view key, Value& member) {
    if (!same_name(key, "timeLeft")) return unknown(names::kGoAway, key, member);
    const At at(in_, "timeLeft");
    return in_.duration(member, left);
  });
}

bool ServerReader::unknown(std::string_view path, std::string_view key, Value& value) {
  UnknownMember member{.path = path, .key = key, .json = {}};
  return in_.raw(value, member.json) && add(out_.unknown, member);
}

}  // namespace

void ServerMessage::clear() {
  setup_complete = interrupted = generation_complete = turn_complete = waiting_for_input = false;
  session_id = turn_complete_reason = interaction_status = {};
  resumption.reset();
  activity.reset();
  input_transcription.reset();
  interim_input_transcription.reset();
  media.clear();
  text.clear();
  thoughts.clear();
  output_transcription.reset();
  cancelled_call_ids.clear();
  function_calls.clear();
  usage.reset();
  go_away_time_left.reset();
  unknown.clear();
}

GeminiDecoder::GeminiDecoder() : impl_(std::make_unique<Impl>()) {}
GeminiDecoder::~GeminiDecoder() = default;
GeminiDecoder::GeminiDecoder(GeminiDecoder&&) noexcept = default;
GeminiDecoder& GeminiDecoder::operator=(GeminiDecoder&&) noexcept = default;

Result<Done, WireError> GeminiDecoder::decode_server(PaddedText message, ServerMessage& out) {
  out.clear();
  impl_->paths.clear();
  ServerReader reader(impl_->reader, out, impl_->paths);
  const bool read = impl_->reader.root(
      message, [&](std::string_view key, Value& value) { return reader.top(key, value); });
  if (!read) return Unexpected{impl_->reader.error()};
  return Done{};
}

}  // namespace livegate::proto
