#include "server/client_intake.h"

#include <gtest/gtest.h>

#include "config/limits_config.h"

namespace livegate::server {
namespace {

using policy::Limit;

constexpr Instant kStart{1000s};

struct ClientIntakeTest : testing::Test {
  config::ClientLimits limits;
  std::shared_ptr<policy::Allowance> user =
      std::make_shared<policy::Allowance>(config::user_rates(limits));
  session::Counters counted;

  ClientIntake intake() { return {config::session_rates(limits), user}; }
};

TEST_F(ClientIntakeTest, a_talking_client_is_never_paused) {
  ClientIntake one = intake();
  Instant now = kStart;
  for (int i = 0; i < 50'000; ++i, now += 20ms) {
    counted.audio += 20ms;
    if (i % 50 == 0) ++counted.pictures;
    if (i % 100 == 0) ++counted.texts, counted.text_bytes += 200;
    ASSERT_FALSE(one.took(counted, 1, 700, now)) << i;
  }
}

TEST_F(ClientIntakeTest, typed_lines_over_the_limit_wait_and_the_sentence_names_it) {
  ClientIntake one = intake();
  std::optional<ClientIntake::Pause> pause;
  int taken = 0;
  for (; !pause && taken < 3000; ++taken) {
    ++counted.texts;
    pause = one.took(counted, 1, 50, kStart);
  }
  ASSERT_TRUE(pause);
  EXPECT_EQ(taken, limits.texts + 1);
  EXPECT_TRUE(pause->is_new);
  EXPECT_EQ(one.sentence(*pause, kStart),
            "limits.texts: 240 a minute are taken from one session; the next message is taken in "
            "1 s.");
  ++counted.texts;
  pause = one.took(counted, 1, 50, pause->until);
  ASSERT_TRUE(pause);
  EXPECT_FALSE(pause->is_new) << "said once, and not for every message";
}

TEST_F(ClientIntakeTest, sessions_of_a_user_share_what_is_costly) {
  limits.user_share = 2;
  user = std::make_shared<policy::Allowance>(config::user_rates(limits));
  int taken = 0;
  std::optional<ClientIntake::Pause> pause;
  for (int session = 0; session < 5 && !pause; ++session) {
    ClientIntake one = intake();
    counted = {};
    for (int i = 0; i < limits.texts && !pause; ++i, ++taken) {
      ++counted.texts;
      pause = one.took(counted, 1, 50, kStart);
    }
  }
  ASSERT_TRUE(pause);
  EXPECT_TRUE(pause->of_user);
  EXPECT_EQ(taken, 2 * limits.texts + 1);
  ClientIntake talking = intake();
  counted = {};
  counted.audio = 20ms;
  EXPECT_FALSE(talking.took(counted, 1, 700, kStart)) << "its sound waits for nobody's text";
}

TEST_F(ClientIntakeTest, a_limit_of_zero_is_none) {
  limits = {.audio_rate = 0,
            .messages = 0,
            .received_mib = 0,
            .texts = 0,
            .text_kib = 0,
            .tool_kib = 0,
            .pictures = 0,
            .user_share = 0};
  user = std::make_shared<policy::Allowance>(config::user_rates(limits));
  ClientIntake one = intake();
  counted = {.audio = 24h, .texts = 1'000'000, .text_bytes = 1'000'000'000};
  EXPECT_FALSE(one.took(counted, 1'000'000, 1'000'000'000, kStart));
}

}  // namespace
}  // namespace livegate::server
