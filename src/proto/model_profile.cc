#include "proto/model_profile.h"

#include <algorithm>
#include <array>

#include "base/limits.h"
#include "base/padded_text.h"
#include "proto/json_reader.h"
#include "proto/json_text.h"

namespace livegate::proto {
namespace {

using json::Reader;
using json::Value;

constexpr std::string_view kNoText =
    "The requested combination of response modalities (TEXT) is not supported by the model";
constexpr std::string_view kNoTextBefore3 = "Cannot extract voices from a non-audio request";

constexpr ModelProfile kNative25{.id = "gemini-2.5-flash-native-audio-*",
                                 .thinking = Thinking::budget,
                                 .tools = ToolUse::blocking_unless_said,
                                 .call_ends_turn = false,
                                 .always_proactive = false,
                                 .affective_dialog = true,
                                 .blank_text_asks = false,
                                 .many_parts = false,
                                 .keep_alives = false,
                                 .text_refusal = kNoTextBefore3,
                                 .coverage = TurnCoverage::only_activity};

constexpr ModelProfile renamed(ModelProfile profile, std::string_view id) {
  profile.id = id;
  return profile;
}

constexpr std::array kProfiles = {
    ModelProfile{.id = "gemini-3.8-live", .text_refusal = kNoText},
    ModelProfile{.id = "gemini-3.8-live-extended-thinking",
                 .thinking = Thinking::level_from_low,
                 .tools = ToolUse::non_blocking_only,
                 .scheduling = false,
                 .idle_by_status = true,
                 .text_refusal = kNoText},
    ModelProfile{.id = "gemini-3.1-flash-live-preview",
                 .thinking = Thinking::level,
                 .tools = ToolUse::blocking_only,
                 .scheduling = false,
                 .call_ends_turn = false,
                 .content_any_time = false,
                 .always_proactive = false,
                 .media_chunks = false,
                 .keep_alives = false,
                 .text_refusal = kNoText},
    kNative25,
    renamed(kNative25, "gemini-live-2.5-flash-native-audio"),  // its name on Vertex
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

// "gemini-3.8-live" of "models/gemini-3.8-live".
std::string_view bare(std::string_view model) { return model.substr(model.rfind('/') + 1); }

bool speaks(const Setup& setup) {
  return std::ranges::all_of(setup.response_modalities, [](const std::string& modality) {
    return modality == "AUDIO" || modality == "VIDEO";  // an avatar's picture carries its voice
  });
}

}  // namespace

std::span<const ModelProfile> model_profiles() { return kProfiles; }

const ModelProfile* find_model_profile(std::string_view model) {
  const std::string_view id = bare(model);
  const auto found = std::ranges::find_if(kProfiles, [id](const ModelProfile& profile) {
    if (!profile.id.ends_with('*')) return profile.id == id;
    return id.starts_with(profile.id.substr(0, profile.id.size() - 1));
  });
  return found == kProfiles.end() ? nullptr : &*found;
}

std::optional<WireError> check_setup(const Setup& setup) {
  const ModelProfile* const profile = find_model_profile(setup.model);
  if (profile == nullptr) return std::nullopt;
  const std::string model(bare(setup.model));
  if (!speaks(setup)) {
    return refusal(std::string(profile->text_refusal) + ": ask for [\"AUDIO\"].");
  }
  Untyped said;
  Reader in;
  const PaddedString document(setup.document);
  if (!read_untyped(in, document.text(), said)) return in.error();
  if (profile->thinking == Thinking::level_from_low && said.thinking_level == "MINIMAL") {
    return refusal("thinkingLevel MINIMAL is not supported by " + model +
                   ": use LOW, MEDIUM or HIGH.");
  }
  if (profile->always_proactive && said.proactive_audio == false) {
    return refusal("proactivity.proactiveAudio is always on for " + model + ": leave it out.");
  }
  if (!profile->affective_dialog && said.affective_dialog) {
    return refusal("enableAffectiveDialog is not supported by " + model + ": leave it out.");
  }
  if (profile->tools == ToolUse::non_blocking_only) {
    for (const Function& function : functions_of(setup.tools_json)) {
      if (function.behavior != "BLOCKING") continue;
      return refusal("behavior BLOCKING is not supported by " + model + ": use NON_BLOCKING in " +
                     function.name + ".");
    }
  }
  return std::nullopt;
}

std::vector<std::string> blocking_functions(std::string_view tools_json,
                                            const ModelProfile* profile) {
  const ToolUse use = profile == nullptr ? ToolUse::non_blocking_unless_said : profile->tools;
  std::vector<std::string> names;
  if (use == ToolUse::non_blocking_only) return names;
  for (Function& function : functions_of(tools_json)) {
    const bool blocks = use == ToolUse::blocking_only || function.behavior == "BLOCKING" ||
                        (use == ToolUse::blocking_unless_said && function.behavior.empty());
    if (blocks) names.push_back(std::move(function.name));
  }
  return names;
}

}  // namespace livegate::proto
