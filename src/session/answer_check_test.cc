#include "session/answer_check.h"

#include <vector>

#include <gtest/gtest.h>

namespace livegate::session {
namespace {

class AnswerCheckTest : public testing::Test {
 protected:
  void says(std::string_view fragment) {
    const std::string visible(filter.push(fragment));
    shown += visible;
    check.words(fragment, visible);
  }
  void sounds(std::size_t samples, std::int16_t peak) {
    check.sound(samples);
    check.audio(std::vector<std::int16_t>(samples, peak));
  }

  AnswerCheck check;
  MarkupFilter filter;
  std::string shown;
};

TEST_F(AnswerCheckTest, words_with_sound_are_an_answer) {
  says("Hello.");
  sounds(4800, 3000);
  EXPECT_EQ(check.verdict(), std::nullopt);
}

TEST_F(AnswerCheckTest, markup_alone_is_no_speech_however_it_is_cut) {
  for (const std::string_view markup : {"<no speech>", "{pause}", " <no speech> {pause}"}) {
    for (std::size_t cut = 0; cut <= markup.size(); ++cut) {
      check.begin();
      filter.reset();
      shown.clear();
      says(markup.substr(0, cut));
      says(markup.substr(cut));
      sounds(1, 0);
      EXPECT_EQ(check.verdict(), NoAnswer::no_speech) << markup << " cut at " << cut;
      EXPECT_EQ(shown.find_first_not_of(' '), std::string::npos) << shown;
    }
  }
}

TEST_F(AnswerCheckTest, markup_in_words_is_not_shown_and_the_words_are) {
  says("Well {pa");
  says("use} then.");
  EXPECT_EQ(shown, "Well  then.");
  sounds(4800, 3000);
  EXPECT_EQ(check.verdict(), std::nullopt);
}

TEST_F(AnswerCheckTest, what_is_never_closed_is_words) {
  says("a < b");
  shown += filter.finish();
  EXPECT_EQ(shown, "a < b");
  shown.clear();
  says("< " + std::string(100, 'x'));
  EXPECT_EQ(shown, "< " + std::string(100, 'x'));
}

TEST_F(AnswerCheckTest, words_without_sound_are_text_only) {
  says("Hello.");
  EXPECT_EQ(check.verdict(), NoAnswer::text_only);
  sounds(1, 0);
  EXPECT_EQ(check.verdict(), NoAnswer::text_only) << "one sample is no sound";
}

TEST_F(AnswerCheckTest, sound_near_zero_is_inaudible_with_words_or_without) {
  sounds(48000, 20);
  EXPECT_EQ(check.verdict(), NoAnswer::inaudible);
  says("Hello.");
  EXPECT_EQ(check.verdict(), NoAnswer::inaudible);
  sounds(240, 2000);
  EXPECT_EQ(check.verdict(), std::nullopt) << "it becomes audible";
}

TEST_F(AnswerCheckTest, a_tool_call_is_an_answer) {
  check.called();
  EXPECT_EQ(check.verdict(), std::nullopt);
}

TEST_F(AnswerCheckTest, sound_that_was_not_looked_at_is_given_the_benefit_of_the_doubt) {
  check.sound(48000);
  EXPECT_EQ(check.verdict(), std::nullopt);
}

}  // namespace
}  // namespace livegate::session
