#include "offline/faults.h"

#include <gtest/gtest.h>

namespace livegate::offline {
namespace {

TEST(Faults, every_fault_has_a_name_of_its_own) {
  for (std::size_t i = 0; i < kFaults; ++i) {
    const auto fault = static_cast<Fault>(i);
    EXPECT_EQ(fault_named(name_of(fault)), fault);
  }
  EXPECT_FALSE(fault_named("freez"));
}

TEST(Faults, an_order_without_a_chance_means_always) {
  FaultPlan plan;
  ASSERT_TRUE(order_fault("freeze", plan));
  ASSERT_TRUE(order_fault("drop=0.25", plan));
  EXPECT_EQ(plan[Fault::freeze], 1.0);
  EXPECT_EQ(plan[Fault::drop], 0.25);
  EXPECT_EQ(plan[Fault::no_usage], 0.0);
}

TEST(Faults, a_wrong_order_says_what_there_is) {
  FaultPlan plan;
  const auto unknown = order_fault("frost", plan);
  ASSERT_FALSE(unknown);
  EXPECT_NE(unknown.error().find("'frost'"), std::string::npos);
  EXPECT_NE(unknown.error().find("freeze-mid-turn"), std::string::npos);
  for (const char* order : {"freeze=", "freeze=2", "freeze=-0.1", "freeze=0.5x", "freeze=nan"}) {
    EXPECT_FALSE(order_fault(order, plan)) << order;
  }
}

TEST(Faults, half_of_the_turns_suffer_what_half_of_them_are_to) {
  FaultPlan plan;
  plan[Fault::freeze] = 0.5;
  FaultDice dice(plan, 7);
  int frozen = 0;
  for (int i = 0; i < 10'000; ++i) frozen += dice.for_turn() == Fault::freeze ? 1 : 0;
  EXPECT_NEAR(frozen, 5000, 150);
}

TEST(Faults, a_second_fault_leaves_the_draws_of_the_first_where_they_were) {
  FaultPlan one;
  one[Fault::freeze] = 0.3;
  FaultPlan two = one;
  two[Fault::internal_error] = 0.5;
  FaultDice a(one, 42);
  FaultDice b(two, 42);
  for (int i = 0; i < 1000; ++i) {
    const bool frozen = a.for_turn() == Fault::freeze;
    EXPECT_EQ(b.for_turn() == Fault::freeze, frozen) << i;
  }
}

}  // namespace
}  // namespace livegate::offline
