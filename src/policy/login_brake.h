// How soon an address that has shown wrong tokens may show another wrong one.
//
// Decides on a delay that doubles with each further failure. A right token is never delayed: many
// people share an address, and one of them who guesses must not keep the others out; what is
// refused is cheaper then, and is told when to try again. Leaves what a right token is to the
// server.
#pragma once

#include <cstddef>
#include <list>
#include <optional>
#include <unordered_map>

#include "base/instant.h"
#include "base/ip_address.h"
#include "policy/token_bucket.h"

namespace livegate::policy {

class LoginBrake {
 public:
  static constexpr Millis kFirstDelay = 1s;
  static constexpr Millis kDelayMax = 60s;
  // Without a failure since the last delay.
  static constexpr Millis kForgivenAfter = 120s;

  // `free_per_minute`: so many failures of one address bring no delay; 0: none ever does.
  LoginBrake(double free_per_minute, std::size_t addresses_max)
      : rate_{free_per_minute, free_per_minute}, addresses_max_(addresses_max) {}

  void set_rate(double free_per_minute) { rate_ = {free_per_minute, free_per_minute}; }

  // The address has failed. How long it is refused without further ado; nothing: it is not.
  std::optional<Millis> failed(const IpAddress& address, Instant now);
  [[nodiscard]] std::size_t size() const { return table_.size(); }

 private:
  struct Entry {
    TokenBucket free;
    Millis delay;   // the next one
    Instant until;  // of the one that runs
    std::list<IpAddress>::iterator at;
  };
  Entry& of(const IpAddress& block, Instant now);

  BucketRate rate_;
  std::size_t addresses_max_;
  std::list<IpAddress> order_;  // least recently failed first
  std::unordered_map<IpAddress, Entry> table_;
};

}  // namespace livegate::policy
