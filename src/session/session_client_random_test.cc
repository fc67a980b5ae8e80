// Random conversations whose client's connection breaks at random places, beside the same ones over
// a connection that never breaks.

#include <deque>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

#include "session/session.h"

namespace livegate::session {
namespace {

// A session, a client, and between them a queue that delivers late and sometimes never.
class Line {
 public:
  explicit Line(std::uint64_t seed) : dice_(seed) {
    SessionConfig config{
        .id = "test", .client = ClientKind::native, .resume_grace = 30s, .resume_token = "token"};
    config.uplink.ear = {.kind = audio::EarKind::energy};
    session_ = std::make_unique<Session>(std::move(config), codecs_, Rng(1), now_);
    client_sends(R"({"type":"start"})");
    happens(UpstreamOpened{1});
    upstream_says(R"({"setupComplete":{}})");
    deliver(queue_.size());
  }

  void upstream_says(const std::string& text) {
    happens(UpstreamMessage{1, PaddedString(text).text()});
  }
  void client_sends(const std::string& text) { happens(ClientText{PaddedString(text).text()}); }
  void passes(Millis time) { now_ += time; }

  // The first `count` messages on the way arrive.
  void deliver(std::size_t count) {
    for (; count > 0 && !queue_.empty(); --count) {
      const bool of_connection = queue_.front().find(R"("type":"ready")") != std::string::npos ||
                                 queue_.front().find(R"("type":"pong")") != std::string::npos;
      if (!of_connection) got.push_back(queue_.front());
      queue_.pop_front();
    }
  }
  void deliver_some() { deliver(dice_.next() % (queue_.size() + 1)); }
  void deliver_all() { deliver(queue_.size()); }
  void confirm() {
    client_sends(R"({"type":"ping","id":1,"received":)" + std::to_string(got.size()) + "}");
  }

  // What is on its way arrives up to some point, and the rest is lost.
  void breaks() {
    deliver_some();
    queue_.clear();
    happens(ClientGone{});
  }
  void returns() {
    ASSERT_TRUE(session_->may_return(got.size())) << got.size();
    happens(ClientReturned{got.size(), "token"});
  }
  [[nodiscard]] bool is_away() const { return session_->is_client_away(); }

  std::vector<std::string> got;  // session messages; audio begins with a zero
  std::size_t revoked = 0;

 private:
  void happens(const Event& event) {
    Actions actions;
    session_->handle(event, now_, actions);
    std::vector<Revoked> answers;
    for (const Action& action : actions.list()) {
      if (const auto* send = std::get_if<SendClient>(&action)) {
        queue_.emplace_back((send->binary ? std::string(1, '\0') : "") +
                            std::string(actions.bytes(send->payload)));
      } else if (const auto* revoke = std::get_if<RevokeAudio>(&action)) {
        answers.push_back({revoke->before, take_audio_back()});
      }
    }
    for (const Revoked& answer : answers) happens(answer);
  }

  // All audio but what is under way already.
  std::size_t take_audio_back() {
    deliver_some();
    const auto count =
        std::erase_if(queue_, [](const std::string& each) { return each.front() == '\0'; });
    revoked += count;
    return count;
  }

  Rng dice_;
  Codecs codecs_;
  Instant now_{};
  std::unique_ptr<Session> session_;
  std::deque<std::string> queue_;
};

std::string audio_piece(int number) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefgh";
  std::string base64 = "AAAA";
  for (int i = 0; i < 4; ++i, number /= 32)
    base64 += kAlphabet[static_cast<std::size_t>(number % 32)];
  return R"({"serverContent":{"modelTurn":{"parts":[{"inlineData":{"mimeType":"audio/pcm;rate=24000","data":")" +
         base64 + R"("}}]}}})";
}

