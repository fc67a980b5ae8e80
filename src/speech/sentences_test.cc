#include "speech/sentences.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace livegate::speech {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(Sentences, end_at_their_marks) {
  EXPECT_THAT(split_sentences("It is ten. Really? Yes!  Good"),
              ElementsAre("It is ten.", "Really?", "Yes!", "Good"));
}

TEST(Sentences, a_point_inside_a_number_ends_nothing) {
  EXPECT_THAT(split_sentences("It is 21.5 degrees."), ElementsAre("It is 21.5 degrees."));
}

TEST(Sentences, of_nothing_are_none) {
  EXPECT_THAT(split_sentences(""), IsEmpty());
  EXPECT_THAT(split_sentences(" \n\t "), IsEmpty());
}

TEST(Sentences, a_very_long_one_is_cut_and_loses_nothing) {
  std::string text;
  for (int i = 0; i < 100; ++i) text += "word" + std::to_string(i) + " ";
  std::string joined;
  for (const std::string& part : split_sentences(text)) {
    EXPECT_LE(part.size(), 200U);
    joined += part + " ";
  }
  EXPECT_EQ(joined, text);
}

TEST(Sentences, letters_without_a_space_are_cut_between_characters) {
  std::string text;
  for (int i = 0; i < 300; ++i) text += "\xC3\xA9";
  for (const std::string& part : split_sentences(text)) {
    EXPECT_EQ(part.size() % 2, 0U);
    EXPECT_EQ(static_cast<unsigned char>(part.front()), 0xC3U);
  }
}

}  // namespace
}  // namespace livegate::speech
