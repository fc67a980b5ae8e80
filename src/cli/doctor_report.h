// What the doctor found, one line per check: plain text within 80 columns for people, one JSON
// object for programs. Decides how a finding looks and what all of them together mean. Leaves to
// doctor_rules.h what is well and what is not.
#pragma once

#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace livegate::cli {

enum class Verdict : std::uint8_t {
  ok,
  skipped,  // could not be looked at: the figure says why
  warning,  // works, and could be better
  fault,    // does not work
};

struct Finding {
  Verdict verdict = Verdict::ok;
  std::string check;                        // "TCP connection", at most 18 characters
  std::string figure;                       // what was seen
  std::string advice = {};                  // what to do; empty where nothing is to be done
  std::optional<double> ms = std::nullopt;  // the figure as a number, for programs
};

[[nodiscard]] std::string_view verdict_name(Verdict verdict);

// `text` broken at blanks so that no line, `indent` blanks included, is longer than 79 characters.
// The first line carries no indent. A word that is too long stands alone.
[[nodiscard]] std::string wrapped(std::string_view text, std::size_t indent);

// One finding as it is printed, its line breaks included.
[[nodiscard]] std::string finding_text(const Finding& finding);

// Text that somebody else wrote, fit to be shown: printable ASCII, at most 200 characters, each of
// the secrets in it replaced.
[[nodiscard]] std::string shown(std::string_view foreign, const std::vector<std::string>& secrets);

class DoctorReport {
 public:
  enum class Style : std::uint8_t { text, json };

  // The streams outlive it. Text goes to `out` as it comes, JSON at the end; progress to `err`.
  DoctorReport(std::ostream& out, std::ostream& err, Style style)
      : out_(out), err_(err), style_(style) {}

  // What follows is about this: "gateway", and its address without secrets.
  void begin(std::string kind, std::string address);
  void add(Finding finding);
  void progress(std::string_view doing);  // "asking a typed question"
  void finish();

  // 0: nothing worse than allowed; 1: warnings, where `strict`; 2: faults.
  [[nodiscard]] int exit_status(bool strict) const;

 private:
  struct Section {
    std::string kind;
    std::string address;
    std::vector<Finding> findings;
  };
  [[nodiscard]] std::size_t count(Verdict verdict) const;
  void print_json();

  std::ostream& out_;
  std::ostream& err_;
  const Style style_;
  std::vector<Section> sections_;
};

}  // namespace livegate::cli
