// What a token says of its user's limits. A member that is absent leaves the configured limit.
#pragma once

#include <cstdint>
#include <optional>

namespace livegate::policy {

struct ClaimedLimits {
  std::optional<std::uint64_t> sessions;  // at one time
  std::optional<std::uint64_t> session_minutes;
  std::optional<double> audio_rate;  // of real time
  std::optional<std::uint64_t> text_bytes_per_minute;
  std::optional<std::uint64_t> messages_per_minute;
  std::optional<double> budget_usd_per_day;
};

}  // namespace livegate::policy
