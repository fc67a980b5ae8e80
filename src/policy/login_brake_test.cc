#include "policy/login_brake.h"

#include <string>

#include <gtest/gtest.h>

namespace livegate::policy {
namespace {

constexpr Instant kNow = Instant(100s);
const IpAddress kBob = IpAddress::parse("192.0.2.1").value();
const IpAddress kAlice = IpAddress::parse("192.0.2.2").value();

TEST(LoginBrakeTest, the_delay_after_wrong_tokens_grows) {
  LoginBrake brake(3, 10);
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(brake.failed(kBob, kNow));
  Instant now = kNow;
  Millis before{0};
  for (int i = 0; i < 12; ++i) {
    const auto delay = brake.failed(kBob, now);
    ASSERT_TRUE(delay);
    EXPECT_GE(*delay, std::min(before * 2, LoginBrake::kDelayMax));
    EXPECT_LE(*delay, LoginBrake::kDelayMax);
    EXPECT_TRUE(brake.failed(kBob, now + *delay / 2)) << "the delay runs";
    before = *delay;
    now += *delay;
  }
  EXPECT_EQ(before, LoginBrake::kDelayMax);
}

TEST(LoginBrakeTest, it_forgives_and_knows_others_by_their_address) {
  LoginBrake brake(3, 10);
  while (!brake.failed(kBob, kNow)) {
  }
  EXPECT_FALSE(brake.failed(kAlice, kNow));
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(brake.failed(kBob, kNow + 3min));
  EXPECT_EQ(brake.failed(kBob, kNow + 3min), LoginBrake::kFirstDelay);
}

TEST(LoginBrakeTest, off_it_delays_nobody_and_its_table_is_bounded) {
  LoginBrake off(0, 10);
  for (int i = 0; i < 1000; ++i) EXPECT_FALSE(off.failed(kBob, kNow));
  LoginBrake brake(3, 10);
  for (int i = 0; i < 250; ++i) {
    brake.failed(IpAddress::parse("192.0.2." + std::to_string(i)).value(), kNow);
    EXPECT_LE(brake.size(), 10u);
  }
}

}  // namespace
}  // namespace livegate::policy
