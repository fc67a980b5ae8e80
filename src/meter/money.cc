#include "meter/money.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace livegate::meter {

MicroUsd plus(MicroUsd amount, MicroUsd change) {
  // Both are within the limit, so that the sum fits.
  const MicroUsd step = std::clamp(change, -kMicroUsdMax, kMicroUsdMax);
  return std::clamp<MicroUsd>(amount + step, 0, kMicroUsdMax);
}

MicroUsd micro_usd_from(double usd) {
  if (!(usd > 0)) return 0;
  return static_cast<MicroUsd>(
      std::llround(std::min(usd, static_cast<double>(kMicroUsdMax) / 1e6) * 1e6));
}

std::string usd(MicroUsd amount) {
  const bool negative = amount < 0;
  const std::uint64_t micros =
      negative ? 0 - static_cast<std::uint64_t>(amount) : static_cast<std::uint64_t>(amount);
  const std::string decimals = std::to_string(micros % 1'000'000);
  return (negative ? "-" : "") + std::to_string(micros / 1'000'000) + "." +
         std::string(6 - decimals.size(), '0') + decimals;
}

Result<std::uint64_t, std::string> price_from(std::string_view text) {
  constexpr std::uint64_t kWholeMax = 10'000;
  const auto refused = [&] {
    return Unexpected{"'" + std::string(text) +
                      "' is no price: it must be USD per million tokens, from 0 to 10000 with at "
                      "most three decimals."};
  };
  const std::size_t dot = std::min(text.find('.'), text.size());
  std::string_view decimals = dot < text.size() ? text.substr(dot + 1) : std::string_view();
  while (decimals.ends_with('0')) decimals.remove_suffix(1);
  const std::string digits = std::string(text.substr(0, dot)) + std::string(decimals) +
                             std::string(decimals.size() < 3 ? 3 - decimals.size() : 0, '0');
  const bool only_digits = std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; });
  if (dot == 0 || decimals.size() > 3 || digits.size() > 9 || !only_digits) return refused();
  std::uint64_t nano = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), nano);
  if (nano > kWholeMax * 1000) return refused();
  return nano;
}

}  // namespace livegate::meter
