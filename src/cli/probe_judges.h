// What the probe's records say of the model: pure functions from records to sightings, one for each
// fact of proto/model_facts.h that a client can test, and for what has no name there.
//
// Decides what counts as seen. What was not seen is unknown, with the reason, and never guessed.
// Leaves how it looks to probe_report.h.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/probe_record.h"
#include "proto/model_profile.h"

namespace livegate::cli {

// One line of the table.
struct Sighting {
  std::string topic;  // the fact's name, or a few words
  bool is_fact = false;
  std::string assumed;              // as TOML writes it; of what is no fact: in words, or empty
  std::optional<std::string> seen;  // nothing: unknown
  std::string evidence;             // kinds of frames and milliseconds; of an unknown: the reason
  bool differs = false;             // seen, and not what is assumed
  // For a fact that differs: what the configuration should say. For a time, more than was seen.
  std::string proposed = {};
};

// In the order of model_facts(), then the others.
[[nodiscard]] std::vector<Sighting> judge(const ProbeRecords& records,
                                          const proto::ModelProfile& assumed);

// Of the judging itself, for tests.
struct Seen {
  std::optional<std::string> value;
  std::string evidence;
};
[[nodiscard]] Seen see_stream_end(const ProbeRecords& records);
[[nodiscard]] Seen see_turn_silence(const ProbeRecords& records);
[[nodiscard]] Seen see_silence_duration(const ProbeRecords& records);
[[nodiscard]] Seen see_pace(const ProbeRecords& records);
[[nodiscard]] Seen see_starvation(const ProbeRecords& records);
[[nodiscard]] Seen see_transcript(const ProbeRecords& records);
[[nodiscard]] Seen see_call_ends_turn(const ProbeRecords& records);
[[nodiscard]] Seen see_will_continue(const ProbeRecords& records);
[[nodiscard]] Seen see_resume_while_open(const ProbeRecords& records);
[[nodiscard]] Seen see_schema_keys(const ProbeRecords& records);

}  // namespace livegate::cli
