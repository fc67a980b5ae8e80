#include "flight/mask.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace livegate::flight {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string masked(const Mask& mask, std::string_view json) {
  std::string out;
  mask.append(out, json);
  return out;
}

const std::string kLine = R"({"type":"text","text":"my pin is \"four\" caf\u00e9 )"
                          "\xc3\xa9\xe2\x82\xac"
                          R"(","id":"c1"})";

TEST(Mask, words_go_and_kinds_stay) {
  const std::string out = masked(Mask::for_log(false, 7), kLine);
  EXPECT_EQ(out.size(), kLine.size());
  EXPECT_THAT(out, HasSubstr(R"({"type":"text","text":")"));
  EXPECT_THAT(out, HasSubstr(R"("id":"c1"})"));
  EXPECT_THAT(out, HasSubstr(R"(\")"));
  EXPECT_THAT(out, Not(HasSubstr("pin")));
  EXPECT_THAT(out, Not(HasSubstr("00e9")));
}

TEST(Mask, speech_that_may_be_kept_is_kept_but_secrets_never_are) {
  EXPECT_EQ(masked(Mask::for_log(true, 7), kLine), kLine);
  const std::string update =
      R"({"sessionResumptionUpdate": {"newHandle": "b0a5-handle", "resumable": true}})";
  const std::string out = masked(Mask::for_log(true, 7), update);
  EXPECT_EQ(out.size(), update.size());
  EXPECT_THAT(out, Not(HasSubstr("b0a5")));
  EXPECT_EQ(out, masked(Mask::for_log(true, 7), update)) << "the same handle has the same name";
  EXPECT_NE(out, masked(Mask::for_log(true, 8), update)) << "in this recording only";
}

TEST(Mask, a_recording_and_what_it_was_made_of_compare_equal) {
  for (const bool speech : {false, true}) {
    for (const std::string& json :
         {kLine, std::string(R"({"data":"QUJD==","args":{"room":"a=b","n":3},"handle":"h"})"),
          std::string(R"(not json "at all)"), std::string("\"\\")}) {
      const std::string recorded = masked(Mask::for_log(speech, 99), json);
      EXPECT_EQ(recorded.size(), json.size());
      const Mask hash = Mask::for_hash(speech);
      EXPECT_EQ(masked(hash, recorded), masked(hash, json)) << json;
    }
  }
}

}  // namespace
}  // namespace livegate::flight
