#include "cli/hear_plot.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "audio/pcm.h"

namespace livegate::cli {
namespace {

constexpr double kLeft = 96, kRight = 24, kTop = 46, kBottom = 30;  // pixels
constexpr double kLevelHeight = 110, kTrackHeight = 90, kGap = 18, kBarHeight = 12;
constexpr double kPixelsPerSecond = 90, kWidthMin = 900, kWidthMax = 16000;
constexpr double kFloorDbfs = -80;
constexpr double kSamplesPerSecond = audio::kUplinkRateHz;

// Colours for a light page and, where the reader asks for it, a dark one.
constexpr const char* kStyle =
    "<style>"
    "svg{background:#fff;font:12px system-ui,sans-serif}"
    "text{fill:#333}.title{font-size:15px;font-weight:600}.name{font-weight:600}.dim{fill:#777}"
    ".grid{stroke:#ddd}.frame{fill:none;stroke:#bbb}"
    ".level{fill:none;stroke:#5b6b7b}.probability{fill:#1f77b4;fill-opacity:.3;stroke:#1f77b4}"
    ".threshold{stroke:#c44;stroke-dasharray:4 4}.speech{fill:#2a9d4a}"
    ".event{stroke:#2a9d4a;stroke-opacity:.5}"
    "@media(prefers-color-scheme:dark){svg{background:#15181c}text{fill:#ddd}.dim{fill:#999}"
    ".grid{stroke:#333}.frame{stroke:#555}.level{stroke:#9fb3c8}}"
    "</style>";

template <class... Values>
std::string format(const char* pattern, Values... values) {
  char text[256];
  (void)std::snprintf(text, sizeof(text), pattern, values...);
  return text;
}

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '&')
      out += "&amp;";
    else if (c == '"')
      out += "&quot;";
    else
      out += static_cast<unsigned char>(c) < ' ' ? '?' : c;
  }
  return out;
}

