#include "cli/probe_report.h"

#include <sstream>

#include <gtest/gtest.h>

namespace livegate::cli {
namespace {

const ProbeHead kHead{.version = "1.2.3",
                      .model = "gemini-3.8-live",
                      .upstream = "wss://generativelanguage.googleapis.com",
                      .date = "2026-11-30"};

std::vector<Sighting> sightings() {
  std::vector<Sighting> all(5);
  all[0] = {.topic = "stream_end_ends_turn",
            .is_fact = true,
            .assumed = "false",
            .seen = "true",
            .evidence = "audio 360 ms after audioStreamEnd",
            .differs = true,
            .proposed = "true"};
  all[1] = {.topic = "pace", .is_fact = true, .assumed = "\"burst\"", .seen = "\"burst\""};
  all[2] = {.topic = "transcript",
            .is_fact = true,
            .assumed = "\"with_audio\"",
            .seen = "\"ahead\"",
            .evidence =
                "3 of 9 messages with words come before any audio of their turn, and the "
                "others stand alone",
            .differs = true,
            .proposed = "\"ahead\""};
  all[3] = {.topic = "takes_video", .is_fact = true, .assumed = "true", .evidence = "not asked"};
  all[4] = {.topic = "schema keys refused",
            .seen = "$schema, additionalProperties, $ref, $defs, oneOf, allOf"};
  all.push_back({.topic = "tools",
                 .is_fact = true,
                 .assumed = "\"non_blocking_unless_said\"",
                 .seen = "\"non_blocking_unless_said\""});
  return all;
}

TEST(ProbeReport, the_fragment_says_only_what_differs) {
  EXPECT_EQ(overrides_toml(kHead, sightings()),
            "# Seen by `livegate doctor --probe` at wss://generativelanguage.googleapis.com on "
            "2026-11-30.\n"
            "[models.\"gemini-3.8-live\"]\n"
            "stream_end_ends_turn = true\n"
            "transcript = \"ahead\"\n");
  EXPECT_EQ(overrides_toml(kHead, {}), "");
}

TEST(ProbeReport, the_table_fits_in_eighty_columns_and_counts) {
  const std::string table = table_text(sightings());
  std::istringstream lines(table);
  for (std::string line; std::getline(lines, line);) EXPECT_LT(line.size(), 80u) << line;
  EXPECT_NE(table.find("  differs  stream_end_ends_turn     false                 true\n"),
            std::string::npos)
      << table;
  EXPECT_NE(table.find("  unknown  takes_video              true                  -\n"),
            std::string::npos)
      << table;
  EXPECT_NE(table.find("2 as assumed, 2 differ, 1 seen without an assumption, 1 unknown."),
            std::string::npos)
      << table;
}

TEST(ProbeReport, the_report_has_kinds_and_times) {
  ProbeRecord record;
  record.events.push_back({.ms = 12.34, .sign = Sign::setup});
  record.events.push_back({.ms = 200, .sign = Sign::words, .message = 2, .amount = 11});
  record.failure = "setup was not answered";
  const std::string report = report_json(kHead, sightings(), {{"marks", record}});
  for (const char* part :
       {R"("livegate":"1.2.3")", R"("sent":"setup")", R"("came":"outputTranscription")",
        R"("verdict":"differs")", R"("failure":"setup was not answered")"}) {
    EXPECT_NE(report.find(part), std::string::npos) << part << " in " << report;
  }
}

TEST(ProbeReport, the_cost_is_said_with_the_date_of_its_prices) {
  const std::string text = cost_text(probe_cases(), probe_prices());
  EXPECT_NE(text.find("US cents"), std::string::npos) << text;
  EXPECT_NE(text.find(std::string(probe_prices().as_of)), std::string::npos) << text;
}

}  // namespace
}  // namespace livegate::cli
