// How the stand-in behaves where the service has habits of its own: as settings, with the embedded
// assistant's values as defaults (it answers at once) and the service's beside them.
//
// Decides which models are played and how slowly. Leaves the habits of each to its facts
// (proto/model_facts.h), which may be overridden here one by one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
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
  // The models it answers to, each with its habits; empty: every model of the table. A setup that
  // names none gets the first of them.
  std::vector<proto::ModelProfile> models;

  Millis setup_delay{0};  // from setup to setupComplete
  // From the end of the person's words to the reply's first sound; what it takes to hear the end is
  // part of it.
  Millis first_audio{0};
  std::size_t first_piece_samples = 4800;  // 200 ms, as recorded from the service
  std::size_t piece_samples = 5760;        // 240 ms
  // Times real time; nothing: 4 for models that send in bursts (a 10.6 s reply was seen to leave
  // within 2.9 s), the pace of speech with pauses for the others.
  std::optional<double> send_speed;

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

// The model of that name in any of its spellings ("models/ID", "publishers/google/models/ID",
// "projects/P/locations/L/publishers/google/models/ID", "ID"); null: it is not served.
[[nodiscard]] const proto::ModelProfile* served_model(const StandinSettings& settings,
                                                      std::string_view name);

// "gemini-3.8-live.stream_end_ends_turn=true" into `settings`; the error is one sentence.
Result<Done, std::string> order_fact(std::string_view order, StandinSettings& settings);

// "1.2s", "250ms", "10m" or "2h"; the error is one sentence.
Result<Millis, std::string> parse_duration(std::string_view text);

}  // namespace livegate::offline
