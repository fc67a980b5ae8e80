// What each family of models takes and does, as data: one table for whoever speaks to a model
// (the session) and for whoever plays one (the stand-in).
//
// Decides which profile a model's name means, and what of a setup that profile refuses. Leaves to
// others what follows from a rule, and every model that is not in the table: nothing is known of
// it, so nothing is refused. Sources: docs/wire-gemini.md, "Models".
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "proto/gemini.h"

namespace livegate::proto {

enum class Thinking : std::uint8_t {
  built_in,        // thinkingConfig is to be left out
  level,           // thinkingLevel MINIMAL to HIGH
  level_from_low,  // thinkingLevel LOW to HIGH; MINIMAL is an error
  budget,          // thinkingBudget
};

enum class ToolUse : std::uint8_t {
  blocking_only,
  blocking_unless_said,      // NON_BLOCKING is allowed
  non_blocking_unless_said,  // BLOCKING is allowed
  non_blocking_only,         // BLOCKING is an error
};

enum class TurnCoverage : std::uint8_t { only_activity, activity_and_all_video };

struct ModelProfile {
  std::string_view id;  // without "models/"; a '*' at its end stands for any ending
  Thinking thinking = Thinking::built_in;
  ToolUse tools = ToolUse::non_blocking_unless_said;
  bool scheduling = true;         // a toolResponse may say SILENT, WHEN_IDLE or INTERRUPT
  bool call_ends_turn = true;     // the turn that calls closes itself; the reaction is another
  bool idle_by_status = false;    // idle when interactionStatus says so, not at turnComplete
  bool content_any_time = true;   // clientContent; false: initial history alone
  bool always_proactive = true;   // proactiveAudio false is an error
  bool affective_dialog = false;  // enableAffectiveDialog is taken, on v1alpha
  bool blank_text_asks = true;    // a blank realtimeInput.text makes it go on; else clientContent
  bool media_chunks = true;       // realtimeInput.mediaChunks, the older spelling, is taken
  bool many_parts = true;         // several facts in one message
  bool keep_alives = true;        // `{}` while it generates, and voiceActivity
  std::string_view text_refusal;  // how TEXT in responseModalities is refused
  TurnCoverage coverage = TurnCoverage::activity_and_all_video;  // unless the setup says
};

// All of them, the newest first.
[[nodiscard]] std::span<const ModelProfile> model_profiles();

// The profile of "models/ID", "publishers/google/models/ID" or "ID"; null for other models. Lives
// as long as the program.
[[nodiscard]] const ModelProfile* find_model_profile(std::string_view model);

// What the model's profile is known to refuse, before anything is sent: 1007 and one sentence that
// begins as the service's own where that is known, and says what is allowed. Nothing if the setup
// is in order or the model unknown. `setup.document` and `tools_json` must be JSON.
[[nodiscard]] std::optional<WireError> check_setup(const Setup& setup);

// The names of the functions in a setup's tools whose call stops the model until it is answered.
// `profile` may be null: then only those that say BLOCKING. `tools_json`: an array, or empty.
[[nodiscard]] std::vector<std::string> blocking_functions(std::string_view tools_json,
                                                          const ModelProfile* profile);

}  // namespace livegate::proto
