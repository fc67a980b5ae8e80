#include "cli/descriptors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

namespace livegate::cli {
namespace {

using testing::HasSubstr;

TEST(Descriptors, are_raised_to_the_hard_limit) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  rlimit low = before;
  low.rlim_cur = 64;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &low), 0);
  const std::size_t raised = raise_descriptor_limit();
  rlimit now{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &now), 0);
  EXPECT_EQ(now.rlim_cur, before.rlim_max);
  EXPECT_GE(raised, 64U);
  ::setrlimit(RLIMIT_NOFILE, &before);
}

TEST(Descriptors, that_do_not_suffice_are_said_with_the_numbers) {
  config::Config config;
  config.upstream_url = "wss://model.example";
  config.sessions_max = 1000;
  const auto shortage = descriptor_shortage(config, 5000);
  ASSERT_TRUE(shortage);
  EXPECT_THAT(*shortage, HasSubstr("1000 sessions and 4096 other connections take 6224"));
  EXPECT_THAT(*shortage, HasSubstr("the system gives 5000, enough for 388 sessions"));
  EXPECT_FALSE(descriptor_shortage(config, 6224));
  EXPECT_TRUE(descriptor_shortage(config, 6223));
}

TEST(Descriptors, are_more_where_the_model_is_inside) {
  config::Config config;
  config.upstream_url = "offline";
  config.sessions_max = 1000;
  EXPECT_TRUE(descriptor_shortage(config, 6224));
  EXPECT_FALSE(descriptor_shortage(config, 7224));
}

}  // namespace
}  // namespace livegate::cli
