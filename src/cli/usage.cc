#include "cli/usage.h"

#include <ostream>

#include <fmt/format.h>

#include "config/config.h"
#include "meter/money.h"
#include "server/usage_store.h"

namespace livegate::cli {
namespace {

void print_row(std::ostream& out, std::string_view day, std::string_view user,
               std::string_view model, const meter::Spend& spend) {
  using meter::Kind;
  const meter::Tokens& tokens = spend.tokens;
  out << fmt::format("{:<10}  {:<20}  {:<34} {:>7} {:>11} {:>11} {:>10} {:>14} {:>14}\n", day, user,
                     model, spend.turns, tokens.in(), tokens.out() - tokens[Kind::thoughts],
                     tokens[Kind::thoughts], meter::usd(spend.cost),
                     meter::usd(spend.estimated_cost));
}

}  // namespace

int run_usage(const UsageOptions& options, std::ostream& out, std::ostream& err) {
  std::string file = options.file;
  if (file.empty() && !options.config_file.empty()) {
    const auto config = config::load(options.config_file);
    if (!config) {
      err << "livegate usage: " << config.error() << '\n';
      return 2;
    }
    file = config->metering.file;
  }
  if (file.empty()) {
    err << "livegate usage: give it --file FILE, or --config FILE of a gateway with meter.file.\n";
    return 2;
  }
  std::optional<meter::UtcDay> day;
  if (!options.day.empty()) {
    day = meter::day_from(options.day);
    if (!day) {
      err << "livegate usage: '" << options.day << "' is no day: it must be as 2026-12-31.\n";
      return 2;
    }
  }
  const auto rows = server::UsageStore::read(file, day, options.user);
  if (!rows) {
    err << "livegate usage: " << rows.error() << '\n';
    return 2;
  }
  out << fmt::format("{:<10}  {:<20}  {:<34} {:>7} {:>11} {:>11} {:>10} {:>14} {:>14}\n", "day",
                     "user", "model", "turns", "tokens in", "tokens out", "thoughts", "USD",
                     "estimated USD");
  meter::Spend all;
  for (const server::UsageRow& row : *rows) {
    print_row(out, meter::text_of(row.day), row.user.empty() ? "-" : row.user, row.model,
              row.spend);
    all += row.spend;
  }
  print_row(out, "all", "", "", all);
  return 0;
}

}  // namespace livegate::cli
