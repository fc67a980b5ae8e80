#include "cli/hear_settings.h"

#include <array>
#include <charconv>
#include <cstdio>
#include <string_view>
#include <variant>

namespace livegate::cli {
namespace {

using Options = turn::EndpointerOptions;

struct Setting {
  std::string_view name;
  std::variant<float Options::*, Millis Options::*> field;
  double least, most;
};

constexpr std::array kSettings = {
    Setting{"neutral", &Options::neutral, 0.01, 0.99},
    Setting{"evidence", &Options::evidence, 0.1, 1000},
    Setting{"off", &Options::off, 0.01, 0.99},
    Setting{"unsure", &Options::unsure, 0.001, 0.99},
    Setting{"unsure_part", &Options::unsure_part, 0, 1},
    Setting{"unsure_max", &Options::unsure_max, 0, 5000},
    Setting{"floor_db", &Options::floor_db, 0, 60},
    Setting{"speaker_db", &Options::speaker_db, 0, 96},
    Setting{"level_time", &Options::level_time, 0, 1000},
    Setting{"level_speech", &Options::level_speech, 0, 60000},
    Setting{"hangover_short", &Options::hangover_short, 10, 10000},
    Setting{"hangover_long", &Options::hangover_long, 10, 10000},
    Setting{"short_speech", &Options::short_speech, 0, 60000},
    Setting{"long_speech", &Options::long_speech, 1, 60000},
    Setting{"pause_growth", &Options::pause_growth, 0, 10},
    Setting{"pause_from", &Options::pause_from, 0, 10000},
    Setting{"merge", &Options::merge, 0, 60000},
    Setting{"early_end", &Options::early_end, 0, 10000},
};

void write(Options& options, const Setting& setting, double value) {
  if (const auto* number = std::get_if<float Options::*>(&setting.field)) {
    options.*(*number) = static_cast<float>(value);
  } else {
    options.*(*std::get_if<Millis Options::*>(&setting.field)) =
        Millis(static_cast<std::int64_t>(value));
  }
}

double read(const Options& options, const Setting& setting) {
  if (const auto* number = std::get_if<float Options::*>(&setting.field)) {
    return static_cast<double>(options.*(*number));
  }
  return static_cast<double>((options.*(*std::get_if<Millis Options::*>(&setting.field))).count());
}

std::string refusal(const std::string& setting) {
  std::string names;
  for (const Setting& known : kSettings) {
    names += (names.empty() ? "" : ", ") + std::string(known.name);
  }
  return "'" + setting + "' is no setting: --set takes NAME=VALUE, and the names are " + names +
         ".";
}

}  // namespace

Result<Done, std::string> set_endpointer(const std::string& setting, Options& options) {
  const std::size_t equals = setting.find('=');
  const std::string_view name = std::string_view(setting).substr(0, equals);
  for (const Setting& known : kSettings) {
    if (known.name != name || equals == std::string::npos) continue;
    double value = 0;
    const char* end = setting.data() + setting.size();
    const auto parsed = std::from_chars(setting.data() + equals + 1, end, value);
    if (parsed.ec != std::errc() || parsed.ptr != end || !(value >= known.least) ||
        !(value <= known.most)) {
      char range[64];
      (void)std::snprintf(range, sizeof(range), "from %g to %g.", known.least, known.most);
      return Unexpected{"'" + setting + "' is out of range: " + std::string(known.name) + " is " +
                        range};
    }
    write(options, known, value);
    return Done{};
  }
  return Unexpected{refusal(setting)};
}

std::string endpointer_settings(const Options& options) {
  std::string lines;
  for (const Setting& known : kSettings) {
    char line[64];
    (void)std::snprintf(line, sizeof(line), "%.*s=%g\n", static_cast<int>(known.name.size()),
                        known.name.data(), read(options, known));
    lines += line;
  }
  return lines;
}

}  // namespace livegate::cli
