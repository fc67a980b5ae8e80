#include "offline/auth_tokens.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <utility>

#include "base/limits.h"

namespace livegate::offline {
namespace {

constexpr Millis kLifetime = std::chrono::minutes(30);
constexpr Millis kTimeToBegin = std::chrono::minutes(1);
constexpr Millis kLifetimeMax = std::chrono::hours(20);

// The next `digits` digits of `text`, taken off it; nothing if they are none.
std::optional<int> number(std::string_view& text, std::size_t digits) {
  if (text.size() < digits) return std::nullopt;
  int value = 0;
  const auto [rest, code] = std::from_chars(text.data(), text.data() + digits, value);
  if (code != std::errc() || rest != text.data() + digits || value < 0) return std::nullopt;
  text.remove_prefix(digits);
  return value;
}

bool take(std::string_view& text, char c) {
  if (!text.starts_with(c)) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<std::chrono::sys_days> parse_date(std::string_view& text) {
  const auto year = number(text, 4);
  if (!year || !take(text, '-')) return std::nullopt;
  const auto month = number(text, 2);
  if (!month || !take(text, '-')) return std::nullopt;
  const auto day = number(text, 2);
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date);
}

std::optional<Millis> parse_clock(std::string_view& text) {
  const auto hour = number(text, 2);
  if (!hour || *hour > 23 || !take(text, ':')) return std::nullopt;
  const auto minute = number(text, 2);
  if (!minute || *minute > 59 || !take(text, ':')) return std::nullopt;
  const auto second = number(text, 2);
  if (!second || *second > 60) return std::nullopt;
  Millis time =
      std::chrono::hours(*hour) + std::chrono::minutes(*minute) + std::chrono::seconds(*second);
  if (!take(text, '.')) return time;
  int unit_ms = 100;
  std::size_t digits = 0;
  for (; digits < text.size() && text[digits] >= '0' && text[digits] <= '9'; ++digits) {
    time += Millis((text[digits] - '0') * unit_ms);
    unit_ms /= 10;
  }
  if (digits == 0) return std::nullopt;
  text.remove_prefix(digits);
  return time;
}

// Minutes to take off, to come to UTC.
std::optional<std::chrono::minutes> parse_offset(std::string_view& text) {
  if (take(text, 'Z') || take(text, 'z')) return std::chrono::minutes(0);
  const int sign = text.starts_with('-') ? -1 : 1;
  if (!take(text, '+') && !take(text, '-')) return std::nullopt;
  const auto hours = number(text, 2);
  if (!hours || *hours > 23 || !take(text, ':')) return std::nullopt;
  const auto minutes = number(text, 2);
  if (!minutes || *minutes > 59) return std::nullopt;
  return std::chrono::minutes(sign * (*hours * 60 + *minutes));
}

}  // namespace

std::optional<WallTime> parse_rfc3339(std::string_view text) {
  const auto date = parse_date(text);
  if (!date || (!take(text, 'T') && !take(text, 't'))) return std::nullopt;
  const auto clock = parse_clock(text);
  if (!clock) return std::nullopt;
  const auto offset = parse_offset(text);
  if (!offset || !text.empty()) return std::nullopt;
  return WallTime(*date) + *clock - *offset;
}

std::string to_rfc3339(WallTime time) {
  const auto days = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(days);
  const std::chrono::hh_mm_ss clock(time - days);
  char text[48];
  std::snprintf(
      text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", static_cast<int>(date.year()),
      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
      static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
      static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
  return text;
}

Result<AuthTokenStore::Times, std::string> AuthTokenStore::create(
    const proto::AuthTokenRequest& request, std::string name, Instant now, WallTime wall) {
  Millis lifetime = kLifetime;
  Millis time_to_begin = kTimeToBegin;
  const auto set = [&](const std::string& text, const char* field, Millis& time) -> std::string {
    if (text.empty()) return {};
    const auto at = parse_rfc3339(text);
    if (!at) {
      return std::string("Invalid value at 'auth_token.") + field +
             "' (type.googleapis.com/google.protobuf.Timestamp)";
    }
    if (*at - wall > kLifetimeMax) {
      return std::string(field) + " is too far in the future. Maximum lifetime is 20h";
    }
    time = *at - wall;
    return {};
  };
  for (const std::string& error :
       {set(request.expire_time, "expire_time", lifetime),
        set(request.new_session_expire_time, "new_session_expire_time", time_to_begin)}) {
    if (!error.empty()) return Unexpected{error};
  }
  const int uses = request.uses.value_or(1);
  if (uses < 0) return Unexpected{std::string("Request contains an invalid argument.")};
  if (tokens_.size() >= limits::kOfflineTokensMax) tokens_.pop_front();
  tokens_.push_back(std::make_shared<AuthToken>(
      AuthToken{.name = std::move(name),
                .uses_left = uses == 0 ? std::nullopt : std::optional(uses),
                .expires_at = now + lifetime,
                .new_until = now + std::min(time_to_begin, lifetime),
                .setup = request.setup,
                .mask = request.field_mask}));
  return Times{.expires_at = wall + lifetime,
               .new_until = wall + std::min(time_to_begin, lifetime)};
}

std::shared_ptr<AuthToken> AuthTokenStore::find(std::string_view name) const {
  const auto found =
      std::ranges::find_if(tokens_, [&](const auto& token) { return token->name == name; });
  return found == tokens_.end() ? nullptr : *found;
}

}  // namespace livegate::offline
