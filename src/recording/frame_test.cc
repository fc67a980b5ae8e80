#include "recording/frame.h"

#include <vector>

#include <gtest/gtest.h>

namespace livegate::recording {
namespace {

using Next = FrameReader::Next;

struct Read {
  std::vector<std::string> entries;
  Next end;
  std::size_t place;
};
Read read(std::string_view file) {
  FrameReader frames(file);
  Read result;
  std::string_view entry;
  while ((result.end = frames.next(entry)) == Next::entry) result.entries.emplace_back(entry);
  result.place = frames.place();
  return result;
}

std::vector<std::string> some_entries() {
  std::vector<std::string> entries = {"head", "", std::string(200, 'x'), "\x03", "end"};
  for (int i = 0; i < 40; ++i) entries.push_back(std::string(static_cast<std::size_t>(i * i), 'y'));
  return entries;
}
std::string file_of(const std::vector<std::string>& entries) {
  FrameWriter frames;
  std::string file;
  for (const std::string& entry : entries) frames.append(file, entry);
  return file;
}

TEST(Frame, entries_are_read_as_they_were_written) {
  const Read all = read(file_of(some_entries()));
  EXPECT_EQ(all.entries, some_entries());
  EXPECT_EQ(all.end, Next::end);
}

TEST(Frame, a_file_that_ends_early_is_cut_off_and_good_up_to_there) {
  const auto entries = some_entries();
  const std::string file = file_of(entries);
  std::size_t ends = 0;
  for (std::size_t size = kMagic.size(); size < file.size(); ++size) {
    const Read some = read(std::string_view(file).substr(0, size));
    ASSERT_TRUE(some.end == Next::cut_off || some.end == Next::end) << size;
    ends += some.end == Next::end ? 1 : 0;
    for (std::size_t i = 0; i < some.entries.size(); ++i) ASSERT_EQ(some.entries[i], entries[i]);
  }
  EXPECT_EQ(ends, entries.size()) << "once behind the magic, then behind each entry but the last";
}

TEST(Frame, whichever_byte_is_another_one_the_file_is_damaged_from_that_entry_on) {
  const std::string file = file_of(some_entries());
  std::size_t cut_off = 0;
  for (std::size_t at = kMagic.size(); at < file.size(); ++at) {
    for (const int bits : {0x01, 0x20, 0x80, 0xff}) {
      std::string other = file;
      other[at] = static_cast<char>(other[at] ^ bits);
      const Read some = read(other);
      ASSERT_NE(some.end, Next::end) << at;
      cut_off += some.end == Next::cut_off ? 1 : 0;
      ASSERT_LE(some.place, at);
      ASSERT_GT(some.place + 1600, at);
    }
  }
  EXPECT_EQ(cut_off, 0U) << "a length that is another one is no sign of an early end";
}

TEST(Frame, a_piece_that_is_missing_or_comes_twice_is_damage) {
  FrameWriter frames;
  std::string head, one, two, three;
  frames.append(head, "head"), frames.append(one, "one"), frames.append(two, "two");
  frames.append(three, "two");
  EXPECT_EQ(read(head + one + two + three).end, Next::end);
  EXPECT_EQ(read(head + two).end, Next::damaged);
  EXPECT_EQ(read(head + one + two + two).end, Next::damaged);
  EXPECT_EQ(read(head + one + two.substr(3) + three).end, Next::damaged);
  EXPECT_EQ(read(head + one + two.substr(3)).place, (head + one).size());
}

TEST(Frame, a_file_of_another_kind_is_no_recording) {
  EXPECT_TRUE(FrameReader(file_of({"head"})).is_recording());
  for (const std::string_view other : {"", "RIFF", "livegate flight 1\n", "livegate flight 3"}) {
    EXPECT_FALSE(FrameReader(other).is_recording());
  }
}

}  // namespace
}  // namespace livegate::recording
