#include "obs/log_writer.h"

#include <array>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace livegate::obs {
namespace {

using testing::EndsWith;
using testing::StartsWith;

std::string lost_line(std::uint64_t lines) { return "lost " + std::to_string(lines) + "\n"; }

// As small as the system makes it.
struct Pipe {
  Pipe() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    out = ends[0];
    in = ends[1];
    EXPECT_GT(::fcntl(in, F_SETPIPE_SZ, 4096), 0);
  }
  ~Pipe() { ::close(out); }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  // What comes until `end` has come or the writer has closed its side.
  std::string read_until(std::string_view end) const {
    std::string text;
    std::array<char, 4096> piece{};
    while (end.empty() || !text.ends_with(end)) {
      const auto taken = ::read(out, piece.data(), piece.size());
      if (taken <= 0) break;
      text.append(piece.data(), static_cast<std::size_t>(taken));
    }
    return text;
  }

  int out;
  int in;  // the writer's
};

std::string content(const std::filesystem::path& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

TEST(LogWriter, has_written_everything_once_it_is_destroyed) {
  const Pipe pipe;
  std::string read;
  std::thread reader([&] { read = pipe.read_until(""); });
  std::string added;
  {
    LogWriter writer(pipe.in, 1'000'000, lost_line);
    for (int i = 0; i < 20'000; ++i) {
      const std::string line = "line " + std::to_string(i) + "\n";
      writer.add(line);
      added += line;
    }
    EXPECT_EQ(writer.lost_lines(), 0);
  }
  reader.join();
  EXPECT_EQ(read, added);
}

TEST(LogWriter, drops_the_newest_lines_while_nobody_reads_and_says_how_many_where) {
  const Pipe pipe;
  std::uint64_t added = 0;
  std::string read;
  std::thread reader;
  {
    LogWriter writer(pipe.in, 10'000, lost_line);
    while (writer.lost_lines() < 100) writer.add("line " + std::to_string(added++) + "\n");
    reader = std::thread([&] { read = pipe.read_until(""); });
  }
  reader.join();
  std::uint64_t next = 0;
  std::istringstream lines(read);
  std::string word;
  for (std::uint64_t number = 0; lines >> word >> number;) {
    if (word == "lost") {
      next += number;
    } else {
      EXPECT_EQ(number, next++);
    }
  }
  EXPECT_EQ(next, added);
}

TEST(LogWriter, ends_though_nobody_reads) {
  const Pipe pipe;
  LogWriter writer(pipe.in, 100'000, lost_line);
  while (writer.lost_lines() == 0) writer.add(std::string(1000, 'x') + '\n');
}

TEST(LogWriter, ends_though_another_process_has_filled_the_pipe_it_writes_to) {
  const Pipe pipe;
  const std::string full(4096, 'x');
  ASSERT_EQ(::write(pipe.in, full.data(), full.size()), 4096);
  LogWriter writer(pipe.in, 100'000, lost_line);
  writer.add("never read\n");
}

TEST(LogWriter, goes_on_in_another_file) {
  const Pipe pipe;
  const auto file = std::filesystem::path(testing::TempDir()) / "log_writer_test.log";
  std::filesystem::remove(file);
  {
    LogWriter writer(pipe.in, 10'000, lost_line);
    writer.add("one\n");
    EXPECT_EQ(pipe.read_until("one\n"), "one\n");
    writer.change(::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    EXPECT_EQ(pipe.read_until(""), "");  // closed
    writer.add("two\n");
  }
  EXPECT_EQ(content(file), "two\n");
}

TEST(LogWriter, leaves_a_pipe_that_nobody_reads_for_another_file) {
  const Pipe pipe;
  const auto file = std::filesystem::path(testing::TempDir()) / "log_writer_test_stuck.log";
  std::filesystem::remove(file);
  {
    LogWriter writer(pipe.in, 1000, lost_line);
    while (writer.lost_lines() == 0) writer.add("stuck\n");
    writer.change(::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  }
  EXPECT_THAT(content(file), StartsWith("stuck\n"));
  EXPECT_THAT(content(file), EndsWith("\nlost 1\n"));
}

TEST(LogWriter, counts_the_lines_that_a_full_disk_refuses_and_says_so_later) {
  const auto file = std::filesystem::path(testing::TempDir()) / "log_writer_test_full.log";
  std::filesystem::remove(file);
  {
    LogWriter writer(::open("/dev/full", O_WRONLY | O_CLOEXEC), 10'000, lost_line);
    writer.add("one\n");
    while (writer.lost_lines() == 0) std::this_thread::yield();
    writer.change(::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    writer.add("two\n");
  }
  EXPECT_EQ(content(file), "two\nlost 1\n");
}

}  // namespace
}  // namespace livegate::obs
