// What the codecs do with damaged text, and what reading costs in allocations.
#include <atomic>
#include <cstdlib>
#include <memory>
#include <new>

#include <gtest/gtest.h>

#include "proto/gemini.h"
#include "proto/native.h"
#include "proto/proto_testing.h"

namespace {
std::atomic<std::size_t> allocations = 0;

void* count_and_allocate(std::size_t bytes) {
  ++allocations;
  return std::malloc(bytes == 0 ? 1 : bytes);
}
}  // namespace

void* operator new(std::size_t bytes) {
  if (void* const memory = count_and_allocate(bytes)) return memory;
  throw std::bad_alloc();
}
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept {
  return count_and_allocate(bytes);
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace livegate::proto {
namespace {

// A message at the very end of its allocation, so that a sanitizer sees every byte too far.
class Tight {
 public:
  explicit Tight(std::string_view text)
      : bytes_(std::make_unique<char[]>(text.size() + kTextPadding)), size_(text.size()) {
    std::copy(text.begin(), text.end(), bytes_.get());
    std::fill_n(bytes_.get() + size_, kTextPadding, '}');
  }
  [[nodiscard]] PaddedText text() const { return PaddedText::promise({bytes_.get(), size_}); }

 private:
  std::unique_ptr<char[]> bytes_;
  std::size_t size_;
};

constexpr const char* kServerSamples[] = {
    R"({"serverContent":{"modelTurn":{"parts":[{"inlineData":{"mimeType":"audio/pcm;rate=24000",)"
    R"("data":"AAECAwQF"}},{"text":"a\u00e9\n","thought":true}]},"outputTranscription":{"text":)"
    R"("Done."},"turnComplete":true},"usageMetadata":{"totalTokenCount":42,"x":[1,{"y":null}]}})",
    R"({"toolCall":{"functionCalls":[{"id":"fc-1","name":"f","args":{"on":true,"n":-1.5e3}}]},)"
    R"("goAway":{"timeLeft":"9.500s"},"other":["a",{}],"sessionResumptionUpdate":{"newHandle":)"
    R"("h","resumable":true},"voiceActivity":{"type":"ACTIVITY_END"}})",
};

constexpr const char* kClientSamples[] = {
    R"({"realtimeInput":{"audio":{"data":"AQEB","mimeType":"audio/pcm;rate=16000"}}})",
    R"({"setup":{"model":"models/m","generationConfig":{"responseModalities":["AUDIO"]},)"
    R"("tools":[{"functionDeclarations":[{"name":"f","parameters":{"type":"OBJECT"}}]}]}})",
    R"({"toolResponse":{"functionResponses":[{"id":"1","name":"f","response":{"ok":[1]}}]}})",
    R"({"clientContent":{"turns":[{"role":"user","parts":[{"text":"hi"}]}],"turnComplete":true}})",
};

constexpr const char* kNativeSamples[] = {
    R"({"type":"start","rate":48000,"tools":[{"name":"f","description":"d","parameters":{}}]})",
    R"({"type":"tool_result","id":"call-1","result":{"ok":[true,null,1.5]}})",
};

// Reads `text` every way there is. Counts the readings that were refused.
class Everything {
 public:
  void read(std::string_view text) {
    const Tight message(text);
    const auto server = gemini_.decode_server(message.text(), server_message_);
    const auto client = gemini_.decode_client(message.text(), client_message_);
    const auto native = native_.decode(message.text());
    check(server ? "ok" : server.error().reason);
    check(client ? "ok" : client.error().reason);
    check(native ? "ok" : native.error().message);
    if (server) facts_ += testing::facts(server_message_).size();
    if (client) facts_ += testing::facts(client_message_).size();
    refused_ = (server ? 0u : 1u) + (client ? 0u : 1u) + (native ? 0u : 1u);
  }
  [[nodiscard]] unsigned refused() const { return refused_; }

 private:
  static void check(const std::string& verdict) { EXPECT_FALSE(verdict.empty()); }

  GeminiDecoder gemini_;
  native::NativeDecoder native_;
  ServerMessage server_message_;
  ClientMessage client_message_;
  std::size_t facts_ = 0;  // every view has been read
  unsigned refused_ = 0;
};

template <class Use>
void for_each_sample(Use use) {
  for (const char* sample : kServerSamples) use(std::string(sample));
  for (const char* sample : kClientSamples) use(std::string(sample));
  for (const char* sample : kNativeSamples) use(std::string(sample));
}

TEST(Codecs, refuse_text_that_is_cut_anywhere) {
  Everything codecs;
  for_each_sample([&](const std::string& sample) {
    for (std::size_t size = 0; size < sample.size(); ++size) {
      codecs.read(std::string_view(sample).substr(0, size));
      EXPECT_EQ(codecs.refused(), 3u) << sample.substr(0, size);
    }
    codecs.read(sample);
    EXPECT_LT(codecs.refused(), 3u) << sample;
  });
}

TEST(Codecs, survive_every_change_of_one_byte) {
  Everything codecs;
  for_each_sample([&](const std::string& sample) {
    for (std::size_t at = 0; at < sample.size(); ++at) {
      std::string damaged = sample;
      for (const unsigned value : {0x00u, 0x20u, 0x22u, 0x2Cu, 0x30u, 0x3Au, 0x5Bu, 0x5Cu, 0x5Du,
                                   0x65u, 0x6Eu, 0x7Bu, 0x7Du, 0x80u, 0xC3u, 0xFFu}) {
        damaged[at] = static_cast<char>(value);
        codecs.read(damaged);
      }
    }
  });
}

TEST(Codecs, survive_the_loss_and_the_doubling_of_any_byte) {
  Everything codecs;
  for_each_sample([&](const std::string& sample) {
    for (std::size_t at = 0; at < sample.size(); ++at) {
      std::string shorter = sample;
      codecs.read(shorter.erase(at, 1));
      std::string longer = sample;
      codecs.read(longer.insert(at, 1, sample[at]));
    }
  });
}

template <class Read>
std::size_t allocations_of_1000(Read read) {
  for (int warm_up = 0; warm_up < 4; ++warm_up) read();
  const std::size_t before = allocations;
  for (int i = 0; i < 1000; ++i) read();
  return allocations - before;
}

TEST(GeminiDecoder, reads_audio_without_an_allocation) {
  GeminiDecoder decoder;
  const std::vector<std::int16_t> samples(4800, 1234);
  std::string text;
  append_server_audio(text, samples, 24000);
  const PaddedString down(text);
  const PaddedString mixed(kServerSamples[0]);
  text.clear();
  append_realtime_audio(text, samples, 16000);
  const PaddedString up(text);
  ServerMessage server;
  ClientMessage client;
  bool sound = true;
  EXPECT_EQ(allocations_of_1000([&] {
              sound &= decoder.decode_server(down.text(), server).has_value();
              sound &= decoder.decode_server(mixed.text(), server).has_value();
              sound &= decoder.decode_client(up.text(), client).has_value();
            }),
            0u);
  EXPECT_TRUE(sound);
}

TEST(GeminiEncoding, of_audio_allocates_nothing_in_a_string_with_room) {
  const std::vector<std::int16_t> samples(4800, 1234);
  std::string text;
  EXPECT_EQ(allocations_of_1000([&] {
              text.clear();
              append_realtime_audio(text, samples, 16000);
              append_server_audio(text, samples, 24000);
            }),
            0u);
}

// Frames that a public SDK exchanged with a test server: one JSON object a line, "dir" and "json"
// among its members. Looked at where a directory with such material is given.
TEST(Codecs, read_every_frame_of_a_recorded_sdk) {
  const char* const shared = std::getenv("LIVEGATE_SHARED");
  if (shared == nullptr) GTEST_SKIP() << "LIVEGATE_SHARED names no folder of recordings";
  const auto lines = testing::read_lines(std::string(shared) + "/research/genai-sdk-capture.jsonl");
  GeminiDecoder decoder;
  std::size_t frames = 0;
  for (const std::string& line : lines) {
    if (!line.starts_with(R"({"kind":"frame")")) continue;
    const std::size_t json = line.find(R"("json":)");
    ASSERT_NE(json, std::string::npos);
    const PaddedString message(line.substr(json + 7, line.size() - json - 8));
    ++frames;
    if (line.find(R"("dir":"s2c")") != std::string::npos) {
      ServerMessage out;
      const auto result = decoder.decode_server(message.text(), out);
      EXPECT_TRUE(result) << result.error().reason << "\n" << line;
    } else {
      ClientMessage out;
      const auto result = decoder.decode_client(message.text(), out);
      EXPECT_TRUE(result) << result.error().reason << "\n" << line;
    }
  }
  EXPECT_GE(frames, 40u);
}

}  // namespace
}  // namespace livegate::proto
