#include "policy/resume_tokens.h"

#include "policy/access.h"

namespace livegate::policy {

bool ResumeTokens::open(std::string_view presented) const {
  const bool newest = equal_in_constant_time(presented, offered_);
  const bool again = equal_in_constant_time(presented, opened_);
  return !presented.empty() && (newest || again);
}

void ResumeTokens::taken(std::string_view presented, std::string next) {
  opened_ = presented;
  offered_ = std::move(next);
}

}  // namespace livegate::policy
