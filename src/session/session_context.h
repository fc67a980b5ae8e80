// What every part of a session may read: its configuration, its model, the time, and where its
// actions go.
//
// Decides nothing. The session owns the one instance and sets `now` and `out` with each event.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

#include "base/instant.h"
#include "proto/model_profile.h"
#include "session/action.h"
#include "session/counters.h"
#include "session/session_config.h"
#include "session/turn_taking.h"

namespace livegate::session {

struct SessionContext {
  SessionContext(SessionConfig settled, Instant beginning)
      : config(std::move(settled)), began(beginning), now(beginning) {}

  SessionConfig config;
  const Instant began;
  proto::ModelProfile profile;  // of the model, once the session is open
  TurnTaking turn_taking;       // likewise
  Counters counters;

  // Of the event in hand.
  Instant now;
  Actions* out = nullptr;

  void note(NoteKind kind, std::int64_t value = 0, std::string detail = {}) const {
    out->add(Note{kind, value, std::move(detail), {}});
  }
  // The session clock, told to clients: milliseconds since the session began.
  [[nodiscard]] double clock_ms(Instant at) const {
    return std::chrono::duration<double, std::milli>(at - began).count();
  }
};

}  // namespace livegate::session
