#include "offline/live_session.h"

#include <algorithm>
#include <utility>

#include "audio/pcm.h"
#include "base/base64.h"
#include "base/limits.h"
#include "offline/live_session_picture.h"

namespace livegate::offline {
namespace {

// Codes and words of the service, as seen on the wire (docs/wire-gemini.md).
constexpr std::uint16_t kInvalid = 1007;
constexpr std::uint16_t kPolicy = 1008;
constexpr std::uint16_t kInternal = 1011;
constexpr std::string_view kBadKey = "API key not valid. Please pass a valid API key.";
constexpr std::string_view kNoKey =
    "Method doesn't allow unregistered callers (callers without established identity). Please use "
    "API Key "
    "or other form of API consumer identity to call this API.";
constexpr std::string_view kSetupFirst = "setup must be the first message and only the first";
constexpr std::string_view kInvalidArgument = "Request contains an invalid argument.";
// From an activityEnd to the activityStart that takes it back.
constexpr Millis kGoesOn = 1s;
constexpr std::string_view kManualOnly =
    "Explicit activity control is not supported when automatic activity detection is enabled.";
constexpr std::string_view kUnavailable = "The service is currently unavailable.";

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

// The modalities asked for that are not AUDIO, as the service lists them; empty if there are none.
std::string foreign_modalities(const std::vector<std::string>& modalities) {
  if (std::ranges::all_of(modalities, [](const std::string& each) { return each == "AUDIO"; }))
    return {};
  std::string list;
  for (const std::string& each : modalities) list += (list.empty() ? "" : ", ") + each;
  return list;
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
  if (state_ == State::setting_up) return hold_early(text, now, out);
  const auto decoded = parts_.decoder.decode_client(text, message_);
  if (!decoded) return close(decoded.error().close_code, decoded.error().reason, now, out);
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

// False: there is no such model, and the session is closed.
bool LiveSession::choose_model(const proto::Setup& setup, Instant now, LiveActions& out) {
  const std::vector<const proto::ModelProfile*>& models = options_.settings.models;
  profile_ = proto::find_model_profile(setup.model);
  if (std::ranges::find(models, profile_) == models.end()) profile_ = nullptr;
  const bool named = setup.model.empty() || setup.model.starts_with("models/");
  if (named && (models.empty() || profile_ != nullptr)) return true;
  close(kPolicy,
        setup.model + " is not found for API version " + options_.api_version +
            ", or is not supported for bidiGenerateContent. Call ModelService.ListModels to see "
            "the list of available models and their supported methods.",
        now, out);
  return false;
}

void LiveSession::on_setup(const proto::Setup& setup, Instant now, LiveActions& out) {
  if (!choose_model(setup, now, out)) return;
  if (const std::string foreign = foreign_modalities(setup.response_modalities); !foreign.empty()) {
    return close(kInvalid,
                 "The requested combination of response modalities (" + foreign +
                     ") is not supported by the model",
                 now, out);
  }
  const std::optional<EarOptions> ear = ear_options(setup.activity_detection, options_.silence_ms);
  if (!ear) return close(kInvalid, kInvalidArgument, now, out);
  if (!choose_brain(setup, now, out)) return;
  ear_.emplace(*ear, ear->manual ? nullptr : parts_.make_vad(ear->aggressiveness));
  interrupts_ = setup.activity_handling == proto::ActivityHandling::interrupts;
  input_transcription_ = setup.input_transcription;
  output_transcription_ = setup.output_transcription;
  resumption_ = setup.resumption;
  state_ = State::setting_up;
  parts_.handles.opened(options_.id);
  if (!suffers(Fault::silent_setup)) setup_ready_at_ = now + options_.settings.setup_delay;
}

// The service does not wait for clients that do not wait for it; a few early ones are held all the
// same, because an older SDK sends them.
void LiveSession::hold_early(PaddedText text, Instant now, LiveActions& out) {
  if (early_.size() >= limits::kOfflineEarlyMessagesMax) {
    return close(kInvalid, kSetupFirst, now, out);
  }
  early_.emplace_back(text.view());
}

void LiveSession::complete_setup(Instant now, LiveActions& out) {
  state_ = State::open;
  proto::ServerMessage complete;
  complete.setup_complete = true;
  send(complete, out);
  offer_handle(now, out);
  for (const std::string& early : std::exchange(early_, {})) {
    if (state_ != State::open) return;
    const PaddedString message(early);
    on_message(message.text(), now, out);
  }
}

// The setup governs, except for what a contextUpdate changed in the connection before. False:
// closed.
bool LiveSession::choose_brain(const proto::Setup& setup, Instant now, LiveActions& out) {
  std::shared_ptr<const Remembered> past;
  if (!setup.resumption_handle.empty()) {
    auto found = parts_.handles.find(setup.resumption_handle, now);
    if (found && suffers(Fault::refuse_resume)) found = Unexpected{HandleFault::unknown};
    if (!found) {
      const bool in_use = found.error() == HandleFault::in_use;
      close(in_use ? kInternal : kInvalid, in_use ? kUnavailable : kInvalidArgument, now, out);
      return false;
    }
    past = std::move(*found);
    context_tokens_ = past->context_tokens;
    picture_noticed_ = past->picture_noticed;
    begin_conversation(past->conversation);
    tools_updated_ = past->tools_updated;
    if (past->tools_updated || past->tools_json == setup.tools_json) {
      use_brain(past->brain, past->tools_json, out);
      return true;
    }
  }
  auto made = Brain::make(setup.tools_json, parts_.knows_word);
  if (!made) {
    close(kInvalid, std::string(kInvalidArgument) + " " + made.error(), now, out);
    return false;
  }
  if (!past) begin_conversation(nullptr);
  use_brain(std::move(*made), setup.tools_json, out);
  return true;
}

void LiveSession::on_realtime_input(const proto::RealtimeInput& input, Instant now,
                                    LiveActions& out) {
  if ((input.activity_start || input.activity_end) && !ear_->manual()) {
    return close(kInvalid, kManualOnly, now, out);
  }
  std::vector<Heard> heard;
  if (input.activity_start) on_activity_start(now, heard);
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
  if (input.activity_end) {
    ear_->activity_end(heard);
    bracket_ended_at_ = now;
  }
  if (input.audio_stream_end) ear_->end_stream(heard);
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
  if (closes_on_audio_ && turn_ && turn_->has_open_calls()) {
    return close(kPolicy, "The operation was aborted.", now, out);
  }
  std::vector<std::int16_t> samples(bytes->size() / 2);
  for (std::size_t i = 0; i < samples.size(); ++i) {
    samples[i] = static_cast<std::int16_t>((*bytes)[2 * i] | (*bytes)[2 * i + 1] << 8);
  }
  last_audio_at_ = now;
  std::vector<Heard> heard;
  ear_->hear(samples, rate_hz, heard);
  take_heard(heard, now, out);
}

void LiveSession::on_picture(const proto::InlineData& picture, Instant now, LiveActions& out) {
  const auto bytes = decode_media(picture.base64);
  if (!bytes || !picture.mime_type.starts_with("image/")) {
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
  // A blank text makes the model answer what it was told before.
  if (!hold_text(trimmed(text), now, out)) return;
  if (interrupts_) interrupt(now, out);
  ++conversation_->texts;
  std::string words = last_line(std::exchange(held_text_, {}));
  respond({.kind = InputKind::words, .words = std::move(words), .ended_at = now}, now, out);
}

void LiveSession::on_client_content(const proto::ClientContent& content, Instant now,
                                    LiveActions& out) {
  interrupt(now, out);  // any clientContent does, whatever activityHandling says
  if (!hold_text(content.text, now, out) || !content.turn_complete) return;
  ++conversation_->texts;
  std::string words = last_line(std::exchange(held_text_, {}));
  respond({.kind = InputKind::words, .words = std::move(words), .ended_at = now}, now, out);
}

bool LiveSession::hold_text(std::string_view text, Instant now, LiveActions& out) {
  if (held_text_.size() + text.size() >= limits::kOfflineHeldTextBytesMax) {
    close(kInvalid, kInvalidArgument, now, out);
    return false;
  }
  if (text.empty()) return true;
  context_tokens_ += text_tokens(text.size());
  if (!held_text_.empty()) held_text_ += '\n';
  held_text_ += text;
  return true;
}

void LiveSession::on_tool_responses(const std::vector<proto::FunctionResponse>& responses,
                                    Instant now, LiveActions& out) {
  for (const proto::FunctionResponse& response : responses) {
    if (response.id.empty()) return close(kInvalid, kInvalidArgument, now, out);
    conversation_->responded(std::string(response.id));
    if (!turn_) continue;  // late: its call was cancelled
    const auto answered = turn_->on_response(response);
    if (!answered) continue;
    for (const std::string& json : answered->responses_json) {
      context_tokens_ += text_tokens(json.size());
    }
    Reply reply = brain_->on_tool_results(answered->calls, answered->responses_json);
    if (next_brain_) {
      use_brain(std::move(next_brain_->brain), std::move(next_brain_->tools_json), out);
      next_brain_.reset();
    }
    turn_->wait_until(now + options_.settings.first_audio);
    deliver(answered->silent ? Reply{} : std::move(reply), out);
  }
}

void LiveSession::on_context_update(std::string_view tools_json, Instant now, LiveActions& out) {
  if (tools_json.empty()) return;  // a system instruction alone: nothing here depends on it
  auto made = Brain::make(tools_json, parts_.knows_word);
  if (!made) {
    return close(kInvalid, std::string(kInvalidArgument) + " " + made.error(), now, out);
  }
  tools_updated_ = true;
  if (turn_ && turn_->has_open_calls()) {
    // The brain that made the calls is the one that understands their results.
    next_brain_ = NextBrain{.brain = std::move(*made), .tools_json = std::string(tools_json)};
  } else {
    use_brain(std::move(*made), std::string(tools_json), out);
  }
}

}  // namespace livegate::offline
