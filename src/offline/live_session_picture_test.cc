#include "offline/live_session_picture.h"

#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace livegate::offline {
namespace {

using namespace std::string_literals;

std::vector<std::uint8_t> bytes(const std::string& text) { return {text.begin(), text.end()}; }

// Heads of real files, cut after their size.
const std::string kPng = "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x02\x80\0\0\x01\xe0"s;
const std::string kJpeg =
    "\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0\xff\xc0\0\x11\x08\x01\xe0\x02\x80\x03"s;
const std::string kProgressiveJpeg =
    "\xff\xd8\xff\xff\xc4\0\x04\0\0\xff\xc2\0\x11\x08\x03\0\x04\0\x03"s;
const std::string kLossyWebp =
    "RIFF\x1a\0\0\0WEBPVP8 \x0e\0\0\0\x30\x01\0\x9d\x01\x2a\x80\x02\xe0\x01"s;
const std::string kLosslessWebp = "RIFF\x1a\0\0\0WEBPVP8L\x0d\0\0\0\x2f\x7f\xc2\x77\0\0\0\0\0\0"s;
const std::string kExtendedWebp = "RIFF\x1a\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\x7f\x02\0\xdf\x01\0"s;

TEST(PictureSize, of_each_format_is_read) {
  const PictureSize vga{.width = 640, .height = 480};
  EXPECT_EQ(picture_size(bytes(kPng)), vga);
  EXPECT_EQ(picture_size(bytes(kJpeg)), vga);
  EXPECT_EQ(picture_size(bytes(kLossyWebp)), vga);
  EXPECT_EQ(picture_size(bytes(kLosslessWebp)), vga);
  EXPECT_EQ(picture_size(bytes(kExtendedWebp)), vga);
}

TEST(PictureSize, of_a_progressive_jpeg_with_fill_bytes_is_read) {
  EXPECT_EQ(picture_size(bytes(kProgressiveJpeg)), (PictureSize{.width = 1024, .height = 768}));
}

TEST(PictureSize, of_a_file_cut_anywhere_before_its_size_is_unknown) {
  for (const std::string& file :
       {kPng, kJpeg, kProgressiveJpeg, kLossyWebp, kLosslessWebp, kExtendedWebp}) {
    ASSERT_TRUE(picture_size(bytes(file)));
    const std::size_t slack =
        file.starts_with("\xff\xd8") ? 1 : 0;  // the component count follows the size
    for (std::size_t size = 0; size + slack < file.size(); ++size) {
      EXPECT_FALSE(picture_size(bytes(file.substr(0, size)))) << size;
    }
  }
}

TEST(PictureSize, of_something_else_is_unknown) {
  EXPECT_FALSE(picture_size(bytes("GIF89a\x80\x02\xe0\x01"s)));
  EXPECT_FALSE(picture_size(bytes(std::string(100, '\0'))));
  EXPECT_FALSE(picture_size({}));
}

}  // namespace
}  // namespace livegate::offline
