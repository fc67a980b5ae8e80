#include "obs/log.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <system_error>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

namespace livegate::obs {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

std::filesystem::path fresh_file(const std::string& name) {
  auto file = std::filesystem::path(testing::TempDir()) / ("log_test_" + name + ".log");
  std::filesystem::remove(file);
  return file;
}

std::string content(const std::filesystem::path& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

TEST(Log, makes_one_line_of_an_event_whatever_a_client_sends) {
  const auto file = fresh_file("one_line");
  {
    Log log(LogLevel::info, file.string());
    log.info("user {} connects", "eve\n2026-11-30T00:00:00.000 info user alice");
  }
  const std::string written = content(file);
  EXPECT_EQ(std::ranges::count(written, '\n'), 1) << written;
  EXPECT_THAT(written, EndsWith("eve\\x0a2026-11-30T00:00:00.000 info user alice connects\n"));
}

TEST(Log, leaves_out_what_is_below_its_level_but_for_audit_lines) {
  const auto file = fresh_file("level");
  {
    Log log(LogLevel::error, file.string());
    log.warn("a warning");
    log.audit({.client = "10.0.0.9"}, "refused: {}", "no token");
    log.error("an error");
  }
  const std::string written = content(file);
  EXPECT_THAT(written, Not(HasSubstr("a warning")));
  EXPECT_THAT(written, HasSubstr(" audit refused: no token client=10.0.0.9\n"));
  EXPECT_THAT(written, HasSubstr(" error an error\n"));
}

TEST(Log, that_is_off_writes_nothing) {
  const auto file = fresh_file("off");
  {
    Log log(LogLevel::off, file.string());
    log.audit({}, "refused");
    log.error("an error");
  }
  EXPECT_EQ(content(file), "");
}

TEST(Log, makes_a_file_that_only_its_owner_reads) {
  const auto file = fresh_file("mode");
  const mode_t before = ::umask(0);
  { const Log log(LogLevel::info, file.string()); }
  ::umask(before);
  EXPECT_EQ(std::filesystem::status(file).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST(Log, names_the_file_that_cannot_be_opened) {
  try {
    const Log log(LogLevel::info, "/nowhere/at/all.log");
    FAIL() << "opened";
  } catch (const std::system_error& error) {
    EXPECT_THAT(error.what(), HasSubstr("cannot open /nowhere/at/all.log: No such file"));
  }
}

TEST(Log, goes_on_in_a_new_file_of_the_same_name_after_the_old_one_was_moved) {
  const auto file = fresh_file("rotate");
  const auto moved = fresh_file("rotate_1");
  {
    Log log(LogLevel::info, file.string());
    log.info("before");
    // The line is written, or waits for the file that is opened next: neither is lost.
    std::filesystem::rename(file, moved);
    ASSERT_TRUE(log.reopen(LogLevel::warn, file.string(), LogFormat::json));
    log.info("not wanted any more");
    log.warn("after");
  }
  EXPECT_THAT(content(moved) + content(file), HasSubstr(" info before\n"));
  EXPECT_THAT(content(file), HasSubstr("\"level\":\"warn\",\"message\":\"after\"}\n"));
  EXPECT_THAT(content(file), Not(HasSubstr("not wanted")));
}

TEST(Log, stays_with_its_file_where_another_cannot_be_opened) {
  const auto file = fresh_file("stays");
  {
    Log log(LogLevel::info, file.string());
    const auto changed = log.reopen(LogLevel::off, "/nowhere/at/all.log", LogFormat::json);
    ASSERT_FALSE(changed);
    EXPECT_EQ(changed.error(), "cannot open /nowhere/at/all.log: No such file or directory");
    log.info("still here");
  }
  EXPECT_THAT(content(file), EndsWith(" info still here\n"));
}

}  // namespace
}  // namespace livegate::obs
