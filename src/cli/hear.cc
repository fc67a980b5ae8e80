#include "cli/hear.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <system_error>

#include "audio/pcm.h"
#include "audio/resampler.h"
#include "cli/hear_detectors.h"
#include "cli/hear_plot.h"
#include "cli/hear_policy.h"
#include "cli/hear_settings.h"
#include "cli/wav.h"

namespace livegate::cli {

const char* const kHearFooter =
    "What it answers: would the gateway have heard this caller begin, end, and nothing else?\n"
    "A detector gives each block of 10 to 32 ms a verdict; a policy makes turns of the verdicts.\n"
    "\n"
    "  livegate hear call.wav                              a summary of every detector\n"
    "  livegate hear call.wav --plot call.svg              and a picture, to tune by\n"
    "  livegate hear call.wav --detector silero --on 0.7   a stricter threshold\n"
    "  livegate hear call.wav --set hangover_long=900      more patience with pauses\n"
    "  livegate hear call.wav --policy classic             the ring of the well-known tutorial\n"
    "  livegate hear calls/*.wav --detector webrtc:3 --events --out decisions\n"
    "                                                      files for a measuring program\n"
    "\n"
    "Begins too late or not at all: less evidence. Begins with noise: more. Cuts in at pauses: a\n"
    "longer hangover_long, which every long answer then waits for. --set takes each of them,\n"
    "--print-settings names them. bench/evidence/hearing.md has the measurements.";

namespace {

using Samples = std::vector<std::int16_t>;

struct Request {
  std::vector<HearDetector> detectors;
  audio::Thresholds thresholds;
  audio::GateDurations gate;
  std::vector<turn::EndpointerOptions> ours;  // for each detector
};

// Those that were asked for, or the best there are.
std::vector<std::string> detector_names(const HearOptions& options, std::ostream& err) {
  if (!options.detectors.empty()) return options.detectors;
  const bool has_model = !options.model_file.empty() || !find_voice_model().empty();
  if (!has_model) {
    err << "livegate hear: without the network, as its model is not here; scripts/models/fetch "
           "brings it.\n";
  }
  if (options.events) return {has_model ? "ear" : "webrtc:3"};
  if (options.probabilities) return {has_model ? "voice" : "webrtc:3"};
  if (!has_model) return {"webrtc:3", "energy"};
  return {"ear", "webrtc:3", "energy"};
}

// The endpointer's options for a detector; the error is one sentence.
Result<turn::EndpointerOptions, std::string> our_options(const HearOptions& options, bool graded) {
  auto ours = graded ? turn::graded_options() : turn::verdict_options();
  if (options.hangover_ms > 0) ours = turn::with_hangover(ours, Millis(options.hangover_ms));
  for (const std::string& setting : options.settings) {
    const auto done = set_endpointer(setting, ours);
    if (!done) return Unexpected{done.error()};
  }
  if (!turn::is_sound(ours)) {
    return Unexpected{
        std::string("These settings do not go together: unsure is at most off, hangover_short at "
                    "most hangover_long, and short_speech is less than long_speech.")};
  }
  return ours;
}

// Reads what was asked for; the error is one sentence.
Result<Request, std::string> requested(const HearOptions& options, std::ostream& err) {
  Request request;
  const bool one_kind = options.events || options.probabilities;
  if (options.events && options.probabilities) {
    return Unexpected{std::string("Ask for --events or for --probabilities, not for both.")};
  }
  if (options.aligned && !options.probabilities) {
    return Unexpected{
        std::string("--aligned is for --probabilities: an event is never sooner than "
                    "it was known.")};
  }
  if (!options.out_dir.empty() && !one_kind) {
    return Unexpected{
        std::string("--out is for --events and --probabilities; a summary goes to "
                    "the terminal and a plot where --plot says.")};
  }
  if (one_kind && options.out_dir.empty() && options.files.size() > 1) {
    return Unexpected{
        std::string("Several recordings make several files: name a folder for them "
                    "with --out DIR.")};
  }
  if (!options.plot_file.empty() && options.files.size() > 1) {
    return Unexpected{std::string("--plot draws one recording; several were given.")};
  }
  if (options.early && !options.events) {
    return Unexpected{std::string("--early is for --events.")};
  }
  if (options.policy != "ours" && options.policy != "gate" && options.policy != "classic") {
    return Unexpected{"'" + options.policy + "' is no policy: it must be ours, gate or classic."};
  }
  request.thresholds = {static_cast<float>(options.on), static_cast<float>(options.off)};
  if (!(options.off > 0 && options.off <= options.on && options.on < 1)) {
    return Unexpected{std::string(
        "--on and --off are probabilities between 0 and 1, and --off is not above --on.")};
  }
  const auto open = parse_open(options.open, request.gate);
  if (!open) return Unexpected{open.error()};
  if (options.hangover_ms > 0) request.gate.hangover = Millis(options.hangover_ms);
  const std::vector<std::string> names = detector_names(options, err);
  if (one_kind && names.size() > 1) {
    return Unexpected{
        std::string("--events and --probabilities are of one detector; several were "
                    "given.")};
  }
  if (options.aligned && names.front() != "silero" && names.front() != "voice") {
    return Unexpected{
        std::string("--aligned is for silero and voice: no other detector's answers trail by a "
                    "block.")};
  }
  for (const std::string& name : names) {
    auto detector = HearDetector::parse(name, options.frame_ms, options.model_file);
    if (!detector) return Unexpected{detector.error()};
    auto ours = our_options(options, detector->is_graded());
    if (!ours) return Unexpected{ours.error()};
    request.ours.push_back(*ours);
    request.detectors.push_back(std::move(*detector));
  }
  return request;
}

Result<Samples, std::string> samples_of(const std::string& file) {
  auto recording = read_recording(file);
  if (!recording) return Unexpected{recording.error()};
  if (recording->rate_hz == audio::kUplinkRateHz) return std::move(recording->samples);
  Samples samples;
  audio::Resampler resampler(recording->rate_hz, audio::kUplinkRateHz);
  resampler.process(recording->samples, samples);
  return samples;
}

// `which` of the request's detectors.
Heard heard_by(const HearOptions& options, const Request& request, std::size_t which,
               const Samples& samples) {
  const auto ear = request.detectors[which].make();
  std::unique_ptr<HearPolicy> policy;
  if (options.policy == "classic") {
    policy = make_classic_policy(ear->block_samples());
  } else if (options.policy == "gate") {
    policy = make_gate_policy(request.gate, ear->block_samples());
  } else {
    policy = make_our_policy(request.ours[which]);
  }
  return hear(*ear, *policy, request.thresholds, samples);
}

void write_lines(std::ostream& out, const Heard& heard, const HearOptions& options) {
  char line[64];
  if (options.early) {
    for (const HearMoment& moment : heard.moments) {
      (void)std::snprintf(line, sizeof(line), "%.10g %s\n", moment.ms, moment.what);
      out << line;
    }
    return;
  }
  if (options.events) {
    for (const HearEvent& event : heard.events) {
      (void)std::snprintf(line, sizeof(line), "%.10g %s\n", event.ms,
                          event.start ? "start" : "end");
      out << line;
    }
    return;
  }
  for (const HearBlock& block : heard.blocks) {
    (void)std::snprintf(line, sizeof(line), "%.10g %.5f\n", block.end_ms,
                        static_cast<double>(block.probability));
    out << line;
  }
}

std::string seconds(double ms) {
  char text[32];
  (void)std::snprintf(text, sizeof(text), "%.2f", ms / 1000);
  return text;
}

// The level that a tenth of the recording's 20 ms pieces exceed, or stay below.
std::string levels(const Samples& samples) {
  std::vector<double> levels;
  constexpr std::size_t kPiece = audio::kUplinkRateHz / 50;
  for (std::size_t at = 0; at + kPiece <= samples.size(); at += kPiece) {
    levels.push_back(audio::level_dbfs(std::span(samples).subspan(at, kPiece)));
  }
  if (levels.empty()) return "too short to say how loud";
  std::ranges::sort(levels);
  char text[80];
  (void)std::snprintf(text, sizeof(text), "loudest tenth %.0f dBFS, quietest tenth %.0f dBFS",
                      levels[levels.size() * 9 / 10], levels[levels.size() / 10]);
  return text;
}

void print_track(std::ostream& out, const HearDetector& kind, const Heard& heard) {
  const auto voiced = std::ranges::count_if(heard.blocks, &HearBlock::speech);
  const double share = heard.blocks.empty() ? 0
                                            : 100 * static_cast<double>(voiced) /
                                                  static_cast<double>(heard.blocks.size());
  char head[96];
  const auto turns = std::ranges::count_if(heard.events, &HearEvent::start);
  (void)std::snprintf(head, sizeof(head), "  %-14s speech %5.1f %%   %ld turn%s",
                      kind.name().c_str(), share, static_cast<long>(turns), turns == 1 ? " " : "s");
  out << head;
  for (std::size_t i = 0; i < heard.events.size(); ++i) {
    const HearEvent& event = heard.events[i];
    if (event.start)
      out << "  " << seconds(event.ms) << "-";
    else
      out << seconds(event.ms);
  }
  if (!heard.events.empty() && heard.events.back().start) out << "(goes on)";
  out << '\n';
}

// One recording in full: summary, and the plot if there is to be one.
Result<Done, std::string> show(const HearOptions& options, const Request& request,
                               const std::string& file, const Samples& samples, std::ostream& out) {
  const double ms = static_cast<double>(samples.size()) * 1000.0 / audio::kUplinkRateHz;
  out << file << ": " << seconds(ms) << " s, " << levels(samples) << "; policy " << options.policy
      << '\n';
  std::vector<Heard> all;
  all.reserve(request.detectors.size());
  std::vector<PlotTrack> tracks;
  for (std::size_t i = 0; i < request.detectors.size(); ++i) {
    const HearDetector& detector = request.detectors[i];
    all.push_back(heard_by(options, request, i, samples));
    print_track(out, detector, all.back());
    tracks.push_back({detector.name(), &all.back(), request.thresholds, detector.is_graded()});
  }
  if (options.plot_file.empty()) return Done{};
  const std::string title =
      std::filesystem::path(file).filename().string() + ", policy " + options.policy;
  std::ofstream svg(options.plot_file, std::ios::binary);
  svg << plot_svg(title, samples, tracks);
  svg.close();
  if (!svg) return Unexpected{"The plot cannot be written to " + options.plot_file + "."};
  out << "  plot: " << options.plot_file << '\n';
  return Done{};
}

// Where the lines of each recording go, before any work is done for them.
Result<std::vector<std::string>, std::string> line_files(const HearOptions& options) {
  namespace fs = std::filesystem;
  std::error_code failed;
  fs::create_directories(options.out_dir, failed);
  if (failed) {
    return Unexpected{"The folder " + options.out_dir + " cannot be made: " + failed.message() +
                      "."};
  }
  std::map<std::string, std::string> taken;
  std::vector<std::string> paths;
  for (const std::string& file : options.files) {
    const std::string name = fs::path(file).stem().string() + ".txt";
    const auto [place, is_new] = taken.emplace(name, file);
    if (!is_new) {
      return Unexpected{"The recordings " + place->second + " and " + file +
                        " would both be written to " + name + "."};
    }
    paths.push_back((fs::path(options.out_dir) / name).string());
  }
  return paths;
}

Result<Done, std::string> run(const HearOptions& options, std::ostream& out, std::ostream& err) {
  const auto request = requested(options, err);
  if (!request) return Unexpected{request.error()};
  if (options.print_settings) {
    out << endpointer_settings(request->ours.front());
    return Done{};
  }
  const bool lines = options.events || options.probabilities;
  std::vector<std::string> paths;
  if (lines && !options.out_dir.empty()) {
    auto named = line_files(options);
    if (!named) return Unexpected{named.error()};
    paths = std::move(*named);
  }
  for (std::size_t i = 0; i < options.files.size(); ++i) {
    const auto samples = samples_of(options.files[i]);
    if (!samples) return Unexpected{samples.error()};
    if (!lines) {
      const auto shown = show(options, *request, options.files[i], *samples, out);
      if (!shown) return Unexpected{shown.error()};
      continue;
    }
    Heard heard = heard_by(options, *request, 0, *samples);
    if (options.aligned) align(heard.blocks);
    if (paths.empty()) {
      write_lines(out, heard, options);
      continue;
    }
    std::ofstream to(paths[i], std::ios::binary);
    write_lines(to, heard, options);
    to.close();
    if (!to) return Unexpected{"The file " + paths[i] + " cannot be written."};
  }
  return Done{};
}

}  // namespace

int run_hear(const HearOptions& options, std::ostream& out, std::ostream& err) {
  const auto done = run(options, out, err);
  if (done) return 0;
  err << "livegate hear: " << done.error() << '\n';
  return 2;
}

}  // namespace livegate::cli