class Drawing {
 public:
  Drawing(double seconds, std::size_t tracks)
      : seconds_(seconds),
        width_(std::clamp(seconds * kPixelsPerSecond, kWidthMin, kWidthMax)),
        height_(kTop + kLevelHeight + static_cast<double>(tracks) * (kGap + kTrackHeight) +
                kBottom) {
    const double full = kLeft + width_ + kRight;
    svg_ = format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.0f %.0f\" width=\"%.0f\" "
        "height=\"%.0f\" role=\"img\">",
        full, height_, full, height_);
    svg_ += kStyle;
  }

  void title(const std::string& text) {
    svg_ += "<title>" + escaped(text) + "</title>";
    svg_ += format("<text class=\"title\" x=\"%.0f\" y=\"24\">", kLeft) + escaped(text) + "</text>";
  }

  // A line and a number at every step of 1, 2 or 5 seconds, minutes, ... that leaves room for it.
  void time_axis() {
    double step = 0.1;
    for (const double factor : {2.0, 2.5, 2.0, 2.0, 2.5, 2.0, 3.0, 2.0, 5.0, 2.0}) {
      if (width_ * step / seconds_ >= 60) break;
      step *= factor;
    }
    const double foot = height_ - kBottom;
    for (int i = 0; i * step <= seconds_ + 1e-9; ++i) {
      const double at = x(i * step);
      svg_ += format("<line class=\"grid\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%.0f\" y2=\"%.0f\"/>", at,
                     at, kTop, foot);
      svg_ += format("<text class=\"dim\" x=\"%.1f\" y=\"%.0f\" text-anchor=\"middle\">%g s</text>",
                     at, foot + 18, i * step);
    }
  }

  void level(std::span<const std::int16_t> samples) {
    begin_row(kLevelHeight, "level", "dBFS");
    for (const double dbfs : {0.0, -40.0, kFloorDbfs}) {
      svg_ += format("<text class=\"dim\" x=\"%.0f\" y=\"%.1f\" text-anchor=\"end\">%.0f</text>",
                     kLeft - 6, level_y(dbfs) + 4, dbfs);
    }
    // 10 ms, or as long as a pixel is.
    const auto step = static_cast<std::size_t>(
        std::max(kSamplesPerSecond / 100, seconds_ * kSamplesPerSecond / width_));
    svg_ += "<polyline class=\"level\" points=\"";
    for (std::size_t at = 0; at < samples.size(); at += step) {
      const auto part = samples.subspan(at, std::min(step, samples.size() - at));
      const double middle = static_cast<double>(at) + static_cast<double>(part.size()) / 2;
      svg_ += format("%.1f,%.1f ", x(middle / kSamplesPerSecond), level_y(audio::level_dbfs(part)));
    }
    svg_ += "\"/>";
  }

  void track(const PlotTrack& track) {
    row_ += kGap;
    begin_row(kTrackHeight, track.name, "");
    const double bar = row_ - kBarHeight;  // the policy's verdict, at the foot of the row
    const double foot = bar - 4, height = kTrackHeight - kBarHeight - 8;
    const auto value_y = [&](double value) { return foot - value * height; };

    double began_ms = 0;
    svg_ += format("<path class=\"probability\" d=\"M%.1f %.1f", x(0), foot);
    for (const HearBlock& block : track.heard->blocks) {
      const double y = value_y(static_cast<double>(block.probability));
      svg_ += format("L%.1f %.1fL%.1f %.1f", x(began_ms / 1000), y, x(block.end_ms / 1000), y);
      began_ms = block.end_ms;
    }
    svg_ += format("L%.1f %.1fZ\"/>", x(began_ms / 1000), foot);
    if (track.graded) {
      for (const float value : {track.thresholds.on, track.thresholds.off}) {
        const double y = value_y(static_cast<double>(value));
        svg_ +=
            format("<line class=\"threshold\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\"/>",
                   kLeft, kLeft + width_, y, y);
        svg_ += format("<text class=\"dim\" x=\"%.0f\" y=\"%.1f\" text-anchor=\"end\">%.2g</text>",
                       kLeft - 6, y + 4, static_cast<double>(value));
      }
    }
    const std::vector<HearEvent>& events = track.heard->events;
    for (std::size_t i = 0; i < events.size(); ++i) {
      const double at = x(events[i].ms / 1000);
      svg_ += format("<line class=\"event\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\"/>", at,
                     at, row_ - kTrackHeight, row_);
      if (!events[i].start) continue;
      const double end = i + 1 < events.size() ? x(events[i + 1].ms / 1000) : x(seconds_);
      svg_ +=
          format("<rect class=\"speech\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.0f\"/>",
                 at, bar, end - at, kBarHeight);
    }
  }

  [[nodiscard]] std::string finished() && { return std::move(svg_) + "</svg>\n"; }

 private:
  [[nodiscard]] double x(double seconds) const { return kLeft + width_ * seconds / seconds_; }
  [[nodiscard]] double level_y(double dbfs) const {
    return row_ - kLevelHeight * (1 - std::clamp(dbfs, kFloorDbfs, 0.0) / kFloorDbfs);
  }

  // Moves to the foot of the next row, with its frame and name.
  void begin_row(double height, const std::string& name, const std::string& unit) {
    svg_ += format("<rect class=\"frame\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>",
                   kLeft, row_, width_, height);
    svg_ += format("<text class=\"name\" x=\"6\" y=\"%.1f\">", row_ + height / 2) + escaped(name) +
            "</text>";
    svg_ += format("<text class=\"dim\" x=\"6\" y=\"%.1f\">", row_ + height / 2 + 15) + unit +
            "</text>";
    row_ += height;
  }

  double seconds_;
  double width_;
  double height_;
  double row_ = kTop;
  std::string svg_;
};

}  // namespace

std::string plot_svg(const std::string& title, std::span<const std::int16_t> samples,
                     std::span<const PlotTrack> tracks) {
  Drawing drawing(std::max(0.1, static_cast<double>(samples.size()) / kSamplesPerSecond),
                  tracks.size());
  drawing.title(title);
  drawing.time_axis();
  drawing.level(samples);
  for (const PlotTrack& track : tracks) drawing.track(track);
  return std::move(drawing).finished();
}

}  // namespace livegate::cli
