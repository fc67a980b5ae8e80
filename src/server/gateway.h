// The whole gateway: shards, their threads, one listener, and the offline assistant where it is the
// upstream.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "config/config.h"
#include "obs/log.h"

namespace livegate::server {

class Gateway {
 public:
  // Listens and serves on threads of its own until stopped or destroyed. The error is one sentence
  // that says what keeps it from starting.
  static Result<std::unique_ptr<Gateway>, std::string> start(const config::Config& config,
                                                             obs::Log& log);
  virtual ~Gateway() = default;  // stops at once

  // Begins no session any more, and ends each that runs at the end of its turn, after `time_max` at
  // the latest. The address stays open: /readyz says 503 there. `drained` is called on some thread
  // when no session is left. Once, and not from a shard.
  virtual void drain(Millis time_max, std::function<void()> drained) = 0;
  [[nodiscard]] virtual std::size_t sessions() const = 0;  // open now

  [[nodiscard]] virtual std::uint16_t port() const = 0;
  [[nodiscard]] virtual std::string upstream()
      const = 0;  // in words, for the person who started it
};

}  // namespace livegate::server
