// What each family of models takes and does, as data: one table for the session that speaks to a
// model and for the stand-in that plays one.
//
// Decides which profile a model's name means, and what of a setup that profile refuses. Leaves to
// others what follows from a fact, and facts by their names to model_facts.h, which has the source
// of each. A model that is not in the table gets the cautious value of every fact: nothing of its
// setup is refused, and nothing is expected of it that a known model fails to do.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.h"
#include "proto/gemini.h"

namespace livegate::proto {

enum class Thinking : std::uint8_t {
  any,             // not known: whatever is asked for
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

// How fast the audio of a reply arrives.
enum class Pace : std::uint8_t {
  burst,      // faster than it is played
  real_time,  // as it is played, with pauses
};

// Where the words of a reply stand in the stream of its audio.
enum class TranscriptPlace : std::uint8_t {
  with_audio,   // in the messages of the audio that says them
  ahead,        // word by word, before the audio that says them
  whole_first,  // all of them before any audio
};

struct ModelProfile {
  std::string_view id;  // without "models/"; a '*' at its end stands for any ending; empty: unknown

  // Turns
  bool stream_end_ends_turn = false;  // audioStreamEnd, or audio that stops, ends the person's turn
  Millis turn_silence = 1000ms;       // silence that goes on streaming, until the model's own
                                      // detector ends the person's turn
  bool takes_silence_duration = true;  // silenceDurationMs sets that
  bool marks_refused = true;    // activityStart under automatic detection closes 1007; else ignored
  bool turns = true;            // false: continuous, such as live translate
  bool voice_activity = false;  // sends voiceActivity
  TurnCoverage coverage = TurnCoverage::activity_and_all_video;  // unless the setup says

  // Replies
  Pace pace = Pace::real_time;
  Millis starvation = 4000ms;  // a pause in a reply, once all that came is played, that is no stall
  Millis first_audio_patience = 8000ms;      // a reply that begins later is a stall
  Millis first_audio_patience_min = 8000ms;  // ... however fast the replies before it were
  TranscriptPlace transcript = TranscriptPlace::with_audio;
  bool idle_by_status = false;   // idle when interactionStatus says so, not at turnComplete
  bool always_proactive = true;  // proactiveAudio false is an error
  bool blank_text_asks = true;   // a blank realtimeInput.text makes it continue; else clientContent
  bool many_parts = true;        // several facts in one message
  bool empty_frames = false;     // `{}` before messages with content

  // Tools
  ToolUse tools = ToolUse::non_blocking_unless_said;
  bool takes_tools = true;
  bool takes_scheduling = true;     // a toolResponse may say SILENT, WHEN_IDLE or INTERRUPT
  bool takes_will_continue = true;  // a toolResponse may say that more of it follows
  bool call_ends_turn = true;       // the turn that calls ends; the answer is another one

  // Input
  bool takes_thinking = true;  // thinkingConfig
  Thinking thinking = Thinking::any;
  bool takes_video = true;
  bool content_any_time = true;   // clientContent; false: initial history alone
  bool affective_dialog = false;  // enableAffectiveDialog is taken, on v1alpha
  bool media_chunks = true;       // realtimeInput.mediaChunks, the older spelling, is taken
  std::string_view text_refusal;  // how TEXT in responseModalities is refused

  [[nodiscard]] bool known() const { return !id.empty(); }
};

// All of them, the newest first.
[[nodiscard]] std::span<const ModelProfile> model_profiles();

// The profile of "models/ID", "publishers/google/models/ID" or "ID"; null for other models. Lives
// as long as the program.
[[nodiscard]] const ModelProfile* find_model_profile(std::string_view model);

// The same, with the cautious value of every fact for other models.
[[nodiscard]] ModelProfile profile_of(std::string_view model);

// "gemini-3.8-live" of "models/gemini-3.8-live".
[[nodiscard]] std::string_view bare_model_name(std::string_view model);

// What the model is known to refuse, before anything is sent: 1007 and one sentence that
// begins as the service's own where that is known, and says what is allowed. Nothing if the setup
// is in order or the model unknown. `setup.document` and `tools_json` must be JSON.
[[nodiscard]] std::optional<WireError> check_setup(const Setup& setup, const ModelProfile& profile);

// Takes out of the setup what the model would refuse and a conversation can do without. The names
// of what was taken out.
std::vector<std::string> mend_setup(Setup& setup, const ModelProfile& profile);

// The names of the functions in a setup's tools whose call stops the model until it is answered.
// Of an unknown model only those that say BLOCKING. `tools_json`: an array, or empty.
[[nodiscard]] std::vector<std::string> blocking_functions(std::string_view tools_json,
                                                          const ModelProfile& profile);

}  // namespace livegate::proto
