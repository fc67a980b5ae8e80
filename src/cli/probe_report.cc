#include "cli/probe_report.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <cstdio>

#include "cli/doctor_report.h"

namespace livegate::cli {
namespace {

namespace json = boost::json;

std::string padded(std::string_view text, std::size_t columns) {
  std::string all(text);
  all.resize(std::max(columns, all.size() + 1), ' ');
  return all;
}

// "true" of true, burst of "burst".
std::string bare(std::string_view toml) {
  if (toml.size() >= 2 && toml.front() == '"') toml = toml.substr(1, toml.size() - 2);
  return std::string(toml);
}

std::string cents(double dollars) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", dollars * 100);
  return text;
}

std::string_view mark_of(const Sighting& sighting) {
  if (!sighting.seen) return "unknown";
  return sighting.differs ? "differs" : sighting.assumed.empty() ? "seen" : "ok";
}

double tenths(double ms) { return std::round(ms * 10) / 10; }

}  // namespace

std::string cost_text(std::span<const ProbeCase> cases, const ProbePrices& prices) {
  double in = 0;
  double out = 0;
  int tokens = 0;
  for (const ProbeCase& each : cases) {
    in += each.audio_in_seconds;
    out += each.audio_out_seconds;
    tokens += each.text_tokens;
  }
  const std::string text =
      std::to_string(cases.size()) + " short conversations with a synthetic voice: at most " +
      std::to_string(std::lround(in)) + " s of audio in, about " +
      std::to_string(std::lround(out)) + " s out, " + std::to_string(tokens) +
      " tokens of text. At the service's prices of " + std::string(prices.as_of) +
      " that is about " + cents(planned_cost(cases, prices)) + " US cents, on your key.";
  return wrapped(text, 0) + "\n";
}

std::string table_text(const std::vector<Sighting>& sightings) {
  std::string text = "  " + padded("", 9) + padded("fact", 25) + padded("assumed", 22) + "seen\n";
  for (const Sighting& each : sightings) {
    const std::string seen = each.seen ? bare(*each.seen) : "-";
    const std::string assumed = each.assumed.empty() ? "-" : bare(each.assumed);
    text += "  " + padded(mark_of(each), 9) + padded(each.topic, 25) + padded(assumed, 22);
    // Two long names do not fit side by side: the second stands under the first.
    const bool fits = std::max<std::size_t>(assumed.size() + 1, 22) + seen.size() <= 43 ||
                      (assumed.size() < 22 && seen.find(' ') != std::string::npos);
    if (!fits) text += "\n" + std::string(36, ' ');
    text += wrapped(seen, fits ? 58 : 36) + "\n";
    if (!each.evidence.empty()) {
      text += std::string(13, ' ') + wrapped(each.evidence, 13) + "\n";
    }
  }
  const auto count = [&](std::string_view mark) {
    return std::to_string(std::ranges::count(sightings, mark, mark_of));
  };
  return text + "\n" + count("ok") + " as assumed, " + count("differs") + " differ, " +
         count("seen") + " seen without an assumption, " + count("unknown") + " unknown.\n";
}

std::string overrides_toml(const ProbeHead& head, const std::vector<Sighting>& sightings) {
  std::string lines;
  for (const Sighting& each : sightings) {
    if (!each.is_fact || !each.differs) continue;
    lines += each.topic + " = " + each.proposed + "\n";
  }
  if (lines.empty()) return {};
  return "# Seen by `livegate doctor --probe` at " + head.upstream + " on " + head.date +
         ".\n[models.\"" + head.model + "\"]\n" + lines;
}

std::string report_json(const ProbeHead& head, const std::vector<Sighting>& sightings,
                        const ProbeRecords& records) {
  json::array facts;
  for (const Sighting& each : sightings) {
    json::object fact{{"topic", each.topic},
                      {"verdict", mark_of(each)},
                      {"assumed", bare(each.assumed)},
                      {"evidence", each.evidence}};
    if (each.seen) fact["seen"] = bare(*each.seen);
    facts.push_back(std::move(fact));
  }
  json::array conversations;
  for (const auto& [name, record] : records) {
    json::array events;
    for (const ProbeEvent& event : record.events) {
      json::object line{{"ms", tenths(event.ms)},
                        {was_sent(event.sign) ? "sent" : "came", sign_name(event.sign)}};
      if (event.message > 0) line["message"] = event.message;
      if (event.amount != 0) line["amount"] = tenths(event.amount);
      if (!event.note.empty()) line["reason"] = event.note;
      events.push_back(std::move(line));
    }
    json::object conversation{{"name", name}, {"events", std::move(events)}};
    if (!record.failure.empty()) conversation["failure"] = record.failure;
    conversations.push_back(std::move(conversation));
  }
  const json::object all{{"livegate", head.version},  {"model", head.model},
                         {"upstream", head.upstream}, {"date", head.date},
                         {"facts", std::move(facts)}, {"conversations", std::move(conversations)}};
  return json::serialize(all) + "\n";
}

}  // namespace livegate::cli
