// The offline assistant as its users meet it: real sockets, a real recogniser, a real voice. A
// command is spoken by flite's other voice, at test time.
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "audio/pcm.h"
#include "offline/offline_server.h"
#include "offline_client.h"
#include "speech/synthesizer.h"

namespace livegate::offline {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr std::string_view kTools =
    R"("tools":[{"functionDeclarations":[{"name":"set_light",)"
    R"("description":"Turns a light on or off",)"
    R"("parameters":{"type":"OBJECT","properties":{"room":{"type":"STRING",)"
    R"("enum":["kitchen","bedroom"]},"on":{"type":"BOOLEAN"}},"required":["room","on"]}}]}])";

std::string setup(std::string_view settings) {
  return R"({"setup":{"model":"models/gemini-3.8-live","inputAudioTranscription":{},)"
         R"("outputAudioTranscription":{},)" +
         std::string(kTools) + (settings.empty() ? "" : ",") + std::string(settings) + "}}";
}

class OfflineLoopback : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    // A log of this run's own: what must not be in it is part of the test.
    log_path_ = std::filesystem::temp_directory_path() /
                ("livegate-offline-" + std::to_string(std::random_device{}()) + ".log");
    log_ = std::make_unique<obs::Log>(obs::LogLevel::debug, log_path_.string());
    auto server = OfflineServer::start({.key = Redacted("the-right-key")}, *log_);
    ASSERT_TRUE(server) << server.error();
    server_ = std::move(*server);
    voice_ = speech::Synthesizer::open();
  }
  static void TearDownTestSuite() {
    server_.reset();
    voice_.reset();
    log_.reset();
    std::filesystem::remove(log_path_);
  }

  static OfflineClient::Address address() {
    return {.port = server_->port(), .query = "key=the-right-key"};
  }

  static void expect_connects(OfflineClient& client, std::string_view settings = "") {
    ASSERT_FALSE(client.connects(address()));
    client.sends(setup(settings));
    ASSERT_TRUE(client.waits_for("setupComplete"));
  }

  // Somebody else's voice, with the quiet around it that ends an utterance.
  static std::vector<std::int16_t> spoken(const std::string& text) {
    std::vector<std::int16_t> samples(audio::kUplinkRateHz / 2);
    const auto speech = voice_->speak(text, speech::Voice::rms, audio::kUplinkRateHz);
    samples.insert(samples.end(), speech.begin(), speech.end());
    samples.resize(samples.size() + audio::kUplinkRateHz * 3 / 2);
    return samples;
  }

  static inline std::filesystem::path log_path_;
  static inline std::unique_ptr<obs::Log> log_;
  static inline std::unique_ptr<OfflineServer> server_;
  static inline std::unique_ptr<speech::Synthesizer> voice_;
};

TEST_F(OfflineLoopback, a_spoken_command_becomes_a_call_and_an_answer) {
  OfflineClient client;
  expect_connects(client);
  client.sends_audio(spoken("turn on the kitchen light"), audio::kUplinkRateHz);
  ASSERT_TRUE(client.waits_for("toolCall"));
  EXPECT_EQ(last_fact(client.facts(), "input").text, "turn on the kitchen light");
  EXPECT_THAT(client.last_call(), HasSubstr("set_light"));
  EXPECT_THAT(client.last_call(), HasSubstr("kitchen"));
  client.answers_call(last_fact(client.facts(), "toolCall").text, "set_light");
  ASSERT_TRUE(client.waits_for("turnComplete", 2));  // of the call, and of the answer
  const auto facts = client.facts();
  EXPECT_GT(count_facts(facts, "audio"), 1u);
  EXPECT_GT(count_facts(facts, "output"), 0u);
  const auto story = story_of(facts);
  EXPECT_EQ(story[0], "setupComplete");
  EXPECT_EQ(story[story.size() - 2], "generationComplete");
  EXPECT_EQ(story.back(), "turnComplete");
  EXPECT_TRUE(client.only_binary());
}

TEST_F(OfflineLoopback, turn_complete_waits_for_the_end_of_playback) {
  OfflineClient client;
  expect_connects(client);
  client.types("hello");
  ASSERT_TRUE(client.waits_for("turnComplete"));
  const auto facts = client.facts();
  std::size_t samples = 0;
  std::optional<Instant> first_audio;
  for (const Fact& fact : facts) {
    samples += fact.samples;
    if (fact.what == "audio" && !first_audio) first_audio = fact.at;
  }
  ASSERT_TRUE(first_audio);
  // Not earlier, whatever the machine; half a second is for the clocks of the two threads.
  const Millis playback(samples / 24);
  EXPECT_GE(last_fact(facts, "turnComplete").at - *first_audio, playback - 500ms);
}

