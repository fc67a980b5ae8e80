#include "proto/model_profile.h"

#include <algorithm>
#include <array>

#include "base/limits.h"
#include "base/padded_text.h"
#include "proto/json_object.h"
#include "proto/json_reader.h"
#include "proto/json_text.h"

namespace livegate::proto {
namespace {

using json::Reader;
using json::Value;

constexpr std::string_view kNoText =
    "The requested combination of response modalities (TEXT) is not supported by the model";
constexpr std::string_view kNoTextBefore3 = "Cannot extract voices from a non-audio request";

constexpr ModelProfile kLive38{.id = "gemini-3.8-live",
                               .voice_activity = true,
                               .pace = Pace::burst,
                               .starvation = 2000ms,
                               .first_audio_patience = 3500ms,
                               .first_audio_patience_min = 500ms,
                               .empty_frames = true,
                               .takes_thinking = false,
                               .text_refusal = kNoText};

constexpr ModelProfile kThinking38{.id = "gemini-3.8-live-extended-thinking",
                                   .marks_refused = false,
                                   .voice_activity = true,
                                   .idle_by_status = true,
                                   .empty_frames = true,
                                   .tools = ToolUse::non_blocking_only,
                                   .takes_scheduling = false,
                                   .takes_will_continue = false,
                                   .thinking = Thinking::level_from_low,
                                   .text_refusal = kNoText};

constexpr ModelProfile kFlash31{.id = "gemini-3.1-flash-live-preview",
                                .stream_end_ends_turn = true,
                                .takes_silence_duration = false,
                                .voice_activity = true,
                                .pace = Pace::burst,
                                .starvation = 2000ms,
                                .first_audio_patience = 3500ms,
                                .first_audio_patience_min = 500ms,
                                .always_proactive = false,
                                .tools = ToolUse::blocking_only,
                                .takes_scheduling = false,
                                .thinking = Thinking::level,
                                .content_any_time = false,
                                .media_chunks = false,
                                .text_refusal = kNoText};

constexpr ModelProfile kTranslate{.id = "gemini-3.5-live-translate-*",
                                  .turns = false,
                                  .takes_tools = false,
                                  .takes_video = false,
                                  .text_refusal = kNoText};

constexpr ModelProfile kNative25{.id = "gemini-2.5-flash-native-audio-*",
                                 .stream_end_ends_turn = true,
                                 .coverage = TurnCoverage::only_activity,
                                 .pace = Pace::burst,
                                 .starvation = 2000ms,
                                 .first_audio_patience = 3500ms,
                                 .first_audio_patience_min = 500ms,
                                 .transcript = TranscriptPlace::ahead,
                                 .always_proactive = false,
                                 .blank_text_asks = false,
                                 .many_parts = false,
                                 .tools = ToolUse::blocking_unless_said,
                                 .call_ends_turn = false,
                                 .thinking = Thinking::budget,
                                 .affective_dialog = true,
                                 .text_refusal = kNoTextBefore3};

constexpr ModelProfile renamed(ModelProfile profile, std::string_view id) {
  profile.id = id;
  return profile;
}

constexpr std::array kProfiles = {
    kLive38,   kThinking38,
    kFlash31,  kTranslate,
    kNative25, renamed(kNative25, "gemini-live-2.5-flash-native-audio"),  // its name on Vertex
};

// The settings that profiles have rules about and that Setup does not type.
struct Untyped {
  std::string thinking_level;
  std::optional<bool> proactive_audio;
  bool affective_dialog = false;
};

bool read_untyped(Reader& in, PaddedText document, Untyped& out) {
  const auto generation = [&](std::string_view key, Value& value) {
    if (key == "enableAffectiveDialog") return in.boolean(value, out.affective_dialog);
    if (key != "thinkingConfig") return true;
    return in.object(value, [&](std::string_view field, Value& level) {
      std::string_view name;
      if (field != "thinkingLevel") return true;
      if (!in.name(level, {}, name)) return false;
      out.thinking_level = name;
      return true;
    });
  };
  return in.root(document, [&](std::string_view key, Value& value) {
    if (key == "generationConfig") return in.object(value, generation);
    if (key != "proactivity") return true;
    return in.object(value, [&](std::string_view field, Value& flag) {
      return field != "proactiveAudio" || in.boolean(flag, out.proactive_audio.emplace());
    });
  });
}

struct Function {
  std::string name;
  std::string behavior;  // BLOCKING, NON_BLOCKING, or empty
};

// The functions that an array of tools declares, in order; what is no declaration is left out.
std::vector<Function> functions_of(std::string_view tools_json) {
  std::vector<Function> found;
  if (tools_json.empty()) return found;
  static constexpr std::string_view kBehaviors[] = {"UNSPECIFIED", "BLOCKING", "NON_BLOCKING"};
  Reader in;
  const auto declaration = [&](std::size_t, Value& value) {
    Function& function = found.emplace_back();
    return in.object(value, [&](std::string_view key, Value& member) {
      std::string_view text;
      if (key == "name") {
        if (!in.string(member, text)) return false;
        function.name = text;
      } else if (key == "behavior") {
        if (!in.name(member, kBehaviors, text)) return false;
        function.behavior = text;
      }
      return true;
    });
  };
  const PaddedString text(R"({"tools":)" + std::string(tools_json) + "}");
  in.root(text.text(), [&](std::string_view, Value& tools) {
    return in.array(tools, [&](std::size_t, Value& tool) {
      return in.object(tool, [&](std::string_view key, Value& list) {
        return !json::same_name(key, "functionDeclarations") || in.array(list, declaration);
      });
    });
  });
  return found;
}

WireError refusal(std::string sentence) {
  json::cut_utf8(sentence, limits::kCloseReasonBytesMax);
  return {.close_code = 1007, .reason = std::move(sentence)};
}

bool speaks(const Setup& setup) {
  return std::ranges::all_of(setup.response_modalities, [](const std::string& modality) {
    return modality == "AUDIO" || modality == "VIDEO";  // an avatar's picture carries its voice
  });
}

}  // namespace

std::span<const ModelProfile> model_profiles() { return kProfiles; }

std::string_view bare_model_name(std::string_view model) {
  return model.substr(model.rfind('/') + 1);
}

const ModelProfile* find_model_profile(std::string_view model) {
  const std::string_view id = bare_model_name(model);
  const auto found = std::ranges::find_if(kProfiles, [id](const ModelProfile& profile) {
    if (!profile.id.ends_with('*')) return profile.id == id;
    return id.starts_with(profile.id.substr(0, profile.id.size() - 1));
  });
  return found == kProfiles.end() ? nullptr : &*found;
}

ModelProfile profile_of(std::string_view model) {
  const ModelProfile* const found = find_model_profile(model);
  return found == nullptr ? ModelProfile{} : *found;
}

std::optional<WireError> check_setup(const Setup& setup, const ModelProfile& profile) {
  if (!profile.known()) return std::nullopt;
  const std::string model(bare_model_name(setup.model));
  if (!speaks(setup)) {
    return refusal(std::string(profile.text_refusal) + ": ask for [\"AUDIO\"].");
  }
  if (!profile.takes_tools && !setup.tools_json.empty()) {
    return refusal("tools are not supported by " + model + ": leave them out.");
  }
  Untyped said;
  Reader in;
  const PaddedString document(setup.document);
  if (!read_untyped(in, document.text(), said)) return in.error();
  if (profile.thinking == Thinking::level_from_low && said.thinking_level == "MINIMAL") {
    return refusal("thinkingLevel MINIMAL is not supported by " + model +
                   ": use LOW, MEDIUM or HIGH.");
  }
  if (profile.always_proactive && said.proactive_audio == false) {
    return refusal("proactivity.proactiveAudio is always on for " + model + ": leave it out.");
  }
  if (!profile.affective_dialog && said.affective_dialog) {
    return refusal("enableAffectiveDialog is not supported by " + model + ": leave it out.");
  }
  if (profile.tools == ToolUse::non_blocking_only) {
    for (const Function& function : functions_of(setup.tools_json)) {
      if (function.behavior != "BLOCKING") continue;
      return refusal("behavior BLOCKING is not supported by " + model + ": use NON_BLOCKING in " +
                     function.name + ".");
    }
  }
  return std::nullopt;
}

std::vector<std::string> mend_setup(Setup& setup, const ModelProfile& profile) {
  std::vector<std::string> mended;
  if (profile.takes_thinking) return mended;
  json::JsonObject document(setup.document);
  const std::string* const generation = document.find("generationConfig");
  if (generation == nullptr || !generation->starts_with('{')) return mended;
  json::JsonObject config(*generation);
  if (config.find("thinkingConfig") == nullptr) return mended;
  config.remove("thinkingConfig");
  document.set("generationConfig", config.text());
  setup.document = document.text();
  mended.emplace_back("generationConfig.thinkingConfig");
  return mended;
}

std::vector<std::string> blocking_functions(std::string_view tools_json,
                                            const ModelProfile& profile) {
  std::vector<std::string> names;
  if (profile.tools == ToolUse::non_blocking_only) return names;
  for (Function& function : functions_of(tools_json)) {
    const bool blocks =
        profile.tools == ToolUse::blocking_only || function.behavior == "BLOCKING" ||
        (profile.tools == ToolUse::blocking_unless_said && function.behavior.empty());
    if (blocks) names.push_back(std::move(function.name));
  }
  return names;
}

}  // namespace livegate::proto
