#include "meter/price_table.h"

#include <vector>

#include <gtest/gtest.h>

namespace livegate::meter {
namespace {

TEST(PriceTable, a_listed_model_has_its_own_prices_whatever_path_stands_before_it) {
  const Prices prices = prices_of("models/gemini-3.8-live-extended-thinking", {});
  EXPECT_EQ(prices.text_in, 750U);
  EXPECT_EQ(prices.audio_in, 3000U);
  EXPECT_EQ(prices.audio_out, 12000U);
  EXPECT_EQ(prices_of("publishers/google/models/gemini-live-2.5-flash", {}).text_out, 2000U);
}

TEST(PriceTable, an_unknown_model_has_the_dearest_of_each_kind) {
  const Prices prices = prices_of("models/gemini-9-live", {});
  EXPECT_EQ(prices.text_in, 750U);
  EXPECT_EQ(prices.image_in, 3000U);  // of 2.5
  EXPECT_EQ(prices.text_out, 4500U);  // of 3.x
  EXPECT_FALSE(has_prices("models/gemini-9-live", {}));
  const std::vector<PriceOverride> dear = {{"other", "image_in", "50"}};
  EXPECT_EQ(prices_of("models/gemini-9-live", dear).image_in, 50'000U);
}

TEST(PriceTable, the_configuration_overrides_single_prices_and_families_and_the_last_word_counts) {
  const std::vector<PriceOverride> set = {{"gemini-3.8*", "text_in", "1"},
                                          {"models/gemini-3.8-live", "text_in", "2"},
                                          {"gemini-3.8-live", "audio_out", "no number"}};
  EXPECT_EQ(prices_of("models/gemini-3.8-live", set).text_in, 2000U);
  EXPECT_EQ(prices_of("models/gemini-3.8-live-extended-thinking", set).text_in, 1000U);
  EXPECT_EQ(prices_of("models/gemini-3.8-live", set).audio_out, 12000U);
  EXPECT_EQ(prices_of("models/gemini-3.1-flash-live-preview", set).text_in, 750U);
}

TEST(PriceTable, refuses_an_unknown_key_and_a_price_that_is_none_by_name) {
  const auto key = check({"m", "video_in", "1"});
  ASSERT_FALSE(key);
  EXPECT_NE(key.error().find("text_in"), std::string::npos);
  const auto price = check({"m", "text_in", "-1"});
  ASSERT_FALSE(price);
  EXPECT_TRUE(price.error().starts_with("text_in: "));
  EXPECT_TRUE(check({"m", "thoughts", "0.125"}));
}

TEST(PriceTable, every_listed_price_has_the_date_on_which_it_was_read) {
  for (const ListPrice& each : list_prices()) {
    EXPECT_EQ(each.read_on.size(), std::size_t{10}) << each.model;
    EXPECT_GT(each.prices.text_in, 0U);
  }
}

TEST(Cost, is_exact_and_rounded_up_once_a_turn) {
  const Prices prices = prices_of("gemini-3.8-live", {});
  Tokens tokens;
  tokens[Kind::text_in] = 1;  // 0.75 micro-dollars
  EXPECT_EQ(cost(tokens, prices), 1);
  tokens[Kind::text_in] = 4;
  EXPECT_EQ(cost(tokens, prices), 3);
  tokens[Kind::audio_in] = 287;
  tokens[Kind::audio_out] = 63;
  tokens[Kind::thoughts] = 40;
  EXPECT_EQ(cost(tokens, prices), 3 + 287 * 3 + 63 * 12 + 40 * 12);
}

TEST(Cost, what_is_not_broken_down_costs_what_the_dearest_of_its_direction_does) {
  const Prices prices = prices_of("gemini-3.8-live", {});
  Tokens tokens;
  tokens[Kind::other_in] = 10;
  tokens[Kind::other_out] = 10;
  EXPECT_EQ(cost(tokens, prices), 10 * 3 + 10 * 12);
}

TEST(Cost, the_largest_counts_at_the_highest_prices_fit) {
  Tokens tokens;
  tokens.of.fill(INT64_MAX);
  Prices prices{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX};
  EXPECT_EQ(cost(tokens, prices), std::int64_t{8} * 10'000'000 * 10'000);
  tokens.of.fill(INT64_MIN);
  EXPECT_EQ(cost(tokens, prices), 0);
}

}  // namespace
}  // namespace livegate::meter
