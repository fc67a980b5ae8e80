// The keys of an issuer, by URL: fetched in the background and kept until there are newer ones.
//
// Decides when to ask: at the start, once in a while, and, no more often than the configuration
// says, when a token names a key that is not there. An answer that cannot be had or used leaves the
// keys as they were; one that can replaces them, so that a key the issuer drops counts no more. No
// request ever waits for an answer. Leaves what a key is worth to policy.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/result.h"
#include "config/config.h"
#include "net/fetch.h"
#include "net/loop.h"
#include "obs/log.h"
#include "policy/jwt_keys.h"

namespace livegate::server {

class JwksWatch {
 public:
  static constexpr Millis kTimeMax = 10s;  // for one answer

  struct Source {
    std::string url;
    net::Connector::Request request;
    Millis refresh;
    Millis refetch;
  };
  // Nothing where no URL is set. The error is one sentence.
  [[nodiscard]] static Result<std::optional<Source>, std::string> source_of(
      const config::Config& config);

  explicit JwksWatch(obs::Log& log) : log_(log) {}  // which outlives it

  void begin(net::Loop& loop);  // the loop need not run yet
  void end();                   // on the loop, or when it does not run any more

  // From any thread. Keys of another URL are forgotten.
  void use(std::optional<Source> source);

  // From any thread. Null: there are none yet.
  [[nodiscard]] std::shared_ptr<const policy::JwtKeys> keys() const;
  void want_newer();

 private:
  void ask();
  void answered(const net::Fetch::Outcome& outcome);
  void keep_old(const std::string& why);

  obs::Log& log_;
  std::atomic<net::Loop*> loop_{nullptr};
  std::atomic<bool> wanted_{false};
  mutable std::mutex mutex_;  // held for a copy of the pointer
  std::shared_ptr<const policy::JwtKeys> keys_;
  // On the loop:
  std::optional<Source> source_;
  std::optional<net::Timer> again_;
  std::optional<Instant> asked_at_;
  std::unique_ptr<net::Fetch> fetch_;  // null: nothing is asked
};

}  // namespace livegate::server
