#include "offline/standin_settings.h"

#include <charconv>
#include <cmath>
#include <utility>

namespace livegate::offline {

StandinSettings service_settings() {
  StandinSettings settings;
  settings.setup_delay = 200ms;
  settings.first_audio = 1200ms;
  settings.connection_age = 600s;
  return settings;
}

Result<Millis, std::string> parse_duration(std::string_view text) {
  constexpr std::pair<std::string_view, double> kUnits[] = {
      {"ms", 1}, {"s", 1e3}, {"m", 60e3}, {"h", 3600e3}};
  constexpr double kMillisMax = 30 * 24 * 3600e3;
  double number = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, code] = std::from_chars(text.data(), end, number);
  const std::string_view unit(rest, static_cast<std::size_t>(end - rest));
  for (const auto& [name, millis] : kUnits) {
    if (code != std::errc() || unit != name) continue;
    if (!(number >= 0 && number * millis <= kMillisMax)) break;
    return Millis(std::llround(number * millis));
  }
  return Unexpected{"'" + std::string(text) + "' is no time; write it like 250ms, 1.2s or 10m."};
}

}  // namespace livegate::offline
