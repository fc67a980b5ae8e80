#include "cli/talk.h"

#include <bit>
#include <cmath>
#include <filesystem>
#include <memory>
#include <optional>
#include <utility>

#include "audio/pcm.h"
#include "base/limits.h"
#include "cli/talk_conversation.h"
#include "cli/talk_report.h"
#include "cli/wav.h"
#include "net/connector.h"
#include "net/loop.h"
#include "net/tls.h"
#include "speech/synthesizer.h"

namespace livegate::cli {
namespace {

static_assert(std::endian::native == std::endian::little, "samples go to the wire as they lie");

// A detector that has just been switched on takes what it hears first for the room.
constexpr std::size_t kLeadSamples = audio::kUplinkRateHz / 2;

struct Source {
  Recording recording;
  std::string described;
};

std::string seconds_text(double seconds) {
  const long tenths = std::lround(seconds * 10);
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " s";
}

Result<Source, std::string> open_source(const TalkOptions& options) {
  if (options.wav_file.empty() == options.say_text.empty()) {
    return Unexpected{std::string("Give either a recording or a text to say.")};
  }
  Source source;
  if (!options.wav_file.empty()) {
    Result<Recording, std::string> recording = read_recording(options.wav_file);
    if (!recording) return Unexpected{recording.error()};
    source.recording = std::move(recording).value();
    source.described = std::filesystem::path(options.wav_file).filename().string();
  } else {
    source.recording.rate_hz = audio::kUplinkRateHz;
    const std::vector<std::int16_t> speech = speech::Synthesizer::open()->speak(
        options.say_text, speech::Voice::rms, audio::kUplinkRateHz);
    if (speech.empty()) return Unexpected{std::string("There is nothing to say in that text.")};
    source.recording.samples.resize(kLeadSamples);
    source.recording.samples.insert(source.recording.samples.end(), speech.begin(), speech.end());
    source.described = "\"" + options.say_text + "\" in a synthetic voice";
  }
  source.described += ", " + seconds_text(source.recording.seconds());
  if (!options.wav_file.empty()) {
    source.described += " at " + std::to_string(source.recording.rate_hz) + " Hz";
  }
  return source;
}

std::string connect_failure(const net::ConnectError& error, const std::string& url) {
  if (error.http_status == 401 || error.http_status == 403) {
    return "The gateway at " + url + " wants a user token that it knows: give one with --token.";
  }
  std::string sentence = "Cannot reach the gateway at " + url + ": " + error.message;
  if (sentence.back() != '.') sentence += '.';
  if (error.fault == net::ConnectFault::connect) sentence += " Is `livegate serve` running?";
  return sentence;
}

// The shell around one Conversation: socket, timer, and the loop that ends with it.
class Talk final : public net::WebSocket::Handler, public TalkLine {
 public:
  Talk(TalkScript script, TalkReport& report)
      : script_(std::move(script)), report_(report), timer_(loop_, [this] { on_tick(); }) {}

  // Empty if all went well, else the sentence that says what did not.
  std::string run(net::Connector::Request request, const std::string& url) {
    const auto connector =
        net::Connector::open(loop_, std::move(request), [&](net::Connector::Outcome outcome) {
          if (!outcome) {
            failure_ = connect_failure(outcome.error(), url);
            return loop_.stop();
          }
          begin(std::move(outcome).value());
        });
    loop_.run();
    if (failure_) return *failure_;
    return conversation_->outcome().value_or("");
  }

  [[nodiscard]] const Conversation* conversation() const {
    return conversation_ ? &*conversation_ : nullptr;
  }

  bool send_text(std::string_view json) override { return socket_ && socket_->send_text(json); }
  bool send_audio(std::span<const std::int16_t> samples) override {
    const auto* const bytes = reinterpret_cast<const std::uint8_t*>(samples.data());
    return socket_ && socket_->send(ws::Opcode::binary, {bytes, samples.size_bytes()});
  }

