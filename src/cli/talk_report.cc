#include "cli/talk_report.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cstdio>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "audio/pcm.h"

namespace livegate::cli {
namespace {

constexpr std::size_t kLabelColumns = 13;    // "  Recording  "
constexpr std::size_t kTextColumns = 66;     // so that a line stays within 80
constexpr std::size_t kLatencyColumns = 46;  // the longest name with its indent

// Columns that `text` takes: its code points, good enough for the languages of a terminal that is
// not wide.
std::size_t columns(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

// Broken at blanks into lines of at most kTextColumns, where the words allow it.
std::vector<std::string> wrapped(std::string_view text) {
  std::vector<std::string> lines(1);
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(" \n\t"), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (word.empty()) continue;
    if (!lines.back().empty() && columns(lines.back()) + 1 + columns(word) > kTextColumns) {
      lines.emplace_back();
    }
    if (!lines.back().empty()) lines.back() += ' ';
    lines.back() += word;
  }
  return lines;
}

std::string with_decimal(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", value);
  return text;
}

double seconds_of(std::size_t samples) {
  return static_cast<double>(samples) / audio::kDownlinkRateHz;
}

// Without control characters: what a person or a model said must not steer the terminal.
std::string printable(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    out += byte < 0x20 || byte == 0x7F ? ' ' : c;
  }
  return out;
}

}  // namespace

TalkReport::TalkReport(std::ostream& out, std::ostream& err, Style style, std::string url,
                       std::string source)
    : out_(out), err_(err), style_(style), url_(std::move(url)), source_(std::move(source)) {}

void TalkReport::line(std::string_view label, std::string_view text) {
  std::string lead = "  " + std::string(label);
  lead.resize(kLabelColumns, ' ');
  for (const std::string& part : wrapped(printable(text))) {
    out_ << lead << part << '\n';
    lead.assign(kLabelColumns, ' ');
  }
}

// A line break between the members of an object is legal JSON, but would make two lines of it.
void TalkReport::on_event(std::string_view message) {
  if (style_ == Style::json) out_ << printable(message) << '\n' << std::flush;
}

void TalkReport::on_ready(const ServerEvent& ready) {
  if (style_ != Style::text) return;
  line("Gateway", url_ + (ready.session.empty() ? "" : ", session " + ready.session));
  if (!ready.model.empty() || !ready.upstream.empty()) {
    line("Model", ready.upstream.empty() ? ready.model
                  : ready.model.empty()  ? ready.upstream
                                         : ready.model + " (" + ready.upstream + ")");
  }
  if (!ready.notice.empty()) line("Note", ready.notice);
  line("Recording", source_);
  out_ << std::flush;
}

void TalkReport::on_turn(const TurnRecord& turn) {
  if (style_ != Style::text) return;
  out_ << "\nTurn " << turn.number << '\n';
  if (!turn.heard.empty()) line("You", turn.heard);
  for (const ToolUse& use : turn.tools) tool(use);
  if (!turn.said.empty()) line("Assistant", turn.said);
  if (!turn.written.empty()) line("Written", turn.written);
  std::string reply = turn.reply_samples == 0
                          ? "no speech"
                          : with_decimal(seconds_of(turn.reply_samples)) + " s of speech";
  if (turn.interrupted) reply += ", then interrupted";
  line("Reply", reply);
  latency(turn.latency);
  out_ << std::flush;
}

void TalkReport::tool(const ToolUse& use) {
  line("Tool", use.name + " " + use.args_json);
  line("", (use.refused ? "refused: " : "-> ") + use.answer);
  if (use.cancelled) line("", "(cancelled: the answer was no longer wanted)");
}

// Under the names that voice assistants are compared by.
void TalkReport::latency(const proto::native::TurnLatency& latency) {
  const auto whole = [](const std::optional<std::int64_t>& value) -> std::optional<std::string> {
    if (!value) return std::nullopt;
    return std::to_string(*value);
  };
  const std::pair<std::string_view, std::optional<std::string>> rows[] = {
      {"First packet response", whole(latency.first_packet_ms)},
      {"End-to-end latency", whole(latency.end_to_end_ms)},
      {"  of which deciding that you had finished", whole(latency.decision_ms)},
      {"Continuous conversation latency", whole(latency.continuous_ms)},
      {"The gateway's own share",
       latency.gateway_ms ? std::optional(with_decimal(*latency.gateway_ms)) : std::nullopt}};
  bool first = true;
  for (const auto& [name, value] : rows) {
    if (!value) continue;
    if (std::exchange(first, false)) out_ << '\n';
    std::string lead = "  " + std::string(name);
    lead.resize(kLatencyColumns, ' ');
    out_ << lead << std::string(value->size() < 7 ? 7 - value->size() : 0, ' ') << *value
         << " ms\n";
  }
}

void TalkReport::on_note(const std::string& sentence) {
  if (style_ == Style::quiet) return;
  err_ << "Note: " << printable(sentence) << '\n' << std::flush;
}

void TalkReport::on_reply_written(const std::string& path, double seconds) {
  if (style_ != Style::text) return;
  out_ << "\nThe reply is in " << path << " (" << with_decimal(seconds) << " s at "
       << audio::kDownlinkRateHz << " Hz).\n"
       << std::flush;
}

}  // namespace livegate::cli
