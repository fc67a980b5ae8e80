// The hot path allocates nothing: audio up and audio down in steady state, counted by the program's
// own operator new.

#include <cstdlib>
#include <new>

#include "session/session_fixture.h"

namespace {
std::size_t allocations = 0;
}  // namespace

void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  ++allocations;
  return std::malloc(size);
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace livegate::session {
namespace {

using HotPath = CallTest;

TEST_F(HotPath, a_frame_of_speech_on_its_way_to_the_model_allocates_nothing) {
  begin_ready();
  client_speaks(2s);
  std::string frame;
  for (int i = 0; i < 640; ++i) frame += static_cast<char>(i % 2 == 0 ? 0 : 30);
  const PaddedString bytes(frame);
  Actions actions;
  const auto ten_frames = [&] {
    for (int i = 0; i < 10; ++i) {
      actions.clear();
      session->handle(ClientBinary{bytes.text()}, now, actions);
      now += 20ms;
    }
  };
  ten_frames();  // buffers find their size
  const std::size_t before = allocations;
  const auto forwarded = session->counters().samples_forwarded;
  ten_frames();
  EXPECT_EQ(allocations, before);
  EXPECT_GT(session->counters().samples_forwarded, forwarded) << "it really was forwarded";
}

TEST_F(HotPath, a_piece_of_the_reply_on_its_way_to_the_client_allocates_nothing) {
  begin_ready();
  const std::string base64(15360, 'A');
  const PaddedString message(
      R"({"serverContent":{"modelTurn":{"parts":[{"inlineData":{"mimeType":"audio/pcm;rate=24000","data":")" +
      base64 + R"("}}]}}})");
  Actions actions;
  const auto pieces = [&](int count) {
    for (int i = 0; i < count; ++i) {
      actions.clear();
      session->handle(UpstreamMessage{epoch, message.text()}, now, actions);
      now += 60ms;
    }
  };
  pieces(20);
  const std::size_t before = allocations;
  pieces(10);
  EXPECT_EQ(allocations, before);
  EXPECT_TRUE(std::holds_alternative<SendClient>(actions.list().front()))
      << "it really was handed on";
}

}  // namespace
}  // namespace livegate::session
