// What keeps one client within its share, on random rows of what clients do, with a clock that
// jumps: places for sessions, allowances, short-lived tokens, failed logins, the books of the day.
// Nobody gets more than the limits say, whatever the order, and no table grows above its cap.
#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fuzzer/FuzzedDataProvider.h>

#include "base/limits.h"
#include "input.h"
#include "meter/budget.h"
#include "policy/allowance.h"
#include "policy/login_brake.h"
#include "policy/places.h"
#include "policy/token_quota.h"
#include "policy/token_table.h"

using namespace livegate;

namespace {

class Clock {
 public:
  explicit Clock(FuzzedDataProvider& data) : data_(data) {}
  Instant pass() {
    return now_ += Millis(data_.ConsumeIntegralInRange<int>(0, data_.ConsumeBool() ? 50 : 200'000));
  }

 private:
  FuzzedDataProvider& data_;
  Instant now_{};
};

std::string some_user(FuzzedDataProvider& data) {
  return data.PickValueInArray({"", "alice", "bob", "carol"});
}

IpAddress some_address(FuzzedDataProvider& data) {
  return *IpAddress::parse(data.PickValueInArray(
      {"192.0.2.1", "192.0.2.2", "2001:db8::1", "2001:db8::2", "2001:db8:0:1::1"}));
}

// ---- places

class PlacesWatch {
 public:
  explicit PlacesWatch(FuzzedDataProvider& data)
      : data_(data), limits_(some_limits(data)), places_(limits_) {}

  void run() {
    Clock clock(data_);
    for (policy::Places::Id next = 1; data_.remaining_bytes() > 0; ++next) {
      step(next, clock.pass());
      std::size_t taken = 0;
      std::map<std::string, std::size_t> of_user;
      for (const auto& [id, client] : clients_) {
        if (client.state == State::arrived) continue;
        ++taken;
        if (!client.user.empty()) ++of_user[client.user];
      }
      fuzz::require(places_.taken() == taken && taken <= limits_.sessions);
      fuzz::require(clients_.size() - taken <= limits_.arrivals);
      for (const auto& [user, count] : of_user) {
        fuzz::require(limits_.per_user == 0 || count <= limits_.per_user);
      }
    }
    while (!clients_.empty()) leave(clients_.begin()->first);
    fuzz::require(places_.taken() == 0);
  }

 private:
  enum class State { arrived, talking, waiting };
  struct Client {
    std::string user;
    State state = State::arrived;
  };

  static policy::PlaceLimits some_limits(FuzzedDataProvider& data) {
    const auto some = [&data](int min) {
      return static_cast<std::size_t>(data.ConsumeIntegralInRange<int>(min, 6));
    };
    policy::PlaceLimits limits;
    limits.sessions = some(1);
    limits.per_user = some(0);
    limits.per_address = some(0);
    limits.waiting_per_user = some(0);
    limits.new_per_user = {static_cast<double>(some(0)), static_cast<double>(some(1))};
    limits.new_per_address = {static_cast<double>(some(0)), static_cast<double>(some(1))};
    limits.arrivals = some(1);
    limits.remembered = some(1);
    return limits;
  }

  void step(policy::Places::Id next, Instant now) {
    const policy::Places::Id id = next - data_.ConsumeIntegralInRange<std::uint64_t>(0, 15);
    const auto found = clients_.find(id);
    switch (data_.ConsumeIntegralInRange<int>(0, 5)) {
      case 0: {
        const std::string user = some_user(data_);
        const IpAddress address = some_address(data_);
        if (places_.connects(user, address, now)) return;
        forget(places_.arrive(next, user, address).gone);
        clients_[next] = {user};
        return;
      }
      case 1: {
        const auto decision = places_.begin(id, now);
        fuzz::require(!decision.refusal || decision.gone.empty());
        fuzz::require(!decision.refusal || decision.refusal->retry_after > Millis(0));
        forget(decision.gone);
        if (found == clients_.end()) return fuzz::require(decision.refusal.has_value());
        if (!decision.refusal && found->second.state == State::arrived) {
          found->second.state = State::talking;
        }
        return;
      }
      case 2:
        if (found != clients_.end() && found->second.state == State::talking) {
          found->second.state = State::waiting;
        }
        return forget(places_.wait(id).gone);
      case 3:
        places_.back(id);
        if (found != clients_.end() && found->second.state == State::waiting) {
          found->second.state = State::talking;
        }
        return;
      default:
        return leave(id);
    }
  }

  void leave(policy::Places::Id id) {
    places_.leave(id);
    clients_.erase(id);
  }
  void forget(const std::vector<policy::Places::Id>& gone) {
    for (const auto id : gone) fuzz::require(clients_.erase(id) == 1);
  }

  FuzzedDataProvider& data_;
  policy::PlaceLimits limits_;
  policy::Places places_;
  std::map<policy::Places::Id, Client> clients_;
};

// ---- allowances

void allowances(FuzzedDataProvider& data) {
  policy::Rates rates{};
  for (policy::Rate& rate : rates) {
    if (data.ConsumeBool()) continue;
    rate = {data.ConsumeFloatingPointInRange<double>(0, 1e12),
            data.ConsumeFloatingPointInRange<double>(0, 1e10)};
  }
  policy::Allowance allowance(rates);
  std::array<double, policy::kLimits> taken{};
  double largest = 0;
  Clock clock(data);
  const Instant began = clock.pass();
  while (data.remaining_bytes() > 0) {
    const Instant now = clock.pass();
    if (const auto wait = allowance.wait(now)) {
      fuzz::require(wait->until > now && !allowance.is_full(now));
      fuzz::require(!allowance.wait(wait->until));
      // Another session of the user, on another thread, did not see it.
      if (data.ConsumeBool()) continue;
      taken = {};
      largest = std::numeric_limits<double>::infinity();
    }
    const auto limit = static_cast<policy::Limit>(
        data.ConsumeIntegralInRange<std::size_t>(0, policy::kLimits - 1));
    const double amount = data.ConsumeFloatingPointInRange<double>(0, 1e9);
    allowance.take(limit, amount, now);
    const policy::Rate& rate = allowance.rate(limit);
    if (rate.per_second <= 0) continue;
    double& sum = taken[static_cast<std::size_t>(limit)];
    sum += amount;
    largest = std::max(largest, amount);
    const double seconds = std::chrono::duration<double>(now - began).count();
    // One message is taken on credit; what is left is how numbers are rounded.
    fuzz::require(sum <= (rate.at_once + rate.per_second * (seconds + 1)) * 1.001 + largest);
  }
}

// ---- short-lived tokens

void tokens(FuzzedDataProvider& data) {
  struct Known {
    std::string name;
    int uses;
    std::shared_ptr<const policy::TokenGrant> grant;
    int begun = 0, open = 0;
  };
  std::vector<Known> known;
  policy::TokenTable table;
  policy::TokenQuota quota;
  Clock clock(data);
  while (data.remaining_bytes() > 0) {
    const Instant now = clock.pass();
    if (known.empty() || data.ConsumeIntegralInRange<int>(0, 4) == 0) {
      const Instant end = now + Millis(data.ConsumeIntegralInRange<int>(0, 300'000));
      const auto bytes = data.ConsumeIntegralInRange<std::size_t>(0, limits::kTokenBytesMax);
      if (quota.take(some_user(data), bytes, end, now) != policy::TokenQuota::Verdict::taken) {
        continue;
      }
      const int uses = data.ConsumeIntegralInRange<int>(0, 3);
      std::string name = std::to_string(known.size());
      name.insert(0, 40 - name.size(), 'n');
      table.add(name, {.uses = uses, .expires_at = end, .begin_until = end}, now);
      known.push_back({name, uses, nullptr});
      fuzz::require(table.size() <= known.size() && quota.size() <= known.size());
      continue;
    }
    Known& token = known[data.ConsumeIntegralInRange<std::size_t>(0, known.size() - 1)];
    switch (data.ConsumeIntegralInRange<int>(0, 3)) {
      case 0: {
        const auto ticket = table.present(token.name, now);
        if (ticket.grant) token.grant = ticket.grant;
        if (ticket.state != policy::TokenState::good) break;
        ++token.begun, ++token.open;
        break;
      }
      case 1:
        if (token.grant && token.open > 0)
          table.give_back(*token.grant), --token.begun, --token.open;
        break;
      case 2:
        if (token.grant && table.go_on(*token.grant)) ++token.open;
        break;
      default:
        if (token.grant && token.open > 0) table.ended(*token.grant), --token.open;
    }
    fuzz::require(token.uses == 0 || (token.begun <= token.uses && token.open <= token.uses));
  }
}

// ---- failed logins

void logins(FuzzedDataProvider& data) {
  const auto addresses_max = data.ConsumeIntegralInRange<std::size_t>(1, 3);
  policy::LoginBrake brake(data.ConsumeIntegralInRange<int>(0, 5), addresses_max);
  Clock clock(data);
  while (data.remaining_bytes() > 0) {
    const auto delay = brake.failed(some_address(data), clock.pass());
    fuzz::require(!delay || (*delay > Millis(0) && *delay <= brake.kDelayMax + Millis(1)));
    fuzz::require(brake.size() <= addresses_max);
  }
}

// ---- the books of the day

void books(FuzzedDataProvider& data) {
  const meter::Budgets budgets{
      .session = data.ConsumeIntegralInRange<std::int64_t>(0, 1'000'000),
      .user_day = data.ConsumeIntegralInRange<std::int64_t>(0, 1'000'000),
      .gateway_day = data.ConsumeIntegralInRange<std::int64_t>(0, 5'000'000),
      .soft_percent = data.ConsumeIntegralInRange<int>(0, 99)};
  meter::DayBooks books;
  meter::UnixTime now(1'800'000'000);
  while (data.remaining_bytes() > 0) {
    now += std::chrono::seconds(data.ConsumeIntegralInRange<int>(-100, 50'000));
    const std::string user = some_user(data);
    const auto change = data.ConsumeIntegralInRange<std::int64_t>(
        data.ConsumeBool() ? -1000 : -2 * meter::kMicroUsdMax,
        data.ConsumeBool() ? 100'000 : 2 * meter::kMicroUsdMax);
    std::optional<meter::MicroUsd> own;
    if (data.ConsumeBool()) own = data.ConsumeIntegralInRange<std::int64_t>(0, 1'000'000);
    const meter::MicroUsd before = books.spent(user, now);
    books.spend(user, change, now, own);
    fuzz::require(books.spent(user, now) == meter::plus(before, change));
    for (const meter::MicroUsd spent : {books.spent(user, now), books.spent_by_all(now)}) {
      fuzz::require(spent >= 0 && spent <= meter::kMicroUsdMax);
    }
    const auto verdict = books.verdict(user, budgets, now, own);
    const meter::MicroUsd allowed = own.value_or(budgets.user_day);
    const bool over = (allowed > 0 && books.spent(user, now) >= allowed) ||
                      (budgets.gateway_day > 0 && books.spent_by_all(now) >= budgets.gateway_day);
    fuzz::require((verdict.level == meter::Level::hard) == over);
    fuzz::require(!sentence(verdict).empty());
    static_cast<void>(books.users_over(budgets, now));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  FuzzedDataProvider data(bytes, size);
  switch (data.ConsumeIntegralInRange<int>(0, 4)) {
    case 0:
      PlacesWatch(data).run();
      break;
    case 1:
      allowances(data);
      break;
    case 2:
      tokens(data);
      break;
    case 3:
      logins(data);
      break;
    default:
      books(data);
  }
  return 0;
}
