#include "offline/faults.h"

#include <algorithm>
#include <charconv>

namespace livegate::offline {
namespace {

constexpr std::array<std::string_view, kFaults> kNames = {"freeze",
                                                          "freeze-mid-turn",
                                                          "freeze-connection",
                                                          "premature-complete",
                                                          "empty-turn",
                                                          "internal-error",
                                                          "drop",
                                                          "go-away",
                                                          "says-nothing",
                                                          "rejected",
                                                          "text-only",
                                                          "inaudible",
                                                          "slow-first-audio",
                                                          "pause-in-reply",
                                                          "go-away-in-gap",
                                                          "drop-in-gap",
                                                          "no-second-turn",
                                                          "duplicate-transcript",
                                                          "duplicate-call",
                                                          "no-usage",
                                                          "close-on-audio",
                                                          "refuse-resume",
                                                          "silent-setup",
                                                          "slow-pong"};

}  // namespace

std::string_view name_of(Fault fault) { return kNames[static_cast<std::size_t>(fault)]; }

std::optional<Fault> fault_named(std::string_view name) {
  const auto* const found = std::ranges::find(kNames, name);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<Fault>(found - kNames.begin());
}

std::string fault_names() {
  std::string names;
  for (const std::string_view name : kNames) {
    if (!names.empty()) names += ", ";
    names += name;
  }
  return names;
}

Result<Done, std::string> order_fault(std::string_view order, FaultPlan& plan) {
  const std::size_t equals = order.find('=');
  const std::string_view name = order.substr(0, equals);
  const auto fault = fault_named(name);
  if (!fault) {
    return Unexpected{"there is no fault '" + std::string(name) + "'; there are " + fault_names() +
                      "."};
  }
  double chance = 1.0;
  if (equals != std::string_view::npos) {
    const std::string_view text = order.substr(equals + 1);
    const char* const end = text.data() + text.size();
    const auto [rest, code] = std::from_chars(text.data(), end, chance);
    if (code != std::errc() || rest != end || !(chance >= 0.0 && chance <= 1.0)) {
      return Unexpected{"the chance of " + std::string(name) + " is a number from 0 to 1, not '" +
                        std::string(text) + "'."};
    }
  }
  plan[*fault] = chance;
  return Done{};
}

std::optional<Fault> FaultDice::for_turn() {
  std::optional<Fault> drawn;
  for (std::size_t i = 0; i < kTurnFaults; ++i) {
    const auto fault = static_cast<Fault>(i);
    if (strikes(fault) && !drawn) drawn = fault;
  }
  return drawn;
}

}  // namespace livegate::offline
