// Of doctor_rules.h: what a conversation's figures mean.
#include <algorithm>
#include <cstdlib>

#include "cli/doctor_rules.h"

namespace livegate::cli {
namespace {

// The service sets up within 300 ms; a resumed session within a second.
constexpr double kSetupMs = 2000;
// Recorded from the service: median 1.0 s, 95 of 100 within 1.8 s.
constexpr double kFirstAudioMs = 2000;
// A message of reply audio holds 200 to 300 ms of sound: a larger gap is heard.
constexpr double kContinuousMs = 300;
// The gateway's own detector ends speech after some 360 ms; half a second more is felt.
constexpr double kDecisionMs = 900;
// A player that waits longer is the larger part of the delay that it hides.
constexpr double kBufferMs = 200;

// One sample line's value, if its name and labels fit.
std::optional<double> sample(std::string_view line, std::string_view name, std::string_view label) {
  if (!line.starts_with(name)) return std::nullopt;
  const std::string_view rest = line.substr(name.size());
  const std::size_t blank = rest.rfind(' ');
  if (blank == std::string_view::npos || (rest.front() != '{' && rest.front() != ' ')) {
    return std::nullopt;
  }
  if (rest.substr(0, blank).find(label) == std::string_view::npos) return std::nullopt;
  return std::strtod(std::string(rest.substr(blank + 1)).c_str(), nullptr);
}

std::string of_turns(double count) {
  const auto turns = static_cast<long>(count);
  return std::to_string(turns) + (turns == 1 ? " turn" : " turns");
}

}  // namespace

Finding setup_finding(double ms, std::string_view model) {
  Finding finding{
      .check = "setup", .figure = ms_text(ms) + ", model " + shown(model, {}), .ms = ms};
  if (ms > kSetupMs) {
    finding.verdict = Verdict::warning;
    finding.advice = "A person waits that long after pressing Start: is the service far or busy?";
  }
  return finding;
}

Finding first_audio_finding(std::string_view check, const AnswerSeen& answer, Place place) {
  Finding finding{.check = std::string(check)};
  if (!answer.first_audio_ms) {
    finding.verdict = Verdict::fault;
    finding.figure = answer.problem.empty() ? "no sound came" : answer.problem;
    finding.advice =
        place == Place::gateway
            ? "The gateway's log and /metrics say what was "
              "tried; `livegate doctor --upstream` looks at the model alone."
            : "Try another model with --model; `livegate doctor --probe` says how this "
              "one takes questions.";
    return finding;
  }
  const double ms = *answer.first_audio_ms;
  finding.ms = ms;
  finding.figure = ms_text(ms) + " to the first sound";
  if (answer.latency.gateway_ms) {
    finding.figure += ", the gateway's share " + ms_text(*answer.latency.gateway_ms);
  }
  if (ms > kFirstAudioMs) {
    finding.verdict = Verdict::warning;
    finding.advice =
        "The model is slow to begin: compare models, regions and the size of the "
        "instruction, and look at the detector below.";
  } else if (!answer.complete) {
    finding.verdict = Verdict::warning;
    finding.figure += "; the answer did not come to its end";
  }
  return finding;
}

Finding continuous_finding(const AnswerSeen& answer) {
  Finding finding{.check = "continuous"};
  std::vector<double> gaps;
  for (std::size_t i = 1; i < answer.arrivals_ms.size(); ++i) {
    gaps.push_back(answer.arrivals_ms[i] - answer.arrivals_ms[i - 1]);
  }
  if (gaps.empty()) {
    finding.verdict = Verdict::skipped;
    finding.figure = "no answer of several pieces to measure";
    return finding;
  }
  const double ms = median(gaps);
  finding.ms = ms;
  finding.figure = ms_text(ms) + " between pieces of the answer, median of " +
                   std::to_string(gaps.size()) + ", longest " + ms_text(std::ranges::max(gaps));
  if (ms > kContinuousMs) {
    finding.verdict = Verdict::warning;
    finding.advice = "Sound arrives more slowly than it plays: a slow link, or a busy service.";
  }
  return finding;
}

double buffer_needed_ms(const AnswerSeen& answer) {
  double needed = 0;
  double played = 0;
  for (std::size_t i = 0; i < answer.arrivals_ms.size(); ++i) {
    needed = std::max(needed, answer.arrivals_ms[i] - answer.arrivals_ms.front() - played);
    played += answer.lengths_ms[i];
  }
  return needed;
}

Finding detector_finding(const AnswerSeen& spoken, std::string_view metrics,
                         std::string_view detector) {
  Finding finding{.check = "speech detector"};
  if (!detector.empty()) finding.figure = shown(detector, {}) + ": ";
  const auto all = histogram_mean(metrics, "livegate_turn_seconds", "stage=\"decision\"");
  if (spoken.latency.decision_ms) {
    const auto ms = static_cast<double>(*spoken.latency.decision_ms);
    finding.ms = ms;
    finding.figure += ms_text(ms) + " from the end of speech to the decision";
    if (all && all->count > 1) {
      finding.figure += ", mean of " + of_turns(all->count) + " " + ms_text(all->mean_ms);
    }
    if (ms > kDecisionMs) {
      finding.verdict = Verdict::warning;
      finding.advice =
          "Lower vad.hangover_ms, or use vad.detector = \"silero\", which fits its wait to what "
          "was "
          "said; with webrtc, try vad.frame_ms = 10.";
    }
    return finding;
  }
  finding.verdict = spoken.first_audio_ms || spoken.speech_seen ? Verdict::ok : Verdict::warning;
  finding.figure += spoken.speech_seen ? "heard the phrase, and leaves its end to the model"
                                       : "the gateway tells nothing of its own detector";
  if (finding.verdict == Verdict::warning) {
    finding.figure = "no speech was heard in the phrase";
    finding.advice =
        "`livegate hear` shows what each detector makes of a recording; vad.* sets it.";
  }
  return finding;
}

Finding buffer_finding(const AnswerSeen& answer, std::string_view metrics) {
  Finding finding{.check = "playback buffer"};
  const auto reported = histogram_mean(metrics, "livegate_playback_buffer_seconds", "");
  const double needed = buffer_needed_ms(answer);
  if (answer.arrivals_ms.empty() && !reported) {
    finding.verdict = Verdict::skipped;
    finding.figure = "no answer to measure it by";
    return finding;
  }
  finding.ms = needed;
  finding.figure = "a player here needs " + ms_text(needed);
  if (reported) {
    finding.ms = reported->mean_ms;
    finding.figure += "; pages report " + ms_text(reported->mean_ms) + ", mean of " +
                      std::to_string(static_cast<long>(reported->count));
  } else {
    finding.figure += "; what a page holds back stands in it under \"Reply in buffer\"";
  }
  if (std::max(needed, reported ? reported->mean_ms : 0) > kBufferMs) {
    finding.verdict = Verdict::warning;
    finding.advice =
        "More than 200 ms are felt. The link is unsteady: look at the round trip; in a "
        "page of your own, begin with 100 to 200 ms and adapt.";
  }
  return finding;
}

std::optional<HistogramMean> histogram_mean(std::string_view metrics, std::string_view name,
                                            std::string_view label) {
  double sum = 0;
  double count = 0;
  while (!metrics.empty()) {
    const std::size_t end = std::min(metrics.find('\n'), metrics.size());
    const std::string_view line = metrics.substr(0, end);
    metrics.remove_prefix(std::min(end + 1, metrics.size()));
    sum += sample(line, std::string(name) + "_sum", label).value_or(0);
    count += sample(line, std::string(name) + "_count", label).value_or(0);
  }
  if (count < 1) return std::nullopt;
  return HistogramMean{.mean_ms = sum / count * 1000, .count = count};
}

}  // namespace livegate::cli
