// Who says that the person has finished, and what of the microphone the model is sent: chosen once,
// for a client and its model.
//
// Decides the mode from the client's setup, the detector at hand, the model's facts and what the
// installation asks for. Leaves carrying it out to Uplink and the session.
#pragma once

#include <string_view>

#include "base/instant.h"
#include "proto/model_profile.h"
#include "session/session_config.h"

namespace livegate::session {

struct TurnTaking {
  UplinkMode mode = UplinkMode::open;  // never `automatic`
  bool listens = true;                 // speech is told from silence here
  bool cut_in = true;                  // a person who speaks over a reply stops it here
  // Mode `gate`, and the end of a stream in mode `open`: silence is sent for this long after the
  // last word, because the model's own detector ends the turn by it; 0: audioStreamEnd ends it.
  Millis silence{0};
  std::string_view why;  // one clause, for the log and the client
};

// `marks_own_activity`: the client switched the model's detector off.
[[nodiscard]] TurnTaking choose_turn_taking(ClientKind client, const UplinkOptions& options,
                                            const proto::Setup& setup, bool marks_own_activity,
                                            const proto::ModelProfile& profile);

// The silence after the last word that ends a turn at the model's own detector, and its delay.
[[nodiscard]] Millis silence_that_ends(const proto::Setup& setup,
                                       const proto::ModelProfile& profile);

// As in configuration, log and `ready`: "turns", "gate", "open".
[[nodiscard]] std::string_view name(UplinkMode mode);

}  // namespace livegate::session
