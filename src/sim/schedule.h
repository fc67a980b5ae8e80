// What is on its way in a simulated world: a queue ordered by time, and by order of arrival where
// times are equal. Payloads are pooled, with the padding that the readers want.
#pragma once

#include <cstdint>
#include <queue>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.h"
#include "base/padded_text.h"

namespace livegate::sim {

enum class Arrival : std::uint8_t {
  // at the session
  client_text,
  client_binary,
  client_gone,  // code: of its close frame; 1006 where there is none
  client_pong,
  dialled,      // the connection is there
  not_dialled,  // ... or is not; payload: why
  model_message,
  model_gone,    // code, payload: reason
  model_closed,  // our own close was answered
  pong,
  drain,
  // at the service
  service_message,
  service_closed,  // the gateway hung up
  // at the client
  sim_client_text,
  sim_client_binary,
  sim_client_closed,
  caller_lost,  // the app learns that its connection is dead
  // of the network
  client_breaks,
  connection_dropped,
  connection_swallowed,
};

// The code of what arrives at the client and is one of the session's messages.
inline constexpr std::uint16_t kCountedMessage = 1;

class Schedule {
 public:
  struct Item {
    Instant at;
    std::uint64_t order;
    Arrival what;
    std::uint16_t code;
    std::uint32_t epoch;
    std::uint32_t slot;
    bool operator>(const Item& other) const {
      return at != other.at ? at > other.at : order > other.order;
    }
  };

  std::uint32_t add(Instant at, Arrival what, std::uint32_t epoch, std::string_view payload = {},
                    std::uint16_t code = 0) {
    const std::uint32_t slot = take_slot();
    pool_[slot].assign(payload);
    voided_[slot] = false;
    items_.push(Item{at, ++order_, what, code, epoch, slot});
    return slot;
  }
  [[nodiscard]] bool empty() const { return items_.empty(); }
  [[nodiscard]] Instant next() const { return items_.top().at; }
  // Its payload stays valid until release(). A voided item is given back with `voided`.
  [[nodiscard]] Item take() {
    const Item item = items_.top();
    items_.pop();
    return item;
  }
  [[nodiscard]] PaddedText payload(const Item& item) const { return pool_[item.slot].text(); }
  [[nodiscard]] bool voided(const Item& item) const { return voided_[item.slot]; }
  void release(const Item& item) { free_.push_back(item.slot); }
  // What is in this slot never arrives.
  void void_slot(std::uint32_t slot) { voided_[slot] = true; }

 private:
  std::uint32_t take_slot() {
    if (!free_.empty()) {
      const std::uint32_t slot = free_.back();
      free_.pop_back();
      return slot;
    }
    pool_.emplace_back();
    voided_.push_back(false);
    return static_cast<std::uint32_t>(pool_.size() - 1);
  }

  std::priority_queue<Item, std::vector<Item>, std::greater<>> items_;
  std::uint64_t order_ = 0;
  std::vector<PaddedString> pool_;
  std::vector<bool> voided_;
  std::vector<std::uint32_t> free_;
};

}  // namespace livegate::sim
