// Configuration files of any content: refused with a sentence that names the file, or read into
// values that the rest of the program can go by. Files that one names do not exist here.
#include <cmath>
#include <string>
#include <string_view>

#include "config/config.h"
#include "config/production.h"
#include "input.h"

using namespace livegate;

namespace {

constexpr std::string_view kName = "/nonexistent/livegate.toml";

void look_at(const policy::Rates& rates) {
  for (const policy::Rate& rate : rates) {
    fuzz::require(std::isfinite(rate.at_once) && rate.at_once >= 0);
    fuzz::require(std::isfinite(rate.per_second) && rate.per_second >= 0);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  // Devices have no end, and an absolute name gets to them.
  if (text.find("/dev") != text.npos || text.find("/proc") != text.npos) return 0;
  auto config = config::parse(text, std::string(kName));
  if (!config) {
    fuzz::require(config.error().starts_with(kName) && config.error().size() > kName.size() + 2);
    return 0;
  }
  look_at(config::session_rates(config->client_limits));
  look_at(config::user_rates(config->client_limits));
  fuzz::require(config->sessions_max > 0 && config->threads >= 0);
  for (const double share : {config->recorder_share, config->vain_replies}) {
    fuzz::require(share >= 0 && share <= 1);
  }
  const meter::Budgets& budgets = config->metering.budgets;
  fuzz::require(budgets.session >= 0 && budgets.user_day >= 0 && budgets.gateway_day >= 0);
  for (const config::Finding& finding : production_findings(*config)) {
    fuzz::require(!sentence_of(finding).empty());
  }
  return 0;
}
