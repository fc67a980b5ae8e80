// A recording and what was heard in it, drawn: level over time, and for each detector its
// probability and when the policy said that somebody speaks. Decides the drawing alone.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "cli/hear_policy.h"

namespace livegate::cli {

struct PlotTrack {
  std::string name;
  const Heard* heard;  // outlives the call
  audio::Thresholds thresholds;
  bool graded;  // its probabilities lie between 0 and 1 as well
};

// An SVG document that also reads well on a dark page. `samples`: mono, 16 kHz, all of the
// recording.
[[nodiscard]] std::string plot_svg(const std::string& title, std::span<const std::int16_t> samples,
                                   std::span<const PlotTrack> tracks);

}  // namespace livegate::cli
