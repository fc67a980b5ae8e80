#include "cli/doctor_report.h"

#include <algorithm>
#include <sstream>

#include <gtest/gtest.h>

namespace livegate::cli {
namespace {

std::size_t longest_line(const std::string& text) {
  std::istringstream lines(text);
  std::size_t most = 0;
  for (std::string line; std::getline(lines, line);) most = std::max(most, line.size());
  return most;
}

struct DoctorReportTest : testing::Test {
  std::ostringstream out, err;
  DoctorReport text{out, err, DoctorReport::Style::text};
  DoctorReport json{out, err, DoctorReport::Style::json};

  static Finding warning() {
    return {.verdict = Verdict::warning,
            .check = "round trip",
            .figure = "310 ms by WebSocket ping, median of 5, 280 ms to 390 ms; 1 unanswered",
            .advice =
                "The gateway is far from here, or the way is slow: run it closer to your "
                "users than it is at present.",
            .ms = 310};
  }
};

TEST_F(DoctorReportTest, a_finding_fits_in_eighty_columns_with_its_advice_under_it) {
  const std::string shown_as = finding_text(warning());
  EXPECT_LT(longest_line(shown_as), 80u) << shown_as;
  EXPECT_EQ(shown_as.find("  warning  round trip         310 ms by"), 0u) << shown_as;
  EXPECT_NE(shown_as.find("\n           -> The gateway is far"), std::string::npos) << shown_as;
}

TEST_F(DoctorReportTest, text_comes_as_it_is_found) {
  text.begin("gateway", "ws://127.0.0.1:8080/v1/live");
  text.add({.check = "name", .figure = "0.1 ms"});
  EXPECT_EQ(out.str(),
            "Gateway ws://127.0.0.1:8080/v1/live\n"
            "  ok       name               0.1 ms\n");
}

TEST_F(DoctorReportTest, progress_is_apart_from_what_was_found) {
  text.begin("gateway", "ws://x");
  text.progress("setting up a conversation");
  EXPECT_EQ(out.str(), "Gateway ws://x\n");
  EXPECT_EQ(err.str(), "livegate doctor: setting up a conversation ...\n");
}

TEST_F(DoctorReportTest, the_exit_status_is_0_for_warnings_unless_they_count) {
  text.begin("gateway", "ws://x");
  text.add({.check = "name", .figure = "1 ms"});
  EXPECT_EQ(text.exit_status(true), 0);
  text.add(warning());
  EXPECT_EQ(text.exit_status(false), 0);
  EXPECT_EQ(text.exit_status(true), 1);
  text.add({.verdict = Verdict::fault, .check = "setup", .figure = "refused"});
  EXPECT_EQ(text.exit_status(false), 2);
}

TEST_F(DoctorReportTest, what_was_skipped_is_no_fault) {
  text.begin("upstream", "ws://x");
  text.add({.verdict = Verdict::skipped, .check = "clock", .figure = "no Date"});
  EXPECT_EQ(text.exit_status(true), 0);
  text.finish();
  EXPECT_NE(out.str().find("All is well: 0 checks ok, 1 skipped."), std::string::npos) << out.str();
}

TEST_F(DoctorReportTest, json_is_one_object_with_every_check) {
  json.begin("gateway", "ws://x");
  json.add(warning());
  EXPECT_EQ(out.str(), "") << "nothing before the end";
  json.finish();
  const std::string said = out.str();
  EXPECT_EQ(std::ranges::count(said, '\n'), 1);
  for (const char* part : {R"("warnings":1)", R"("target":"gateway")", R"("verdict":"warning")",
                           R"("ms":3.1E2)", R"("advice":"The gateway is far)"}) {
    EXPECT_NE(said.find(part), std::string::npos) << part << " in " << said;
  }
}

TEST(DoctorShown, foreign_text_loses_secrets_and_control_characters) {
  EXPECT_EQ(shown("key k-123 is\x1b[31m wrong\r\n", {"k-123", ""}), "key [redacted] is?[31m wrong");
  EXPECT_EQ(shown(std::string(500, 'x'), {}).size(), 200u);
  EXPECT_EQ(shown("", {}), "");
}

TEST(DoctorWrapped, keeps_a_long_word_whole) {
  const std::string address(100, 'a');
  EXPECT_EQ(wrapped("see " + address + " there", 4), "see\n    " + address + "\n    there");
}

}  // namespace
}  // namespace livegate::cli
