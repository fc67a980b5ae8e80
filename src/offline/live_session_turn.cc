#include "offline/live_session_turn.h"

#include <algorithm>
#include <utility>

#include "base/limits.h"

namespace livegate::offline {
namespace {

// Opaque to clients; the shape is the one seen on the wire.
std::string make_call_id(Rng& rng) { return "function-call-" + std::to_string(rng.next() >> 1); }

}  // namespace

void send(const proto::ServerMessage& message, LiveActions& out) {
  std::string bytes;
  proto::append_server_message(bytes, message);
  out.push_back(Send{.bytes = std::move(bytes)});
}

void LiveTurn::perform(const Reply& reply, LiveActions& out) {
  if (!reply.speech.empty()) {
    speeches_.push_back(++names_.speeches);
    out.push_back(Speak{.speech = names_.speeches, .text = reply.speech});
  }
  if (!reply.calls.empty()) call_tools(reply.calls, out);
}

void LiveTurn::call_tools(const std::vector<ToolRequest>& requests, LiveActions& out) {
  const std::size_t first = calls_.size();
  const std::size_t room = limits::kOpenToolCallsMax - first;
  for (std::size_t i = 0; i < std::min(requests.size(), room); ++i) {
    calls_.push_back(
        {.id = make_call_id(names_.rng), .request = requests[i], .response_json = std::nullopt});
  }
  proto::ServerMessage message;  // views into calls_, which stays as it is until they are written
  for (std::size_t i = first; i < calls_.size(); ++i) {
    message.function_calls.push_back({.id = calls_[i].id,
                                      .name = calls_[i].request.name,
                                      .args_json = calls_[i].request.args_json});
  }
  send(message, out);
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

std::optional<LiveTurn::Answered> LiveTurn::on_response(const proto::FunctionResponse& response) {
  const auto call = std::ranges::find(calls_, response.id, &OpenCall::id);
  if (call == calls_.end()) return std::nullopt;
  call->response_json.emplace(response.response_json);
  call->silent = response.scheduling == "SILENT";
  const auto answered = [](const OpenCall& each) { return each.response_json.has_value(); };
  if (!std::ranges::all_of(calls_, answered)) return std::nullopt;
  Answered all{
      .calls = {}, .responses_json = {}, .silent = std::ranges::all_of(calls_, &OpenCall::silent)};
  for (OpenCall& each : calls_) {
    all.calls.push_back(std::move(each.request));
    all.responses_json.push_back(std::move(*each.response_json));
  }
  calls_.clear();
  return all;
}

void LiveTurn::advance(Instant now, LiveActions& out) {
  while (const auto piece = mouth_.take(now)) {
    if (output_transcription_ && !piece->text.empty()) {
      proto::ServerMessage message;
      message.output_transcription = proto::Transcription{.text = piece->text};
      send(message, out);
    }
    std::string bytes;
    proto::append_server_audio(bytes, piece->samples, audio::kDownlinkRateHz);
    out.push_back(Send{.bytes = std::move(bytes)});
  }
  if (ends_at_ || !calls_.empty() || !speeches_.empty() || !mouth_.empty()) return;
  proto::ServerMessage message;
  message.generation_complete = true;
  send(message, out);
  // The service holds turnComplete back until the client has played what it was sent.
  ends_at_ = std::max(now, mouth_.playing_until());
}

void LiveTurn::interrupt(LiveActions& out) {
  abandon(out);
  proto::ServerMessage interrupted;
  interrupted.interrupted = true;
  send(interrupted, out);
  if (calls_.empty()) return;
  proto::ServerMessage cancelled;
  for (const OpenCall& call : calls_) {
    if (!call.response_json) cancelled.cancelled_call_ids.push_back(call.id);
  }
  send(cancelled, out);
}

void LiveTurn::abandon(LiveActions& out) {
  for (const std::uint64_t speech : speeches_) out.push_back(CancelSpeech{.speech = speech});
  speeches_.clear();
}

std::optional<LiveDeadline> LiveTurn::next_deadline() const {
  if (ends_at_) return LiveDeadline{*ends_at_, LiveDeadlineReason::playback_over};
  if (const auto at = mouth_.next_at()) return LiveDeadline{*at, LiveDeadlineReason::audio_due};
  return std::nullopt;
}

}  // namespace livegate::offline
