// Who has one of the places for sessions (limits.sessions), and who gets the next.
//
// Decides when a session takes a place: once its start is accepted, not when its client connects.
// Decides how many one user and one address may have, how many of them may be without their client,
// how often new ones may begin, and who makes way: the oldest session that waits for its client, of
// the user who has most of these, for a new one; the oldest connection that has started nothing, of
// the user with most of these, for a new connection. So no place is held for a client that is gone.
// Reads no clock. Leaves ending sessions, words and locks to the server.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/instant.h"
#include "base/ip_address.h"
#include "policy/token_bucket.h"

namespace livegate::policy {

struct PlaceLimits {
  std::size_t sessions = 1;
  // 0: any number. Those of a user do not hold where users are unknown: then an address is who
  // somebody is, and what is said here of users holds for addresses.
  std::size_t per_user = 0;
  std::size_t per_address = 0;  // IPv6 counts by /64
  std::size_t waiting_per_user = 0;
  BucketRate new_per_user = {};
  BucketRate new_per_address = {};
  std::size_t arrivals = 64;        // connections that have started nothing, of all
  std::size_t remembered = 16'384;  // users and addresses whose rates are known
};

class Places {
 public:
  using Id = std::uint64_t;
  enum class Limit : std::uint8_t {
    sessions,
    sessions_per_user,
    sessions_per_address,
    new_sessions_per_user,
    new_sessions_per_address,
    connects,
  };
  struct Refusal {
    Limit limit;
    std::size_t allowed;
    Millis retry_after;
  };
  struct Decision {
    std::optional<Refusal> refusal;  // nothing: granted
    std::vector<Id> gone;            // have lost what they had, and are to be ended
  };

  explicit Places(const PlaceLimits& limits);

  // From now on. Nobody loses a place for it.
  void set_limits(const PlaceLimits& limits);

  // May this client connect once more? Twice as often as it may begin sessions, for those that come
  // back.
  std::optional<Refusal> connects(const std::string& user, const IpAddress& address, Instant now);

  // A client has connected and starts nothing yet. `user` is empty where the gateway knows none.
  // `id` is new.
  Decision arrive(Id id, const std::string& user, const IpAddress& address);
  // It starts a session. Refused, it may try once more.
  Decision begin(Id id, Instant now);
  // Its client is away, and is back. Nothing happens to one that has no place (any more).
  Decision wait(Id id);
  void back(Id id);
  void leave(Id id);

  [[nodiscard]] std::size_t taken() const { return taken_; }
  // Nobody makes way any more.
  [[nodiscard]] bool is_full() const { return taken_ - waiting_ >= limits_.sessions; }

 private:
  enum class State : std::uint8_t { arrived, talking, waiting };
  struct Entry {
    std::string who;     // the user, else the address
    bool known = false;  // ... the user
    IpAddress block;
    State state = State::arrived;
    std::list<Id>::iterator at;          // among who's of that state
    std::list<Id>::iterator at_address;  // among the address's that wait
  };
  struct Owned {
    std::size_t places = 0;
    std::list<Id> arrived;  // oldest first
    std::list<Id> waiting;
  };
  using Most = std::set<std::pair<std::size_t, std::string>>;

  void enter(Id id, Entry& entry, State state);
  void exit(Entry& entry);
  void recount(Most& most, const std::string& who, std::size_t before, std::size_t after);
  [[nodiscard]] std::optional<Limit> exhausted(const Entry& entry, Instant now, Millis& wait);
  // Adds who makes way, if somebody has to. False: somebody has to, and nobody does.
  bool make_way(const Entry& entry, std::vector<Id>& gone, Limit& limit, std::size_t& allowed);
  void drop(const std::vector<Id>& gone);

  PlaceLimits limits_;
  BucketTable<std::string> new_of_users_;
  BucketTable<IpAddress> new_of_addresses_;
  BucketTable<std::string> connects_of_users_;
  BucketTable<IpAddress> connects_of_addresses_;
  std::unordered_map<Id, Entry> entries_;
  std::unordered_map<std::string, Owned> owned_;       // by who
  std::unordered_map<IpAddress, Owned> of_addresses_;  // places and waiting alone
  Most most_arrived_;
  Most most_waiting_;
  std::size_t arrived_ = 0;
  std::size_t taken_ = 0;
  std::size_t waiting_ = 0;
};

}  // namespace livegate::policy
