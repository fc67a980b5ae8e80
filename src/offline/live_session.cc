#include "offline/live_session.h"

#include <algorithm>
#include <utility>

#include "audio/pcm.h"
#include "base/base64.h"
#include "base/limits.h"
#include "offline/live_session_picture.h"
#include "offline/service_refusals.h"
#include "proto/setup_details.h"

namespace livegate::offline {
namespace {

// Codes and words of the service, as seen on the wire (docs/wire-gemini.md).
constexpr std::uint16_t kInvalid = 1007;
constexpr std::uint16_t kPolicy = 1008;
constexpr std::string_view kBadKey = "API key not valid. Please pass a valid API key.";
constexpr std::string_view kNoKey =
    "Method doesn't allow unregistered callers (callers without established identity). Please use "
    "API Key "
    "or other form of API consumer identity to call this API.";
constexpr std::string_view kBadCredential =
    "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie "
    "or "
    "other valid authentication credential.";
constexpr std::string_view kSetupFirst = "setup must be the first message and only the first";
constexpr std::string_view kInvalidArgument = "Request contains an invalid argument.";
// From an activityEnd to the activityStart that takes it back.
constexpr Millis kGoesOn = 1s;
constexpr std::string_view kNoScheduling =
    "Function response scheduling is not supported for this model";
constexpr std::string_view kManualOnly =
    "Explicit activity control is not supported when automatic activity detection is enabled.";

std::string cut_reason(std::string_view reason) {
  if (reason.size() <= limits::kCloseReasonBytesMax) return std::string(reason);
  std::size_t end = limits::kCloseReasonBytesMax;
  while (end > 0 && (static_cast<unsigned char>(reason[end]) & 0xc0) == 0x80) --end;
  return std::string(reason.substr(0, end));
}

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

// The assistant answers what was said last; what came before is context, which it has no use for.
std::string last_line(std::string_view text) {
  const std::string_view all = trimmed(text);
  const std::size_t newline = all.find_last_of('\n');
  return std::string(newline == std::string_view::npos ? all : trimmed(all.substr(newline)));
}

}  // namespace

LiveSession::LiveSession(const LiveSessionOptions& options, LiveSessionParts parts, Instant now)
    : options_(options),
      parts_(std::move(parts)),
      rng_(parts_.seed),
      opened_at_(now),
      names_{.rng = rng_},
      dice_(options.settings.faults, Rng(options.settings.seed).next() ^ Rng(~options.id).next()) {
  const StandinSettings& settings = options_.settings;
  if (settings.connection_age > Millis{0}) {
    ends_at_ = now + settings.connection_age;
    go_away_at_ = *ends_at_ - std::min(settings.go_away_before, settings.connection_age);
  }
}

void LiveSession::close(std::uint16_t code, std::string_view reason, Instant now,
                        LiveActions& out) {
  on_gone(now, out);
  out.push_back(Close{.code = code, .reason = cut_reason(reason)});
}

void LiveSession::on_message(PaddedText text, Instant now, LiveActions& out) {
  // The service upgrades first and looks at the key with the first message.
  if (options_.key == KeyCheck::missing) return close(kPolicy, kNoKey, now, out);
  if (options_.key == KeyCheck::wrong) return close(kInvalid, kBadKey, now, out);
  if (options_.key == KeyCheck::refused) return close(kPolicy, kBadCredential, now, out);
  if (state_ == State::setting_up) return hold_early(text, now, out);
  const auto decoded = parts_.decoder.decode_client(text, message_);
  if (!decoded) return close(decoded.error().close_code, decoded.error().reason, now, out);
  if (profile_ != nullptr && !profile_->media_chunks && proto::has_media_chunks(text)) {
    return close(kInvalid, kInvalidArgument, now, out);
  }
  const bool is_setup = message_.kind == proto::ClientKind::setup;
  if (is_setup != (state_ == State::awaiting_setup)) return close(kInvalid, kSetupFirst, now, out);
  switch (message_.kind) {
    case proto::ClientKind::setup:
      return on_setup(message_.setup, now, out);
    case proto::ClientKind::realtime_input:
      return on_realtime_input(message_.realtime_input, now, out);
    case proto::ClientKind::client_content:
      return on_client_content(message_.client_content, now, out);
    case proto::ClientKind::tool_response:
      return on_tool_responses(message_.function_responses, now, out);
    case proto::ClientKind::context_update:
      return on_context_update(message_.context_update_tools_json, now, out);
  }
}

void LiveSession::on_realtime_input(const proto::RealtimeInput& input, Instant now,
                                    LiveActions& out) {
  if ((input.activity_start || input.activity_end) && !ear_->manual()) {
    if (profile_->marks_refused) return close(kInvalid, kManualOnly, now, out);
  }
  const bool marks = ear_->manual();
  std::vector<Heard> heard;
  if (input.activity_start && marks) on_activity_start(now, heard);
  take_heard(heard, now, out);
  for (const proto::InlineData& audio : input.audio) {
    on_audio(audio, now, out);
    if (state_ == State::closed) return;
  }
  for (const proto::InlineData& picture : input.video) {
    on_picture(picture, now, out);
    if (state_ == State::closed) return;
  }
  if (input.text) on_realtime_text(*input.text, now, out);
  if (state_ == State::closed) return;
  if (input.activity_end && marks) {
    ear_->activity_end(heard);
    bracket_ended_at_ = now;
  }
  // Where it ends nothing, the next words belong to the same utterance.
  if (input.audio_stream_end && profile_->stream_end_ends_turn) ear_->end_stream(heard);
  take_heard(heard, now, out);
}

void LiveSession::on_activity_start(Instant now, std::vector<Heard>& heard) {
  // Whoever begins again so soon had only paused: both brackets are one utterance, as they are for
  // a model that has all of the conversation before it.
  const bool goes_on =
      bracket_ended_at_ && interrupts_ && !ear_->speaking() && now - *bracket_ended_at_ < kGoesOn;
  if (goes_on) {
    std::erase_if(recognitions_, [this](const auto& each) { return each.id == utterances_; });
  } else {
    transcribed_.clear();
  }
  ear_->activity_start(heard, goes_on);
}

void LiveSession::on_audio(const proto::InlineData& audio, Instant now, LiveActions& out) {
  const int rate_hz = proto::pcm_rate_hz(audio.mime_type, audio::kUplinkRateHz);
  const auto bytes = decode_media(audio.base64);
  const bool right_rate = rate_hz >= audio::kClientRateMinHz && rate_hz <= audio::kClientRateMaxHz;
  if (!right_rate || !bytes || bytes->size() % 2 != 0) {
    return close(kInvalid, kInvalidArgument, now, out);
  }
  conversation_->heard(bytes->data(), bytes->size());
  const bool awaits =
      (turn_ && turn_->has_open_calls()) || std::ranges::any_of(background_, &CallBatch::blocking);
  if (closes_on_audio_ && awaits) {
    return close(kPolicy, "The operation was aborted.", now, out);
  }
  std::vector<std::int16_t> samples(bytes->size() / 2);
  for (std::size_t i = 0; i < samples.size(); ++i) {
    samples[i] = static_cast<std::int16_t>((*bytes)[2 * i] | (*bytes)[2 * i + 1] << 8);
  }
  last_audio_at_ = now;
  heard_samples_ += samples.size() * audio::kUplinkRateHz / static_cast<std::size_t>(rate_hz);
  std::vector<Heard> heard;
  ear_->hear(samples, rate_hz, heard);
  take_heard(heard, now, out);
}

void LiveSession::on_picture(const proto::InlineData& picture, Instant now, LiveActions& out) {
  const auto bytes = decode_media(picture.base64);
  if (!bytes || !picture.mime_type.starts_with("image/") || !profile_->takes_video) {
    return close(kInvalid, kInvalidArgument, now, out);
  }
  ++counts_.pictures;
  ++conversation_->pictures;
  if (picture_noticed_) return;
  const std::optional<PictureSize> size = picture_size(*bytes);
  if (!size)
    return;  // no format that it can tell the size of: it says nothing about what it cannot read
  picture_noticed_ = true;
  picture_speech_ = brain_->on_picture(size->width, size->height).speech;
}

void LiveSession::on_realtime_text(std::string_view text, Instant now, LiveActions& out) {
  // A blank text makes the model answer what it was told before, or owes an answer to.
  if (!profile_->turns) return close(kInvalid, kInvalidArgument, now, out);
  const std::string_view line = trimmed(text);
  const bool blank = line.empty() && held_text_.empty();
  if (blank && !profile_->blank_text_asks) return;
  if (blank && owed_) {
    if (turn_) interrupt(now, out);
    return respond(Input(*owed_), now, out);
  }
  if (!hold_text(line, now, out)) return;
  if (interrupts_) interrupt(now, out);
  ++conversation_->texts;
  std::string words = last_line(std::exchange(held_text_, {}));
  respond({.kind = InputKind::words, .words = std::move(words), .ended_at = now}, now, out);
}

void LiveSession::on_client_content(const proto::ClientContent& content, Instant now,
                                    LiveActions& out) {
  if (!content_allowed(content, now, out)) return;
  if (history_open_) {  // the past, told before the conversation begins: no reply, no interruption
    if (hold_text(content.text, now, out) && content.turn_complete) history_open_ = false;
    return;
  }
  interrupt(now, out);  // any clientContent does, whatever activityHandling says
  const bool bare = trimmed(content.text).empty() && held_text_.empty() && content.turn_complete;
  if (bare && owed_) return respond(Input(*owed_), now, out);
  if (!hold_text(content.text, now, out) || !content.turn_complete) return;
  ++conversation_->texts;
  std::string words = last_line(std::exchange(held_text_, {}));
  respond({.kind = InputKind::words, .words = std::move(words), .ended_at = now}, now, out);
}

// What the model's generation takes by clientContent. False: closed.
bool LiveSession::content_allowed(const proto::ClientContent& content, Instant now,
                                  LiveActions& out) {
  if (const auto refused = refusal_of_roles(content.json)) {
    close(kInvalid, *refused, now, out);
    return false;
  }
  const proto::ContentDetails details = proto::read_content_details(content.json);
  if (details.audio) {
    close(kInvalid, "Precondition check failed.", now, out);
    return false;
  }
  const bool taken = profile_->turns && (profile_->content_any_time || history_open_);
  if (!details.functions && taken) return true;
  close(kInvalid, kInvalidArgument, now, out);
  return false;
}

bool LiveSession::hold_text(std::string_view text, Instant now, LiveActions& out) {
  if (held_text_.size() + text.size() >= limits::kOfflineHeldTextBytesMax) {
    close(kInvalid, kInvalidArgument, now, out);
    return false;
  }
  if (text.empty()) return true;
  count_prompt(text_tokens(text.size()), 0);
  if (!held_text_.empty()) held_text_ += '\n';
  held_text_ += text;
  return true;
}

void LiveSession::on_tool_responses(const std::vector<proto::FunctionResponse>& responses,
                                    Instant now, LiveActions& out) {
  for (proto::FunctionResponse response : responses) {
    const std::string id =
        response.id.empty() ? call_named(response.name) : std::string(response.id);
    if (id.empty() && !options_.vertex) return close(kInvalid, kInvalidArgument, now, out);
    response.id = id;
    if (!may_answer(response, now, out)) return;
    conversation_->responded(id);
    const bool of_turn = turn_ && turn_->open_calls().has(id);
    if (of_turn) {
      if (auto answered = turn_->on_response(response)) take_answers(*answered, now, out);
    } else {
      on_background_response(response, now, out);
    }
    if (state_ == State::closed) return;
  }
}

// False: closed.
bool LiveSession::may_answer(const proto::FunctionResponse& response, Instant now,
                             LiveActions& out) {
  if (response.scheduling.empty() || profile_->takes_scheduling) return true;
  close(kInvalid, kNoScheduling, now, out);
  return false;
}

// Vertex takes a response without an id as one to the oldest call of that name.
std::string LiveSession::call_named(std::string_view name) const {
  if (!options_.vertex || !turn_) return {};
  for (const OpenCall& call : turn_->open_calls().calls()) {
    if (call.request.name == name && !call.response_json) return call.id;
  }
  return {};
}

// The turn that called goes on.
void LiveSession::take_answers(const AnsweredCalls& answered, Instant now, LiveActions& out) {
  assistant::Reply reply = reply_to(answered, out);
  if (options_.settings.first_audio > Millis{0}) {
    turn_->wait_until(now + options_.settings.first_audio);
  }
  deliver(answered.silent ? assistant::Reply{} : std::move(reply), out);
}

assistant::Reply LiveSession::reply_to(const AnsweredCalls& answered, LiveActions& out) {
  for (const std::string& json : answered.responses_json) {
    count_prompt(text_tokens(json.size()), 0);
  }
  std::optional<assistant::Reply> scripted = promised(answered.calls);
  assistant::Reply reply = scripted
                               ? std::move(*scripted)
                               : brain_->on_tool_results(answered.calls, answered.responses_json);
  if (next_brain_ && background_.empty()) {
    use_brain(std::move(next_brain_->brain), std::move(next_brain_->tools_json), out);
    next_brain_.reset();
  }
  return reply;
}

// A call that no turn waited for: its reaction is a turn of its own, when the response says. An
// unknown id is late, or was cancelled, or never existed: the service does not mind.
void LiveSession::on_background_response(const proto::FunctionResponse& response, Instant now,
                                         LiveActions& out) {
  for (auto batch = background_.begin(); batch != background_.end(); ++batch) {
    if (response.will_continue && !profile_->takes_will_continue && batch->has(response.id)) {
      background_.erase(batch);  // taken, and never spoken of
      return;
    }
    const auto answered = batch->on_response(response);
    if (!answered) continue;
    const bool scheduled = !batch->blocking();
    background_.erase(batch);
    assistant::Reply reply = reply_to(*answered, out);
    if (scheduled && answered->silent) {
      if (!turn_) offer_handle(now, out);
      return;
    }
    if (scheduled && answered->interrupts) interrupt(now, out);
    if (reactions_.size() >= limits::kOfflineInputsMax) reactions_.pop_front();
    reactions_.push_back({.reply = std::move(reply), .since = now});
    return;
  }
}

void LiveSession::on_context_update(std::string_view tools_json, Instant now, LiveActions& out) {
  if (tools_json.empty()) return;  // a system instruction alone: nothing here depends on it
  auto made = assistant::Brain::make(tools_json, parts_.knows_word);
  if (!made) {
    return close(kInvalid, std::string(kInvalidArgument) + " " + made.error(), now, out);
  }
  tools_updated_ = true;
  if (!background_.empty() || (turn_ && turn_->has_open_calls())) {
    // The brain that made the calls is the one that understands their results.
    next_brain_ = NextBrain{.brain = std::move(*made), .tools_json = std::string(tools_json)};
  } else {
    use_brain(std::move(*made), std::string(tools_json), out);
  }
}

}  // namespace livegate::offline