TEST_F(OfflineLoopback, speech_cuts_a_story_short) {
  OfflineClient client;
  expect_connects(client);
  client.types("tell me a story");
  ASSERT_TRUE(client.waits_for("audio"));
  client.sends_audio(spoken("stop talking"), audio::kUplinkRateHz);
  ASSERT_TRUE(client.waits_for("turnComplete"));
  std::vector<Fact> until_complete;
  for (const Fact& fact : client.facts()) {
    until_complete.push_back(fact);
    if (fact.what == "turnComplete") break;
  }
  EXPECT_EQ(count_facts(until_complete, "interrupted"), 1u);
  EXPECT_EQ(count_facts(until_complete, "generationComplete"), 0u);
}

TEST_F(OfflineLoopback, a_conversation_goes_on_over_another_connection) {
  std::string handle;
  {
    OfflineClient client;
    expect_connects(client, R"("sessionResumption":{})");
    client.types("turn on the kitchen light");
    ASSERT_TRUE(client.waits_for("toolCall"));
    client.answers_call(last_fact(client.facts(), "toolCall").text, "set_light");
    ASSERT_TRUE(client.waits_for("handle", 2));
    handle = last_fact(client.facts(), "handle").text;
    client.leaves();
  }
  OfflineClient client;
  expect_connects(client, R"("sessionResumption":{"handle":")" + handle + R"("})");
  client.types("turn it off");
  ASSERT_TRUE(client.waits_for("toolCall"));
  EXPECT_THAT(client.last_call(), HasSubstr("kitchen"));
}

TEST_F(OfflineLoopback, row_18_a_binary_setup_is_as_good_as_a_text_one) {
  OfflineClient client;
  ASSERT_FALSE(client.connects(address()));
  client.sends(setup(""), ws::Opcode::binary);
  EXPECT_TRUE(client.waits_for("setupComplete"));
}

TEST_F(OfflineLoopback, row_3_the_key_may_come_as_a_header) {
  OfflineClient client;
  ASSERT_FALSE(
      client.connects({.port = server_->port(), .headers = {{"x-goog-api-key", "the-right-key"}}}));
  client.sends(setup(""));
  EXPECT_TRUE(client.waits_for("setupComplete"));
}

TEST_F(OfflineLoopback, row_5_a_wrong_key_is_told_by_a_close_frame) {
  OfflineClient client;
  ASSERT_FALSE(client.connects({.port = server_->port(), .query = "key=wrong"}));
  client.sends(setup(""));
  ASSERT_TRUE(client.waits_until_closed());
  EXPECT_EQ(client.closed().code, 1007);
  EXPECT_EQ(client.closed().reason, "API key not valid. Please pass a valid API key.");
}

TEST_F(OfflineLoopback, row_2_a_doubled_slash_and_a_prefix_are_upgraded) {
  for (const std::string prefix : {"/", "/some/prefix"}) {
    OfflineClient client;
    OfflineClient::Address there = address();
    there.path = prefix + there.path;
    EXPECT_FALSE(client.connects(there)) << prefix;
  }
}

TEST_F(OfflineLoopback, row_4_another_path_is_not_found) {
  OfflineClient client;
  OfflineClient::Address there = address();
  there.path = "/ws/elsewhere";
  EXPECT_EQ(client.connects(there), 404);
}

TEST_F(OfflineLoopback, the_front_page_says_what_this_is) {
  namespace asio = boost::asio;
  asio::io_context context;
  asio::ip::tcp::socket socket(context);
  socket.connect({asio::ip::make_address("127.0.0.1"), server_->port()});
  const std::string request = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
  asio::write(socket, asio::buffer(request));
  std::string answer;
  boost::system::error_code end;
  asio::read(socket, asio::dynamic_buffer(answer), end);
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(answer, HasSubstr("offline assistant, not Gemini"));
}

TEST_F(OfflineLoopback, the_log_counts_and_never_quotes) {
  {
    OfflineClient client;
    expect_connects(client);
    client.types("hello");
    ASSERT_TRUE(client.waits_for("turnComplete"));
    client.leaves();
  }
  // The server may log the close after the client has seen it: another session's setup comes later
  // still.
  OfflineClient next;
  expect_connects(next);
  std::ifstream file(log_path_);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  EXPECT_THAT(text, HasSubstr("opened"));
  EXPECT_THAT(text, HasSubstr("turns 1, interrupted 0"));
  EXPECT_THAT(text, Not(HasSubstr("hello")));
  EXPECT_THAT(text, Not(HasSubstr("kitchen")));
  EXPECT_THAT(text, Not(HasSubstr("the-right-key")));
}

}  // namespace
}  // namespace livegate::offline
