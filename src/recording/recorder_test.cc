// Sessions held once, recorded, and held again.
#include "recording/recorder.h"

#include <sstream>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "recording/bytes.h"
#include "recording/frame.h"
#include "recording/replay.h"
#include "session/session.h"

namespace livegate::recording {
namespace {

using testing::HasSubstr;
using testing::Not;

class Recorded : public testing::Test {
 protected:
  void begin(bool speech) {
    session::SessionConfig config;
    config.id = "rec";
    config.resume_grace = 30s;
    config.resume_token = "token-that-nobody-may-read";
    config.uplink.ear = {.kind = audio::EarKind::energy};
    recorder_.emplace(Recorder::Options{.speech = speech, .salt = 5}, config, Rng(3).state(), now_);
    config.uplink.tap = &*recorder_;
    session_.emplace(std::move(config), codecs_, Rng(3), now_);
  }
  void happens(const session::Event& event) {
    now_ += 7ms;
    actions_.clear();
    recorder_->before(event, now_);
    session_->handle(event, now_, actions_);
    recorder_->after(actions_);
  }
  void client(const std::string& text) { happens(session::ClientText{PaddedString(text).text()}); }
  void model(const std::string& text) {
    happens(session::UpstreamMessage{1, PaddedString(text).text()});
  }
  void conversation() {
    client(R"({"type":"start"})");
    happens(session::UpstreamOpened{1});
    model(R"({"setupComplete":{}})");
    model(R"({"sessionResumptionUpdate":{"newHandle":"secret-handle","resumable":true}})");
    std::string loud;
    for (int i = 0; i < 160; ++i) loud += i / 8 % 2 == 0 ? "\x10\x27" : "\xf0\xd8";
    for (int i = 0; i < 60; ++i) happens(session::ClientBinary{PaddedString(loud).text()});
    client(R"({"type":"text","text":"the word is rhubarb"})");
    model(
        R"({"serverContent":{"modelTurn":{"parts":[{"inlineData":{"mimeType":"audio/pcm;rate=24000","data":"AQACAAMA"}}]}}})");
    model(
        R"({"serverContent":{"outputTranscription":{"text":"rhubarb it is"},"turnComplete":true}})");
    client(R"({"type":"stop"})");
  }

  Instant now_{};
  session::Codecs codecs_;
  session::Actions actions_;
  std::optional<Recorder> recorder_;
  std::optional<session::Session> session_;
};

TEST_F(Recorded, a_session_is_held_again_with_its_speech_and_without) {
  for (const bool speech : {true, false}) {
    begin(speech);
    conversation();
    EXPECT_TRUE(session_->finished());
    const std::string log = recorder_->take();
    const Replayed again = replay(log, nullptr);
    EXPECT_TRUE(again.readable);
    EXPECT_TRUE(again.whole);
    EXPECT_GT(again.events, 60U);
    EXPECT_EQ(again.differs_at, 0U) << again.expected << " / " << again.got;
  }
}

TEST_F(Recorded, no_secret_and_without_leave_no_word_is_in_a_recording) {
  begin(false);
  conversation();
  const std::string log = recorder_->take();
  EXPECT_THAT(log, Not(HasSubstr("secret-handle")));
  EXPECT_THAT(log, Not(HasSubstr("nobody-may-read")));
  EXPECT_THAT(log, Not(HasSubstr("rhubarb")));
  EXPECT_LT(log.size(), 12'000U) << "60 packets of speech take no room";
}

// The entries of a recording, each as it was written.
std::vector<std::string> entries_of(std::string_view log) {
  FrameReader frames(log);
  std::vector<std::string> entries;
  for (std::string_view entry; frames.next(entry) == FrameReader::Next::entry;) {
    entries.emplace_back(entry);
  }
  return entries;
}
std::string recording_of(const std::vector<std::string>& entries) {
  std::string log;
  FrameWriter frames;
  for (const std::string& entry : entries) frames.append(log, entry);
  return log;
}

TEST_F(Recorded, an_event_that_was_another_one_is_where_the_replay_stops) {
  begin(true);
  conversation();
  auto entries = entries_of(recorder_->take());
  for (std::string& entry : entries) {
    if (const auto word = entry.find("rhubarb it is"); word != std::string::npos) entry[word] = 'R';
  }
  std::ostringstream printed;
  const Replayed again = replay(recording_of(entries), &printed);
  EXPECT_GT(again.differs_at, 60U);
  EXPECT_THAT(again.got, HasSubstr("Rhubarb"));
  EXPECT_THAT(printed.str(), HasSubstr("the word is rhubarb"));
}

TEST_F(Recorded, what_is_cut_off_or_no_recording_is_told_from_a_whole_one) {
  begin(false);
  conversation();
  const std::string log = recorder_->take();
  EXPECT_FALSE(replay("RIFF", nullptr).readable);
  for (std::size_t size = 0; size < log.size(); ++size) {
    const Replayed again = replay(std::string_view(log).substr(0, size), nullptr);
    EXPECT_EQ(again.differs_at, 0U) << size;
    EXPECT_FALSE(again.damaged_at) << size;
  }
}

TEST_F(Recorded, a_byte_that_is_another_one_is_found_and_said_where) {
  begin(false);
  conversation();
  const std::string log = recorder_->take();
  for (std::size_t at = 0; at < log.size(); ++at) {
    std::string other = log;
    other[at] = static_cast<char>(other[at] ^ (1 << at % 8));
    const Replayed again = replay(other, nullptr);
    ASSERT_EQ(again.readable, at >= kMagic.size()) << at;
    if (!again.readable) continue;
    ASSERT_TRUE(again.damaged_at) << at;
    EXPECT_LE(*again.damaged_at, at);
    EXPECT_EQ(again.differs_at, 0U) << at;
    EXPECT_FALSE(again.whole);
  }
}

// Whoever made them: what a head says is believed within bounds only.
TEST_F(Recorded, an_entry_that_no_session_could_have_written_is_refused) {
  begin(false);
  conversation();
  const auto entries = entries_of(recorder_->take());
  // A version that knew no limits of time ended its head before them.
  const std::size_t head_without_time = entries[0].size() - 2 * sizeof(std::uint64_t);
  for (std::size_t at = 0; at < entries[0].size(); ++at) {
    for (const char byte : {'\x00', '\x7f', '\xff'}) {
      auto other = entries;
      other[0][at] = byte;
      (void)replay(recording_of(other), nullptr);  // ends, and takes no memory to speak of
      other[0].resize(at);
      EXPECT_FALSE(replay(recording_of(other), nullptr).readable && at != head_without_time);
    }
  }
  auto older = entries;
  older[0].resize(head_without_time);
  EXPECT_TRUE(replay(recording_of(older), nullptr).readable);
  std::string endless("\0\0", 2);  // text of so many bytes that all are one letter
  Writer(endless).number(std::uint64_t{1} << 50);
  endless += '\0';
  Writer(endless).number(std::uint64_t{1} << 50);
  const Replayed again = replay(recording_of({entries[0], endless + "x"}), nullptr);
  EXPECT_EQ(again.damaged_at, recording_of({entries[0]}).size());
}

TEST_F(Recorded, a_recording_ends_at_its_limit) {
  begin(true);
  recorder_.emplace(Recorder::Options{.bytes_max = 400}, session::SessionConfig{}, 3, now_);
  session::SessionConfig config;
  session_.emplace(std::move(config), codecs_, Rng(3), now_);
  conversation();
  EXPECT_TRUE(recorder_->is_full());
  EXPECT_LT(recorder_->waiting_bytes(), 2000U);
}

}  // namespace
}  // namespace livegate::recording
