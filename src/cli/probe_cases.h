// The conversations of the probe, one for each question to the service that a client can ask, and
// what they cost. Decides what is sent and how long is waited. Leaves what the answers mean to
// probe_judges.h.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "cli/probe_record.h"
#include "cli/probe_talk.h"

namespace livegate::cli {

struct ProbeCase {
  std::string_view name;
  std::string_view doing;    // for the progress: "does audioStreamEnd end a turn"
  double audio_in_seconds;   // at most, silence included
  double audio_out_seconds;  // ... of its replies, as the service has been heard to answer
  int text_tokens;           // ... of setup, tools and typed lines, over all its turns
  void (*run)(const ProbeWorld& world, ProbeRecord& record);
};

[[nodiscard]] std::span<const ProbeCase> probe_cases();

// The keys of JSON Schema that the case "schema" tries, one by one, in this order.
[[nodiscard]] std::span<const std::string_view> schema_keys();

// ---- what it costs

// US dollars for a million tokens, and tokens for a second, as published for all current Live
// models.
struct ProbePrices {
  std::string_view as_of;
  double text_in, audio_in, audio_out;
  double tokens_per_second_in, tokens_per_second_out;
};
[[nodiscard]] const ProbePrices& probe_prices();

// US dollars for these cases, at these prices.
[[nodiscard]] double planned_cost(std::span<const ProbeCase> cases, const ProbePrices& prices);

}  // namespace livegate::cli
