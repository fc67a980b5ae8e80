#include "session/setup_policy.h"

#include <string>
#include <utility>
#include <vector>

#include "proto/auth_token.h"
#include "proto/model_name.h"

namespace livegate::session {
namespace {

// What the owner pins, and what beside it would change what it does: parts beside the instruction's
// text, other voices, safety settings.
std::vector<std::string> fields_of_the_owner(const SessionConfig& config) {
  std::vector<std::string> fields;
  if (!config.pinned_voice.empty()) {
    fields = {"generationConfig.speechConfig.voiceConfig",
              "generationConfig.speechConfig.multiSpeakerVoiceConfig", "avatarConfig"};
  }
  if (!config.pinned_system_instruction.empty()) {
    fields.insert(fields.end(), {"systemInstruction", "safetySettings", "labels"});
  }
  if (!config.pinned_tools_json.empty()) fields.emplace_back("tools");
  return fields;
}

Result<Done, proto::WireError> pin(const SessionConfig& config, proto::Setup& setup) {
  if (!config.token_setup.empty()) {
    const std::string asked_for = setup.resumption_handle;
    auto pinned = proto::pinned_setup(setup, config.token_setup, config.token_mask);
    if (!pinned) return Unexpected{pinned.error()};
    setup = std::move(*pinned);
    setup.resumption_handle = asked_for;
  }
  if (const auto fields = fields_of_the_owner(config); !fields.empty()) {
    auto left = proto::pinned_setup(setup, "{}", fields);
    if (!left) return Unexpected{left.error()};
    setup = std::move(*left);
  }
  const auto overwrite = [](std::string& value, const std::string& pinned) {
    if (!pinned.empty()) value = pinned;
  };
  overwrite(setup.model, config.pinned_model);
  overwrite(setup.voice, config.pinned_voice);
  overwrite(setup.system_instruction, config.pinned_system_instruction);
  overwrite(setup.tools_json, config.pinned_tools_json);
  if (setup.model.empty()) setup.model = config.default_model;
  setup.model = proto::model_spelled_as(config.default_model, setup.model);
  return Done{};
}

}  // namespace

Result<Done, proto::WireError> settle_setup(SessionContext& context, proto::Setup& setup) {
  if (auto pinned = pin(context.config, setup); !pinned) return pinned;
  context.profile = proto::profile_of(setup.model, context.config.facts);
  for (std::string& name : proto::mend_setup(setup, context.profile)) {
    context.note(NoteKind::setup_mended, 0, std::move(name));
  }
  if (auto refused = proto::check_setup(setup, context.profile)) return Unexpected{*refused};
  return Done{};
}

}  // namespace livegate::session
