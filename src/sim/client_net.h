// The client's connections to the gateway, one after the other: what is on its way over them, and
// what is lost when one breaks.
//
// Decides when a message arrives, what has left the gateway's socket, and when each side learns of
// a break. Leaves to the conversation what arrives, and to the client when it comes back.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string_view>
#include <vector>

#include "sim/dice.h"
#include "sim/plan.h"
#include "sim/schedule.h"
#include "sim/tally.h"

namespace livegate::sim {

class ClientNet {
 public:
  ClientNet(const NetworkPlan& plan, Dice& dice, Schedule& schedule, Tally& tally)
      : plan_(plan), dice_(dice), schedule_(schedule), tally_(tally), wires_(1) {}

  // ---- the app's end, which is that of the newest connection
  [[nodiscard]] std::uint32_t newest() const {
    return static_cast<std::uint32_t>(wires_.size() - 1);
  }
  void send_up(Arrival what, std::string_view bytes, Instant now);
  // `code`: of its close frame; 1006: it sends none.
  void hang_up(std::uint16_t code, Instant now);
  // Nothing more comes over it, and nobody says so.
  void fall_silent();
  void dial(Instant now);

  // ---- the gateway's end. The call's connection is one that was taken over, at first number 0.
  struct Message {
    std::string_view bytes;
    bool binary;
    bool revocable;
    bool counted;  // it is one of the session's
  };
  [[nodiscard]] std::uint32_t of_call() const { return of_call_; }
  void take_over(std::uint32_t number) { of_call_ = number; }
  void send_down(std::uint32_t number, const Message& message, Instant now);
  // Of the call's connection: returns how many messages will now not leave.
  std::size_t revoke(Instant now);
  [[nodiscard]] std::size_t unsent_messages(Instant now);
  [[nodiscard]] std::size_t queued_bytes(Instant now);

  // ---- breaks
  // Of the newest connection, some time from now.
  void plan_break(Instant now);
  void breaks(std::uint32_t number, Instant now);
  // Nothing arrives over it any more.
  [[nodiscard]] bool is_broken(std::uint32_t number) const { return wires_[number].broken; }
  // ... and no packet of the network says so: only a missing pong does.
  [[nodiscard]] bool is_silent(std::uint32_t number) const { return wires_[number].silent; }
  // Of the session's connection: a ping of the gateway, which the app answers by itself.
  void ping(Instant now);

 private:
  struct Unsent {
    Instant begins, departs;
    std::uint32_t slot;
    std::size_t bytes;
    bool revocable;
  };
  struct Wire {
    Instant last_up, last_down;  // when the newest message arrives
    Instant free_at;             // what was sent before has left
    bool broken = false, silent = false;
    std::optional<Instant> stuck_at;  // nothing has left since
    std::deque<Unsent> outbox;
    std::size_t queued_bytes = 0;
  };
  [[nodiscard]] Wire& settled(Instant now);

  const NetworkPlan& plan_;
  Dice& dice_;
  Schedule& schedule_;
  Tally& tally_;
  std::vector<Wire> wires_;  // by number
  std::uint32_t of_call_ = 0;
};

}  // namespace livegate::sim
