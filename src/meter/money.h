// Money as whole numbers: amounts in micro-dollars, prices in nano-dollars per token, which are
// thousandths of USD per million tokens. Nothing is summed in floating point.
//
// Decides how both are written and read. Leaves what costs how much to the price table.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace livegate::meter {

using MicroUsd = std::int64_t;

// Above this no amount grows: 9 million USD.
inline constexpr MicroUsd kMicroUsdMax = std::int64_t{9'000'000} * 1'000'000;

// Within 0 and kMicroUsdMax, whatever is added; a negative `change` takes away.
[[nodiscard]] MicroUsd plus(MicroUsd amount, MicroUsd change);

// Of an amount in USD, rounded; within 0 and kMicroUsdMax, 0 for what is no number.
[[nodiscard]] MicroUsd micro_usd_from(double usd);

// "0.001234": always six decimals, as JSON, logs and reports have it.
[[nodiscard]] std::string usd(MicroUsd amount);

// "3", "0.75", "12.125": USD per million tokens with at most three decimals, up to 10,000. Gives
// nano-dollars per token. The error is one sentence that says what is allowed.
[[nodiscard]] Result<std::uint64_t, std::string> price_from(std::string_view usd_per_million);

}  // namespace livegate::meter
