#include "offline/live_session_turn.h"

#include <algorithm>
#include <utility>

#include "base/limits.h"

namespace livegate::offline {
namespace {

// As recorded: "<no speech>" in two pieces, five samples in as many frames.
constexpr int kSilentFrames = 5;

}  // namespace

void send_calls(Frames& frames, const CallBatch& batch, std::size_t first, LiveActions& out) {
  proto::ServerMessage message;  // views into the batch, which stays until they are written
  for (std::size_t i = first; i < batch.calls().size(); ++i) {
    const OpenCall& call = batch.calls()[i];
    message.function_calls.push_back(
        {.id = call.id, .name = call.request.name, .args_json = call.request.args_json});
  }
  frames.content(std::move(message), out);
}

void LiveTurn::perform(const assistant::Reply& reply, LiveActions& out, CallKind kind) {
  if (options_.manner == Manner::writes) {
    text_ += (text_.empty() ? "" : " ") + reply.speech;
  } else if (!reply.speech.empty() && says_something()) {
    speeches_.push_back(++names_.speeches);
    out.push_back(Speak{.speech = names_.speeches, .text = reply.speech});
  }
  if (reply.calls.empty()) return;
  Waiting calls{.requests = reply.calls, .kind = kind};
  if (thinking_) {
    waiting_.push_back(std::move(calls));
  } else {
    call_tools(calls, out);
  }
}

void LiveTurn::say_nothing_for(Millis time) {
  const std::vector<std::int16_t> quiet(static_cast<std::size_t>(time.count()) *
                                        audio::kDownlinkRateHz / 1000);
  mouth_.say({}, quiet);
  if (speeches_.empty()) mouth_.end_speech();
}

void LiveTurn::call_tools(const Waiting& waiting, LiveActions& out) {
  CallBatch& batch = waiting.kind == CallKind::awaited ? calls_ : background_;
  if (waiting.kind != CallKind::awaited && batch.empty()) {
    batch = CallBatch(waiting.kind == CallKind::blocking);
  }
  const std::size_t first = batch.calls().size();
  const std::size_t room = limits::kOpenToolCallsMax - first;
  for (std::size_t i = 0; i < std::min(waiting.requests.size(), room); ++i) {
    batch.add({.id = names_.calls.next(options_.profile, options_.style.vertex),
               .request = waiting.requests[i],
               .response_json = std::nullopt});
    called_.push_back(batch.calls().back().id);
  }
  send_calls(frames_, batch, first, out);
  if (options_.doubles_calls) send_calls(frames_, batch, first, out);
}

void LiveTurn::on_sentence(const SentenceSpoken& spoken, LiveActions& out) {
  const auto speech = std::ranges::find(speeches_, spoken.speech);
  if (speech == speeches_.end()) return;
  const bool fits = mouth_.say(spoken.text, spoken.samples);
  if (!fits && !spoken.last) out.push_back(CancelSpeech{.speech = spoken.speech});
  if (fits && !spoken.last) return;
  speeches_.erase(speech);
  if (speeches_.empty()) mouth_.end_speech();
}

void LiveTurn::advance(Instant now, LiveActions& out) {
  if (frozen_ || at_cut_ || (thinking_ && now < not_before_)) return;
  thinking_ = false;
  for (const Waiting& calls : std::exchange(waiting_, {})) call_tools(calls, out);
  if (options_.manner == Manner::writes) send_text(out);
  if (options_.manner == Manner::wishes_to_say_nothing && !ends_at_) send_nothing(out);
  send_audio(now, out);
  if (at_cut_ || ends_at_ || !calls_.empty() || !speeches_.empty() || !mouth_.empty()) return;
  if (options_.cut_after_samples) {
    at_cut_ = true;  // shorter than where the cut was to be: its end, then
    return;
  }
  if (!options_.continuous) {
    proto::ServerMessage message;
    message.generation_complete = true;
    send(message, out);
  }
  // The service holds turnComplete back until the client has played what it was sent.
  ends_at_ = std::max(now, mouth_.playing_until());
}

void LiveTurn::send_audio(Instant now, LiveActions& out) {
  while (auto piece = mouth_.take(now)) {
    if (!options_.output_transcription) piece->text.clear();
    frames_.audio(piece->samples, piece->text, out);
    if (options_.cut_after_samples && sent_samples() >= *options_.cut_after_samples) {
      at_cut_ = true;
      return;
    }
  }
}

void LiveTurn::send_text(LiveActions& out) {
  if (text_.empty()) return;
  proto::ServerMessage message;
  message.text.push_back(text_);
  frames_.content(std::move(message), out);
  text_.clear();
}

void LiveTurn::send_nothing(LiveActions& out) {
  const std::vector<std::int16_t> sample(1);
  for (int i = 0; i < kSilentFrames; ++i) {
    const bool says = i == 0 && options_.output_transcription;
    frames_.audio(sample, says ? "<no " : "", out);
  }
  if (options_.output_transcription) frames_.words("speech>", out);
}

void LiveTurn::interrupt(LiveActions& out) {
  abandon(out);
  proto::ServerMessage interrupted;
  interrupted.interrupted = true;
  send(interrupted, out);
  if (calls_.empty()) return;
  proto::ServerMessage cancelled;
  for (const OpenCall& call : calls_.calls()) {
    if (!call.response_json) cancelled.cancelled_call_ids.push_back(call.id);
  }
  send(cancelled, out);
}

void LiveTurn::abandon(LiveActions& out) {
  for (const std::uint64_t speech : speeches_) out.push_back(CancelSpeech{.speech = speech});
  speeches_.clear();
}

void LiveTurn::freeze(LiveActions& out) {
  abandon(out);
  frozen_ = true;
}

std::optional<LiveDeadline> LiveTurn::next_deadline() const {
  if (frozen_ || at_cut_) return std::nullopt;
  if (ends_at_) return LiveDeadline{*ends_at_, LiveDeadlineReason::playback_over};
  if (thinking_) return LiveDeadline{not_before_, LiveDeadlineReason::reply_due};
  if (const auto at = mouth_.next_at()) return LiveDeadline{*at, LiveDeadlineReason::audio_due};
  return std::nullopt;
}

}  // namespace livegate::offline
