#include "proto/lone_surrogates.h"

#include <string>

#include <gtest/gtest.h>

namespace livegate::proto {
namespace {

std::string mended(const std::string& text) {
  PaddedString out;
  return mend_lone_surrogates(text, out) ? std::string(out.text().view()) : "as it is";
}

TEST(LoneSurrogates, become_replacement_characters_wherever_they_stand) {
  EXPECT_EQ(mended(R"({"text":"\ud83d"})"), R"({"text":"\ufffd"})");
  EXPECT_EQ(mended(R"({"text":"\uDE42 \uD83D"})"), R"({"text":"\ufffd \ufffd"})");
  EXPECT_EQ(mended(R"("\ud83d\ud83d\ude42")"), R"("\ufffd\ud83d\ude42")");
  EXPECT_EQ(mended(R"("\ud83d\u0041")"), R"("\ufffd\u0041")");
  EXPECT_EQ(mended(R"("\\\ud83d\\")"), R"("\\\ufffd\\")");
}

TEST(LoneSurrogates, whole_characters_and_what_only_looks_like_a_half_stay) {
  for (const char* text : {R"({"text":"\ud83d\ude42 caf\u00e9 \n"})", R"("\\ud83d")", R"("ud83d")",
                           R"("\ud83")", R"("\)", R"("\ud8zz")", "", "no JSON"}) {
    EXPECT_EQ(mended(text), "as it is") << text;
  }
}

}  // namespace
}  // namespace livegate::proto
