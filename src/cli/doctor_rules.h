// What the doctor makes of what it measured: pure functions from figures to findings.
//
// Decides which figure is well, which could be better, what is broken, and what to do about it;
// every bound stands here with its reason. Leaves measuring to doctor_gateway.h and
// doctor_upstream.h.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/doctor_report.h"
#include "net/connector.h"
#include "proto/native.h"

namespace livegate::cli {

enum class Place : std::uint8_t { gateway, upstream };

[[nodiscard]] double median(std::vector<double> values);  // 0 of none

// "12 ms", "0.3 ms"
[[nodiscard]] std::string ms_text(double ms);

// This machine itself: 127.0.0.0/8, ::1 or localhost.
[[nodiscard]] bool is_loopback(std::string_view host);

// ---- reaching it

// An opening that failed, as a finding of the step that failed.
[[nodiscard]] Finding failure_finding(const net::ConnectError& error,
                                      const net::ConnectTrace& trace, Place place,
                                      const std::vector<std::string>& secrets);
[[nodiscard]] Finding name_finding(const net::ConnectTrace& trace);
[[nodiscard]] Finding tcp_finding(const std::vector<double>& connects_ms, Place place);
[[nodiscard]] Finding tls_finding(const net::ConnectTrace& trace,
                                  std::chrono::system_clock::time_point now);
// ws or wss, and what that means for a page on another machine, or for the key.
[[nodiscard]] Finding encryption_finding(const net::Url& url, Place place, bool key_given);

// `date`: an HTTP Date header, which counts whole seconds. `asked`, `answered`: the local clock.
[[nodiscard]] Finding clock_finding(std::string_view date,
                                    std::chrono::system_clock::time_point asked,
                                    std::chrono::system_clock::time_point answered);

// ---- the way there and back

// Round trips of WebSocket pings; `sent`: how many pings there were.
[[nodiscard]] Finding ping_finding(const std::vector<double>& round_trips_ms, std::size_t sent,
                                   Place place);
// Small messages were sent `every_ms` apart, and their echoes came at these times.
[[nodiscard]] Finding bunching_finding(const std::vector<double>& arrivals_ms, double every_ms);
// `seconds` without a frame of ours, then a ping. `closed`: how the connection ended, or empty.
[[nodiscard]] Finding idle_finding(double seconds, bool answered, const std::string& closed);

// ---- the conversation

// One question and its answer as the client saw it.
struct AnswerSeen {
  bool complete = false;
  std::optional<double> first_audio_ms;  // from the end of the question
  std::vector<double> arrivals_ms;       // of audio messages, on the same clock
  std::vector<double> lengths_ms;        // ... and how long each plays
  proto::native::TurnLatency latency;    // the gateway's own figures, where it has them
  bool speech_seen = false;              // the gateway told of the beginning of speech
  std::string problem;                   // what was said instead of an answer, fit to be shown
};

[[nodiscard]] Finding setup_finding(double ms, std::string_view model);
[[nodiscard]] Finding first_audio_finding(std::string_view check, const AnswerSeen& answer,
                                          Place place);
[[nodiscard]] Finding continuous_finding(const AnswerSeen& answer);
// `metrics`: the gateway's /metrics, or empty. `detector`: as `ready` names it, or empty.
[[nodiscard]] Finding detector_finding(const AnswerSeen& spoken, std::string_view metrics,
                                       std::string_view detector);
// How much a player must hold back so that this answer sounds without a gap, and what pages report.
[[nodiscard]] Finding buffer_finding(const AnswerSeen& answer, std::string_view metrics);

// Milliseconds that a player must wait before it begins, for this answer to sound without a gap.
[[nodiscard]] double buffer_needed_ms(const AnswerSeen& answer);

// The mean in ms of a Prometheus histogram in seconds whose samples begin with `name` and carry
// `label` ("stage=\"decision\"", or empty); nothing if nothing was observed.
struct HistogramMean {
  double mean_ms = 0;
  double count = 0;
};
[[nodiscard]] std::optional<HistogramMean> histogram_mean(std::string_view metrics,
                                                          std::string_view name,
                                                          std::string_view label);

}  // namespace livegate::cli
