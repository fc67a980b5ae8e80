#include "speech/pronunciations.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace livegate::speech {
namespace {

constexpr const char* kText =
    "zero Z IH R OW\na AH\na(2) EY\nlamp L AE M P\nlamps L AE M P S\n\nnonsense\n";

TEST(Pronunciations, knows_whole_words_only) {
  const Pronunciations dictionary = Pronunciations::parse(kText);
  EXPECT_TRUE(dictionary.knows("lamp"));
  EXPECT_TRUE(dictionary.knows("a"));
  EXPECT_FALSE(dictionary.knows("a(2)"));
  EXPECT_FALSE(dictionary.knows("lam"));
  EXPECT_FALSE(dictionary.knows("nonsense"));
  EXPECT_FALSE(dictionary.knows(""));
}

TEST(Pronunciations, an_excerpt_has_every_pronunciation_of_its_words_once) {
  const Pronunciations dictionary = Pronunciations::parse(kText);
  EXPECT_EQ(dictionary.excerpt({"lamp", "a", "lamp", "unknown"}), "a AH\na(2) EY\nlamp L AE M P\n");
  EXPECT_EQ(dictionary.excerpt({}), "");
}

TEST(Pronunciations, lists_each_word_once) {
  EXPECT_THAT(Pronunciations::parse(kText).words(),
              ::testing::ElementsAre("a", "lamp", "lamps", "zero"));
}

TEST(Pronunciations, names_the_file_that_is_missing) {
  EXPECT_THAT(Pronunciations::read("/nowhere/words.dict").error(),
              ::testing::HasSubstr("/nowhere/words.dict"));
}

}  // namespace
}  // namespace livegate::speech
