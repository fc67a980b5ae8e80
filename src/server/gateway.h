// The whole gateway: shards, their threads, one listener, and the offline assistant where it is the
// upstream.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/config.h"
#include "obs/log.h"

namespace livegate::server {

class Gateway {
 public:
  // Listens and serves on threads of its own until destroyed. `inherited_socket`: of a process
  // that this one takes over from, which listens already; -1: none. The error is one sentence that
  // says what keeps it from starting.
  static Result<std::unique_ptr<Gateway>, std::string> start(const config::Config& config,
                                                             obs::Log& log,
                                                             int inherited_socket = -1);
  virtual ~Gateway() = default;  // stops at once

  // Goes over to another configuration, for what begins from now on; sessions that run keep theirs.
  // Returns the keys that differ and that a running gateway does not change. The error is one
  // sentence; then nothing has changed. Not from a shard.
  virtual Result<std::vector<std::string>, std::string> reload(config::Config next) = 0;

  // Begins no session any more, and ends each that runs at the end of its turn, after `time_max` at
  // the latest. The address stays open: /readyz says 503 there. `drained` is called on some thread
  // when no session is left. Once, and not from a shard.
  virtual void drain(Millis time_max, std::function<void()> drained) = 0;
  // Another process has taken over the listening socket: ours is closed, sessions go on, and
  // connections that were accepted may still begin some. `empty` is called on some thread when none
  // is left. May be called again; a drain() may follow.
  virtual void retire(std::function<void()> empty) = 0;
  [[nodiscard]] virtual int listening_socket() const = 0;
  [[nodiscard]] virtual std::size_t sessions() const = 0;  // open now

  [[nodiscard]] virtual std::uint16_t port() const = 0;
  [[nodiscard]] virtual std::string upstream()
      const = 0;  // in words, for the person who started it
};

}  // namespace livegate::server
