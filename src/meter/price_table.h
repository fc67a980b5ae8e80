// What a token costs: data, with the date on which it was read from the service's price list, and
// what the configuration says better.
//
// Decides which prices a model has, and what a turn costs by them. A model without prices of its
// own has the dearest of each kind: a budget must not be exceeded because a name is new.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "meter/money.h"
#include "meter/tokens.h"

namespace livegate::meter {

// Nano-dollars per token; below kPriceMax.
struct Prices {
  std::uint64_t text_in = 0, audio_in = 0, image_in = 0;
  std::uint64_t text_out = 0, audio_out = 0, thoughts = 0;
  bool operator==(const Prices&) const = default;
};
inline constexpr std::uint64_t kPriceMax = 10'000'000;  // 10,000 USD per million tokens

// Of one turn. A part of a micro-dollar counts as a whole one, once a turn; never negative.
[[nodiscard]] MicroUsd cost(const Tokens& tokens, const Prices& prices);

struct ListPrice {
  std::string_view model;  // without "models/"; a '*' at its end stands for any ending
  Prices prices;
  std::string_view read_on;  // "2026-10-06"
};
// What is built in.
[[nodiscard]] std::span<const ListPrice> list_prices();

// What an installation knows better than the list, of one model or of a family ("gemini-3*").
struct PriceOverride {
  std::string model;
  std::string key;              // text_in, audio_in, image_in, text_out, audio_out or thoughts
  std::string usd_per_million;  // as price_from() reads it
};
// The error is one sentence that says what is allowed.
[[nodiscard]] Result<Done, std::string> check(const PriceOverride& price);

// Of `model`, with or without a path before its name. Later overrides win; those that cannot be
// read are left out.
[[nodiscard]] Prices prices_of(std::string_view model, std::span<const PriceOverride> overrides);
// Whether it has prices of its own.
[[nodiscard]] bool has_prices(std::string_view model, std::span<const PriceOverride> overrides);

}  // namespace livegate::meter
