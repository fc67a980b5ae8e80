#include "obs/log.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

#include "base/limits.h"

namespace livegate::obs {
namespace {

TEST(Log, shows_control_characters_instead_of_obeying_them) {
  EXPECT_EQ(one_line("a\r\nb\x1b[31mc\x7f"), "a\\x0d\\x0ab\\x1b[31mc\\x7f");
  EXPECT_EQ(one_line(std::string_view("\0\t", 2)), "\\x00\\x09");
  EXPECT_EQ(one_line("\xc2\x9b"
                     "2J"),
            "\\xc2\\x9b2J");  // CSI in one character
}

TEST(Log, leaves_words_of_any_language_alone) {
  EXPECT_EQ(one_line("Zoë says \"日本\" for 5 €"), "Zoë says \"日本\" for 5 €");
}

TEST(Log, cuts_a_line_that_is_longer_than_any_of_ours) {
  const std::string long_one(limits::kLogLineBytesMax + 1, 'x');
  EXPECT_EQ(one_line(long_one), long_one.substr(1) + "...");
}

TEST(Log, makes_one_line_of_an_event_whatever_a_client_sends) {
  const auto file = std::filesystem::path(testing::TempDir()) / "log_test_one_line.log";
  std::filesystem::remove(file);
  {
    Log log(LogLevel::info, file.string());
    log.info("user {} connects", "eve\n2026-11-30T00:00:00.000 info user alice");
  }
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  const std::string written = text.str();
  EXPECT_EQ(std::ranges::count(written, '\n'), 1) << written;
  EXPECT_TRUE(written.ends_with("eve\\x0a2026-11-30T00:00:00.000 info user alice connects\n"));
}

}  // namespace
}  // namespace livegate::obs