 private:
  void begin(std::unique_ptr<net::WebSocket> socket) {
    socket_ = std::move(socket);
    conversation_.emplace(std::move(script_), *this, report_, loop_.now());
    next_tick_ = loop_.now() + Conversation::kTick;
    timer_.arm(next_tick_);
    socket_->start(*this);
    end_if_over();
  }

  void on_tick() {
    conversation_->tick(loop_.now());
    next_tick_ = std::max(next_tick_ + Conversation::kTick, loop_.now());
    timer_.arm(next_tick_);
    end_if_over();
  }

  void on_message(ws::Opcode opcode, PaddedText payload) override {
    if (opcode == ws::Opcode::text) {
      conversation_->on_text(payload.view(), loop_.now());
    } else {
      conversation_->on_audio(
          {reinterpret_cast<const std::uint8_t*>(payload.data()), payload.size()}, loop_.now());
    }
    end_if_over();
  }

  void on_closed(const net::Closed& closed) override {
    conversation_->on_closed(closed.code, closed.reason);
    end_if_over();
  }

  void end_if_over() {
    if (!conversation_->outcome()) return;
    timer_.disarm();
    loop_.stop();
  }

  TalkScript script_;
  TalkReport& report_;
  net::Loop loop_;
  net::Timer timer_;
  Instant next_tick_;
  std::unique_ptr<net::WebSocket> socket_;
  std::optional<Conversation> conversation_;
  std::optional<std::string> failure_;
};

Result<net::Connector::Request, std::string> make_request(const TalkOptions& options) {
  auto url = net::Url::parse(options.url);
  if (!url) return Unexpected{options.url + " cannot be used: " + url.error() + "."};
  net::Connector::Request request;
  request.url = std::move(url).value();
  if (request.url.path.empty() || request.url.path == "/") request.url.path = "/v1/live";
  if (!options.token.empty()) {
    request.headers.emplace_back("Authorization", "Bearer " + options.token.reveal());
  }
  request.subprotocols = "livegate.v1";
  request.options = {.message_bytes_max = limits::kClientMessageBytesMax,
                     .outbox_bytes_max = limits::kClientOutboxBytesMax};
  request.time_max = limits::kUpstreamConnectTimeMax;
  if (request.url.tls) {
    auto tls = net::TlsContext::client(options.ca_file);
    if (!tls) return Unexpected{tls.error()};
    request.tls = std::move(tls).value();
  }
  return request;
}

TalkReport::Style style_of(const TalkOptions& options) {
  if (options.quiet) return TalkReport::Style::quiet;
  return options.json ? TalkReport::Style::json : TalkReport::Style::text;
}

}  // namespace

int run_talk(const TalkOptions& options, std::ostream& out, std::ostream& err) {
  const auto failed = [&](const std::string& sentence) {
    err << "livegate talk: " << sentence << '\n' << std::flush;
    return 1;
  };
  auto source = open_source(options);
  if (!source) return failed(source.error());
  auto request = make_request(options);
  if (!request) return failed(request.error());

  TalkReport report(out, err, style_of(options), options.url, source->described);
  const auto tail = std::chrono::duration_cast<Millis>(
      std::chrono::duration<double>(std::max(1.0, options.tail_seconds)));
  Talk talk({.recording = std::move(source->recording), .answer_time_max = tail}, report);
  const std::string problem = talk.run(std::move(request).value(), options.url);

  const Conversation* const conversation = talk.conversation();
  if (!options.reply_file.empty() && conversation != nullptr && !conversation->replies().empty()) {
    const auto written =
        write_wav(options.reply_file, audio::kDownlinkRateHz, conversation->replies());
    if (!written) return failed(written.error());
    report.on_reply_written(
        options.reply_file,
        static_cast<double>(conversation->replies().size()) / audio::kDownlinkRateHz);
  }
  return problem.empty() ? 0 : failed(problem);
}

}  // namespace livegate::cli
