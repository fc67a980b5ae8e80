// Our connection to the model as a state machine: connecting, setting up, ready, waiting to try
// again.
//
// Decides when to connect, how long to wait, when to give up, when a connection has grown so old
// that another one is better, and with which resumption handle.
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

  // `age_max`: SessionConfig::connection_age_max.
  UpstreamLink(const Backoff& backoff, Millis age_max, Rng rng)
      : backoff_(backoff), age_max_(age_max), rng_(rng) {}

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
  void forget_handle() { handle_.clear(); }
  // The service said that it will end the connection in `time_left`.
  void go_away(Instant now, Millis time_left);

  // What becomes of a connection that ended or never began.
  struct Loss {
    bool give_up;
    std::string_view advice;  // for give_up, from the table; may be empty
    Millis retry_in;
    bool repeats;  // what is unanswered may be said again
  };
  Loss lost(std::uint16_t code, std::string_view reason, Instant now);

  // What a deadline that has passed asks for.
  // `move_if_quiet` is asked for again and again until the connection is left, `move` at the last
  // moment.
  enum class Due : std::uint8_t { nothing, connect, setup_timeout, ping, move_if_quiet, move };
  Due due(Instant now);
  [[nodiscard]] std::optional<Instant> next_deadline() const;
  // The connection's end is near: a quiet moment should be used to move to another one.
  [[nodiscard]] bool move_wanted(Instant now) const {
    return state_ == State::ready && move_from_ && now >= *move_from_;
  }

 private:
  [[nodiscard]] Millis draw_wait();

  Backoff backoff_;
  Millis age_max_;
  Rng rng_;
  State state_ = State::idle;
  std::uint32_t epoch_ = 0;
  int attempt_ = 0;
  bool was_ready_ = false;
  bool resuming_ = false;
  std::string handle_;
  std::optional<Instant> ready_at_;
  std::optional<Instant> deadline_;   // of the state: setup time, retry, ping
  std::optional<Instant> move_from_;  // its end is near
  std::optional<Instant> look_at_;    // ... when to look again for a quiet moment
  std::optional<Instant> move_by_;    // the service will end it soon after
  int refusals_ = 0;                  // in a row, of connections with a handle
  std::optional<Instant> anew_at_;
  int anews_ = 0;  // in a row
};

}  // namespace livegate::session