// One random thing that the model says.
std::string model_message(Rng& dice, int number) {
  switch (dice.next() % 8) {
    case 0:
      return R"({"serverContent":{"turnComplete":true}})";
    case 1:
      return R"({"serverContent":{"outputTranscription":{"text":"word )" + std::to_string(number) +
             R"( "}}})";
    case 2:
      return R"({"serverContent":{"inputTranscription":{"text":"said )" + std::to_string(number) +
             R"( "}}})";
    case 3:
      return R"({"toolCall":{"functionCalls":[{"id":"c)" + std::to_string(number) +
             R"(","name":"f","args":{}}]}})";
    default:
      return audio_piece(number);
  }
}

constexpr int kSteps = 300;
constexpr std::uint64_t kSeeds = 60;

TEST(RandomBreaks, lose_nothing_and_double_nothing) {
  std::size_t breaks = 0;
  std::size_t messages = 0;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    Line broken(seed);
    Line whole(seed);
    Rng dice(seed * 77);
    for (int step = 0; step < kSteps; ++step) {
      const std::string text = model_message(dice, step);
      for (Line* line : {&broken, &whole}) {
        line->passes(20ms);
        line->upstream_says(text);
      }
      switch (dice.next() % 6) {
        case 0:
          broken.is_away() ? broken.returns() : broken.breaks();
          ++breaks;
          break;
        case 1:
          if (!broken.is_away()) broken.confirm();
          break;
        default:
          broken.deliver_some();
      }
      if (testing::Test::HasFatalFailure()) return;
    }
    if (broken.is_away()) broken.returns();
    broken.deliver_all();
    whole.deliver_all();
    ASSERT_EQ(broken.got, whole.got) << "seed " << seed;
    messages += whole.got.size();
  }
  EXPECT_GT(breaks, kSeeds * kSteps / 8) << "they did break";
  EXPECT_GT(messages, kSeeds * kSteps / 2);
}

// What a barge-in throws away differs with what was under way; all else must not.
std::vector<std::string> without_audio(const std::vector<std::string>& messages) {
  std::vector<std::string> kept;
  for (const std::string& each : messages) {
    if (each.front() == '\0') continue;
    kept.push_back(each.substr(0, each.find(R"(,"heard_ms")")));
  }
  return kept;
}

// Every audio message of `part` is in `whole`, in that order and once.
bool is_part_of(const std::vector<std::string>& part, const std::vector<std::string>& whole) {
  std::size_t at = 0;
  for (const std::string& each : part) {
    if (each.front() != '\0') continue;
    while (at < whole.size() && whole[at] != each) ++at;
    if (at++ == whole.size()) return false;
  }
  return true;
}

TEST(RandomBreaks, with_barge_ins_lose_only_what_was_thrown_away) {
  std::size_t revoked = 0;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    Line broken(seed);
    Line whole(seed);
    Rng dice(seed * 79);
    std::vector<std::string> all;  // as if nothing were ever taken back
    for (int step = 0; step < kSteps; ++step) {
      const bool barge_in = dice.next() % 12 == 0;
      const std::string text =
          barge_in ? R"({"serverContent":{"interrupted":true}})" : model_message(dice, step);
      for (Line* line : {&broken, &whole}) {
        line->passes(20ms);
        line->upstream_says(text);
      }
      whole.deliver_all();  // before anything can be taken back
      if (dice.next() % 6 == 0) {
        broken.is_away() ? broken.returns() : broken.breaks();
      } else if (dice.next() % 3 == 0) {
        broken.deliver_some();
      }
      if (testing::Test::HasFatalFailure()) return;
    }
    if (broken.is_away()) broken.returns();
    broken.deliver_all();
    ASSERT_EQ(without_audio(broken.got), without_audio(whole.got)) << "seed " << seed;
    ASSERT_TRUE(is_part_of(broken.got, whole.got)) << "seed " << seed;
    revoked += broken.revoked;
  }
  EXPECT_GT(revoked, kSeeds) << "audio was thrown away on the way";
}

}  // namespace
}  // namespace livegate::session
