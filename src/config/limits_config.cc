#include "config/limits_config.h"

#include "config/toml_reader.h"

namespace livegate::config {
namespace {

constexpr double kKib = 1024;
constexpr double kMib = 1024 * kKib;

// As much at once as in a minute.
policy::Rate a_minute(double amount) { return {.at_once = amount, .per_second = amount / 60}; }

}  // namespace

void read_client_limits(TomlReader& in, ClientLimits& limits) {
  in.real("limits", "audio_ahead_s", 1.0, 3600.0, limits.audio_ahead_s);
  in.real("limits", "audio_rate", 0.0, 1000.0, limits.audio_rate);
  if (limits.audio_rate > 0 && limits.audio_rate < 1) {
    in.refuse("limits", "audio_rate",
              "it must be at least 1, as people speak in real time, or 0 for no limit.");
  }
  in.integer("limits", "messages", 0, 1'000'000, limits.messages);
  in.integer("limits", "received_mib", 0, 1'000'000, limits.received_mib);
  in.integer("limits", "texts", 0, 1'000'000, limits.texts);
  in.integer("limits", "text_kib", 0, 1'000'000, limits.text_kib);
  in.integer("limits", "tool_kib", 0, 1'000'000, limits.tool_kib);
  in.integer("limits", "pictures", 0, 1'000'000, limits.pictures);
  in.integer("limits", "user_share", 0, 1'000'000, limits.user_share);
  in.integer("limits", "session_minutes", 0, 100'000, limits.session_minutes);
  in.integer("limits", "idle_minutes", 0, 100'000, limits.idle_minutes);
}

policy::Rates session_rates(const ClientLimits& limits) {
  policy::Rates rates{};
  const auto set = [&rates](policy::Limit limit, policy::Rate rate) {
    rates[static_cast<std::size_t>(limit)] = rate;
  };
  set(policy::Limit::audio, {.at_once = limits.audio_ahead_s, .per_second = limits.audio_rate});
  set(policy::Limit::messages, a_minute(limits.messages));
  set(policy::Limit::bytes, a_minute(limits.received_mib * kMib));
  set(policy::Limit::texts, a_minute(limits.texts));
  set(policy::Limit::text_bytes, a_minute(limits.text_kib * kKib));
  set(policy::Limit::tool_bytes, a_minute(limits.tool_kib * kKib));
  set(policy::Limit::pictures, a_minute(limits.pictures));
  return rates;
}

policy::Rates user_rates(const ClientLimits& limits) {
  policy::Rates rates = session_rates(limits);
  for (policy::Rate& rate : rates) {
    rate = {.at_once = rate.at_once * limits.user_share,
            .per_second = rate.per_second * limits.user_share};
  }
  for (const auto limit : {policy::Limit::audio, policy::Limit::messages, policy::Limit::bytes}) {
    rates[static_cast<std::size_t>(limit)] = {};
  }
  return rates;
}

}  // namespace livegate::config
