// Habits of the service's models that show on the wire and decide nothing for a client: how frames
// look, what ids are called, when resumption handles come. What clients decide by is a fact of
// proto::ModelProfile. Sources: docs/wire-gemini.md, "Models".
//
// Decides which habits a model has. Leaves to the session when a frame is sent.
#pragma once

#include <cstdint>
#include <string>

#include "base/instant.h"
#include "base/rng.h"
#include "proto/model_profile.h"

namespace livegate::offline {

enum class RolePlace : std::uint8_t { absent, after_parts, before_parts };

struct Habits {
  RolePlace role = RolePlace::absent;    // of modelTurn
  bool bare_frames = false;              // `{}` before each frame with content
  bool empty_content = false;            // `serverContent: {}` before a turn's first content
  bool begins_with_a_sample = false;     // half of the replies: one sample, with the first words
  bool holds_first = false;              // a holding line, then the answer after a gap
  bool handle_unasked = false;           // one, right after setupComplete, whatever the setup says
  bool handles_in_turns = false;         // in mid-reply and after it, none after setupComplete
  bool speaks_when_not_blocked = false;  // a call that does not block is followed by speech
  bool activity_beside_content = false;  // voiceActivity beside `serverContent: {}`
  bool counts_thoughts = false;          // thoughtsTokenCount
  bool total_has_thoughts = false;
  Millis interrupted_to_complete{0};
};

[[nodiscard]] Habits habits_of(const proto::ModelProfile& profile, bool vertex);

// Ids of calls in the shapes that a model uses. Never the same twice in a session.
class CallIds {
 public:
  explicit CallIds(Rng& rng)
      : rng_(rng), number_(static_cast<std::uint32_t>(rng.next() % 1'000'000)) {}
  [[nodiscard]] std::string next(const proto::ModelProfile& profile, bool vertex);

 private:
  Rng& rng_;
  std::uint32_t number_;  // of six digits
};

}  // namespace livegate::offline
