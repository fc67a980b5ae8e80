#include "meter/price_table.h"

#include <algorithm>

#include "proto/model_profile.h"

namespace livegate::meter {
namespace {

// USD per million tokens, paid tier. Thoughts of a model that speaks cost what its speech does.
constexpr Prices kFlashLive3{.text_in = 750,
                             .audio_in = 3'000,
                             .image_in = 1'000,
                             .text_out = 4'500,
                             .audio_out = 12'000,
                             .thoughts = 12'000};
constexpr Prices kFlashLive25{.text_in = 500,
                              .audio_in = 3'000,
                              .image_in = 3'000,
                              .text_out = 2'000,
                              .audio_out = 12'000,
                              .thoughts = 12'000};
constexpr std::array kList = {
    ListPrice{"gemini-3.8-live*", kFlashLive3, "2026-10-06"},
    ListPrice{"gemini-3.1-flash-live*", kFlashLive3, "2026-10-06"},
    ListPrice{"gemini-2.5-flash-native-audio*", kFlashLive25, "2026-05-16"},
    ListPrice{"gemini-live-2.5-flash*", kFlashLive25, "2026-05-16"},
};

struct Key {
  std::string_view name;
  std::uint64_t Prices::*price;
};
constexpr std::array<Key, 6> kKeys = {{{"text_in", &Prices::text_in},
                                       {"audio_in", &Prices::audio_in},
                                       {"image_in", &Prices::image_in},
                                       {"text_out", &Prices::text_out},
                                       {"audio_out", &Prices::audio_out},
                                       {"thoughts", &Prices::thoughts}}};

bool matches(std::string_view pattern, std::string_view model) {
  return pattern.ends_with('*') ? model.starts_with(pattern.substr(0, pattern.size() - 1))
                                : model == pattern;
}

const ListPrice* listed(std::string_view model) {
  const auto* const found = std::ranges::find_if(
      kList, [&](const ListPrice& each) { return matches(each.model, model); });
  return found == kList.end() ? nullptr : found;
}

const Key* find_key(std::string_view name) {
  const auto* const found =
      std::ranges::find_if(kKeys, [&](const Key& each) { return each.name == name; });
  return found == kKeys.end() ? nullptr : found;
}

void set(Prices& prices, const PriceOverride& from, bool only_dearer) {
  const Key* const key = find_key(from.key);
  const auto price = price_from(from.usd_per_million);
  if (key == nullptr || !price) return;
  std::uint64_t& value = prices.*key->price;
  value = only_dearer ? std::max(value, *price) : *price;
}

// Of each kind, among all that are known.
Prices dearest(std::span<const PriceOverride> overrides) {
  Prices most;
  for (const Key& key : kKeys) {
    for (const ListPrice& each : kList)
      most.*key.price = std::max(most.*key.price, each.prices.*key.price);
  }
  for (const PriceOverride& each : overrides) set(most, each, /*only_dearer=*/true);
  return most;
}

std::uint64_t price_of(Kind kind, const Prices& prices) {
  switch (kind) {
    case Kind::text_in:
      return prices.text_in;
    case Kind::audio_in:
      return prices.audio_in;
    case Kind::image_in:
      return prices.image_in;
    case Kind::other_in:
      return std::max({prices.text_in, prices.audio_in, prices.image_in});
    case Kind::text_out:
      return prices.text_out;
    case Kind::audio_out:
      return prices.audio_out;
    case Kind::other_out:
      return std::max(prices.text_out, prices.audio_out);
    case Kind::thoughts:
    case Kind::count_:
      break;
  }
  return prices.thoughts;
}

}  // namespace

MicroUsd cost(const Tokens& tokens, const Prices& prices) {
  // At most 8 kinds x 10^7 tokens x 10^7 nano-dollars: it fits.
  std::uint64_t nano = 0;
  for (std::size_t i = 0; i < kKinds; ++i) {
    const auto count =
        static_cast<std::uint64_t>(std::clamp<std::int64_t>(tokens.of[i], 0, kTokensPerTurnMax));
    nano += count * std::min(price_of(static_cast<Kind>(i), prices), kPriceMax);
  }
  return static_cast<MicroUsd>((nano + 999) / 1000);
}

std::span<const ListPrice> list_prices() { return kList; }

Result<Done, std::string> check(const PriceOverride& price) {
  if (find_key(price.key) == nullptr) {
    std::string known;
    for (const Key& each : kKeys) {
      if (!known.empty()) known += ", ";
      known += each.name;
    }
    return Unexpected{"'" + price.key + "' is no price; known are: " + known + "."};
  }
  if (const auto read = price_from(price.usd_per_million); !read)
    return Unexpected{price.key + ": " + read.error()};
  return Done{};
}

Prices prices_of(std::string_view model, std::span<const PriceOverride> overrides) {
  const std::string_view name = proto::bare_model_name(model);
  const ListPrice* const known = listed(name);
  Prices prices = known != nullptr ? known->prices : dearest(overrides);
  for (const PriceOverride& each : overrides) {
    if (!matches(proto::bare_model_name(each.model), name)) continue;
    set(prices, each, /*only_dearer=*/false);
  }
  return prices;
}

bool has_prices(std::string_view model, std::span<const PriceOverride> overrides) {
  const std::string_view name = proto::bare_model_name(model);
  return listed(name) != nullptr || std::ranges::any_of(overrides, [&](const auto& each) {
           return matches(proto::bare_model_name(each.model), name);
         });
}

}  // namespace livegate::meter
