#include "offline/habits.h"

#include "offline/live_session_handles.h"

namespace livegate::offline {

Habits habits_of(const proto::ModelProfile& profile, bool vertex) {
  Habits habits;
  habits.bare_frames = profile.empty_frames;
  habits.empty_content = profile.many_parts;
  habits.begins_with_a_sample = profile.many_parts;
  habits.counts_thoughts = profile.many_parts;
  if (profile.empty_frames) {  // 3.8
    habits.role = RolePlace::after_parts;
    habits.handle_unasked = true;
  } else if (profile.many_parts) {  // 3.1
    habits.handles_in_turns = true;
    habits.activity_beside_content = true;
  } else {
    habits.speaks_when_not_blocked = true;
  }
  if (profile.idle_by_status) {
    habits.holds_first = true;
    habits.total_has_thoughts = true;
    habits.interrupted_to_complete = 300ms;  // 235 to 393 ms have been recorded
  }
  if (vertex) habits.role = RolePlace::before_parts;
  return habits;
}

std::string CallIds::next(const proto::ModelProfile& profile, bool vertex) {
  constexpr std::uint32_t kNumbers = 1'000'000;
  constexpr std::uint32_t kStep = 387'421;  // without a common divisor: all numbers come in turn
  if (vertex) return make_uuid(rng_);
  if (!profile.many_parts) return "function-call-" + std::to_string(rng_.next() >> 1);
  number_ = (number_ + kStep) % kNumbers;
  const std::string digits = std::to_string(kNumbers + number_).substr(1);
  if (profile.idle_by_status) return "call_" + digits + "_fc_0_0";
  return (profile.empty_frames ? "call_" : "fc_") + digits;
}

}  // namespace livegate::offline
