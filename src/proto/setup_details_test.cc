#include "proto/setup_details.h"

#include <gtest/gtest.h>

namespace livegate::proto {
namespace {

SetupDetails details_of(const std::string& document) {
  auto setup = proto::Setup{};
  setup.document = document;
  return read_setup_details(setup);
}

TEST(SetupDetails, a_bare_setup_has_none) {
  const SetupDetails none = details_of(R"({"model":"models/m"})");
  EXPECT_FALSE(none.proactivity || none.affective_dialog || none.transparent || none.avatar);
}

TEST(SetupDetails, each_is_found_where_it_stands) {
  EXPECT_TRUE(details_of(R"({"proactivity":{"proactiveAudio":false}})").proactivity);
  EXPECT_TRUE(details_of(R"({"avatarConfig":{}})").avatar);
  EXPECT_TRUE(
      details_of(R"({"generationConfig":{"enableAffectiveDialog":true}})").affective_dialog);
  EXPECT_FALSE(
      details_of(R"({"generationConfig":{"enableAffectiveDialog":false}})").affective_dialog);
  EXPECT_TRUE(details_of(R"({"sessionResumption":{"transparent":true}})").transparent);
}

TEST(SetupDetails, parts_of_content_are_told_apart_in_both_spellings) {
  EXPECT_TRUE(
      read_content_details(
          R"({"turns":[{"parts":[{"text":"a"},{"inline_data":{"mime_type":"audio/wav"}}]}]})")
          .audio);
  EXPECT_TRUE(
      read_content_details(R"({"turns":{"parts":{"functionResponse":{"name":"f"}}}})").functions);
  const ContentDetails plain = read_content_details(
      R"({"turns":[{"parts":[{"inlineData":{"mimeType":"image/png","data":""}}]}]})");
  EXPECT_FALSE(plain.audio || plain.functions);
}

TEST(SetupDetails, the_words_of_content_are_read_turn_by_turn) {
  const auto lines = read_content_words(
      R"({"turns":[{"parts":[{"text":"a"},{"text":"b"}],"role":"user"},)"
      R"({"role":"model","parts":{"text":"c"}},{"parts":[{"inlineData":{"data":""}}]}]})");
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0].text, "a\nb");
  EXPECT_FALSE(lines[0].by_model);
  EXPECT_EQ(lines[1].text, "c");
  EXPECT_TRUE(lines[1].by_model);
  EXPECT_TRUE(read_content_words(R"({"turnComplete":true})").empty());
}

TEST(SetupDetails, the_older_spelling_of_media_is_seen) {
  const auto has = [](std::string_view text) {
    const PaddedString message(text);
    return has_media_chunks(message.text());
  };
  EXPECT_TRUE(has(R"({"realtimeInput":{"mediaChunks":[]}})"));
  EXPECT_TRUE(has(R"({"realtime_input":{"media_chunks":[{"data":""}]}})"));
  EXPECT_FALSE(has(R"({"realtimeInput":{"audio":{"data":"mediaChunks"}}})"));
  EXPECT_FALSE(has("no JSON"));
}

}  // namespace
}  // namespace livegate::proto
