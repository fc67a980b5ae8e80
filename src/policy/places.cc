#include "policy/places.h"

#include <algorithm>
#include <iterator>

namespace livegate::policy {
namespace {

// Where nobody can say when a place will be free.
constexpr Millis kRetrySoon = 10s;

// A user's name may be anything, an address's bytes as well: they must not be one another.
std::string identity(const std::string& user, const IpAddress& block) {
  if (!user.empty()) return "u" + user;
  std::string who = "a";
  return who.append(block.bytes.begin(), block.bytes.end());
}

BucketRate twice(const BucketRate& rate) { return {2 * rate.per_minute, 2 * rate.burst}; }

}  // namespace

Places::Places(const PlaceLimits& limits)
    : limits_(limits),
      new_of_users_(limits.new_per_user, limits.remembered),
      new_of_addresses_(limits.new_per_address, limits.remembered),
      connects_of_users_(twice(limits.new_per_user), limits.remembered),
      connects_of_addresses_(twice(limits.new_per_address), limits.remembered) {}

void Places::set_limits(const PlaceLimits& limits) {
  limits_ = limits;
  new_of_users_.set_rate(limits.new_per_user);
  new_of_addresses_.set_rate(limits.new_per_address);
  connects_of_users_.set_rate(twice(limits.new_per_user));
  connects_of_addresses_.set_rate(twice(limits.new_per_address));
}

std::optional<Places::Refusal> Places::connects(const std::string& user, const IpAddress& address,
                                                Instant now) {
  const auto wait = user.empty() ? connects_of_addresses_.take(address.block(), now)
                                 : connects_of_users_.take(user, now);
  if (!wait) return std::nullopt;
  const BucketRate rate = twice(user.empty() ? limits_.new_per_address : limits_.new_per_user);
  return Refusal{Limit::connects, static_cast<std::size_t>(rate.per_minute), *wait};
}

Places::Decision Places::arrive(Id id, const std::string& user, const IpAddress& address) {
  Decision decision;
  if (arrived_ >= limits_.arrivals) {
    decision.gone.push_back(owned_[most_arrived_.rbegin()->second].arrived.front());
    drop(decision.gone);
  }
  Entry& entry = entries_[id];
  entry.block = address.block();
  entry.who = identity(user, entry.block);
  entry.known = !user.empty();
  enter(id, entry, State::arrived);
  return decision;
}

Places::Decision Places::begin(Id id, Instant now) {
  const auto found = entries_.find(id);
  if (found == entries_.end()) {
    return {Refusal{Limit::sessions, limits_.sessions, kRetrySoon}, {}};
  }
  Entry& entry = found->second;
  if (entry.state != State::arrived) return {};
  Millis wait = kRetrySoon;
  if (const auto limit = exhausted(entry, now, wait)) {
    const BucketRate& rate =
        *limit == Limit::new_sessions_per_user ? limits_.new_per_user : limits_.new_per_address;
    return {Refusal{*limit, static_cast<std::size_t>(rate.per_minute), wait}, {}};
  }
  Decision decision;
  Limit limit = Limit::sessions;
  std::size_t allowed = 0;
  if (!make_way(entry, decision.gone, limit, allowed)) {
    return {Refusal{limit, allowed, kRetrySoon}, {}};
  }
  if (entry.known) new_of_users_.take(entry.who, now);
  new_of_addresses_.take(entry.block, now);
  drop(decision.gone);
  exit(entry);
  enter(id, entry, State::talking);
  return decision;
}

Places::Decision Places::wait(Id id) {
  const auto found = entries_.find(id);
  if (found == entries_.end() || found->second.state != State::talking) return {};
  exit(found->second);
  enter(id, found->second, State::waiting);
  Decision decision;
  const auto& waiting = owned_[found->second.who].waiting;
  if (limits_.waiting_per_user > 0 && waiting.size() > limits_.waiting_per_user) {
    decision.gone.push_back(waiting.front());
    drop(decision.gone);
  }
  return decision;
}

void Places::back(Id id) {
  const auto found = entries_.find(id);
  if (found == entries_.end() || found->second.state != State::waiting) return;
  exit(found->second);
  enter(id, found->second, State::talking);
}

void Places::leave(Id id) {
  if (entries_.contains(id)) drop({id});
}

void Places::enter(Id id, Entry& entry, State state) {
  entry.state = state;
  Owned& owned = owned_[entry.who];
  if (state == State::arrived) {
    entry.at = owned.arrived.insert(owned.arrived.end(), id);
    ++arrived_;
    return recount(most_arrived_, entry.who, owned.arrived.size() - 1, owned.arrived.size());
  }
  Owned& address = of_addresses_[entry.block];
  ++taken_, ++owned.places, ++address.places;
  if (state != State::waiting) return;
  ++waiting_;
  entry.at = owned.waiting.insert(owned.waiting.end(), id);
  entry.at_address = address.waiting.insert(address.waiting.end(), id);
  recount(most_waiting_, entry.who, owned.waiting.size() - 1, owned.waiting.size());
}

void Places::exit(Entry& entry) {
  const auto owned = owned_.find(entry.who);
  if (entry.state == State::arrived) {
    owned->second.arrived.erase(entry.at);
    --arrived_;
    const std::size_t left = owned->second.arrived.size();
    recount(most_arrived_, entry.who, left + 1, left);
  } else {
    const auto address = of_addresses_.find(entry.block);
    --taken_, --owned->second.places, --address->second.places;
    if (entry.state == State::waiting) {
      --waiting_;
      owned->second.waiting.erase(entry.at);
      address->second.waiting.erase(entry.at_address);
      const std::size_t left = owned->second.waiting.size();
      recount(most_waiting_, entry.who, left + 1, left);
    }
    if (address->second.places == 0) of_addresses_.erase(address);
  }
  if (owned->second.places == 0 && owned->second.arrived.empty()) owned_.erase(owned);
}

void Places::recount(Most& most, const std::string& who, std::size_t before, std::size_t after) {
  if (before > 0) most.erase({before, who});
  if (after > 0) most.emplace(after, who);
}

std::optional<Places::Limit> Places::exhausted(const Entry& entry, Instant now, Millis& wait) {
  if (entry.known) {
    if (const auto user = new_of_users_.wait(entry.who, now)) {
      wait = *user;
      return Limit::new_sessions_per_user;
    }
  }
  if (const auto address = new_of_addresses_.wait(entry.block, now)) {
    wait = *address;
    return Limit::new_sessions_per_address;
  }
  return std::nullopt;
}

bool Places::make_way(const Entry& entry, std::vector<Id>& gone, Limit& limit,
                      std::size_t& allowed) {
  const auto of_user = owned_.find(entry.who);
  if (entry.known && limits_.per_user > 0 && of_user->second.places >= limits_.per_user) {
    limit = Limit::sessions_per_user;
    allowed = limits_.per_user;
    if (of_user->second.waiting.empty()) return false;
    gone.push_back(of_user->second.waiting.front());
  }
  const auto here = [&](Id id) { return entries_.at(id).block == entry.block; };
  const auto of_address = of_addresses_.find(entry.block);
  if (limits_.per_address > 0 && of_address != of_addresses_.end() &&
      of_address->second.places >= limits_.per_address && std::ranges::none_of(gone, here)) {
    limit = Limit::sessions_per_address;
    allowed = limits_.per_address;
    if (of_address->second.waiting.empty()) return false;
    gone.push_back(of_address->second.waiting.front());
  }
  if (taken_ < limits_.sessions || !gone.empty()) return true;
  limit = Limit::sessions;
  allowed = limits_.sessions;
  if (most_waiting_.empty()) return false;
  gone.push_back(owned_.at(most_waiting_.rbegin()->second).waiting.front());
  return true;
}

void Places::drop(const std::vector<Id>& gone) {
  for (const Id id : gone) {
    const auto found = entries_.find(id);
    exit(found->second);
    entries_.erase(found);
  }
}

}  // namespace livegate::policy
