#include "net/outbox.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace livegate::net {
namespace {

using ws::Opcode;

// What is unsent, as kinds and payload sizes: "b100 t5".
class OutboxTest : public testing::Test {
 protected:
  void add(Opcode opcode, std::size_t bytes, Revocable revocable) {
    const std::vector<std::uint8_t> payload(bytes, static_cast<std::uint8_t>(++count));
    outbox.add(opcode, payload, mask, revocable);
  }
  void audio(std::size_t bytes) { add(Opcode::binary, bytes, Revocable::yes); }
  void text(std::size_t bytes) { add(Opcode::text, bytes, Revocable::no); }

  // Only where nothing of the first frame has left.
  [[nodiscard]] std::string frames() const {
    std::string all;
    for (auto rest = outbox.unsent(); !rest.empty();) {
      const ws::FrameShape shape = ws::frame_shape(rest);
      const std::size_t header = shape.bytes < 128 ? 2 : shape.bytes < 65536 ? 4 : 10;
      all += (all.empty() ? "" : " ") + std::string(shape.opcode == Opcode::binary ? "b" : "t") +
             std::to_string(shape.bytes - header - (mask ? 4 : 0));
      rest = rest.subspan(shape.bytes);
    }
    return all;
  }

  Outbox outbox{{}};
  std::optional<std::uint32_t> mask;
  int count = 0;
};

TEST_F(OutboxTest, takes_back_what_is_revocable_and_keeps_the_others_in_order) {
  audio(10);
  text(5);
  audio(300);
  text(6);
  audio(70000);
  EXPECT_EQ(outbox.discard(0), 3u);
  EXPECT_EQ(frames(), "t5 t6");
  EXPECT_EQ(outbox.discard(0), 0u);
}

TEST_F(OutboxTest, what_is_revocable_does_not_depend_on_the_kind_of_frame) {
  add(Opcode::text, 10, Revocable::yes);
  add(Opcode::binary, 11, Revocable::no);
  add(Opcode::text, 12, Revocable::no);
  add(Opcode::text, 13, Revocable::yes);
  EXPECT_EQ(outbox.discard(0), 2u);
  EXPECT_EQ(frames(), "b11 t12");
  audio(14);
  EXPECT_EQ(outbox.discard(0), 1u);
  EXPECT_EQ(frames(), "b11 t12");
}

TEST_F(OutboxTest, what_could_not_be_taken_back_once_can_be_later) {
  audio(100);
  audio(100);
  audio(100);
  EXPECT_EQ(outbox.discard(103), 1u);
  EXPECT_EQ(outbox.discard(0), 2u);
  EXPECT_EQ(outbox.size(), 0u);
}

TEST_F(OutboxTest, a_masked_frame_is_measured_with_its_mask) {
  mask = 0x01020304;
  audio(200);
  text(20);
  EXPECT_EQ(outbox.discard(0), 1u);
  EXPECT_EQ(frames(), "t20");
}

TEST_F(OutboxTest, a_frame_that_has_begun_to_leave_leaves_whole) {
  audio(100);
  audio(100);
  outbox.sent(1);
  EXPECT_EQ(outbox.discard(0), 1u);
  EXPECT_EQ(outbox.size(), 101u) << "102 bytes with the header, one is gone";
}

TEST_F(OutboxTest, promised_bytes_stay_as_they_are) {
  audio(100);
  audio(100);
  audio(100);
  EXPECT_EQ(outbox.discard(103), 1u) << "the second frame begins within them";
  EXPECT_EQ(frames(), "b100 b100");
}

TEST_F(OutboxTest, what_came_before_the_frames_is_no_frame) {
  outbox = Outbox(std::vector<std::uint8_t>(50, 'h'));
  audio(10);
  text(10);
  outbox.sent(20);
  EXPECT_EQ(outbox.discard(0), 1u);
  EXPECT_EQ(outbox.size(), 30u + 12u);
  EXPECT_EQ(outbox.unsent()[0], 'h');
}

TEST_F(OutboxTest, every_byte_leaves_once_and_in_order_however_it_is_taken) {
  for (std::size_t step = 1; step < 400; ++step) {
    outbox = Outbox({});
    std::vector<std::uint8_t> expected;
    std::vector<std::uint8_t> left;
    for (std::size_t i = 0; i < 40; ++i) {
      const std::vector<std::uint8_t> payload(i * 7, static_cast<std::uint8_t>(i));
      outbox.add(Opcode::text, payload, {});
      ws::append_frame(expected, Opcode::text, payload, {});
      audio(i);
      if (i % 3 != 0) continue;
      // Only whole frames have left before: the audio among them can all be taken back.
      EXPECT_EQ(outbox.discard(0), i == 0 ? 1u : 3u);
      const auto unsent = outbox.unsent();
      left.insert(left.end(), unsent.begin(), unsent.end());
      for (std::size_t rest = unsent.size(); rest > 0;) {
        const std::size_t now = std::min(rest, step);
        outbox.sent(now);
        rest -= now;
      }
    }
    ASSERT_EQ(left,
              std::vector(expected.begin(), expected.begin() + static_cast<long>(left.size())));
  }
}

TEST_F(OutboxTest, what_is_left_in_the_middle_of_a_frame_is_found_again) {
  std::vector<std::uint8_t> expected;
  for (int i = 0; i < 100; ++i) {
    text(90);
    ws::append_frame(expected, Opcode::text,
                     std::vector<std::uint8_t>(90, static_cast<std::uint8_t>(count)), {});
    audio(50);
  }
  // Out of the first frame, far enough that memory is moved down, and taken back afterwards.
  std::size_t sent = 144 * 60 + 30;
  outbox.sent(sent);
  const std::size_t taken = outbox.discard(0);
  EXPECT_EQ(taken, 40u) << "of 60 pairs the audio has left, the frame in hand is a text";
  const auto unsent = outbox.unsent();
  EXPECT_EQ(unsent.size(), 40u * 92u - 30u);
  EXPECT_TRUE(std::equal(unsent.begin(), unsent.end(), expected.begin() + 60 * 92 + 30));
}

TEST_F(OutboxTest, the_room_of_a_burst_is_given_back) {
  for (int i = 0; i < 100; ++i) audio(4800);
  outbox.sent(outbox.size());
  EXPECT_EQ(outbox.capacity_bytes(), 0u);
}

}  // namespace
}  // namespace livegate::net
