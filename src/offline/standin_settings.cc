#include "offline/standin_settings.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <span>
#include <utility>

#include "proto/model_facts.h"

namespace livegate::offline {
namespace {

bool is_named(const proto::ModelProfile& profile, std::string_view id) {
  if (!profile.id.ends_with('*')) return profile.id == id;
  return id.starts_with(profile.id.substr(0, profile.id.size() - 1));
}

}  // namespace

const proto::ModelProfile* served_model(const StandinSettings& settings, std::string_view name) {
  const std::span<const proto::ModelProfile> models =
      settings.models.empty() ? proto::model_profiles() : std::span(settings.models);
  if (name.empty()) return &models.front();
  const std::string_view id = proto::bare_model_name(name);
  const auto found = std::ranges::find_if(
      models, [id](const proto::ModelProfile& profile) { return is_named(profile, id); });
  return found == models.end() ? nullptr : &*found;
}

Result<Done, std::string> order_fact(std::string_view order, StandinSettings& settings) {
  const std::size_t equals = order.find('=');
  const std::size_t dot = order.substr(0, equals).rfind('.');
  if (equals == std::string_view::npos || dot == std::string_view::npos) {
    return Unexpected{"'" + std::string(order) +
                      "' is no fact; write it like gemini-3.8-live.stream_end_ends_turn=true."};
  }
  if (settings.models.empty()) {
    const auto all = proto::model_profiles();
    settings.models.assign(all.begin(), all.end());
  }
  const std::string_view model = order.substr(0, dot);
  const auto found = std::ranges::find_if(settings.models, [model](const auto& profile) {
    return profile.id == model || is_named(profile, model);
  });
  if (found == settings.models.end()) {
    std::string known;
    for (const auto& each : settings.models) {
      known += (known.empty() ? "" : ", ") + std::string(each.id);
    }
    return Unexpected{"there is no model '" + std::string(model) + "'; there are " + known + "."};
  }
  return proto::set_fact(*found, order.substr(dot + 1, equals - dot - 1), order.substr(equals + 1));
}

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
