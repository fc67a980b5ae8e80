#include "server/resume_desk.h"

#include <algorithm>
#include <cctype>
#include <set>

#include <gtest/gtest.h>

#include "base/limits.h"

namespace livegate::server {
namespace {

constexpr Instant kNow{};

TEST(ResumeToken, is_url_safe_short_and_never_the_same) {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const std::string token = new_resume_token("k3v9q2ab");
    EXPECT_TRUE(token.starts_with("k3v9q2ab."));
    EXPECT_EQ(token.size(), 31u) << "an id, a dot, and 22 characters of six random bits";
    EXPECT_TRUE(std::all_of(token.begin(), token.end(), [](unsigned char c) {
      return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.';
    }));
    seen.insert(token);
  }
  EXPECT_EQ(seen.size(), 1000u);
}

TEST(ResumeDesk, finds_a_call_by_its_token_while_it_lives) {
  ResumeDesk desk;
  desk.add("one", {.number = 7});
  ASSERT_TRUE(desk.find("one.secret"));
  EXPECT_EQ(desk.find("one.secret")->number, 7u);
  EXPECT_FALSE(desk.find("two.secret"));
  EXPECT_FALSE(desk.find(""));
  desk.remove("one");
  EXPECT_FALSE(desk.find("one.secret"));
}

TEST(ResumeDesk, recalls_the_models_handle_for_its_user_and_token_alone) {
  ResumeDesk desk;
  desk.remember("one.secret", "alice", "model-handle", kNow);
  EXPECT_EQ(desk.recall("one.secret", "alice", kNow), "model-handle");
  EXPECT_EQ(desk.recall("one.secret", "alice", kNow + 1h), "model-handle") << "again and again";
  EXPECT_FALSE(desk.recall("one.secret", "bob", kNow));
  EXPECT_FALSE(desk.recall("one.Secret", "alice", kNow));
  EXPECT_FALSE(desk.recall("one", "alice", kNow));
  EXPECT_FALSE(desk.recall("one.secret", "alice", kNow + limits::kResumeHandleTimeMax));
}

TEST(ResumeDesk, forgets_the_oldest_of_too_many_and_what_is_out_of_date) {
  ResumeDesk desk;
  for (std::size_t i = 0; i <= limits::kResumeHandlesMax; ++i) {
    desk.remember(std::to_string(i) + ".x", "", "h", kNow);
  }
  EXPECT_FALSE(desk.recall("0.x", "", kNow));
  EXPECT_TRUE(desk.recall("1.x", "", kNow));
  desk.remember("late.x", "", "h", kNow + limits::kResumeHandleTimeMax);
  EXPECT_FALSE(desk.recall("1.x", "", kNow)) << "swept out";
  EXPECT_TRUE(desk.recall("late.x", "", kNow + limits::kResumeHandleTimeMax));
}

}  // namespace
}  // namespace livegate::server
