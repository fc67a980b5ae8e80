#include "proto/picture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace livegate::proto {
namespace {

using testing::HasSubstr;

constexpr std::string_view kJpeg = "/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAP//////////////////";
constexpr std::string_view kPng = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAAB";
constexpr std::string_view kWebp = "UklGRiIAAABXRUJQVlA4IBYAAAAwAQCd";
constexpr std::string_view kHeic = "AAAAGGZ0eXBoZWljAAAAAG1pZjFoZWlj";

class Pictures : public testing::Test {
 protected:
  std::string refusal(std::string_view type, std::string_view data) {
    const auto read = read_picture(type, data, scratch);
    return read ? "taken" : read.error();
  }
  std::string scratch;
};

TEST_F(Pictures, a_picture_goes_on_as_it_is) {
  for (const auto& [type, data] : {std::pair(std::string_view("image/jpeg"), kJpeg),
                                   {"image/png", kPng},
                                   {"image/webp", kWebp},
                                   {"image/heic", kHeic},
                                   {"image/heif", kHeic}}) {
    const auto read = read_picture(type, data, scratch);
    ASSERT_TRUE(read) << read.error();
    EXPECT_EQ(read->mime_type, type);
    EXPECT_EQ(read->base64.data(), data.data());
  }
}

TEST_F(Pictures, what_can_be_mended_safely_is) {
  const std::string url = "data:image/jpeg;base64," + std::string(kJpeg);
  const std::string wrapped =
      " " + std::string(kJpeg.substr(0, 20)) + "\r\n" + std::string(kJpeg.substr(20)) + "\n";
  for (const auto& [type, data] : {std::pair<std::string_view, std::string_view>("", kJpeg),
                                   {"image/jpg", kJpeg},
                                   {"IMAGE/JPEG; q=1", kJpeg},
                                   {"image/png", kJpeg},
                                   {"image/jpeg", url},
                                   {"", url},
                                   {"image/jpeg", wrapped}}) {
    const auto read = read_picture(type, data, scratch);
    ASSERT_TRUE(read) << read.error();
    EXPECT_EQ(read->mime_type, "image/jpeg") << type;
    EXPECT_EQ(read->base64, kJpeg);
  }
}

TEST_F(Pictures, what_is_no_picture_is_refused_by_its_name) {
  EXPECT_THAT(refusal("application/pdf", kJpeg), HasSubstr("\"application/pdf\" is not taken"));
  EXPECT_THAT(refusal("image/whatever", kJpeg), HasSubstr("\"image/whatever\" is not taken"));
  EXPECT_THAT(refusal("image/svg+xml", "PHN2Zz48L3N2Zz4="), HasSubstr("allowed are image/jpeg"));
  EXPECT_THAT(refusal("image/jpeg", "R0lGODlhAQABAAAAACwAAAAA"), HasSubstr("begins as none of"));
  EXPECT_THAT(refusal("image/jpeg", "AAAA"), HasSubstr("begins as none of"));
  EXPECT_THAT(refusal("", "data:application/pdf;base64,JVBERi0="), HasSubstr("application/pdf"));
  EXPECT_THAT(refusal("image/jpeg", "not base64!"), HasSubstr("is not base64"));
  EXPECT_THAT(refusal("image/jpeg", "/9j/4AAQ="), HasSubstr("is not base64"));
  EXPECT_THAT(refusal("image/jpeg", "data:image/jpeg"), HasSubstr("is not base64"));
  EXPECT_THAT(refusal("image/jpeg", ""), HasSubstr("no data"));
  EXPECT_THAT(refusal("image/jpeg", " \n"), HasSubstr("no data"));
}

TEST_F(Pictures, only_the_head_of_a_picture_tells_what_it_is) {
  const std::string url = "data:image/png;base64,\n" + std::string(kPng);
  for (const std::string_view text : {kJpeg, kPng, kWebp, kHeic, std::string_view(url)}) {
    const std::size_t head = picture_head(text);
    ASSERT_GT(head, 0u) << text;
    ASSERT_LE(head, text.size());
    const std::string other = std::string(text.substr(0, head)) + std::string(8, 'A');
    EXPECT_EQ(read_picture("", other, scratch)->mime_type,
              read_picture("", text, scratch)->mime_type);
  }
  for (const std::string_view other : {"", "AQACAAMABAA=", "data:,", "no base64, this"}) {
    EXPECT_EQ(picture_head(other), 0u) << other;
  }
}

}  // namespace
}  // namespace livegate::proto
