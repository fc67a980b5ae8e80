#include "server/spending.h"

#include <filesystem>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace livegate::server {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr meter::UnixTime kNoon = std::chrono::days(20'000) + std::chrono::hours(12);

class SpendingTest : public testing::Test {
 protected:
  ~SpendingTest() override {
    for (const char* end : {"", "-wal", "-shm"}) std::filesystem::remove(file_ + end);
  }
  std::unique_ptr<Spending> open(meter::UnixTime now = kNoon) {
    auto spending = Spending::open(config_, log_, now);
    EXPECT_TRUE(spending) << spending.error();
    return spending ? std::move(*spending) : nullptr;
  }
  static meter::Spend turn(meter::MicroUsd cost, std::int64_t audio_out = 0) {
    meter::Spend spend;
    spend.cost = cost;
    spend.turns = 1;
    spend.tokens[meter::Kind::audio_out] = audio_out;
    return spend;
  }

  config::Metering config_;
  obs::Log log_{obs::LogLevel::off, ""};
  std::string file_ = (std::filesystem::temp_directory_path() /
                       ("livegate_spending_" + std::to_string(::getpid()) + ".db"))
                          .string();
};

TEST_F(SpendingTest, a_user_whose_budget_is_spent_begins_nothing_and_others_do) {
  config_.budgets.user_day = 1000;
  const auto spending = open();
  EXPECT_EQ(spending->spend("ann", "models/m", turn(1000), kNoon).level, meter::Level::hard);
  EXPECT_EQ(spending->may_begin("ann", kNoon).level, meter::Level::hard);
  EXPECT_EQ(spending->may_begin("ben", kNoon).level, meter::Level::within);
  EXPECT_EQ(spending->may_begin("ann", kNoon + std::chrono::hours(12)).level, meter::Level::within);
  EXPECT_EQ(spending->may_begin("ann", kNoon, 5000).level, meter::Level::within);
  EXPECT_THAT(spending->metrics(kNoon), HasSubstr("livegate_budget_refused_total 1\n"));
  EXPECT_THAT(spending->metrics(kNoon), HasSubstr("livegate_users_over_budget 1\n"));
}

TEST_F(SpendingTest, a_budget_that_is_changed_counts_from_then_on) {
  config_.budgets.user_day = 1000;
  const auto spending = open();
  spending->spend("ann", "models/m", turn(1000), kNoon);
  spending->set_budgets({.user_day = 3000});
  EXPECT_EQ(spending->may_begin("ann", kNoon).level, meter::Level::within);
  spending->set_budgets({.user_day = 500});
  EXPECT_EQ(spending->may_begin("ann", kNoon).level, meter::Level::hard);
}

TEST_F(SpendingTest, the_other_sessions_of_a_user_hear_of_it_once_and_all_of_the_gateways) {
  config_.budgets = {.user_day = 1000, .gateway_day = 2000};
  const auto spending = open();
  std::vector<std::string> heard;
  spending->on_spent([&](const std::optional<std::string>& user, const meter::Verdict&) {
    heard.push_back(user.value_or("(all)"));
  });
  spending->spend("ann", "m", turn(999), kNoon);
  EXPECT_TRUE(heard.empty());
  spending->spend("ann", "m", turn(1), kNoon);
  spending->spend("ann", "m", turn(1), kNoon);
  EXPECT_EQ(heard, (std::vector<std::string>{"ann"}));
  spending->spend("ben", "m", turn(999), kNoon);
  EXPECT_EQ(heard, (std::vector<std::string>{"ann", "(all)"}));
}

TEST_F(SpendingTest, the_day_goes_on_after_a_restart_where_there_is_a_file) {
  config_.file = file_;
  config_.budgets.user_day = 1000;
  open()->spend("ann", "m", turn(1000), kNoon);
  EXPECT_EQ(open()->may_begin("ann", kNoon).level, meter::Level::hard);
  EXPECT_EQ(open()->today_of_all(kNoon), 1000);
  EXPECT_EQ(open(kNoon + std::chrono::days(1))->today("ann", kNoon + std::chrono::days(1)), 0);
}

TEST_F(SpendingTest, the_day_is_forgotten_where_there_is_none) {
  config_.budgets.user_day = 1000;
  EXPECT_TRUE(config_.forgets_at_restart());
  open()->spend("ann", "m", turn(1000), kNoon);
  EXPECT_EQ(open()->may_begin("ann", kNoon).level, meter::Level::within);
}

TEST_F(SpendingTest, counts_tokens_by_model_direction_and_modality) {
  const auto spending = open();
  spending->spend("ann", "models/gemini-3.8-live", turn(375, 25), kNoon);
  const std::string page = spending->metrics(kNoon);
  EXPECT_THAT(page, HasSubstr("livegate_tokens_total{model=\"gemini-3.8-live\",direction=\"out\","
                              "modality=\"audio\"} 25\n"));
  EXPECT_THAT(page, HasSubstr("livegate_cost_usd_total{model=\"gemini-3.8-live\"} 0.000375\n"));
  EXPECT_THAT(page, HasSubstr("livegate_cost_today_usd 0.000375\n"));
}

TEST_F(SpendingTest, a_counter_does_not_go_back_over_a_correction) {
  const auto spending = open();
  spending->spend("ann", "m", turn(1000), kNoon);
  EXPECT_THAT(spending->metrics(kNoon), HasSubstr("cost_usd_total{model=\"m\"} 0.001000"));
  spending->spend("ann", "m", turn(-300), kNoon);
  EXPECT_THAT(spending->metrics(kNoon), HasSubstr("cost_usd_total{model=\"m\"} 0.001000"));
  spending->spend("ann", "m", turn(400), kNoon);
  EXPECT_THAT(spending->metrics(kNoon), HasSubstr("cost_usd_total{model=\"m\"} 0.001100"));
  EXPECT_EQ(spending->today("ann", kNoon), 1100);
}

TEST_F(SpendingTest, names_of_models_that_clients_make_up_fill_no_table) {
  const auto spending = open();
  for (int i = 0; i < 1000; ++i)
    spending->spend("ann", "models/made-up-" + std::to_string(i), turn(1), kNoon);
  const std::string page = spending->metrics(kNoon);
  EXPECT_THAT(page, HasSubstr("model=\"other\"} 0.000936"));
  EXPECT_THAT(page, Not(HasSubstr("made-up-500")));
  spending->spend("ann", "models/\"\n\\", turn(1), kNoon);
  EXPECT_THAT(spending->metrics(kNoon), HasSubstr("model=\"other\"} 0.000937"));
}

}  // namespace
}  // namespace livegate::server
