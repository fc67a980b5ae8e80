#include "server/session_directory.h"

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

TEST(SessionDirectory, finds_a_call_by_its_token_while_it_lives) {
  SessionDirectory directory;
  directory.add("one", {.number = 7});
  ASSERT_TRUE(directory.find("one.secret"));
  EXPECT_EQ(directory.find("one.secret")->number, 7u);
  EXPECT_FALSE(directory.find("two.secret"));
  EXPECT_FALSE(directory.find(""));
  directory.remove("one");
  EXPECT_FALSE(directory.find("one.secret"));
}

TEST(SessionDirectory, recalls_the_models_handle_for_its_user_and_token_alone) {
  SessionDirectory directory;
  directory.remember("one.secret", "alice", "model-handle", kNow);
  EXPECT_EQ(directory.recall("one.secret", "alice", kNow), "model-handle");
  EXPECT_EQ(directory.recall("one.secret", "alice", kNow + 1h), "model-handle")
      << "again and again";
  EXPECT_FALSE(directory.recall("one.secret", "bob", kNow));
  EXPECT_FALSE(directory.recall("one.Secret", "alice", kNow));
  EXPECT_FALSE(directory.recall("one", "alice", kNow));
  EXPECT_FALSE(directory.recall("one.secret", "alice", kNow + limits::kResumeHandleTimeMax));
}

TEST(SessionDirectory, forgets_the_oldest_of_too_many_and_what_is_out_of_date) {
  SessionDirectory directory;
  for (std::size_t i = 0; i <= limits::kResumeHandlesMax; ++i) {
    directory.remember(std::to_string(i) + ".x", "", "h", kNow);
  }
  EXPECT_FALSE(directory.recall("0.x", "", kNow));
  EXPECT_TRUE(directory.recall("1.x", "", kNow));
  directory.remember("late.x", "", "h", kNow + limits::kResumeHandleTimeMax);
  EXPECT_FALSE(directory.recall("1.x", "", kNow)) << "swept out";
  EXPECT_TRUE(directory.recall("late.x", "", kNow + limits::kResumeHandleTimeMax));
}

}  // namespace
}  // namespace livegate::server
