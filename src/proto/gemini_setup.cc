#include "proto/gemini_setup.h"

#include <initializer_list>
#include <span>

#include "base/check.h"
#include "proto/gemini_names.h"
#include "proto/json_object.h"
#include "proto/json_text.h"

namespace livegate::proto {
namespace {

using json::JsonObject;
using json::Reader;
using json::Value;

// The Vertex documentation writes modalities in lower case.
std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return out;
}

bool own(Reader& in, Value& value, std::string& out) {
  std::string_view text;
  if (!in.string(value, text)) return false;
  out = text;
  return true;
}

bool read_speech(Reader& in, Value& value, Setup& out) {
  return in.object(value, [&](std::string_view key, Value& member) {
    if (key == "languageCode") return own(in, member, out.language_code);
    if (key != "voiceConfig") return true;
    return in.object(member, [&](std::string_view kind, Value& voice) {
      if (kind != "prebuiltVoiceConfig") return true;
      return in.object(voice, [&](std::string_view field, Value& name) {
        return field != "voiceName" || own(in, name, out.voice);
      });
    });
  });
}

bool read_generation(Reader& in, Value& value, Setup& out) {
  return in.object(value, [&](std::string_view key, Value& member) {
    if (key == "speechConfig") return read_speech(in, member, out);
    if (key != "responseModalities") return true;
    out.response_modalities.clear();
    return in.array(member, [&](std::size_t, Value& element) {
      std::string_view modality;
      if (!in.name(element, names::kModalities, modality)) return false;
      out.response_modalities.push_back(upper(modality));
      return true;
    });
  });
}

bool read_detection(Reader& in, Value& value, ActivityDetection& out) {
  out = {};
  return in.object(value, [&](std::string_view key, Value& member) {
    if (key == "disabled") return in.boolean(member, out.disabled);
    if (key == "prefixPaddingMs") return in.int32(member, out.prefix_padding_ms.emplace());
    if (key == "silenceDurationMs") return in.int32(member, out.silence_duration_ms.emplace());
    std::string_view name;
    if (key == "startOfSpeechSensitivity") {
      if (!in.name(member, names::kStartSensitivities, name)) return false;
      out.start_sensitivity = name;
    }
    if (key == "endOfSpeechSensitivity") {
      if (!in.name(member, names::kEndSensitivities, name)) return false;
      out.end_sensitivity = name;
    }
    return true;
  });
}

bool read_realtime(Reader& in, Value& value, Setup& out) {
  return in.object(value, [&](std::string_view key, Value& member) {
    if (key == "automaticActivityDetection") {
      return read_detection(in, member, out.activity_detection);
    }
    std::string_view name;
    if (key == "turnCoverage") {
      if (!in.name(member, names::kTurnCoverages, name)) return false;
      out.turn_coverage = name;
      return true;
    }
    if (key != "activityHandling") return true;
    if (!in.name(member, names::kActivityHandlings, name)) return false;
    out.activity_handling = name == "NO_INTERRUPTION" ? ActivityHandling::no_interruption
                                                      : ActivityHandling::interrupts;
    return true;
  });
}

std::string json_string(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

std::string digits(int number) { return std::to_string(number); }

// Sets, or without `json` removes, the value at `path`.
void put(JsonObject& object, std::span<const std::string_view> path, const std::string* json) {
  if (path.size() > 1) {
    const std::string* const inner = object.find(path.front());
    if (inner == nullptr && json == nullptr) return;
    JsonObject child(inner == nullptr ? "{}" : *inner);
    put(child, path.subspan(1), json);
    object.set(path.front(), child.text());
  } else if (json != nullptr) {
    object.set(path.front(), *json);
  } else {
    object.remove(path.front());
  }
}

// Writes the settings that differ from what the document says, and nothing else: whatever stands
// around them stays.
class Overlay {
 public:
  explicit Overlay(JsonObject& document) : document_(document) {}

  using Path = std::initializer_list<std::string_view>;
  void set(Path path, const std::string& json) { put(document_, path, &json); }
  void remove(Path path) { put(document_, path, nullptr); }
  void text(const std::string& was, const std::string& now, Path path) {
    if (was == now) return;
    if (now.empty()) return remove(path);
    set(path, json_string(now));
  }
  void number(std::optional<int> was, std::optional<int> now, Path path) {
    if (was == now) return;
    if (!now) return remove(path);
    set(path, digits(*now));
  }
  void presence(bool was, bool now, std::string_view key) {
    if (was == now) return;
    if (!now) return remove({key});
    set({key}, "{}");
  }

 private:
  JsonObject& document_;
};

void overlay_detection(Overlay& to, const ActivityDetection& was, const ActivityDetection& now) {
  constexpr std::string_view kConfig = "realtimeInputConfig";
  constexpr std::string_view kDetection = "automaticActivityDetection";
  if (was.disabled != now.disabled) {
    to.set({kConfig, kDetection, "disabled"}, now.disabled ? "true" : "false");
  }
  to.number(was.prefix_padding_ms, now.prefix_padding_ms, {kConfig, kDetection, "prefixPaddingMs"});
  to.number(was.silence_duration_ms, now.silence_duration_ms,
            {kConfig, kDetection, "silenceDurationMs"});
  to.text(was.start_sensitivity, now.start_sensitivity,
          {kConfig, kDetection, "startOfSpeechSensitivity"});
  to.text(was.end_sensitivity, now.end_sensitivity,
          {kConfig, kDetection, "endOfSpeechSensitivity"});
}

std::string modalities_json(const std::vector<std::string>& modalities) {
  std::string out;
  json::Writer to(out, json::Layout::compact);
  to.open('[');
  for (const std::string& modality : modalities) to.element().string(modality);
  to.close(']');
  return out;
}

void overlay(Overlay& to, const Setup& was, const Setup& now) {
  to.text(was.model, now.model, {"model"});
  if (was.response_modalities != now.response_modalities) {
    to.set({"generationConfig", "responseModalities"}, modalities_json(now.response_modalities));
  }
  to.text(was.voice, now.voice,
          {"generationConfig", "speechConfig", "voiceConfig", "prebuiltVoiceConfig", "voiceName"});
  to.text(was.language_code, now.language_code,
          {"generationConfig", "speechConfig", "languageCode"});
  if (was.system_instruction != now.system_instruction) {
    if (now.system_instruction.empty()) {
      to.remove({"systemInstruction"});
    } else {
      to.set({"systemInstruction"},
             R"({"parts":[{"text":)" + json_string(now.system_instruction) + "}]}");
    }
  }
  if (was.tools_json != now.tools_json) {
    now.tools_json.empty() ? to.remove({"tools"}) : to.set({"tools"}, now.tools_json);
  }
  overlay_detection(to, was.activity_detection, now.activity_detection);
  if (was.activity_handling != now.activity_handling) {
    const bool interrupts = now.activity_handling == ActivityHandling::interrupts;
    to.set({"realtimeInputConfig", "activityHandling"},
           json_string(names::kActivityHandlings[interrupts ? 1 : 2]));
  }
  to.text(was.turn_coverage, now.turn_coverage, {"realtimeInputConfig", "turnCoverage"});
  to.presence(was.input_transcription, now.input_transcription, "inputAudioTranscription");
  to.presence(was.output_transcription, now.output_transcription, "outputAudioTranscription");
  if (was.initial_history != now.initial_history) {
    constexpr std::string_view kHistory = "historyConfig";
    now.initial_history ? to.set({kHistory, "initialHistoryInClientContent"}, "true")
                        : to.remove({kHistory});
  }
  if (!was.compression && now.compression) {
    to.set({"contextWindowCompression", "slidingWindow"}, "{}");
  }
  const bool resumption = now.resumption || !now.resumption_handle.empty();
  to.presence(was.resumption, resumption, "sessionResumption");
  if (resumption) {
    to.text(was.resumption_handle, now.resumption_handle, {"sessionResumption", "handle"});
  }
}

}  // namespace

bool read_texts(Reader& in, Value& content, std::string& out) {
  out.clear();
  bool first = true;
  return in.object(content, [&](std::string_view key, Value& member) {
    if (key != "parts") return true;
    return in.array(member, [&](std::size_t, Value& part) {
      return in.object(part, [&](std::string_view field, Value& text) {
        if (field != "text") return true;
        std::string_view words;
        if (!in.string(text, words)) return false;
        if (!first) out += '\n';
        first = false;
        out += words;
        return true;
      });
    });
  });
}

bool read_settings(Reader& in, PaddedText document, Setup& out) {
  return in.root(document, [&](std::string_view key, Value& value) {
    if (key == "model") return own(in, value, out.model);
    if (key == "generationConfig") return read_generation(in, value, out);
    if (key == "systemInstruction") return read_texts(in, value, out.system_instruction);
    if (key == "realtimeInputConfig") return read_realtime(in, value, out);
    if (key == "tools") {
      std::string_view tools;
      if (!in.raw(value, tools)) return false;
      out.tools_json = tools;
    }
    if (key == "inputAudioTranscription") out.input_transcription = true;
    if (key == "outputAudioTranscription") out.output_transcription = true;
    if (key == "contextWindowCompression") out.compression = true;
    if (key == "historyConfig") {
      return in.object(value, [&](std::string_view field, Value& flag) {
        return field != "initialHistoryInClientContent" || in.boolean(flag, out.initial_history);
      });
    }
    if (key != "sessionResumption") return true;
    out.resumption = true;
    out.resumption_handle.clear();
    return in.object(value, [&](std::string_view field, Value& handle) {
      return field != "handle" || own(in, handle, out.resumption_handle);
    });
  });
}

std::string setup_document(const Setup& setup) {
  JsonObject document(setup.document);
  const PaddedString said(document.text());  // with the last of members that came twice
  Setup was;
  Reader reader;
  LIVEGATE_CHECK(read_settings(reader, said.text(), was));
  Overlay to(document);
  overlay(to, was, setup);
  return document.text();
}

void append_setup(std::string& out, const Setup& setup) {
  out.append(R"({"setup":)").append(setup_document(setup)).append("}");
}

}  // namespace livegate::proto
