#include "meter/money.h"

#include <limits>

#include <gtest/gtest.h>

namespace livegate::meter {
namespace {

TEST(Money, writes_whole_micro_dollars_with_six_decimals) {
  EXPECT_EQ(usd(0), "0.000000");
  EXPECT_EQ(usd(1234), "0.001234");
  EXPECT_EQ(usd(12'000'000), "12.000000");
  EXPECT_EQ(usd(-5), "-0.000005");
}

TEST(Money, an_amount_in_dollars_is_rounded_and_kept_within_bounds) {
  EXPECT_EQ(micro_usd_from(0.1), 100'000);
  EXPECT_EQ(micro_usd_from(0.0000006), 1);
  EXPECT_EQ(micro_usd_from(-1), 0);
  EXPECT_EQ(micro_usd_from(std::numeric_limits<double>::quiet_NaN()), 0);
  EXPECT_EQ(micro_usd_from(std::numeric_limits<double>::infinity()), kMicroUsdMax);
}

TEST(Money, reads_a_price_as_thousandths_of_a_dollar_per_million) {
  EXPECT_EQ(*price_from("3"), 3000U);
  EXPECT_EQ(*price_from("0.75"), 750U);
  EXPECT_EQ(*price_from("12.125"), 12125U);
  EXPECT_EQ(*price_from("0.5000"), 500U);
  EXPECT_EQ(*price_from("10000"), 10'000'000U);
}

TEST(Money, refuses_what_is_no_price) {
  for (const char* text : {"", "-1", "1e3", "0.0001", "10000.001", "free", ".", ".5", "1.2.3",
                           "99999999999999999999"}) {
    const auto price = price_from(text);
    ASSERT_FALSE(price) << text;
    EXPECT_NE(price.error().find("at most three decimals"), std::string::npos) << price.error();
  }
}

TEST(Money, an_amount_neither_overflows_nor_becomes_negative) {
  EXPECT_EQ(plus(kMicroUsdMax, kMicroUsdMax), kMicroUsdMax);
  EXPECT_EQ(plus(kMicroUsdMax, INT64_MAX), kMicroUsdMax);
  EXPECT_EQ(plus(10, -20), 0);
  EXPECT_EQ(plus(10, INT64_MIN), 0);
  EXPECT_EQ(plus(10, -4), 6);
}

}  // namespace
}  // namespace livegate::meter
