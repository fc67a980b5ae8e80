// How many may come in, for all shards: places for sessions, wrong tokens, tokens handed out, and
// which addresses are believed.
//
// Gives policy its numbers, its lock and its words. Asked when a client connects, begins, goes,
// comes back or ends, and never for a frame. Leaves to the front what a refused client is told over
// which wire, and to the sessions how they end.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "config/config.h"
#include "net/http.h"
#include "obs/metrics.h"
#include "policy/address_list.h"
#include "policy/login_brake.h"
#include "policy/places.h"
#include "server/session_directory.h"

namespace livegate::server {

class Admission {
 public:
  using Id = policy::Places::Id;

  struct Refusal {
    std::string_view code;  // native clients read it
    std::string message;    // one sentence: the limit, what is allowed, when to try again
    Millis retry_after;
    obs::Metric metric;
    // Every place is taken: how clients of the Live API have always been told.
    bool full = false;
  };

  explicit Admission(const config::Config& config);

  // Those of [limits] from now on; what somebody has already stays theirs.
  void set_limits(const config::Config& config);

  // The client's address, behind proxies that are trusted.
  [[nodiscard]] std::string address_of(const net::HttpRequest& request) const;
  [[nodiscard]] bool is_proxy(const IpAddress& address) const { return proxies_.contains(address); }
  [[nodiscard]] bool may_read_metrics(const net::HttpRequest& request) const;

  // ---- before the upgrade
  [[nodiscard]] std::optional<Refusal> connects(const std::string& user, std::string_view address,
                                                Instant now);
  // A token was wrong. How long this address is refused in few words; nothing: it is not.
  [[nodiscard]] std::optional<Millis> login_failed(std::string_view address, Instant now);
  // A client with the credentials of `request` wants a short-lived token, and has got one.
  [[nodiscard]] std::optional<Refusal> may_mint(const net::HttpRequest& request, Instant now);
  void minted(const net::HttpRequest& request, Instant now);

  // ---- sessions. `place`: where it lives; front->lose_place() is called there if it has to go.
  [[nodiscard]] Id arrive(const std::string& user, std::string_view address,
                          const SessionDirectory::Place& place);
  [[nodiscard]] std::optional<Refusal> begin(Id id, Instant now);
  void wait(Id id);
  void back(Id id);
  void leave(Id id);

  [[nodiscard]] bool is_full() const;
  [[nodiscard]] bool is_empty() const;  // no session

 private:
  void send_away(const std::vector<Id>& gone);
  [[nodiscard]] Refusal worded(const policy::Places::Refusal& refusal) const;

  const policy::AddressList proxies_;
  const policy::AddressList metrics_readers_;
  const Redacted metrics_token_;
  mutable std::mutex mutex_;
  std::size_t tokens_per_minute_;
  policy::Places places_;
  policy::LoginBrake brake_;
  policy::BucketTable<std::size_t> mints_;  // by a hash of the credentials
  std::unordered_map<Id, SessionDirectory::Place> sessions_;
  Id last_id_ = 0;
};

// "Retry-After" in whole seconds.
void tell_when(net::HttpResponse& response, Millis retry_after);

}  // namespace livegate::server
