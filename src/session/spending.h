// What a session has spent, and where the budgets stand that bound it.
//
// Decides which limit is nearest: the session's own or those that it shares with others. Leaves to
// SessionLimits what follows from that.
#pragma once

#include "meter/budget.h"
#include "meter/session_meter.h"

namespace livegate::session {

struct Spending {
  meter::SessionMeter meter;
  meter::Verdict verdict;  // of whichever limit is nearest
  meter::Verdict shared;   // of users and days, as it was told last

  void follow(const meter::Budgets& budgets) {
    const meter::Verdict own = meter::session_verdict(meter.session().cost, budgets);
    verdict = shared.level >= own.level ? shared : own;
  }
  // Nothing more is sent to the model.
  [[nodiscard]] bool is_spent() const { return verdict.level == meter::Level::hard; }
};

}  // namespace livegate::session
