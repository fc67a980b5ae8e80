#include "net/connection_table.h"

#include <iterator>

namespace livegate::net {
namespace {

std::size_t index(ConnectionTable::State state) { return static_cast<std::size_t>(state); }

}  // namespace

ConnectionTable::Added ConnectionTable::add(const IpAddress& address, std::size_t lane,
                                            bool counts_alone) {
  const std::lock_guard lock(mutex_);
  const IpAddress block = address.block();
  Added added{.id = ++last_id_, .instead = std::nullopt};
  const auto known = addresses_.find(block);
  if (caps_.per_address > 0 && !counts_alone && known != addresses_.end() &&
      known->second.size >= caps_.per_address) {
    added.instead = take_least_useful_of(block);
    added.address_full = true;
  } else if (entries_.size() >= caps_.all) {
    added.instead = take_least_useful();
  }
  Entry& entry = entries_[added.id];
  entry.address = block;
  entry.lane = lane;
  entry.state = State::silent;
  ++addresses_[block].size;
  enlist(added.id, entry);
  return added;
}

void ConnectionTable::set(std::uint64_t id, State state) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(id);
  if (found == entries_.end() || found->second.state == state) return;
  delist(found->second);
  found->second.state = state;
  enlist(id, found->second);
}

void ConnectionTable::remove(std::uint64_t id) {
  const std::lock_guard lock(mutex_);
  if (const auto found = entries_.find(id); found != entries_.end()) take_out(found);
}

std::optional<ConnectionTable::Connection> ConnectionTable::give_one_up() {
  const std::lock_guard lock(mutex_);
  return take_least_useful();
}

std::size_t ConnectionTable::size() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

void ConnectionTable::enlist(std::uint64_t id, Entry& entry) {
  auto& list = addresses_[entry.address].by_state[index(entry.state)];
  count(entry.address, entry.state, /*one_more=*/true);
  entry.at = list.insert(list.end(), id);
}

void ConnectionTable::delist(Entry& entry) {
  count(entry.address, entry.state, /*one_more=*/false);
  addresses_[entry.address].by_state[index(entry.state)].erase(entry.at);
}

// Before the list itself grows or shrinks.
void ConnectionTable::count(const IpAddress& address, State state, bool one_more) {
  auto& most = most_[index(state)];
  const std::size_t before = addresses_[address].by_state[index(state)].size();
  if (before > 0) most.erase({before, address});
  const std::size_t after = one_more ? before + 1 : before - 1;
  if (after > 0) most.emplace(after, address);
}

ConnectionTable::Connection ConnectionTable::take_out(Entries::iterator entry) {
  const Connection connection{entry->first, entry->second.lane};
  delist(entry->second);
  const auto of = addresses_.find(entry->second.address);
  if (--of->second.size == 0) addresses_.erase(of);
  entries_.erase(entry);
  return connection;
}

std::optional<ConnectionTable::Connection> ConnectionTable::take_least_useful() {
  for (std::size_t state = 0; state < kStates; ++state) {
    if (most_[state].empty()) continue;
    const IpAddress& address = most_[state].rbegin()->second;
    return take_out(entries_.find(addresses_[address].by_state[state].front()));
  }
  return std::nullopt;
}

std::optional<ConnectionTable::Connection> ConnectionTable::take_least_useful_of(
    const IpAddress& address) {
  for (const auto& list : addresses_[address].by_state) {
    if (!list.empty()) return take_out(entries_.find(list.front()));
  }
  return std::nullopt;
}

}  // namespace livegate::net
