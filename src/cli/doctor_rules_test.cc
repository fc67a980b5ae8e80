#include "cli/doctor_rules.h"

#include <gtest/gtest.h>

namespace livegate::cli {
namespace {

using std::chrono::system_clock;

system_clock::time_point at(std::int64_t seconds, int ms = 0) {
  return system_clock::time_point(std::chrono::seconds(seconds) + std::chrono::milliseconds(ms));
}

TEST(DoctorRules, medians_and_figures) {
  EXPECT_EQ(median({}), 0);
  EXPECT_EQ(median({3, 1, 2}), 2);
  EXPECT_EQ(median({4, 1, 2, 3}), 2.5);
  EXPECT_EQ(ms_text(0.01), "below 0.1 ms");
  EXPECT_EQ(ms_text(0.24), "0.2 ms");
  EXPECT_EQ(ms_text(12.4), "12 ms");
}

TEST(DoctorRules, a_far_gateway_is_a_warning) {
  EXPECT_EQ(tcp_finding({10, 12, 11}, Place::gateway).verdict, Verdict::ok);
  EXPECT_EQ(tcp_finding({150, 12, 160}, Place::gateway).verdict, Verdict::warning);
}

TEST(DoctorRules, plain_ws_matters_only_on_another_machine) {
  const auto verdict = [](const char* url) {
    return encryption_finding(net::Url::parse(url).value(), Place::gateway, false).verdict;
  };
  EXPECT_EQ(verdict("ws://127.0.0.1:8080"), Verdict::ok);
  EXPECT_EQ(verdict("ws://localhost:8080"), Verdict::ok);
  EXPECT_EQ(verdict("ws://[::1]:8080"), Verdict::ok);
  EXPECT_EQ(verdict("ws://voice.example.org"), Verdict::warning);
  EXPECT_EQ(verdict("wss://voice.example.org"), Verdict::ok);
}

TEST(DoctorRules, clocks_are_compared_within_what_a_date_header_can_say) {
  // 2026-11-10 08:00:00 GMT.
  constexpr std::int64_t kThen = 1794297600;
  constexpr const char* kDate = "Tue, 10 Nov 2026 08:00:00 GMT";
  EXPECT_EQ(clock_finding(kDate, at(kThen), at(kThen)).verdict, Verdict::ok);
  EXPECT_EQ(clock_finding(kDate, at(kThen, 990), at(kThen, 995)).verdict, Verdict::ok);
  EXPECT_EQ(clock_finding(kDate, at(kThen + 10), at(kThen + 10)).verdict, Verdict::warning);
  const Finding ahead = clock_finding(kDate, at(kThen - 600), at(kThen - 600));
  EXPECT_EQ(ahead.verdict, Verdict::fault);
  EXPECT_EQ(ahead.figure, "600.5 s ahead of this machine's");
  EXPECT_EQ(clock_finding("", at(0), at(0)).verdict, Verdict::skipped);
  EXPECT_EQ(clock_finding("yesterday", at(0), at(0)).verdict, Verdict::skipped);
}

TEST(DoctorRules, a_failed_opening_is_a_fault_of_its_step) {
  net::ConnectTrace trace;
  const auto check = [&](net::ConnectFault fault, int status = 0) {
    return failure_finding({.fault = fault, .http_status = status, .message = "it failed"}, trace,
                           Place::gateway, {})
        .check;
  };
  EXPECT_EQ(check(net::ConnectFault::timeout), "name");
  trace.resolved = SessionClock::duration(1);
  EXPECT_EQ(check(net::ConnectFault::timeout), "TCP connection");
  EXPECT_EQ(check(net::ConnectFault::tls), "TLS");
  EXPECT_EQ(check(net::ConnectFault::upgrade, 403), "upgrade");
}

TEST(DoctorRules, a_refusal_is_told_in_its_own_words_without_the_token) {
  net::ConnectTrace trace;
  trace.refusal = "token t0ken is not known here\n";
  const Finding finding = failure_finding(
      {.fault = net::ConnectFault::upgrade, .http_status = 403, .message = "refused"}, trace,
      Place::gateway, {"t0ken"});
  EXPECT_EQ(finding.figure, "refused: \"token [redacted] is not known here\"");
  EXPECT_NE(finding.advice.find("--token"), std::string::npos);
}

TEST(DoctorRules, pings_that_are_missing_or_unsteady_are_warnings) {
  EXPECT_EQ(ping_finding({10, 11, 12}, 3, Place::gateway).verdict, Verdict::ok);
  EXPECT_EQ(ping_finding({10, 11}, 3, Place::gateway).verdict, Verdict::warning);
  EXPECT_EQ(ping_finding({10, 11, 90}, 3, Place::gateway).verdict, Verdict::warning);
  EXPECT_EQ(ping_finding({}, 3, Place::gateway).verdict, Verdict::warning);
}

TEST(DoctorRules, small_frames_in_bunches_mean_a_proxy_that_buffers) {
  EXPECT_EQ(bunching_finding({1, 51, 102, 149, 203}, 50).verdict, Verdict::ok);
  EXPECT_EQ(bunching_finding({200, 200, 201, 201, 202}, 50).verdict, Verdict::warning);
  EXPECT_EQ(bunching_finding({1, 51}, 50).verdict, Verdict::skipped);
}

TEST(DoctorRules, an_idle_connection_that_was_ended_is_a_fault) {
  EXPECT_EQ(idle_finding(90, true, "").verdict, Verdict::ok);
  EXPECT_EQ(idle_finding(61, false, "1006").figure, "was ended within 61.0 s: 1006");
  EXPECT_EQ(idle_finding(90, false, "").verdict, Verdict::fault);
}

AnswerSeen answer() {
  AnswerSeen seen;
  seen.complete = true;
  seen.first_audio_ms = 900;
  seen.arrivals_ms = {900, 960, 1500};
  seen.lengths_ms = {200, 200, 200};
  return seen;
}

TEST(DoctorRules, no_sound_is_a_fault_and_late_sound_a_warning) {
  EXPECT_EQ(first_audio_finding("typed question", answer(), Place::gateway).verdict, Verdict::ok);
  AnswerSeen late = answer();
  late.first_audio_ms = 2600;
  EXPECT_EQ(first_audio_finding("typed question", late, Place::gateway).verdict, Verdict::warning);
  AnswerSeen none;
  none.problem = "no answer within 15 s";
  const Finding finding = first_audio_finding("typed question", none, Place::gateway);
  EXPECT_EQ(finding.verdict, Verdict::fault);
  EXPECT_EQ(finding.figure, "no answer within 15 s");
}

TEST(DoctorRules, a_player_needs_as_much_as_the_latest_piece_was_late) {
  // The third piece is due at 900 + 400 and comes at 1500.
  EXPECT_EQ(buffer_needed_ms(answer()), 200);
  EXPECT_EQ(buffer_needed_ms({}), 0);
}

constexpr const char* kMetrics =
    "# HELP livegate_turn_seconds Where the time of a turn went\n"
    "livegate_turn_seconds_count{stage=\"decision\"} 4\n"
    "livegate_turn_seconds_sum{stage=\"decision\"} 1.6\n"
    "livegate_turn_seconds_count{stage=\"end_to_end\"} 9\n"
    "livegate_turn_seconds_sum{stage=\"end_to_end\"} 99\n"
    "livegate_turn_seconds_sums{stage=\"decision\"} 99\n";

TEST(DoctorRules, reads_the_mean_of_a_histogram) {
  const auto mean = histogram_mean(kMetrics, "livegate_turn_seconds", "stage=\"decision\"");
  ASSERT_TRUE(mean);
  EXPECT_EQ(mean->mean_ms, 400);
  EXPECT_EQ(mean->count, 4);
  EXPECT_FALSE(histogram_mean(kMetrics, "livegate_turn_seconds", "stage=\"continuous\""));
  EXPECT_FALSE(histogram_mean("", "livegate_turn_seconds", ""));
}

TEST(DoctorRules, a_slow_detector_is_a_warning_with_what_to_set) {
  AnswerSeen spoken = answer();
  spoken.latency.decision_ms = 360;
  const Finding good = detector_finding(spoken, kMetrics, "silero");
  EXPECT_EQ(good.verdict, Verdict::ok);
  EXPECT_EQ(good.figure,
            "silero: 360 ms from the end of speech to the decision, mean of 4 turns 400 ms");
  spoken.latency.decision_ms = 1200;
  EXPECT_EQ(detector_finding(spoken, "", "").verdict, Verdict::warning);
  EXPECT_EQ(detector_finding({}, "", "").figure, "no speech was heard in the phrase");
}

TEST(DoctorRules, a_page_that_holds_much_back_is_a_warning) {
  EXPECT_EQ(buffer_finding(answer(), "").verdict, Verdict::ok);
  const Finding reported = buffer_finding(
      answer(),
      "livegate_playback_buffer_seconds_sum 3\nlivegate_playback_buffer_seconds_count 10\n");
  EXPECT_EQ(reported.verdict, Verdict::warning);
  EXPECT_NE(reported.figure.find("pages report 300 ms, mean of 10"), std::string::npos);
}

}  // namespace
}  // namespace livegate::cli
