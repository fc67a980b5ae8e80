#include "obs/log_line.h"

#include <chrono>
#include <string>

#include <gtest/gtest.h>

#include "base/limits.h"

namespace livegate::obs {
namespace {

using namespace std::chrono_literals;

// 2026-12-01T09:30:00.125Z
constexpr std::chrono::system_clock::time_point kTime{1796117400125ms};

std::string as_text(const Subject& subject, std::string_view message) {
  return format_line({kTime, "info", subject, message}, LogFormat::text, false);
}
std::string as_json(const Subject& subject, std::string_view message) {
  return format_line({kTime, "info", subject, message}, LogFormat::json, false);
}

TEST(LogLine, shows_control_characters_instead_of_obeying_them) {
  EXPECT_EQ(one_line("a\r\nb\x1b[31mc\x7f"), "a\\x0d\\x0ab\\x1b[31mc\\x7f");
  EXPECT_EQ(one_line(std::string_view("\0\t", 2)), "\\x00\\x09");
  EXPECT_EQ(one_line("\xc2\x9b"
                     "2J"),
            "\\xc2\\x9b2J");  // CSI in one character
}

TEST(LogLine, leaves_words_of_any_language_alone) {
  EXPECT_EQ(one_line("Zoë says \"日本\" for 5 €"), "Zoë says \"日本\" for 5 €");
}

TEST(LogLine, cuts_what_is_longer_than_any_of_ours) {
  const std::string long_one(limits::kLogLineBytesMax + 1, 'x');
  EXPECT_EQ(one_line(long_one), long_one.substr(1) + "...");
  EXPECT_EQ(as_json({}, long_one),
            R"({"time":"2026-12-01T09:30:00.125Z","level":"info","message":")" +
                long_one.substr(1) + "...\"}\n");
}

TEST(LogLine, says_when_with_the_zone_and_about_whom) {
  EXPECT_EQ(as_text({}, "listening"), "2026-12-01T09:30:00.125Z info listening\n");
  EXPECT_EQ(as_text({"ab12", "127.0.0.1", "alice"}, "begins"),
            "2026-12-01T09:30:00.125Z info session ab12 begins client=127.0.0.1 user=alice\n");
}

TEST(LogLine, keeps_a_users_name_from_looking_like_something_else) {
  EXPECT_EQ(as_text({{}, "::1", "eve client=10.0.0.1 \"\nx"}, "connects"),
            "2026-12-01T09:30:00.125Z info connects client=::1 "
            "user=\"eve client=10.0.0.1 \\\"\\x0ax\"\n");
}

TEST(LogLine, is_an_object_with_the_same_parts_in_json) {
  EXPECT_EQ(as_json({"ab12", "127.0.0.1", "alice"}, "says \"no\""),
            R"({"time":"2026-12-01T09:30:00.125Z","level":"info","session":"ab12",)"
            R"("client":"127.0.0.1","user":"alice","message":"says \"no\""})"
            "\n");
}

TEST(LogLine, is_valid_json_whatever_bytes_a_peer_sends) {
  const auto message = [](std::string_view text) {
    const std::string line = as_json({}, text);
    const std::size_t at = line.find("\"message\":") + 10;
    return line.substr(at, line.size() - at - 2);
  };
  EXPECT_EQ(message("a\n\x1b\\\x7f"), R"("a\u000a\u001b\\\u007f")");
  EXPECT_EQ(message("\xc2\x9b"), R"("\u009b")");
  EXPECT_EQ(message("€ 日本 \xf0\x9f\x98\x80"), "\"€ 日本 \xf0\x9f\x98\x80\"");
  EXPECT_EQ(message("\xff|\xc0\xaf|\xed\xa0\x80|\xf4\x90\x80\x80|\xe2\x82"),
            R"("\ufffd|\ufffd\ufffd|\ufffd\ufffd\ufffd|\ufffd\ufffd\ufffd\ufffd|\ufffd\ufffd")");
}

TEST(LogLine, colors_the_level_of_text_alone) {
  const LogLine line{kTime, "warn", {}, "x"};
  EXPECT_EQ(format_line(line, LogFormat::text, true),
            "2026-12-01T09:30:00.125Z \x1b[33mwarn\x1b[0m x\n");
  EXPECT_EQ(format_line(line, LogFormat::json, true), format_line(line, LogFormat::json, false));
}

}  // namespace
}  // namespace livegate::obs
