// Our connection to the model as a state machine: connecting, setting up, ready, waiting to try
// again.
//
// Decides when to connect, how long to wait, when to give up, and with which resumption handle.
// Numbers every connection (epoch), so that whatever still arrives from an earlier one can be told
// apart and ignored. Leaves to the session what is sent over it and what the client is told.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/instant.h"
#include "base/rng.h"
#include "session/close_policy.h"
#include "session/session_config.h"

namespace livegate::session {

class UpstreamLink {
 public:
  enum class State : std::uint8_t { idle, connecting, setting_up, ready, waiting, closed };

  UpstreamLink(const Backoff& backoff, Rng rng) : backoff_(backoff), rng_(rng) {}

  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] bool is_ready() const { return state_ == State::ready; }
  [[nodiscard]] std::uint32_t epoch() const { return epoch_; }
  [[nodiscard]] bool was_ready() const { return was_ready_; }
  [[nodiscard]] int attempt() const { return attempt_; }
  [[nodiscard]] const std::string& handle() const { return handle_; }
  // The handle was in the setup of the connection that is now up.
  [[nodiscard]] bool resumed() const { return resuming_; }

  void connect();            // the caller opens a connection of epoch()
  void opened(Instant now);  // the socket is up: send the setup
  void set_up(Instant now);  // setupComplete
  void close() { state_ = State::closed; }
  void remember(std::string_view handle) { handle_ = handle; }
  // The service said that it will end the connection in `time_left`.
  void go_away(Instant now, Millis time_left);

  // What becomes of a connection that ended or never began.
  struct Loss {
    bool give_up;
    std::string_view advice;  // for give_up, from the table; may be empty
    Millis retry_in;
  };
  Loss lost(std::uint16_t code, std::string_view reason, Instant now);

  // What a deadline that has passed asks for.
  enum class Due : std::uint8_t { nothing, connect, setup_timeout, ping, renew };
  Due due(Instant now);
  [[nodiscard]] std::optional<Instant> next_deadline() const;
  // An announced end is near enough that a quiet moment should be used to connect anew.
  [[nodiscard]] bool renewal_wanted() const {
    return state_ == State::ready && renew_by_.has_value();
  }

 private:
  [[nodiscard]] Millis draw_wait();

  Backoff backoff_;
  Rng rng_;
  State state_ = State::idle;
  std::uint32_t epoch_ = 0;
  int attempt_ = 0;
  bool was_ready_ = false;
  bool resuming_ = false;
  std::string handle_;
  std::optional<Instant> ready_at_;
  std::optional<Instant> deadline_;  // of the state: setup time, retry, ping
  std::optional<Instant> renew_by_;
};

}  // namespace livegate::session
