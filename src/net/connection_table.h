// Which connections are open that are not sessions, and which of them goes when there are too many.
//
// Decides by what a connection is worth: one that has its last answer and does not end goes first,
// then one that has said nothing, then one that waits between two requests, then a request that is
// not whole, then an answer that is not read; among equals the oldest of the address that has most
// of them. So a client that asks at once is answered, whatever others hold open. Leaves closing
// to the listener. Any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>

#include "base/ip_address.h"

namespace livegate::net {

class ConnectionTable {
 public:
  enum class State : std::uint8_t { lingering, silent, idle, asking, answering };
  struct Caps {
    std::size_t all;
    std::size_t per_address;  // 0: as many as in all. IPv6 counts by /64.
  };
  struct Connection {
    std::uint64_t id = 0;  // never 0 for one that exists
    std::size_t lane = 0;  // of the listener's loops
  };

  explicit ConnectionTable(Caps caps) : caps_(caps) {}

  struct Added {
    std::uint64_t id;
    std::optional<Connection> instead;  // no longer in the table: to be closed
    bool address_full = false;          // ... because of the address's cap
  };
  // `counts_alone`: no cap of its address holds (a proxy that is trusted).
  Added add(const IpAddress& address, std::size_t lane, bool counts_alone);
  // What follows does nothing for one that is not in the table any more.
  void set(std::uint64_t id, State state);
  void remove(std::uint64_t id);
  // The least useful one goes, for want of descriptors.
  std::optional<Connection> give_one_up();
  [[nodiscard]] std::size_t size() const;

 private:
  static constexpr std::size_t kStates = 5;
  struct Entry {
    IpAddress address;
    std::size_t lane;
    State state;
    std::list<std::uint64_t>::iterator at;  // in its address's list of that state
  };
  struct OfAddress {
    std::size_t size = 0;
    std::array<std::list<std::uint64_t>, kStates> by_state;  // oldest first
  };
  using Entries = std::unordered_map<std::uint64_t, Entry>;
  void enlist(std::uint64_t id, Entry& entry);
  void delist(Entry& entry);
  void count(const IpAddress& address, State state, bool one_more);
  Connection take_out(Entries::iterator entry);
  std::optional<Connection> take_least_useful();
  std::optional<Connection> take_least_useful_of(const IpAddress& address);

  const Caps caps_;
  mutable std::mutex mutex_;
  std::uint64_t last_id_ = 0;
  Entries entries_;
  std::unordered_map<IpAddress, OfAddress> addresses_;
  // By state: how many connections an address has in it.
  std::array<std::set<std::pair<std::size_t, IpAddress>>, kStates> most_;
};

}  // namespace livegate::net
