// What /readyz knows of the model's side: whether it can be reached, and whether it takes the key.
//
// Asks in the background, never for a request: once at the start, again when a session could not be
// opened, and every kAskAgainAfter while the answer was bad. What it asks for is a page about the
// configured model, which costs nothing and opens no session. A session that was opened is the best
// answer. Leaves what follows from it to whoever asks /readyz.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "net/fetch.h"
#include "net/loop.h"
#include "obs/log.h"
#include "upstream/dialer.h"

namespace livegate::server {

enum class UpstreamState : std::uint8_t { unasked, good, refused, unreachable };

// What an answer to the question means.
struct UpstreamVerdict {
  UpstreamState state = UpstreamState::unasked;
  std::string sentence;     // for /readyz, which strangers read
  std::string detail = {};  // for the log, where it says more: which address it was
};
[[nodiscard]] UpstreamVerdict verdict_of(const net::Fetch::Outcome& outcome);

class UpstreamWatch {
 public:
  static constexpr Millis kAskAgainAfter = std::chrono::seconds(15);

  // All of them outlive it. `loop` need not run yet.
  UpstreamWatch(const upstream::Dialer& dialer, obs::Log& log) : dialer_(dialer), log_(log) {}

  void begin(net::Loop& loop, std::string model);
  void end();  // on the loop, or when it does not run any more

  // From any thread: a session was opened; one could not be.
  void opened();
  void not_opened();

  [[nodiscard]] UpstreamState state() const { return state_; }
  [[nodiscard]] std::string sentence() const;

 private:
  void ask();
  void answered(const net::Fetch::Outcome& outcome);
  void set(UpstreamVerdict verdict);  // any thread

  const upstream::Dialer& dialer_;
  obs::Log& log_;
  net::Loop* loop_ = nullptr;
  std::string model_;
  std::atomic<UpstreamState> state_{UpstreamState::unasked};
  std::atomic<bool> asking_{false};
  mutable std::mutex mutex_;
  std::string sentence_ = "The model's side has not answered yet.";
  std::optional<net::Timer> again_;  // on the loop, as what follows
  std::unique_ptr<net::Fetch> fetch_;
};

}  // namespace livegate::server
