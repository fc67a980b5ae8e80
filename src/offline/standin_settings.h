// How the stand-in behaves where the service has habits of its own: as settings, with the embedded
// assistant's values as defaults (it answers at once, to any model's name) and the service's beside
// them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.h"
#include "base/result.h"
#include "offline/faults.h"
#include "offline/scenario.h"
#include "proto/model_profile.h"

namespace livegate::offline {

struct StandinSettings {
  // The models it answers to, each with its habits; empty: every name is welcome and has none.
  std::vector<const proto::ModelProfile*> models;

  Millis setup_delay{0};  // from setup to setupComplete
  // From the end of the person's words to the reply's first sound; what it takes to hear the end is
  // part of it.
  Millis first_audio{0};
  std::size_t first_piece_samples = 4800;  // 200 ms, as recorded from the service
  std::size_t piece_samples = 5760;        // 240 ms
  double send_speed = 4;         // times real time: a 10.6 s reply was seen to leave within 2.9 s
  Millis keep_alive_every{250};  // bare {} while generating, for models that send them

  Millis connection_age{0};  // after which the connection is ended; 0: never
  Millis go_away_before{50'000};
  Millis handle_time{2h};  // how long a handle counts after its session's end

  FaultPlan faults;
  std::shared_ptr<const Scenario> scenario;  // null: the assistant answers by itself
  std::uint64_t seed = 1;                    // of the faults; each session draws its own from it
};

// What the service does, for those who ask for a model of its: section by section in
// docs/stand-in.md.
[[nodiscard]] StandinSettings service_settings();

// "1.2s", "250ms", "10m" or "2h"; the error is one sentence.
Result<Millis, std::string> parse_duration(std::string_view text);

}  // namespace livegate::offline
