#include "cli/probe_judges.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "cli/probe_judges_impl.h"
#include "proto/model_facts.h"

namespace livegate::cli {
namespace {

// How what was seen and what is assumed are compared.
enum class Rule : std::uint8_t {
  equal,
  at_most,  // a time: more than is assumed differs, less is no reason to change anything
};

struct Judge {
  std::string_view fact;
  Seen (*see)(const ProbeRecords& records);
  Rule rule = Rule::equal;
};

constexpr std::array<Judge, 23> kJudges = {{
    {"stream_end_ends_turn", see_stream_end},
    {"turn_silence_ms", see_turn_silence, Rule::at_most},
    {"takes_silence_duration", see_silence_duration},
    {"marks_refused", see_marks_refused},
    {"turns", see_turns},
    {"voice_activity", see_voice_activity},
    {"pace", see_pace},
    {"starvation_ms", see_starvation, Rule::at_most},
    {"first_audio_patience_ms", see_first_audio, Rule::at_most},
    {"transcript", see_transcript},
    {"idle_by_status", see_idle_by_status},
    {"always_proactive", see_always_proactive},
    {"blank_text_asks", see_blank},
    {"many_parts", see_many_parts},
    {"empty_frames", see_empty_frames},
    {"takes_tools", see_takes_tools},
    {"takes_scheduling", see_scheduling},
    {"takes_will_continue", see_will_continue},
    {"call_ends_turn", see_call_ends_turn},
    {"takes_thinking", see_thinking},
    {"takes_video", see_video},
    {"content_any_time", see_content},
    {"media_chunks", see_media_chunks},
}};

struct Other {
  std::string_view topic;
  std::string_view assumed;  // empty: nothing is
  Seen (*see)(const ProbeRecords& records);
};
constexpr std::array<Other, 6> kOthers = {{
    {"audio that stops", "", see_stop},
    {"resume, old socket open", "refused", see_resume_while_open},
    {"pong", "", see_pongs},
    {"TEXT modality", "refused", see_text_refused},
    {"empty clientContent", "", see_empty_content},
    {"schema keys refused", "", see_schema_keys},
}};

// A measurement on a busy machine is a little late.
constexpr double kSlackMs = 300;

double number_of(std::string_view text) {
  double value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

void compare(Sighting& sighting, Rule rule) {
  if (!sighting.seen) return;
  if (rule == Rule::equal) {
    sighting.differs = *sighting.seen != sighting.assumed;
    if (sighting.differs) sighting.proposed = *sighting.seen;
    return;
  }
  const double ms = number_of(*sighting.seen);
  sighting.differs = ms > number_of(sighting.assumed) + kSlackMs;
  if (!sighting.differs) return;
  // A quarter more than was seen once, in whole tenths of a second.
  const long proposed = std::lround(std::ceil(ms * 1.25 / 100)) * 100;
  sighting.proposed = std::to_string(std::min(proposed, 60'000L));
}

// Only whether BLOCKING is taken can be seen of how a model runs its tools.
Sighting judge_tools(const ProbeRecords& records, const proto::ModelProfile& assumed) {
  Sighting sighting{.topic = "tools", .is_fact = true};
  sighting.assumed = proto::fact_value(assumed, "tools");
  Seen refused = see_blocking_refused(records);
  sighting.evidence = std::move(refused.evidence);
  if (!refused.value) return sighting;
  const bool assumed_refused = assumed.tools == proto::ToolUse::non_blocking_only;
  if ((*refused.value == "true") == assumed_refused) {
    sighting.seen = sighting.assumed;
  } else {
    sighting.seen = assumed_refused ? "\"non_blocking_unless_said\"" : "\"non_blocking_only\"";
  }
  compare(sighting, Rule::equal);
  return sighting;
}

}  // namespace

std::vector<Sighting> judge(const ProbeRecords& records, const proto::ModelProfile& assumed) {
  std::vector<Sighting> all;
  for (const proto::ModelFact& fact : proto::model_facts()) {
    if (fact.name == "tools") {
      all.push_back(judge_tools(records, assumed));
      continue;
    }
    const auto found = std::ranges::find(kJudges, fact.name, &Judge::fact);
    if (found == kJudges.end()) continue;  // no client can see it
    Seen seen_of_it = found->see(records);
    Sighting sighting{.topic = std::string(fact.name), .is_fact = true};
    sighting.assumed = proto::fact_value(assumed, fact.name);
    sighting.seen = std::move(seen_of_it.value);
    sighting.evidence = std::move(seen_of_it.evidence);
    compare(sighting, found->rule);
    all.push_back(std::move(sighting));
  }
  for (const Other& other : kOthers) {
    Seen seen_of_it = other.see(records);
    Sighting sighting{.topic = std::string(other.topic)};
    sighting.assumed = other.assumed;
    sighting.seen = std::move(seen_of_it.value);
    sighting.evidence = std::move(seen_of_it.evidence);
    sighting.differs =
        sighting.seen && !sighting.assumed.empty() && *sighting.seen != sighting.assumed;
    all.push_back(std::move(sighting));
  }
  return all;
}

// ---- wording

const ProbeRecord& record_of(const ProbeRecords& records, std::string_view name) {
  static const ProbeRecord none{.events = {}, .failure = "not asked"};
  const auto found = records.find(name);
  return found == records.end() ? none : found->second;
}

Seen unknown(std::string why) { return {.value = std::nullopt, .evidence = std::move(why)}; }

Seen unknown_of(const ProbeRecord& record, std::string_view missing) {
  if (!record.failure.empty()) return unknown(record.failure);
  if (const ProbeEvent* closed = record.closed()) return unknown(close_text(*closed));
  return unknown(std::string(missing));
}

Seen seen(bool value, std::string evidence) {
  return {.value = value ? "true" : "false", .evidence = std::move(evidence)};
}

std::string after_ms(double ms) { return std::to_string(std::lround(ms)) + " ms"; }

std::string close_text(const ProbeEvent& closed) {
  return "close " + std::to_string(std::lround(closed.amount)) +
         (closed.note.empty() ? "" : " \"" + closed.note + "\"");
}

}  // namespace livegate::cli
