#include "cli/doctor_report.h"

#include <algorithm>
#include <boost/json.hpp>
#include <utility>

namespace livegate::cli {
namespace {

namespace json = boost::json;

constexpr std::size_t kColumns = 79;
constexpr std::size_t kVerdictColumns = 11;  // with the two blanks before it
constexpr std::size_t kCheckColumns = 19;
constexpr std::size_t kForeignMax = 200;

std::string padded(std::string_view text, std::size_t columns) {
  std::string all(text);
  all.resize(std::max(columns, all.size() + 1), ' ');
  return all;
}

std::string counted(std::size_t count, std::string_view what) {
  return std::to_string(count) + " " + std::string(what) + (count == 1 ? "" : "s");
}

}  // namespace

std::string_view verdict_name(Verdict verdict) {
  static constexpr std::string_view kNames[] = {"ok", "skipped", "warning", "fault"};
  return kNames[static_cast<std::size_t>(verdict)];
}

std::string wrapped(std::string_view text, std::size_t indent) {
  std::string out;
  std::size_t column = indent;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (word.empty()) continue;
    if (column > indent && column + 1 + word.size() > kColumns) {
      out += '\n' + std::string(indent, ' ');
      column = indent;
    }
    if (column > indent) {
      out += ' ';
      ++column;
    }
    out += word;
    column += word.size();
  }
  return out;
}

std::string finding_text(const Finding& finding) {
  constexpr std::size_t kIndent = kVerdictColumns + kCheckColumns;
  std::string text = padded("  " + std::string(verdict_name(finding.verdict)), kVerdictColumns) +
                     padded(finding.check, kCheckColumns) + wrapped(finding.figure, kIndent) + "\n";
  if (!finding.advice.empty()) {
    text += std::string(kVerdictColumns, ' ') + "-> " +
            wrapped(finding.advice, kVerdictColumns + 3) + "\n";
  }
  return text;
}

std::string shown(std::string_view foreign, const std::vector<std::string>& secrets) {
  std::string text(foreign);
  for (const std::string& secret : secrets) {
    if (secret.empty()) continue;
    for (std::size_t at = text.find(secret); at != std::string::npos; at = text.find(secret, at)) {
      text.replace(at, secret.size(), "[redacted]");
    }
  }
  std::ranges::replace_if(
      text, [](char c) { return c == '\n' || c == '\r' || c == '\t'; }, ' ');
  std::ranges::replace_if(
      text, [](char c) { return c < ' ' || c > '~'; }, '?');
  while (text.ends_with(' ')) text.pop_back();
  if (text.size() > kForeignMax) text = text.substr(0, kForeignMax - 3) + "...";
  return text;
}

void DoctorReport::begin(std::string kind, std::string address) {
  if (style_ == Style::text) {
    if (!sections_.empty()) out_ << '\n';
    out_ << static_cast<char>(kind.front() - 'a' + 'A') << kind.substr(1) << ' ' << address
         << std::endl;
  }
  sections_.push_back({std::move(kind), std::move(address), {}});
}

void DoctorReport::add(Finding finding) {
  if (style_ == Style::text) out_ << finding_text(finding) << std::flush;
  sections_.back().findings.push_back(std::move(finding));
}

void DoctorReport::progress(std::string_view doing) {
  err_ << "livegate doctor: " << doing << " ..." << std::endl;
}

std::size_t DoctorReport::count(Verdict verdict) const {
  std::size_t total = 0;
  for (const Section& section : sections_) {
    total +=
        static_cast<std::size_t>(std::ranges::count(section.findings, verdict, &Finding::verdict));
  }
  return total;
}

void DoctorReport::finish() {
  if (style_ == Style::json) return print_json();
  const std::size_t faults = count(Verdict::fault);
  const std::size_t warnings = count(Verdict::warning);
  out_ << '\n';
  if (faults + warnings == 0) {
    out_ << "All is well: " << counted(count(Verdict::ok), "check") << " ok";
  } else {
    out_ << counted(faults, "fault") << ", " << counted(warnings, "warning") << ", "
         << count(Verdict::ok) << " ok";
  }
  if (count(Verdict::skipped) > 0) out_ << ", " << count(Verdict::skipped) << " skipped";
  out_ << '.' << std::endl;
}

void DoctorReport::print_json() {
  json::array checks;
  for (const Section& section : sections_) {
    for (const Finding& finding : section.findings) {
      json::object check{{"target", section.kind},
                         {"address", section.address},
                         {"check", finding.check},
                         {"verdict", verdict_name(finding.verdict)},
                         {"figure", finding.figure}};
      if (finding.ms) check["ms"] = *finding.ms;
      if (!finding.advice.empty()) check["advice"] = finding.advice;
      checks.push_back(std::move(check));
    }
  }
  const json::object all{{"faults", count(Verdict::fault)},
                         {"warnings", count(Verdict::warning)},
                         {"ok", count(Verdict::ok)},
                         {"skipped", count(Verdict::skipped)},
                         {"checks", std::move(checks)}};
  out_ << json::serialize(all) << std::endl;
}

int DoctorReport::exit_status(bool strict) const {
  if (count(Verdict::fault) > 0) return 2;
  return strict && count(Verdict::warning) > 0 ? 1 : 0;
}

}  // namespace livegate::cli
