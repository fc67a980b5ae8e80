#include "server/admission.h"

#include <algorithm>
#include <functional>

#include "base/limits.h"
#include "net/loop.h"
#include "policy/access.h"
#include "server/front.h"

namespace livegate::server {
namespace {

policy::BucketRate rate_of(std::size_t per_minute) {
  const auto rate = static_cast<double>(per_minute);
  return {.per_minute = rate, .burst = rate};
}

// A share of all places; none where that would be all of them.
std::size_t share(std::size_t part, std::size_t least, std::size_t all) {
  const std::size_t wanted = std::max(part, least);
  return wanted < all ? wanted : 0;
}

policy::PlaceLimits limits_of(const config::Config& config) {
  const config::Admission& from = config.admission;
  const std::size_t all = config.sessions_max;
  constexpr std::size_t kLeast = limits::kSessionsPerUserDefaultMin;
  return {.sessions = all,
          .per_user = from.sessions_per_user.value_or(share(all / 2, kLeast, all)),
          .per_address = from.sessions_per_address.value_or(share(all / 4 * 3, kLeast, all)),
          .waiting_per_user = from.waiting_per_user.value_or(share(all / 4, kLeast / 2, all)),
          .new_per_user = rate_of(from.new_sessions_per_user_minute),
          .new_per_address = rate_of(from.new_sessions_per_address_minute),
          .arrivals = all + limits::kArrivalsOverCapMax,
          .remembered = limits::kRatesRememberedMax};
}

// The configuration has been checked.
policy::AddressList list_of(const std::vector<std::string>& entries) {
  return policy::AddressList::parse(entries).value();
}

// What is no address (a test's) is one of its own.
IpAddress parsed(std::string_view address) {
  return IpAddress::parse(address).value_or(IpAddress{});
}

std::string seconds(Millis time) {
  const auto whole = std::chrono::ceil<std::chrono::seconds>(time).count();
  return std::to_string(whole) + (whole == 1 ? " second" : " seconds");
}

// Of the token that is presented; where there is none, of the address.
std::size_t credentials_of(const net::HttpRequest& request, std::string_view address) {
  const std::string key = request.query_value("key").value_or("");
  const std::string token = request.query_value("access_token").value_or("");
  const std::string_view presented =
      policy::presented_token({.authorization = request.header("Authorization"),
                               .protocols = {},
                               .api_key_header = request.header("x-goog-api-key"),
                               .key_query = key,
                               .token_query = token});
  return std::hash<std::string_view>{}(presented.empty() ? address : presented);
}

}  // namespace

Admission::Admission(const config::Config& config)
    : proxies_(list_of(config.admission.trusted_proxies)),
      metrics_readers_(list_of(config.admission.metrics_allow)),
      metrics_token_(config.admission.metrics_token),
      tokens_per_minute_(config.admission.tokens_per_user_minute),
      places_(limits_of(config)),
      brake_(static_cast<double>(config.admission.failed_logins_per_minute),
             limits::kRatesRememberedMax),
      mints_(rate_of(config.admission.tokens_per_user_minute), limits::kRatesRememberedMax) {}

void Admission::set_limits(const config::Config& config) {
  const std::lock_guard lock(mutex_);
  places_.set_limits(limits_of(config));
  brake_.set_rate(static_cast<double>(config.admission.failed_logins_per_minute));
  tokens_per_minute_ = config.admission.tokens_per_user_minute;
  mints_.set_rate(rate_of(tokens_per_minute_));
}

std::string Admission::address_of(const net::HttpRequest& request) const {
  // Several headers of that name are one list; of these the last part is the nearest proxy's.
  std::string forwarded;
  if (!proxies_.empty()) {
    for (const std::string_view part : request.all("X-Forwarded-For")) {
      if (!forwarded.empty()) forwarded += ',';
      forwarded += part;
    }
  }
  return policy::client_address(request.remote_address, forwarded, proxies_);
}

bool Admission::may_read_metrics(const net::HttpRequest& request) const {
  if (metrics_token_.empty() && metrics_readers_.empty()) return true;
  if (!metrics_token_.empty()) {
    const std::string_view token =
        policy::presented_token({.authorization = request.header("Authorization"),
                                 .protocols = {},
                                 .api_key_header = {},
                                 .key_query = {},
                                 .token_query = {}});
    if (policy::equal_in_constant_time(token, metrics_token_.reveal())) return true;
  }
  const auto address = IpAddress::parse(address_of(request));
  return address && metrics_readers_.contains(*address);
}

// ---- before the upgrade

std::optional<Admission::Refusal> Admission::connects(const std::string& user,
                                                      std::string_view address, Instant now) {
  const std::lock_guard lock(mutex_);
  const auto refusal = places_.connects(user, parsed(address), now);
  if (!refusal) return std::nullopt;
  return worded(*refusal);
}

std::optional<Millis> Admission::login_failed(std::string_view address, Instant now) {
  const std::lock_guard lock(mutex_);
  return brake_.failed(parsed(address), now);
}

std::optional<Admission::Refusal> Admission::may_mint(const net::HttpRequest& request,
                                                      Instant now) {
  const std::size_t who = credentials_of(request, address_of(request));
  const std::lock_guard lock(mutex_);
  const auto wait = mints_.wait(who, now);
  if (!wait) return std::nullopt;
  return Refusal{.code = "too_many_tokens",
                 .message = "limits.tokens_per_user_minute: " + std::to_string(tokens_per_minute_) +
                            " tokens a minute are allowed; try again in " + seconds(*wait) + ".",
                 .retry_after = *wait,
                 .metric = obs::Metric::refused_tokens};
}

void Admission::minted(const net::HttpRequest& request, Instant now) {
  const std::size_t who = credentials_of(request, address_of(request));
  const std::lock_guard lock(mutex_);
  static_cast<void>(mints_.take(who, now));
}

// ---- sessions

Admission::Id Admission::arrive(const std::string& user, std::string_view address,
                                const SessionDirectory::Place& place) {
  const std::lock_guard lock(mutex_);
  const Id id = ++last_id_;
  sessions_.emplace(id, place);
  send_away(places_.arrive(id, user, parsed(address)).gone);
  return id;
}

std::optional<Admission::Refusal> Admission::begin(Id id, Instant now) {
  const std::lock_guard lock(mutex_);
  const auto decision = places_.begin(id, now);
  send_away(decision.gone);
  if (!decision.refusal) return std::nullopt;
  return worded(*decision.refusal);
}

void Admission::wait(Id id) {
  const std::lock_guard lock(mutex_);
  send_away(places_.wait(id).gone);
}

void Admission::back(Id id) {
  const std::lock_guard lock(mutex_);
  places_.back(id);
}

void Admission::leave(Id id) {
  const std::lock_guard lock(mutex_);
  places_.leave(id);
  sessions_.erase(id);
}

bool Admission::is_full() const {
  const std::lock_guard lock(mutex_);
  return places_.is_full();
}

bool Admission::is_empty() const {
  const std::lock_guard lock(mutex_);
  return places_.taken() == 0;
}

void Admission::send_away(const std::vector<Id>& gone) {
  for (const Id id : gone) {
    const auto session = sessions_.extract(id);
    if (session.empty()) continue;
    const SessionDirectory::Place place = session.mapped();
    place.loop->post([place] { place.front->lose_place(place.number); });
  }
}

Admission::Refusal Admission::worded(const policy::Places::Refusal& refusal) const {
  using Limit = policy::Places::Limit;
  const std::string allowed = std::to_string(refusal.allowed);
  const std::string again = "; try again in " + seconds(refusal.retry_after) + ".";
  const auto make = [&](std::string_view code, const std::string& message, obs::Metric metric) {
    return Refusal{.code = code,
                   .message = message + again,
                   .retry_after = refusal.retry_after,
                   .metric = metric};
  };
  switch (refusal.limit) {
    case Limit::sessions_per_user:
      return make("too_many_sessions",
                  "limits.sessions_per_user: a user may have " + allowed + " sessions at one time",
                  obs::Metric::refused_user_sessions);
    case Limit::sessions_per_address:
      return make(
          "too_many_sessions",
          "limits.sessions_per_address: an address may have " + allowed + " sessions at one time",
          obs::Metric::refused_address_sessions);
    case Limit::new_sessions_per_user:
      return make(
          "too_many_new_sessions",
          "limits.new_sessions_per_user_minute: a user may begin " + allowed + " sessions a minute",
          obs::Metric::refused_new_sessions);
    case Limit::new_sessions_per_address:
      return make("too_many_new_sessions",
                  "limits.new_sessions_per_address_minute: an address may begin " + allowed +
                      " sessions a minute",
                  obs::Metric::refused_new_sessions);
    case Limit::connects:
      return make("too_many_connects",
                  "limits.new_sessions_per_user_minute, limits.new_sessions_per_address_minute: "
                  "one may connect " +
                      allowed + " times a minute",
                  obs::Metric::refused_connects);
    case Limit::sessions:
      break;
  }
  Refusal full{.code = "server_full",
               .message = "Every session of this gateway is taken; try later.",
               .retry_after = refusal.retry_after,
               .metric = obs::Metric::refused_full,
               .full = true};
  return full;
}

void tell_when(net::HttpResponse& response, Millis retry_after) {
  const auto whole = std::chrono::ceil<std::chrono::seconds>(retry_after).count();
  response.headers.emplace_back("Retry-After", std::to_string(std::max<long>(1, whole)));
}

}  // namespace livegate::server
