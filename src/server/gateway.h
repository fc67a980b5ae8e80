// The whole gateway: shards, their threads, one listener, and the offline assistant where it is the
// upstream.
#pragma once

#include <cstdint>
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

  // Takes no more, says goodbye to every call, waits for them, for at most `time_max`; then ends.
  // Not from a shard.
  virtual void stop(Millis time_max) = 0;

  [[nodiscard]] virtual std::uint16_t port() const = 0;
  [[nodiscard]] virtual std::string upstream()
      const = 0;  // in words, for the person who started it
};

}  // namespace livegate::server
