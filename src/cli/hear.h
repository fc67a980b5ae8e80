// `livegate hear`: what the voice detectors make of a recording, faster than real time and without
// a gateway. Prints a summary, draws a plot to tune by, or writes decisions in the formats that
// measuring programs read. Leaves detection to audio/, and the rules of a turn to hear_policy.h.
#pragma once

#include <ostream>
#include <string>
#include <vector>

namespace livegate::cli {

struct HearOptions {
  std::vector<std::string> files;  // any format and rate that libsndfile reads
  // ear[:TIER], voice, silero, webrtc[:0-3], energy[:THRESHOLD], floor[:DB]. None: for a summary
  // one of each kind; for events ear, for probabilities voice, and webrtc:3 without a model.
  std::vector<std::string> detectors;
  std::string policy = "ours";  // or gate or classic
  bool events = false;          // `<ms> start`, `<ms> end`, instead of the summary
  bool early = false;           // with events: `<ms> paused`, `<ms> resumed` as well
  bool probabilities = false;   // `<ms> <value>`, a line for each block, instead of the summary
  bool aligned = false;         // with probabilities: by the audio they are about (kTrailingBlocks)
  std::string out_dir;          // a text file for each recording goes there; empty: stdout
  std::string plot_file;        // SVG of one recording; empty: none
  std::string model_file;       // Silero's; empty: where scripts/models/fetch puts it
  int frame_ms = 20;            // of webrtc and energy: 10, 20 or 30; silero's is 32
  double on = 0.5;              // silero: speech from this probability...
  double off = 0.35;            // ...until one below this
  std::string open = "100/160";  // gate: so many ms of speech in the last so many
  int hangover_ms = 0;  // ours, gate: ends after so much without speech; 0: the policy's own
  std::vector<std::string> settings;  // ours: NAME=VALUE of turn::EndpointerOptions
  bool print_settings = false;        // ours: print them all, and do nothing else
};

// What `livegate hear --help` says beneath the options.
extern const char* const kHearFooter;

// Returns 0, or 2 with one sentence on `err` where something asked for cannot be.
int run_hear(const HearOptions& options, std::ostream& out, std::ostream& err);

}  // namespace livegate::cli
