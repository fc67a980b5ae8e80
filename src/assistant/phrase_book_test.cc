#include "assistant/phrase_book.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "assistant/home_words.h"
#include "assistant/spoken_numbers.h"

namespace livegate::assistant {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

bool every_word(const std::string& /*word*/) { return true; }

PhraseBook colours() {
  PhraseBook book;
  book.define("colour", {{"red", "1"}, {"(dark | navy) blue", "2"}});
  book.add("paint [it | them] <colour> [please]", 7);
  book.add("wait <number> seconds", 8);
  return book;
}

TEST(PhraseBook, reads_what_stands_in_a_slot) {
  const auto reading = colours().read({"paint", "it", "navy", "blue"});
  ASSERT_TRUE(reading);
  EXPECT_EQ(reading->meaning, 7);
  EXPECT_EQ(reading->slots.at("colour"), "2");
}

TEST(PhraseBook, a_sentence_must_fit_to_its_last_word) {
  const PhraseBook book = colours();
  EXPECT_FALSE(book.read({"paint", "red", "please", "please"}));
  EXPECT_FALSE(book.read({"paint"}));
  EXPECT_FALSE(book.read({}));
}

TEST(PhraseBook, the_longest_number_that_lets_the_sentence_fit_is_taken) {
  EXPECT_EQ(colours().read({"wait", "twenty", "one", "seconds"})->slots.at("number"), "21");
  EXPECT_EQ(colours().read({"wait", "a", "hundred", "seconds"})->slots.at("number"), "100");
  EXPECT_FALSE(colours().read({"wait", "twenty", "ten", "seconds"}));
}

TEST(PhraseBook, words_that_cannot_be_heard_stay_out_of_the_grammar) {
  const PhraseBook book = colours();
  EXPECT_THAT(book.jsgf(every_word), HasSubstr("<colour> = red | (dark | navy) blue;"));
  const auto without_navy = [](const std::string& word) { return word != "navy"; };
  EXPECT_THAT(book.jsgf(without_navy), HasSubstr("<colour> = red | (dark) blue;"));
  const auto without_paint = [](const std::string& word) { return word != "paint"; };
  EXPECT_THAT(book.jsgf(without_paint), Not(HasSubstr("[it")));
}

TEST(WordsOfLine, makes_words_of_what_people_type) {
  EXPECT_THAT(words_of_line("Set it to 30%, please!"),
              ElementsAre("set", "it", "to", "30", "percent", "please"));
  EXPECT_THAT(words_of_line("21.5\xC2\xB0."), ElementsAre("21.5", "degrees"));
  EXPECT_THAT(words_of_line("What\xE2\x80\x99s up?"), ElementsAre("what's", "up"));
  EXPECT_THAT(words_of_line("\xFF\xFE ..."), IsEmpty());
}

TEST(SpokenNumbers, every_number_to_a_hundred_is_read_as_it_is_said) {
  for (int number = 0; number <= 100; ++number) {
    const Words words = words_of_line(spoken(number));
    const auto found = numbers_at(words, 0);
    ASSERT_FALSE(found.empty()) << number;
    EXPECT_EQ(found.front().digits, std::to_string(number));
    EXPECT_EQ(found.front().words, words.size());
  }
}

TEST(SplitName, finds_the_words_in_any_style) {
  EXPECT_THAT(split_name("setLightValues"), ElementsAre("set", "light", "values"));
  EXPECT_THAT(split_name("TURN_ON"), ElementsAre("turn", "on"));
  EXPECT_THAT(split_name("living-room lamp2"), ElementsAre("living", "room", "lamp2"));
  EXPECT_THAT(split_name("setTVLamp"), ElementsAre("set", "tv", "lamp"));
}

}  // namespace
}  // namespace livegate::assistant
