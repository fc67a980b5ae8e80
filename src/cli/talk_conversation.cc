#include "cli/talk_conversation.h"

#include <algorithm>
#include <boost/json.hpp>
#include <utility>

#include "audio/pcm.h"
#include "base/limits.h"

namespace livegate::cli {
namespace {

namespace json = boost::json;

// The gateway notices the end of speech within its hangover; a second of silence shows whether
// there was more.
constexpr Millis kSettleTime = 1s;
constexpr Millis kReadyTimeMax = limits::kUpstreamConnectTimeMax + limits::kUpstreamSetupTimeMax;
// How often the person's side says how much it has played.
constexpr std::size_t kPlaybackStepSamples = audio::kDownlinkRateHz / 5;

std::size_t samples_in(SessionClock::duration time, int rate_hz) {
  const double seconds = std::chrono::duration<double>(time).count();
  return seconds <= 0 ? 0 : static_cast<std::size_t>(seconds * rate_hz);
}

std::string start_message(int rate_hz) {
  return json::serialize(json::object{{"type", "start"},
                                      {"rate", rate_hz},
                                      {"tools", json::parse(Home::tools_json())},
                                      // A recording hears nothing of the reply.
                                      {"echo_cancellation", true},
                                      {"client", "livegate talk"}});
}

std::string tool_result_message(const std::string& id, const ToolOutcome& outcome) {
  const bool refused = !outcome.error.empty();
  return R"({"type":"tool_result","id":)" + json::serialize(id) +
         (refused ? R"(,"error":)" + json::serialize(outcome.error)
                  : R"(,"result":)" + outcome.result_json) +
         "}";
}

std::string whole_seconds(Millis time) {
  return std::to_string(std::chrono::round<std::chrono::seconds>(time).count()) + " s";
}

}  // namespace

Conversation::Conversation(TalkScript script, TalkLine& line, TalkListener& listener, Instant now)
    : script_(std::move(script)),
      line_(line),
      listener_(listener),
      phase_since_(now),
      frame_(static_cast<std::size_t>(script_.recording.rate_hz / 50)),
      last_word_(now),
      played_until_(now) {
  send(start_message(script_.recording.rate_hz));
}

void Conversation::on_text(std::string_view message, Instant now) {
  if (phase_ == Phase::over) return;
  listener_.on_event(message);
  const std::optional<ServerEvent> event = parse_event(message);
  if (!event) return fail("What answered there does not speak livegate.v1.");
  on_event(*event, now);
}

void Conversation::on_event(const ServerEvent& event, Instant now) {
  last_word_ = now;
  switch (event.type) {
    case EventType::ready:
      if (phase_ != Phase::starting) return;
      phase_ = Phase::talking;
      phase_since_ = now;
      return listener_.on_ready(event);
    case EventType::speech_started:
      speech_seen_ = unanswered_ = true;
      return;
    case EventType::turn_started:
      unanswered_ = false;
      running_ = event.turn;
      turn(event.turn);
      return;
    case EventType::transcript:
    case EventType::text:
      return on_transcript(event);
    case EventType::tool_call:
      return on_tool_call(event);
    case EventType::tool_cancelled:
      for (TurnRecord& record : open_turns_) {
        for (ToolUse& use : record.tools) use.cancelled = use.cancelled || use.id == event.id;
      }
      return;
    case EventType::interrupted:
      return on_interrupted(event);
    case EventType::no_answer:
      return on_no_answer(event);
    case EventType::turn_complete:
      return on_turn_complete(event);
    case EventType::reconnecting:
      return listener_.on_note("The model's side was lost (" + event.reason + "); attempt " +
                               std::to_string(event.attempt) + " in " +
                               std::to_string(event.retry_in_ms) + " ms.");
    case EventType::reconnected:
      return listener_.on_note(event.resumed ? "The model's side is back and remembers."
                                             : "The model's side is back, without its memory.");
    case EventType::error:
      return on_error(event);
    case EventType::bye:
      if (phase_ == Phase::stopping) return;  // the close follows
      return fail("The gateway ended the conversation: " + event.reason + ".");
    case EventType::speech_ended:
    case EventType::generation_complete:
    case EventType::pong:
    case EventType::other:
      return;
  }
}

void Conversation::on_transcript(const ServerEvent& event) {
  if (event.turn <= completed_) return;  // came after its turn had been told
  TurnRecord& record = turn(event.turn);
  std::string& text = event.type == EventType::text ? record.written
                      : event.from_user             ? record.heard
                                                    : record.said;
  text += event.text;
}

void Conversation::on_tool_call(const ServerEvent& event) {
  const ToolOutcome outcome = home_.call(event.name, event.args_json);
  ToolUse use;
  use.id = event.id;
  use.name = event.name;
  use.args_json = event.args_json;
  use.refused = !outcome.error.empty();
  use.answer = use.refused ? outcome.error : outcome.result_json;
  turn(event.turn).tools.push_back(std::move(use));
  send(tool_result_message(event.id, outcome));
}

// Everything that has not been played is thrown away, even of a reply that is complete already.
void Conversation::on_interrupted(const ServerEvent& event) {
  const std::size_t unplayed = received_samples_ - played_samples_;
  received_samples_ = played_samples_;
  replies_.resize(std::min(replies_.size(), received_samples_));
  if (event.turn <= completed_) {
    return listener_.on_note("Reply " + std::to_string(event.turn) +
                             " was interrupted while it still played.");
  }
  TurnRecord& record = turn(event.turn);
  record.interrupted = true;
  record.reply_samples -= std::min(unplayed, record.reply_samples);
}

// After a holding line the answer is still to come; sound of anything else here is no answer.
void Conversation::on_no_answer(const ServerEvent& event) {
  listener_.on_note(event.message);
  if (event.reason == "holding_line") {
    unanswered_ = true;
  } else {
    said_nothing_ = event.turn;
    why_nothing_ = event.message;
  }
}

void Conversation::on_turn_complete(const ServerEvent& event) {
  if (event.turn <= completed_) return;
  TurnRecord record = std::move(turn(event.turn));
  std::erase_if(open_turns_, [&](const TurnRecord& open) { return open.number <= event.turn; });
  completed_ = event.turn;
  running_.reset();
  record.interrupted = record.interrupted || event.cut_off;
  record.latency = event.latency;
  record.usage = event.usage;
  ++turns_complete_;
  if (record.reply_samples > 0 && event.turn != said_nothing_) ++turns_with_audio_;
  listener_.on_turn(record);
}

void Conversation::on_error(const ServerEvent& event) {
  if (!event.fatal) return listener_.on_note(event.message);
  if (event.code == "unauthorized") {
    return fail("The gateway wants a user token that it knows: " + event.message +
                " Give one with --token.");
  }
  fail("The gateway refused: " + event.message);
}

// The record of a turn; a transcript may come before the turn has started.
TurnRecord& Conversation::turn(std::uint64_t number) {
  for (TurnRecord& record : open_turns_) {
    if (record.number == number) return record;
  }
  TurnRecord& record = open_turns_.emplace_back();
  record.number = number;
  return record;
}

void Conversation::on_audio(std::span<const std::uint8_t> payload, Instant now) {
  if (phase_ == Phase::over || !running_) return;
  listen(now);  // what was there until now
  last_word_ = now;
  const std::size_t samples = payload.size() / 2;
  const std::size_t kept_max = samples_in(limits::kReplyKeptMax, audio::kDownlinkRateHz);
  for (std::size_t i = 0; i < samples && replies_.size() < kept_max; ++i) {
    const auto bits = static_cast<std::uint16_t>(payload[2 * i] | payload[2 * i + 1] << 8);
    replies_.push_back(static_cast<std::int16_t>(bits));
  }
  received_samples_ += samples;
  turn(*running_).reply_samples += samples;
}

void Conversation::on_closed(std::uint16_t code, std::string_view reason) {
  if (phase_ == Phase::over) return;
  if (phase_ == Phase::stopping) {
    phase_ = Phase::over;
    outcome_ = "";
    return;
  }
  std::string why = std::to_string(code);
  if (!reason.empty()) why += ", " + std::string(reason);
  fail("The connection to the gateway was lost (" + why + ").");
}

void Conversation::tick(Instant now) {
  if (phase_ == Phase::talking) {
    say(now);
    listen(now);
  }
  if (phase_ != Phase::over) decide(now);
}

// Everything that a microphone would have heard by now, in frames of 20 ms: the recording, then
// silence.
void Conversation::say(Instant now) {
  const std::vector<std::int16_t>& recording = script_.recording.samples;
  const std::size_t due = samples_in(now - phase_since_, script_.recording.rate_hz);
  while (phase_ == Phase::talking && sent_samples_ + frame_.size() <= due) {
    std::ranges::fill(frame_, std::int16_t{0});
    if (sent_samples_ < recording.size()) {
      const std::size_t left = std::min(frame_.size(), recording.size() - sent_samples_);
      std::copy_n(recording.begin() + static_cast<std::ptrdiff_t>(sent_samples_), left,
                  frame_.begin());
    }
    if (!line_.send_audio(frame_)) return fail("The gateway takes no more audio.");
    sent_samples_ += frame_.size();
  }
  if (!recording_ended_ && sent_samples_ >= recording.size()) {
    recording_ended_ = now;
    last_word_ = std::max(last_word_, now);
  }
}

// The loudspeaker has gone on playing since the last time.
void Conversation::listen(Instant now) {
  const std::size_t played = samples_in(now - played_until_, audio::kDownlinkRateHz);
  const std::size_t waiting = received_samples_ - played_samples_;
  played_samples_ += std::min(played, waiting);
  played_until_ = now;
  const std::size_t unreported = played_samples_ - reported_samples_;
  const bool drained = unreported > 0 && played_samples_ == received_samples_;
  if (unreported < kPlaybackStepSamples && !drained) return;
  reported_samples_ = played_samples_;
  send(json::serialize(json::object{{"type", "playback"}, {"samples", played_samples_}}));
}

void Conversation::decide(Instant now) {
  if (phase_ == Phase::starting && now - phase_since_ >= kReadyTimeMax) {
    return fail("The gateway was not ready within " + whole_seconds(kReadyTimeMax) + ".");
  }
  if (phase_ == Phase::stopping && now - phase_since_ >= limits::kCloseTimeMax) {
    phase_ = Phase::over;
    outcome_ = "";
  }
  if (phase_ != Phase::talking || !recording_ended_) return;
  const bool settled = now - *recording_ended_ >= kSettleTime && !running_ && !unanswered_;
  if (settled && turns_with_audio_ > 0) return stop(now);
  if (now - last_word_ < script_.answer_time_max) return;
  if (turns_with_audio_ == 0) return fail(no_answer());
  listener_.on_note("The last of what was said got no whole answer within " +
                    whole_seconds(script_.answer_time_max) + ".");
  stop(now);
}

std::string Conversation::no_answer() const {
  const std::string within = " within " + whole_seconds(script_.answer_time_max);
  if (running_) return "The reply began, but did not come to its end" + within + ".";
  if (!why_nothing_.empty()) return why_nothing_;
  if (turns_complete_ > 0) return "The turn was completed, but without audio.";
  if (!speech_seen_)
    return "No answer" + within + ": the gateway heard no speech in the recording.";
  return "No answer" + within + " of the end of the recording.";
}

void Conversation::send(std::string_view text) {
  if (!line_.send_text(text)) fail("The gateway takes no more messages.");
}

void Conversation::stop(Instant now) {
  phase_ = Phase::stopping;
  phase_since_ = now;
  send(R"({"type":"stop"})");
}

void Conversation::fail(std::string sentence) {
  phase_ = Phase::over;
  outcome_ = std::move(sentence);
}

}  // namespace livegate::cli
