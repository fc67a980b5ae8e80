// What is not read of every message of a client: settings that Setup does not type, what kinds of
// parts a clientContent holds, and its words. For whoever plays the service, or has to say again
// what a client said.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/padded_text.h"
#include "proto/gemini.h"

namespace livegate::proto {

struct SetupDetails {
  bool proactivity = false;       // the field is there
  bool affective_dialog = false;  // enableAffectiveDialog: true
  bool transparent = false;       // sessionResumption.transparent: true
  bool avatar = false;            // the field is there
  bool thinking = false;          // thinkingConfig is there
};
// `setup.document` must be JSON, as a decoder leaves it.
[[nodiscard]] SetupDetails read_setup_details(const Setup& setup);

struct ContentDetails {
  bool audio = false;       // inline audio among the parts
  bool functions = false;   // a functionCall or functionResponse
  bool other_role = false;  // a turn of neither the person nor the model, such as "system"
};
// `json`: ClientContent::json.
[[nodiscard]] ContentDetails read_content_details(std::string_view json);

// The words of a clientContent, turn by turn; of turns without text nothing. Text parts of one turn
// are joined by a newline. `json`: ClientContent::json.
struct ContentWords {
  bool by_model = false;  // else by the person
  std::string text;
};
[[nodiscard]] std::vector<ContentWords> read_content_words(std::string_view json);

// Whether a client's message has realtimeInput.mediaChunks, the older spelling. What is no JSON has
// none.
[[nodiscard]] bool has_media_chunks(PaddedText message);

}  // namespace livegate::proto
