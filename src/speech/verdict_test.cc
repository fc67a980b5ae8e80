#include "speech/verdict.h"

#include <gtest/gtest.h>

namespace livegate::speech {
namespace {

// A path of words that follow each other, ten frames each, at `per_frame`.
Path path_of(std::initializer_list<const char*> words, double per_frame) {
  Path path;
  for (const char* const word : words) {
    const int first = static_cast<int>(path.size()) * 10;
    path.push_back({word, first, first + 9, 10 * per_frame});
  }
  return path;
}

TEST(Verdict, what_english_hears_too_is_believed) {
  const Path grammar = path_of({"<sil>", "turn", "on", "the", "lights", "<sil>"}, -4.0);
  const Path english = path_of({"<s>", "turn", "on", "the", "light", "</s>"}, -4.2);
  const Evidence evidence = weigh(grammar, english);
  EXPECT_EQ(evidence.text, "turn on the lights");
  EXPECT_EQ(evidence.words, 4);
  EXPECT_EQ(evidence.agreed, 3);
  EXPECT_EQ(evidence.speech_frames, 40);
  EXPECT_NEAR(evidence.frame_score, 0.2, 1e-9);
  EXPECT_TRUE(is_convincing(evidence));
}

TEST(Verdict, sounds_that_english_explains_better_are_refused) {
  const Path grammar = path_of({"turn", "on", "the", "lights"}, -6.0);
  const Path english = path_of({"the", "horn", "of", "nights"}, -4.0);
  EXPECT_FALSE(is_convincing(weigh(grammar, english)));
}

TEST(Verdict, without_a_single_common_word_nothing_is_believed) {
  const Evidence evidence = weigh(path_of({"help"}, -1.0), path_of({"of"}, -5.0));
  EXPECT_GT(evidence.frame_score, 3.0);
  EXPECT_FALSE(is_convincing(evidence));
}

TEST(Verdict, agreement_on_the_commonest_words_alone_tells_nothing) {
  const Evidence evidence =
      weigh(path_of({"dim", "the", "lamp"}, -4.0), path_of({"in", "the", "land"}, -4.2));
  EXPECT_EQ(evidence.agreed, 1);
  EXPECT_EQ(evidence.telling, 0);
  EXPECT_FALSE(is_convincing(evidence));
}

TEST(Verdict, speech_around_the_sentence_speaks_against_it) {
  const Path english = path_of({"she", "said", "turn", "on", "the", "lights", "at", "once"}, -4.0);
  Path grammar = path_of({"<sil>", "<sil>", "turn", "on", "the", "lights", "<sil>", "<sil>"}, -4.0);
  const Evidence evidence = weigh(grammar, english);
  EXPECT_NEAR(evidence.unexplained, 0.5, 1e-9);
  EXPECT_FALSE(is_convincing(evidence));
}

TEST(Verdict, one_word_that_does_not_fit_spoils_a_sentence) {
  Path grammar = path_of({"turn", "off", "the", "lights"}, -4.0);
  const Path english = path_of({"turn", "up", "the", "lights"}, -4.0);
  EXPECT_TRUE(is_convincing(weigh(grammar, english)));
  grammar[1].acoustic -= 60.0;
  EXPECT_NEAR(weigh(grammar, english).worst_word, -6.0, 1e-9);
  EXPECT_FALSE(is_convincing(weigh(grammar, english)));
}

TEST(Verdict, the_same_words_in_another_order_are_no_agreement) {
  const Evidence evidence =
      weigh(path_of({"one", "two", "three"}, -4.0), path_of({"three", "two", "one"}, -4.0));
  EXPECT_EQ(evidence.agreed, 1);
}

TEST(Verdict, second_pronunciations_count_as_the_word) {
  const Evidence evidence = weigh(path_of({"the(2)"}, -4.0), path_of({"the(3)"}, -4.0));
  EXPECT_EQ(evidence.text, "the");
  EXPECT_EQ(evidence.agreed, 1);
}

TEST(Verdict, silence_is_refused) {
  EXPECT_FALSE(is_convincing(weigh({}, {})));
  EXPECT_FALSE(is_convincing(weigh(path_of({"<sil>"}, -1.0), path_of({"<s>"}, -1.0))));
}

}  // namespace
}  // namespace livegate::speech
