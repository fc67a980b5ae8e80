// What tokens cost and what may be spent. Part of Config.
#pragma once

#include <string>
#include <vector>

#include "meter/budget.h"
#include "meter/price_table.h"

namespace livegate::config {

struct Metering {
  // [prices."NAME"]: of models whose prices this installation knows better than the list of them
  std::vector<meter::PriceOverride> prices;

  // [budget]
  meter::Budgets budgets;

  // [meter]
  std::string file;     // what was spent is kept there; empty: until the process ends
  int keep_days = 400;  // ... for so long

  // A budget of a day that begins again with the process.
  [[nodiscard]] bool forgets_at_restart() const {
    return file.empty() && (budgets.user_day > 0 || budgets.gateway_day > 0);
  }
};

}  // namespace livegate::config
