#include "cli/probe_talk.h"

#include <algorithm>
#include <utility>

#include "audio/pcm.h"
#include "cli/doctor_report.h"
#include "proto/gemini.h"

namespace livegate::cli {
namespace {

constexpr Millis kFrame = 20ms;
constexpr std::size_t kFrameSamples = audio::kUplinkRateHz / 50;
constexpr Millis kSetupTimeMax = 8s;

}  // namespace

ProbeTalk::ProbeTalk(const ProbeWorld& world, ProbeRecord& record)
    : world_(world),
      record_(record),
      line_(loop_,
            [this](ws::Opcode, PaddedText payload, Instant at) {
              reader_.read(payload, ms_between(began_, at), ++messages_, record_);
            }),
      began_(steady_now()) {}

bool ProbeTalk::open() {
  if (const auto failed = line_.open(world_.request)) {
    record_.failure = shown(failed->message, world_.secrets);
    return false;
  }
  began_ = steady_now();
  return true;
}

void ProbeTalk::set_up(std::string_view members) {
  message_ = R"({"setup":{"model":)";
  proto::append_json_string(message_, world_.model);
  if (!members.empty()) message_ += ',';
  message_ += members;
  message_ += "}}";
  note(Sign::setup);
  line_.send_text(message_);
  wait(kSetupTimeMax, [this] { return record_.has(Sign::setup_complete); });
}

bool ProbeTalk::begin(std::string_view members) {
  if (!open()) return false;
  set_up(members);
  if (record_.has(Sign::setup_complete)) return true;
  if (record_.failure.empty() && !record_.closed()) record_.failure = "setup was not answered";
  return false;
}

Millis ProbeTalk::left(Millis time_max) const {
  const auto until_end = std::chrono::duration_cast<Millis>(began_ + kCaseTimeMax - steady_now());
  return std::clamp(until_end, Millis(0), time_max);
}

double ProbeTalk::now_ms() const { return ms_between(began_, steady_now()); }

void ProbeTalk::note(Sign sign, double amount, std::string text) {
  record_.events.push_back(
      {.ms = now_ms(), .sign = sign, .message = 0, .amount = amount, .note = std::move(text)});
}

bool ProbeTalk::wait(Millis time_max, const std::function<bool()>& done) {
  const bool was_open = !line_.closed();
  const bool reached = line_.wait(left(time_max), done);
  if (was_open && line_.closed()) {
    note(Sign::closed, line_.closed()->code, shown(line_.closed()->reason, world_.secrets));
  }
  return reached;
}

void ProbeTalk::pass(Millis time) {
  wait(time, [] { return false; });
}

void ProbeTalk::send_audio(std::span<const std::int16_t> frame) {
  message_.clear();
  proto::append_realtime_audio(message_, frame, audio::kUplinkRateHz);
  line_.send_text(message_);
}

void ProbeTalk::say(std::span<const std::int16_t> speech) {
  note(Sign::speech_begins);
  const Instant began = steady_now();
  std::vector<std::int16_t> frame(kFrameSamples);
  for (std::size_t i = 0; i * kFrameSamples < speech.size() && !over(); ++i) {
    const Instant due = began + static_cast<int>(i) * kFrame;
    const Instant now = steady_now();
    if (due > now) pass(std::chrono::ceil<Millis>(due - now));
    const auto piece = speech.subspan(i * kFrameSamples);
    std::ranges::fill(frame, std::int16_t{0});
    std::copy_n(piece.begin(), std::min(kFrameSamples, piece.size()), frame.begin());
    send_audio(frame);
  }
  note(Sign::speech_ends);
}

bool ProbeTalk::silence(Millis time_max, const std::function<bool()>& done) {
  note(Sign::silence_begins);
  const Instant began = steady_now();
  const Instant end = began + left(time_max);
  const std::vector<std::int16_t> frame(kFrameSamples);
  for (int i = 0; !done() && !over(); ++i) {
    const Instant due = began + i * kFrame;
    const Instant now = steady_now();
    if (due >= end) break;
    if (due > now) wait(std::chrono::ceil<Millis>(due - now), done);
    send_audio(frame);
  }
  return done();
}

void ProbeTalk::send(Sign sign, std::string_view message) {
  note(sign);
  line_.send_text(message);
}

void ProbeTalk::type(std::string_view text) {
  message_.clear();
  proto::append_realtime_text(message_, text);
  note(Sign::typed);
  line_.send_text(message_);
}

void ProbeTalk::respond(std::string_view members) {
  message_ = R"({"toolResponse":{"functionResponses":[{"id":)";
  proto::append_json_string(message_, reader_.call_id());
  message_ += R"(,"name":)";
  proto::append_json_string(message_, reader_.call_name());
  message_ += R"(,"response":{"status":"ok","result":"The light is on."})";
  message_ += members;
  message_ += "}]}}";
  note(Sign::tool_response);
  line_.send_text(message_);
}

void ProbeTalk::ping() {
  if (const auto ms = line_.ping(left(5s))) note(Sign::pong, *ms);
}

void ProbeTalk::close() {
  if (!over()) line_.close();
}

bool ProbeTalk::came(Sign sign, double from_ms) const {
  return record_.first(sign, from_ms) != nullptr;
}

bool ProbeTalk::replied(double from_ms) const { return record_.reply(from_ms) != nullptr; }

bool ProbeTalk::wait_reply(Millis time_max, double from_ms) {
  return wait(time_max, [&] { return replied(from_ms); });
}

void ProbeTalk::wait_quiet(Millis quiet, Millis time_max) {
  const Instant end = steady_now() + time_max;
  double since = now_ms();
  while (!over() && steady_now() < end) {
    if (!wait(quiet, [&] { return came(Sign::audio, since); })) return;
    since = now_ms();
  }
}

bool ProbeTalk::wait_turn(Millis time_max, double from_ms) {
  return wait(time_max, [&] { return came(Sign::turn_complete, from_ms); });
}

}  // namespace livegate::cli
