// How the probe's findings look: a table for people, a fragment of configuration, and a report to
// attach to a bug. Nothing in them is speech, a word of one, a key or a handle.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/probe_cases.h"
#include "cli/probe_judges.h"
#include "cli/probe_record.h"

namespace livegate::cli {

struct ProbeHead {
  std::string version;   // of this program
  std::string model;     // without "models/"
  std::string upstream;  // its address, without path and query
  std::string date;      // 2026-11-30
};

// What it will cost and why, before anything is sent.
[[nodiscard]] std::string cost_text(std::span<const ProbeCase> cases, const ProbePrices& prices);

// The table of assumed, seen and evidence, within 80 columns.
[[nodiscard]] std::string table_text(const std::vector<Sighting>& sightings);

// [models."..."] with the facts that differ; empty if none does.
[[nodiscard]] std::string overrides_toml(const ProbeHead& head,
                                         const std::vector<Sighting>& sightings);

[[nodiscard]] std::string report_json(const ProbeHead& head, const std::vector<Sighting>& sightings,
                                      const ProbeRecords& records);

}  // namespace livegate::cli
