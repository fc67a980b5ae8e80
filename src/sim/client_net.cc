#include "sim/client_net.h"

#include <algorithm>

namespace livegate::sim {
namespace {

// Of the connections that break: those whose end no packet tells the gateway.
constexpr double kSilently = 0.2;

}  // namespace

void ClientNet::send_up(Arrival what, std::string_view bytes, Instant now) {
  Wire& wire = wires_.back();
  wire.last_up =
      std::max(wire.last_up, now + plan_.client_latency + dice_.between(0ms, plan_.client_jitter));
  schedule_.add(wire.last_up, what, newest(), bytes);
}

void ClientNet::hang_up(std::uint16_t code, Instant now) {
  Wire& wire = wires_.back();
  if (wire.broken) return;  // the gateway will learn of it, or has
  schedule_.add(std::max(wire.last_up, now + plan_.client_latency), Arrival::client_gone, newest(),
                {}, code);
}

void ClientNet::fall_silent() {
  if (wires_.back().broken) return;
  wires_.back().broken = wires_.back().silent = true;
  tally_.add(Count::fault_client_silent);
}

void ClientNet::ping(Instant now) {
  if (wires_[of_call_].broken) return;
  schedule_.add(now + 2 * plan_.client_latency + dice_.between(0ms, plan_.pong_max),
                Arrival::client_pong, of_call_);
}

void ClientNet::dial(Instant now) {
  wires_.emplace_back();
  if (dice_.chance(plan_.refused)) {
    wires_.back().broken = true;
    schedule_.add(now + plan_.client_latency, Arrival::caller_lost, newest());
    return;
  }
  wires_.back().last_up = now + 2 * plan_.client_latency;  // TCP, and the upgrade
  plan_break(now);
}

void ClientNet::send_down(std::uint32_t number, const Message& message, Instant now) {
  Wire& wire = wires_[number];
  const Instant begins = std::max(wire.free_at, now);
  wire.free_at = begins;
  if (const double rate = plan_.client_bytes_per_s; rate > 0) {
    wire.free_at += std::chrono::nanoseconds(
        static_cast<std::int64_t>(static_cast<double>(message.bytes.size()) / rate * 1e9));
  }
  wire.last_down = std::max(wire.last_down, wire.free_at + plan_.client_latency);
  const auto what = message.binary ? Arrival::sim_client_binary : Arrival::sim_client_text;
  const std::uint32_t slot = schedule_.add(wire.last_down, what, number, message.bytes,
                                           message.counted ? kCountedMessage : 0);
  if (wire.free_at == now && !wire.stuck_at) return;
  wire.outbox.push_back({begins, wire.free_at, slot, message.bytes.size(), message.revocable});
  wire.queued_bytes += message.bytes.size();
}

// The call's connection, without what has left by now.
ClientNet::Wire& ClientNet::settled(Instant now) {
  Wire& wire = wires_[of_call_];
  const Instant by = wire.stuck_at ? std::min(now, *wire.stuck_at) : now;
  while (!wire.outbox.empty() && wire.outbox.front().departs <= by &&
         !(wire.stuck_at && wire.outbox.front().begins >= *wire.stuck_at)) {
    wire.queued_bytes -= wire.outbox.front().bytes;
    wire.outbox.pop_front();
  }
  return wire;
}

std::size_t ClientNet::revoke(Instant now) {
  Wire& wire = settled(now);
  const Instant by = wire.stuck_at ? std::min(now, *wire.stuck_at) : now;
  return std::erase_if(wire.outbox, [&](const Unsent& unsent) {
    // Of what has begun to leave nothing can be taken back.
    if (!unsent.revocable || unsent.begins < by) return false;
    schedule_.void_slot(unsent.slot);
    wire.queued_bytes -= unsent.bytes;
    return true;
  });
}

std::size_t ClientNet::unsent_messages(Instant now) { return settled(now).outbox.size(); }

std::size_t ClientNet::queued_bytes(Instant now) { return settled(now).queued_bytes; }

void ClientNet::plan_break(Instant now) {
  if (plan_.client_breaks_every == 0ms) return;
  // Now and then while it is hardly there.
  const Millis after = dice_.chance(0.15) ? dice_.between(0ms, 6 * plan_.client_latency)
                                          : dice_.about(plan_.client_breaks_every);
  schedule_.add(now + after, Arrival::client_breaks, newest());
}

void ClientNet::breaks(std::uint32_t number, Instant now) {
  Wire& wire = wires_[number];
  if (wire.broken) return;
  wire.broken = true;
  if (dice_.chance(0.5)) wire.stuck_at = now;
  tally_.add(Count::fault_client_broken);
  wire.silent = dice_.chance(kSilently);
  if (wire.silent) {
    tally_.add(Count::fault_client_silent);
  } else {
    schedule_.add(now + dice_.between(0ms, plan_.client_unnoticed_max), Arrival::client_gone,
                  number, {}, 1006);
  }
  schedule_.add(now + dice_.between(0ms, plan_.client_notices_max), Arrival::caller_lost, number);
}

}  // namespace livegate::sim
