// What a server has to know of a client's messages beyond what a gateway does: settings that Setup
// does not type, and what kinds of parts a clientContent holds. For whoever plays the service.
#pragma once

#include <string_view>

#include "base/padded_text.h"
#include "proto/gemini.h"

namespace livegate::proto {

struct SetupDetails {
  bool proactivity = false;       // the field is there
  bool affective_dialog = false;  // enableAffectiveDialog: true
  bool initial_history = false;   // historyConfig.initialHistoryInClientContent: true
  bool transparent = false;       // sessionResumption.transparent: true
  bool avatar = false;            // the field is there
};
// `setup.document` must be JSON, as a decoder leaves it.
[[nodiscard]] SetupDetails read_setup_details(const Setup& setup);

struct ContentDetails {
  bool audio = false;      // inline audio among the parts
  bool functions = false;  // a functionCall or functionResponse
};
// `json`: ClientContent::json.
[[nodiscard]] ContentDetails read_content_details(std::string_view json);

// Whether a client's message has realtimeInput.mediaChunks, the older spelling. What is no JSON has
// none.
[[nodiscard]] bool has_media_chunks(PaddedText message);

}  // namespace livegate::proto
