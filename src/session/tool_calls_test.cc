#include "session/tool_calls.h"

#include <gtest/gtest.h>

#include "base/limits.h"

namespace livegate::session {
namespace {

using Called = ToolCalls::Called;

class ToolCallsTest : public testing::Test {
 protected:
  Called call(std::string_view id, std::string_view name = "f", std::string_view args = "{}") {
    dropped.reset();
    return calls.called({.id = id, .name = name, .args_json = args}, now, dropped);
  }

  ToolCalls calls;
  std::optional<std::string> dropped;
  Instant now{};
};

TEST_F(ToolCallsTest, on_one_connection_every_call_is_one_of_its_own) {
  EXPECT_EQ(call("a"), Called::first);
  EXPECT_EQ(call("b"), Called::first) << "the same again, but it knows of the other";
  EXPECT_FALSE(dropped);
}

TEST_F(ToolCallsTest, over_another_connection_it_is_the_same_under_another_name) {
  call("a");
  calls.connection_lost(/*asks_again=*/true);
  EXPECT_EQ(call("b"), Called::adopted);
  EXPECT_EQ(calls.find("a")->upstream_id, "b");
  EXPECT_EQ(calls.find_upstream("b")->id, "a");
  EXPECT_EQ(calls.find("b"), nullptr);
}

TEST_F(ToolCallsTest, the_same_arguments_in_another_order_are_the_same) {
  call("a", "dim", R"({"room":"kitchen","level":30})");
  calls.connection_lost(/*asks_again=*/true);
  EXPECT_EQ(call("b", "dim", R"({ "level": 30, "room": "kitchen" })"), Called::adopted);
}

TEST_F(ToolCallsTest, an_answer_is_remembered_until_the_exchange_is_over) {
  call("a");
  calls.answered(*calls.find("a"), "{\"x\":1}");
  calls.connection_lost(/*asks_again=*/true);
  EXPECT_EQ(call("b"), Called::answered);
  EXPECT_EQ(calls.find_upstream("b")->response_json, "{\"x\":1}");
  calls.find_upstream("b")->delivered = true;
  calls.exchange_over();
  calls.connection_lost(/*asks_again=*/true);
  EXPECT_EQ(call("c"), Called::first) << "asked anew, another day";
}

TEST_F(ToolCallsTest, what_is_open_is_bounded_and_the_oldest_goes) {
  for (std::size_t i = 0; i < limits::kOpenToolCallsMax; ++i) {
    call("id" + std::to_string(i));
    EXPECT_FALSE(dropped);
  }
  call("one more");
  EXPECT_EQ(dropped, "id0");
  calls.answered(*calls.find("id7"), "{}");
  call("and another");
  EXPECT_FALSE(dropped) << "an answered one makes room unseen";
  EXPECT_EQ(calls.find("id7"), nullptr);
}

TEST_F(ToolCallsTest, the_oldest_open_one_is_overdue_first) {
  call("a");
  now += 10s;
  call("b");
  EXPECT_EQ(calls.overdue(now, 11s), nullptr);
  ASSERT_NE(calls.overdue(now, 10s), nullptr);
  EXPECT_EQ(calls.overdue(now, 10s)->id, "a");
  calls.answered(*calls.find("a"), "{}");
  EXPECT_EQ(calls.oldest_open(), now);
  EXPECT_EQ(calls.take_open(), std::vector<std::string>{"b"});
  EXPECT_FALSE(calls.any_open());
}

}  // namespace
}  // namespace livegate::session
