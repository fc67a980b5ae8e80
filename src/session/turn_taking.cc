#include "session/turn_taking.h"

#include <algorithm>

namespace livegate::session {
namespace {

// Beyond the silence that ends a turn at the model: its detector has a delay of its own.
constexpr Millis kSilenceMargin = 500ms;

// A detector that calls some noise speech for minutes cannot end turns alone.
bool ends_turns(const UplinkOptions& options) { return options.detects && options.graded; }

UplinkMode mode_of(ClientKind client, const UplinkOptions& options, bool tuned,
                   std::string_view& why) {
  if (options.mode != UplinkMode::automatic) {
    why = "the configuration says so";
    if (options.mode != UplinkMode::turns || !tuned) return options.mode;
  }
  if (tuned) {
    why = "the client configures the model's detector";
    return UplinkMode::open;
  }
  if (options.mode == UplinkMode::turns) return options.mode;
  if (ends_turns(options)) {
    why = client == ClientKind::native ? "the gateway's detector ends turns"
                                       : "the client leaves the model's detector at its defaults";
    return UplinkMode::turns;
  }
  why = "the gateway's detector cannot end turns alone";
  return UplinkMode::gate;
}

}  // namespace

Millis silence_that_ends(const proto::Setup& setup, const proto::ModelProfile& profile) {
  Millis silence = profile.turn_silence;
  const auto& asked = setup.activity_detection.silence_duration_ms;
  if (asked && profile.takes_silence_duration) silence = std::max(silence, Millis(*asked));
  return silence + kSilenceMargin;
}

TurnTaking choose_turn_taking(ClientKind client, const UplinkOptions& options,
                              const proto::Setup& setup, bool marks_own_activity,
                              const proto::ModelProfile& profile) {
  TurnTaking chosen{.cut_in = options.cut_in &&
                              setup.activity_handling == proto::ActivityHandling::interrupts};
  if (!profile.turns) {
    chosen.listens = false;
    chosen.cut_in = false;
    chosen.why = "the model speaks continuously";
    return chosen;
  }
  if (marks_own_activity) {
    chosen.listens = false;
    chosen.why = "the client marks its own activity";
    return chosen;
  }
  chosen.listens = options.detects;
  const bool tuned = setup.activity_detection != proto::ActivityDetection();
  chosen.mode = mode_of(client, options, tuned, chosen.why);
  if (!options.detects && chosen.mode != UplinkMode::open) {
    chosen.mode = UplinkMode::open;
    chosen.why = "the gateway's detector is off";
  }
  // An app on the model's own detector is cut short by no pause that the model would have waited
  // for.
  const bool mark_ends = profile.stream_end_ends_turn &&
                         (client == ClientKind::native || chosen.mode == UplinkMode::open);
  if (chosen.mode != UplinkMode::turns && !mark_ends) {
    chosen.silence = silence_that_ends(setup, profile);
  }
  return chosen;
}

std::string_view name(UplinkMode mode) {
  switch (mode) {
    case UplinkMode::gate:
      return "gate";
    case UplinkMode::turns:
      return "turns";
    case UplinkMode::open:
      return "open";
    case UplinkMode::automatic:
      return "auto";
  }
  return "";
}

}  // namespace livegate::session
