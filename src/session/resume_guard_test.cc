#include "session/resume_guard.h"

#include <gtest/gtest.h>

namespace livegate::session {
namespace {

constexpr auto kAllowed = ResumeVerdict::allowed;
constexpr auto kWrongToken = ResumeVerdict::wrong_token;
constexpr auto kOtherOwner = ResumeVerdict::other_owner;

const SessionOwner kPage{ClientKind::native, "alice", "https://home.example"};
const SessionOwner kProgram{ClientKind::live, "alice", ""};

std::string second() { return "one.second"; }
std::string third() { return "one.third"; }

TEST(ResumeGuard, its_own_client_resumes_with_the_token_it_was_offered) {
  const ResumeGuard guard(kPage, "one.first");
  EXPECT_EQ(guard.token(), "one.first");
  EXPECT_EQ(guard.judge(kPage, "one.first", true), kAllowed);
  EXPECT_EQ(guard.judge(kPage, "one.First", true), kWrongToken);
  EXPECT_EQ(guard.judge(kPage, "", true), kWrongToken);
}

TEST(ResumeGuard, a_session_without_a_token_is_opened_by_none) {
  const ResumeGuard guard(kPage, "");
  EXPECT_EQ(guard.judge(kPage, "", true), kWrongToken);
}

TEST(ResumeGuard, another_user_page_or_protocol_does_not_resume_with_the_right_token) {
  const ResumeGuard guard(kPage, "one.first");
  for (const SessionOwner& stranger :
       {SessionOwner{ClientKind::native, "bob", kPage.origin},
        SessionOwner{ClientKind::native, "", kPage.origin},
        SessionOwner{ClientKind::native, "alice", "https://evil.example"},
        SessionOwner{ClientKind::native, "alice", ""},
        SessionOwner{ClientKind::live, "alice", kPage.origin}}) {
    EXPECT_EQ(guard.judge(stranger, "one.first", true), kOtherOwner);
  }
}

TEST(ResumeGuard, a_program_may_resume_from_elsewhere) {
  const ResumeGuard guard(kProgram, "one.first");
  EXPECT_EQ(guard.judge({ClientKind::live, "alice", "https://home.example"}, "one.first", true),
            kAllowed);
  EXPECT_EQ(guard.judge({ClientKind::live, "bob", ""}, "one.first", true), kOtherOwner);
}

TEST(ResumeGuard, a_client_that_lacks_what_is_not_kept_is_told_so_and_a_stranger_is_not) {
  const ResumeGuard guard(kPage, "one.first");
  EXPECT_EQ(guard.judge(kPage, "one.first", false), ResumeVerdict::not_kept);
  EXPECT_EQ(guard.judge(kPage, "one.wrong", false), kWrongToken);
  EXPECT_EQ(guard.judge({ClientKind::native, "bob", kPage.origin}, "one.first", false),
            kOtherOwner);
}

TEST(ResumeGuard, a_token_opens_again_until_the_client_has_shown_the_next_one) {
  ResumeGuard guard(kPage, "one.first");
  guard.opened("one.first", second);
  EXPECT_EQ(guard.token(), "one.second");
  EXPECT_EQ(guard.judge(kPage, "one.first", true), kAllowed) << "the answer may be lost";
  EXPECT_EQ(guard.judge(kPage, "one.second", true), kAllowed);
  guard.client_spoke();
  EXPECT_EQ(guard.judge(kPage, "one.first", true), kWrongToken);
  EXPECT_EQ(guard.judge(kPage, "one.second", true), kAllowed);
}

TEST(ResumeGuard, of_several_tries_the_last_two_tokens_count) {
  ResumeGuard guard(kPage, "one.first");
  guard.opened("one.first", second);
  guard.opened("one.second", third);
  EXPECT_EQ(guard.judge(kPage, "one.first", true), kWrongToken);
  EXPECT_EQ(guard.judge(kPage, "one.second", true), kAllowed);
  EXPECT_EQ(guard.judge(kPage, "one.third", true), kAllowed);
}

TEST(ResumeGuard, a_handle_of_the_live_api_opens_as_often_as_it_is_used) {
  ResumeGuard guard(kProgram, "one.first");
  guard.opened("one.first", second);
  guard.client_spoke();
  EXPECT_EQ(guard.token(), "one.first");
  EXPECT_EQ(guard.judge(kProgram, "one.first", true), kAllowed);
}

TEST(ResumeGuard, only_what_a_program_was_offered_and_the_model_knows_outlives_its_session) {
  EXPECT_TRUE(is_remembered(ClientKind::live, true, "handle"));
  EXPECT_FALSE(is_remembered(ClientKind::native, true, "handle"));
  EXPECT_FALSE(is_remembered(ClientKind::live, false, "handle"));
  EXPECT_FALSE(is_remembered(ClientKind::live, true, ""));
}

}  // namespace
}  // namespace livegate::session
