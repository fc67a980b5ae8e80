#include "cli/probe_record.h"

#include <algorithm>
#include <array>

#include "audio/pcm.h"

namespace livegate::cli {
namespace {

constexpr std::array<std::string_view, 32> kNames = {"setup",
                                                     "speech",
                                                     "speech ends",
                                                     "silence",
                                                     "audioStreamEnd",
                                                     "activityStart",
                                                     "activityEnd",
                                                     "text",
                                                     "blank text",
                                                     "clientContent",
                                                     "empty clientContent",
                                                     "toolResponse",
                                                     "picture",
                                                     "mediaChunks",
                                                     "setupComplete",
                                                     "{}",
                                                     "voiceActivity",
                                                     "inputTranscription",
                                                     "audio",
                                                     "outputTranscription",
                                                     "text part",
                                                     "interrupted",
                                                     "toolCall",
                                                     "toolCallCancellation",
                                                     "generationComplete",
                                                     "turnComplete",
                                                     "turnComplete IN_PROGRESS",
                                                     "interactionStatus",
                                                     "handle",
                                                     "goAway",
                                                     "pong",
                                                     "close"};
static_assert(kNames.size() == static_cast<std::size_t>(Sign::closed) + 1);

bool is_bare(std::string_view text) {
  std::string_view left = "{}";
  for (const char c : text) {
    if (c == ' ' || c == '\n' || c == '\r' || c == '\t') continue;
    if (left.empty() || c != left.front()) return false;
    left.remove_prefix(1);
  }
  return left.empty();
}

}  // namespace

std::string_view sign_name(Sign sign) { return kNames[static_cast<std::size_t>(sign)]; }
bool was_sent(Sign sign) { return sign < Sign::setup_complete; }

const ProbeEvent* ProbeRecord::first(Sign sign, double from_ms) const {
  const auto found = std::ranges::find_if(
      events, [&](const ProbeEvent& event) { return event.sign == sign && event.ms >= from_ms; });
  return found == events.end() ? nullptr : &*found;
}

const ProbeEvent* ProbeRecord::last(Sign sign) const {
  const auto found = std::find_if(events.rbegin(), events.rend(),
                                  [&](const ProbeEvent& event) { return event.sign == sign; });
  return found == events.rend() ? nullptr : &*found;
}

const ProbeEvent* ProbeRecord::reply(double from_ms) const {
  const auto found = std::ranges::find_if(events, [&](const ProbeEvent& event) {
    const bool is_reply = event.sign == Sign::audio || event.sign == Sign::words ||
                          event.sign == Sign::tool_call || event.sign == Sign::turn_complete ||
                          event.sign == Sign::holding;
    return is_reply && event.ms >= from_ms;
  });
  return found == events.end() ? nullptr : &*found;
}

void FrameReader::read(PaddedText message, double ms, std::size_t number, ProbeRecord& record) {
  const auto add = [&](Sign sign, double amount = 0) {
    record.events.push_back({.ms = ms, .sign = sign, .message = number, .amount = amount});
  };
  if (is_bare(message.view())) return add(Sign::empty);
  if (!decoder_.decode_server(message, message_)) return;
  const proto::ServerMessage& m = message_;
  if (m.setup_complete) add(Sign::setup_complete);
  if (m.resumption) {
    if (m.resumption->resumable) handle_ = m.resumption->handle;
    add(Sign::handle);
  }
  if (m.activity) add(Sign::activity, *m.activity == proto::ActivityType::end ? 1 : 0);
  if (m.input_transcription) {
    add(Sign::heard, static_cast<double>(m.input_transcription->text.size()));
  }
  if (m.interrupted) add(Sign::interrupted);
  for (const proto::InlineData& media : m.media) {
    const double samples = static_cast<double>(media.base64.size()) * 3 / 4 / 2;
    add(Sign::audio, samples * 1000 / audio::kDownlinkRateHz);
  }
  for (const std::string_view text : m.text) add(Sign::text, static_cast<double>(text.size()));
  if (m.output_transcription) {
    add(Sign::words, static_cast<double>(m.output_transcription->text.size()));
  }
  if (!m.cancelled_call_ids.empty()) add(Sign::tool_cancelled);
  for (const proto::FunctionCall& call : m.function_calls) {
    call_id_ = call.id;
    call_name_ = call.name;
    add(Sign::tool_call);
  }
  if (m.generation_complete) add(Sign::generation_complete);
  if (!m.interaction_status.empty()) add(Sign::status);
  if (m.turn_complete) {
    add(m.interaction_status == "IN_PROGRESS" ? Sign::holding : Sign::turn_complete);
  }
  if (m.go_away_time_left) add(Sign::go_away);
}

}  // namespace livegate::cli
