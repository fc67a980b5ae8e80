#include "ws/utf8.h"

#include <string>

#include <gtest/gtest.h>

namespace livegate::ws {
namespace {

// Written from the definition of UTF-8, not from the table in the code.
std::string encode(std::uint32_t point) {
  const auto tail = [point](int shift) {
    return static_cast<char>(0x80 | (point >> shift & 0x3F));
  };
  if (point < 0x80) return {static_cast<char>(point)};
  if (point < 0x800) return {static_cast<char>(0xC0 | point >> 6), tail(0)};
  if (point < 0x10000) return {static_cast<char>(0xE0 | point >> 12), tail(6), tail(0)};
  return {static_cast<char>(0xF0 | point >> 18), tail(12), tail(6), tail(0)};
}

TEST(WsUtf8, takes_every_code_point_but_the_surrogates) {
  for (std::uint32_t point = 0; point <= 0x110FFF; ++point) {
    const bool legal = point <= 0x10FFFF && (point < 0xD800 || point > 0xDFFF);
    ASSERT_EQ(is_utf8(encode(point)), legal) << std::hex << point;
  }
}

TEST(WsUtf8, refuses_overlong_forms_strays_and_ends_inside_a_character) {
  for (const std::string_view text :
       {"\xC0\xAF", "\xC1\xBF", "\xE0\x80\xAF", "\xE0\x9F\xBF", "\xF0\x80\x80\xAF",
        "\xF0\x8F\xBF\xBF", "\x80", "\xBF", "a\xFE", "\xFF", "\xF5\x80\x80\x80", "\xC3", "\xE2\x82",
        "\xF0\x9F\x98", "\xC3(", "\xE2(\x82", "\xE2\x82("}) {
    EXPECT_FALSE(is_utf8(text)) << testing::PrintToString(std::string(text));
  }
}

TEST(WsUtf8, finds_a_bad_byte_wherever_it_stands) {
  for (std::size_t size = 1; size < 100; ++size) {
    for (std::size_t at = 0; at < size; ++at) {
      std::string text(size, 'a');
      ASSERT_TRUE(is_utf8(text));
      text[at] = '\xFF';
      ASSERT_FALSE(is_utf8(text)) << size << ' ' << at;
    }
  }
}

TEST(WsUtf8, a_prefix_never_cuts_a_character) {
  const std::string text = "a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80z";
  for (std::size_t max = 0; max <= text.size() + 1; ++max) {
    const auto prefix = utf8_prefix(text, max);
    EXPECT_LE(prefix.size(), max);
    EXPECT_TRUE(is_utf8(prefix)) << max;
    EXPECT_GT(prefix.size() + 4, std::min(max, text.size()));
  }
  EXPECT_EQ(utf8_prefix(text, 3), "a\xC3\xA9");
}

}  // namespace
}  // namespace livegate::ws
