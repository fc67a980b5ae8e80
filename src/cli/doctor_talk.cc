#include "cli/doctor_talk.h"

#include <algorithm>
#include <boost/json.hpp>
#include <utility>

#include "audio/pcm.h"
#include "base/base64.h"
#include "base/limits.h"
#include "cli/talk_event.h"
#include "speech/synthesizer.h"

namespace livegate::cli {
namespace {

namespace json = boost::json;

constexpr Millis kFrame = 20ms;
constexpr std::size_t kFrameSamples = audio::kUplinkRateHz / 50;
constexpr std::size_t kLeadSamples = audio::kUplinkRateHz / 2;

double playing_ms(std::size_t samples) {
  return static_cast<double>(samples) * 1000 / audio::kDownlinkRateHz;
}

// Calls `send` with a frame of `samples` every 20 ms, in real time, until all are sent or `stop`.
template <class Send, class Stop>
void in_real_time(LiveLine& line, std::span<const std::int16_t> samples, Send send, Stop stop) {
  const Instant began = steady_now();
  std::vector<std::int16_t> frame(kFrameSamples);
  for (std::size_t i = 0; i * kFrameSamples < samples.size() && !stop(); ++i) {
    const Instant due = began + static_cast<int>(i) * kFrame;
    const Instant now = steady_now();
    if (due > now) line.wait(std::chrono::ceil<Millis>(due - now), stop);
    const auto piece = samples.subspan(i * kFrameSamples);
    std::ranges::fill(frame, std::int16_t{0});
    std::copy_n(piece.begin(), std::min(kFrameSamples, piece.size()), frame.begin());
    send(std::span<const std::int16_t>(frame));
  }
}

AnswerSeen seen_since(AnswerSeen answer, const std::vector<Instant>& arrivals, Instant asked) {
  for (const Instant at : arrivals) answer.arrivals_ms.push_back(ms_between(asked, at));
  if (!arrivals.empty()) answer.first_audio_ms = answer.arrivals_ms.front();
  return answer;
}

std::string no_answer_within(Millis time) {
  return "no answer within " + std::to_string(time / 1s) + " s";
}

}  // namespace

std::vector<std::int16_t> doctors_phrase() {
  std::vector<std::int16_t> phrase(kLeadSamples);
  const auto speech = speech::Synthesizer::open()->speak("what time is it", speech::Voice::rms,
                                                         audio::kUplinkRateHz);
  phrase.insert(phrase.end(), speech.begin(), speech.end());
  return phrase;
}

// ---- through a gateway

GatewayTalk::GatewayTalk(net::Loop& loop, std::vector<std::string> secrets, Millis patience)
    : secrets_(std::move(secrets)),
      patience_(patience),
      line_(loop, [this](ws::Opcode opcode, PaddedText payload, Instant at) {
        on_message(opcode, payload, at);
      }) {}

std::optional<double> GatewayTalk::start() {
  const Instant sent = steady_now();
  line_.send_text(R"({"type":"start","echo_cancellation":true,"client":"livegate doctor"})");
  line_.wait(limits::kUpstreamConnectTimeMax + patience_,
             [&] { return ready_ || !problem_.empty(); });
  if (ready_) return ms_between(sent, steady_now());
  if (problem_.empty() && line_.closed()) {
    problem_ = "closed with " + std::to_string(line_.closed()->code) + " " +
               shown(line_.closed()->reason, secrets_);
  }
  if (problem_.empty()) problem_ = "was not ready in time";
  return std::nullopt;
}

std::vector<double> GatewayTalk::echoes(std::size_t count, Millis every) {
  pongs_.clear();
  const Instant began = steady_now();
  const auto all_back = [&] { return pongs_.size() == count; };
  for (std::size_t i = 0; i < count; ++i) {
    line_.send_text(R"({"type":"ping","id":)" + std::to_string(i) + "}");
    line_.wait(every, [] { return false; });
  }
  line_.wait(2s, all_back);
  std::vector<double> arrivals;
  for (const Instant at : pongs_) arrivals.push_back(ms_between(began, at));
  return arrivals;
}

AnswerSeen GatewayTalk::ask_typed(std::string_view text) {
  const Instant asked = steady_now();
  line_.send_text(json::serialize(json::object{{"type", "text"}, {"text", text}}));
  await_answer();
  return take_answer(asked);
}

// As a microphone does: the phrase, then silence for as long as the answer takes.
AnswerSeen GatewayTalk::ask_spoken(const std::vector<std::int16_t>& phrase) {
  const auto send = [&](std::span<const std::int16_t> frame) {
    line_.send_binary({reinterpret_cast<const std::uint8_t*>(frame.data()), frame.size_bytes()});
  };
  in_real_time(line_, phrase, send, [&] { return over(); });
  const Instant asked = steady_now();
  const std::vector<std::int16_t> quiet(static_cast<std::size_t>(patience_ / 20ms) * kFrameSamples);
  in_real_time(line_, quiet, send, [&] { return over() || line_.closed(); });
  return take_answer(asked);
}

void GatewayTalk::await_answer() {
  line_.wait(patience_, [this] { return over(); });
}

AnswerSeen GatewayTalk::take_answer(Instant asked) {
  AnswerSeen seen = seen_since(std::exchange(answer_, {}), arrivals_, asked);
  arrivals_.clear();
  seen.problem = problem_;
  if (seen.problem.empty() && line_.closed()) seen.problem = "the connection ended";
  if (seen.problem.empty() && !seen.first_audio_ms) {
    seen.problem =
        seen.complete ? "the turn was completed without sound" : no_answer_within(patience_);
  }
  // A client that has heard it all: the next question cuts in on nothing.
  line_.send_text(R"({"type":"playback","samples":)" + std::to_string(samples_) + "}");
  problem_.clear();
  return seen;
}

void GatewayTalk::stop() {
  line_.send_text(R"({"type":"stop"})");
  line_.wait(limits::kCloseTimeMax, [] { return false; });
}

void GatewayTalk::on_message(ws::Opcode opcode, PaddedText payload, Instant at) {
  if (opcode == ws::Opcode::text) return on_event(payload.view(), at);
  const std::size_t samples = payload.size() / 2;
  arrivals_.push_back(at);
  answer_.lengths_ms.push_back(playing_ms(samples));
  samples_ += samples;
}

void GatewayTalk::on_event(std::string_view text, Instant at) {
  const auto event = parse_event(text);
  if (!event) {
    problem_ = "what answers there does not speak livegate.v1";
    return;
  }
  switch (event->type) {
    case EventType::ready: {
      ready_ = true;
      model_ = shown(event->model, secrets_);
      upstream_ = shown(event->upstream, secrets_);
      const json::value all = json::parse(text);
      if (const auto* found = all.as_object().if_contains("detector"); found != nullptr) {
        if (found->is_string()) detector_ = shown(std::string(found->get_string()), secrets_);
      }
      return;
    }
    case EventType::speech_started:
      answer_.speech_seen = true;
      return;
    case EventType::pong:
      return pongs_.push_back(at);
    case EventType::turn_complete:
      answer_.complete = true;
      answer_.latency = event->latency;
      return;
    case EventType::error:
      problem_ = shown(event->message, secrets_);
      problem_code_ = shown(event->code, {});
      return;
    default:
      return;
  }
}

// ---- straight to the model's side

UpstreamTalk::UpstreamTalk(net::Loop& loop, std::vector<std::string> secrets, Millis patience)
    : secrets_(std::move(secrets)),
      patience_(patience),
      line_(loop, [this](ws::Opcode, PaddedText payload, Instant at) { on_message(payload, at); }) {
}

std::optional<double> UpstreamTalk::start(std::string_view model) {
  proto::Setup setup;
  setup.model = model;
  setup.response_modalities = {"AUDIO"};
  setup.activity_detection.disabled = true;
  std::string message;
  proto::append_setup(message, setup);
  const Instant sent = steady_now();
  line_.send_text(message);
  if (!line_.wait(patience_, [&] { return ready_; })) return std::nullopt;
  return ms_between(sent, steady_now());
}

AnswerSeen UpstreamTalk::ask_typed(std::string_view text) {
  std::string message;
  proto::append_realtime_text(message, text);
  const Instant asked = steady_now();
  line_.send_text(message);
  await_answer();
  return take_answer(asked);
}

AnswerSeen UpstreamTalk::ask_spoken(const std::vector<std::int16_t>& phrase) {
  std::string message;
  proto::append_activity_start(message);
  line_.send_text(message);
  const auto send = [&](std::span<const std::int16_t> frame) {
    message.clear();
    proto::append_realtime_audio(message, frame, audio::kUplinkRateHz);
    line_.send_text(message);
  };
  in_real_time(line_, phrase, send, [&] { return line_.closed().has_value(); });
  message.clear();
  proto::append_activity_end(message);
  line_.send_text(message);
  const Instant asked = steady_now();
  await_answer();
  return take_answer(asked);
}

void UpstreamTalk::await_answer() {
  line_.wait(patience_, [&] { return answer_.complete; });
}

AnswerSeen UpstreamTalk::take_answer(Instant asked) {
  AnswerSeen seen = seen_since(std::exchange(answer_, {}), arrivals_, asked);
  arrivals_.clear();
  seen.problem = problem();
  if (seen.problem.empty() && !seen.first_audio_ms) {
    seen.problem =
        seen.complete ? "the turn was completed without sound" : no_answer_within(patience_);
  }
  return seen;
}

std::string UpstreamTalk::problem() const {
  if (!line_.closed()) return {};
  return "closed with " + std::to_string(line_.closed()->code) + " \"" +
         shown(line_.closed()->reason, secrets_) + "\"";
}

void UpstreamTalk::on_message(PaddedText payload, Instant at) {
  if (!decoder_.decode_server(payload, message_)) return;
  ready_ = ready_ || message_.setup_complete;
  for (const proto::InlineData& media : message_.media) {
    const std::size_t samples = media.base64.size() * 3 / 4 / 2;
    arrivals_.push_back(at);
    answer_.lengths_ms.push_back(playing_ms(samples));
  }
  answer_.complete = answer_.complete || message_.turn_complete;
}

}  // namespace livegate::cli
