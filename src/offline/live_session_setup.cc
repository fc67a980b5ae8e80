// How a LiveSession begins: who may, as which model, with what of the past.
#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "offline/live_session.h"
#include "offline/service_refusals.h"
#include "proto/setup_details.h"

namespace livegate::offline {
namespace {

constexpr std::uint16_t kInvalid = 1007;
constexpr std::uint16_t kPolicy = 1008;
constexpr std::uint16_t kInternal = 1011;
constexpr std::string_view kSetupFirst = "setup must be the first message and only the first";
constexpr std::string_view kInvalidArgument = "Request contains an invalid argument.";
constexpr std::string_view kNoThinking = "Thinking level is not supported for this model";
constexpr Millis kUnaskedHandle = 12ms;    // after setupComplete, as recorded
constexpr int kContinuousSilenceMs = 300;  // a phrase of a model that takes no turns
constexpr std::string_view kUnavailable = "The service is currently unavailable.";

// The modalities asked for that are not AUDIO, as the service lists them; empty if there are none.
std::string foreign_modalities(const std::vector<std::string>& modalities) {
  if (std::ranges::all_of(modalities, [](const std::string& each) { return each == "AUDIO"; }))
    return {};
  std::string list;
  for (const std::string& each : modalities) list += (list.empty() ? "" : ", ") + each;
  return list;
}

std::string unknown_name(std::string_view name, std::string_view where) {
  return "Invalid JSON payload received. Unknown name \"" + std::string(name) + "\" at '" +
         std::string(where) + "': Cannot find field.";
}

}  // namespace

// False: there is no such model, and the session is closed.
bool LiveSession::choose_model(const proto::Setup& setup, Instant now, LiveActions& out) {
  profile_ = served_model(options_.settings, setup.model);
  if (profile_ != nullptr) {
    habits_ = habits_of(*profile_, options_.vertex);
    return true;
  }
  close(kPolicy,
        setup.model + " is not found for API version " + options_.api_version +
            ", or is not supported for bidiGenerateContent. Call ModelService.ListModels to see "
            "the list of available models and their supported methods.",
        now, out);
  return false;
}

// What the model will not do, in the service's words; empty if there is nothing.
std::string LiveSession::refusal_of(const proto::Setup& setup) const {
  if (const std::string foreign = foreign_modalities(setup.response_modalities); !foreign.empty()) {
    if (!profile_->text_refusal.empty()) return std::string(profile_->text_refusal);
    return "The requested combination of response modalities (" + foreign +
           ") is not supported by the model";
  }
  const proto::SetupDetails details = proto::read_setup_details(setup);
  const bool alpha = options_.api_version == "v1alpha";
  if (details.proactivity && !profile_->always_proactive && !alpha) {
    return unknown_name("proactivity", "setup");
  }
  if (details.affective_dialog && profile_->affective_dialog && !alpha) {
    return unknown_name("enableAffectiveDialog", "setup.generation_config");
  }
  if (!options_.vertex && (details.transparent || details.avatar)) {
    return std::string(kInvalidArgument);
  }
  if (details.thinking && !profile_->takes_thinking) return std::string(kNoThinking);
  if (!profile_->turns && !setup.system_instruction.empty()) return std::string(kInvalidArgument);
  if (const auto refused = proto::check_setup(setup, *profile_)) return refused->reason;
  return refusal_of_tools(setup.tools_json).value_or(std::string());
}

// Whether the token opens another session; false: closed.
bool LiveSession::admit_token(const proto::Setup& setup, Instant now, LiveActions& out) {
  AuthToken& token = *options_.token;
  const bool resumes = !setup.resumption_handle.empty();
  if (now >= token.expires_at || (!resumes && now >= token.new_until)) {
    close(kInternal, "Token has expired", now, out);
    return false;
  }
  if (resumes || !token.uses_left) return true;
  if (*token.uses_left == 0) {
    close(kInternal, "Token has been used too many times", now, out);
    return false;
  }
  --*token.uses_left;
  return true;
}

void LiveSession::on_setup(const proto::Setup& asked, Instant now, LiveActions& out) {
  if (!options_.token) return set_up(asked, now, out);
  if (!admit_token(asked, now, out)) return;
  if (!options_.token->setup) return set_up(asked, now, out);
  const auto pinned = proto::pinned_setup(asked, *options_.token->setup, options_.token->mask);
  if (!pinned) return close(pinned.error().close_code, pinned.error().reason, now, out);
  set_up(*pinned, now, out);
}

std::optional<EarOptions> LiveSession::choose_ear(const proto::Setup& setup) const {
  const int own_ms =
      profile_->turns ? static_cast<int>(profile_->turn_silence.count()) : kContinuousSilenceMs;
  proto::ActivityDetection wanted = setup.activity_detection;
  const bool negative = wanted.silence_duration_ms.value_or(0) < 0;
  if (!profile_->takes_silence_duration && !negative) wanted.silence_duration_ms.reset();
  return ear_options(wanted, options_.silence_ms.value_or(own_ms));
}

void LiveSession::set_up(const proto::Setup& setup, Instant now, LiveActions& out) {
  if (!choose_model(setup, now, out)) return;
  if (const std::string reason = refusal_of(setup); !reason.empty()) {
    return close(kInvalid, reason, now, out);
  }
  const std::optional<EarOptions> ear = choose_ear(setup);
  if (!ear) return close(kInvalid, kInvalidArgument, now, out);
  if (!choose_brain(setup, now, out)) return;
  ear_.emplace(*ear, ear->manual ? nullptr : parts_.make_vad(ear->aggressiveness));
  interrupts_ = profile_->turns && setup.activity_handling == proto::ActivityHandling::interrupts;
  input_transcription_ = setup.input_transcription;
  output_transcription_ = setup.output_transcription;
  resumption_ = setup.resumption;
  history_open_ = setup.initial_history;
  state_ = State::setting_up;
  parts_.handles.opened(options_.id);
  if (!suffers(Fault::silent_setup)) setup_ready_at_ = now + options_.settings.setup_delay;
}

// The service does not wait for clients that do not wait for it; a few early ones are held all the
// same, because an older SDK sends them.
void LiveSession::hold_early(PaddedText text, Instant now, LiveActions& out) {
  early_bytes_ += text.view().size();
  if (early_.size() >= limits::kOfflineEarlyMessagesMax ||
      early_bytes_ > limits::kHeldMessageBytesMax) {
    return close(kInvalid, kSetupFirst, now, out);
  }
  early_.emplace_back(text.view());
}

void LiveSession::complete_setup(Instant now, LiveActions& out) {
  state_ = State::open;
  const std::string id = options_.vertex ? make_uuid(rng_) : std::string();
  proto::ServerMessage complete;
  complete.setup_complete = true;
  complete.session_id = id;
  send(complete, out);
  if (resumption_ && !habits_.handles_in_turns) offer_handle(now, out);
  if (!resumption_ && habits_.handle_unasked) unasked_handle_at_ = now + kUnaskedHandle;
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
    context_audio_tokens_ = past->context_audio_tokens;
    picture_noticed_ = past->picture_noticed;
    begin_conversation(past->conversation);
    tools_updated_ = past->tools_updated;
    place_ = past->place;
    if (past->tools_updated || past->tools_json == setup.tools_json) {
      use_brain(past->brain, past->tools_json, out);
      return true;
    }
  }
  auto made = assistant::Brain::make(setup.tools_json, parts_.knows_word);
  if (!made) {
    close(kInvalid, std::string(kInvalidArgument) + " " + made.error(), now, out);
    return false;
  }
  if (!past) {
    begin_conversation(nullptr);
    place_ = ScenarioPlace(options_.settings.scenario);
  }
  use_brain(std::move(*made), setup.tools_json, out);
  return true;
}

}  // namespace livegate::offline
