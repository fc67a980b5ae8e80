#include "proto/same_json.h"

#include <gtest/gtest.h>

namespace livegate::proto {
namespace {

TEST(SameJson, members_may_come_in_any_order_and_spacing) {
  EXPECT_TRUE(
      same_json(R"({"room":"kitchen","level":30})", R"({ "level" : 30, "room":"kitchen" })"));
  EXPECT_TRUE(same_json(R"({"a":{"x":[1,2],"y":null}})", R"({"a":{"y":null,"x":[1,2]}})"));
  EXPECT_FALSE(same_json(R"({"a":[1,2]})", R"({"a":[2,1]})"));
  EXPECT_FALSE(same_json(R"({"level":30})", R"({"level":31})"));
  EXPECT_FALSE(same_json(R"({"level":30})", R"({"level":30,"room":"kitchen"})"));
}

TEST(SameJson, what_is_no_json_is_itself_and_nothing_else) {
  EXPECT_TRUE(same_json("{", "{"));
  EXPECT_FALSE(same_json("{", "{}"));
  EXPECT_FALSE(same_json("{}", ""));
  EXPECT_FALSE(same_json(std::string(1000, '['), std::string(999, '[')));
}

}  // namespace
}  // namespace livegate::proto
