#include "session/client_input.h"

#include <algorithm>
#include <cstdint>

#include "proto/setup_details.h"

namespace livegate::session {
namespace {

constexpr std::string_view kManualOnly =
    "Explicit activity control is not supported when automatic activity detection is enabled.";
constexpr std::string_view kRoles = "Please use a valid role: user, model.";

}  // namespace

ClientInput::ClientInput(SessionState& state, ClientChannel& client, ModelConnection& model,
                         SpeechInput& speech, ModelInput& input, ToolRelay& tools,
                         ReplyHandler& replies, SessionEnd& end)
    : state_(state),
      context_(state.context),
      client_(client),
      model_(model),
      speech_(speech),
      input_(input),
      tools_(tools),
      replies_(replies),
      end_(end) {}

bool ClientInput::tell(const Payload& message, Asks asks) {
  if (input_.tell(message, asks)) return true;
  client_.refuse("busy",
                 "The model is away and no more can be kept for it; this message was dropped.");
  return false;
}

// ---- words and marks

void ClientInput::take(const request::Control& request) {
  if ((request.activity_start || request.activity_end) && !marks_own_activity_) {
    if (context_.profile.marks_refused) end_.fail(1007, "bad_message", kManualOnly);
    return;  // the model ignores them
  }
  const bool tells_end = request.audio_stream_end && speech_.pause();
  if (request.flushes_audio) speech_.uplink().flush();
  const bool begins = request.activity_start && speech_.begin_marked_activity();
  if (request.activity_end) speech_.end_marked_activity();
  // An end of the stream that the gateway has told by itself is not told twice, nor the beginning
  // of what is open.
  const bool whole = !request.wire.empty() && begins == request.activity_start &&
                     tells_end == request.audio_stream_end;
  if (!whole) return tell_piecewise(request, begins, tells_end);
  const Asks asks = request.text || request.activity_end ? Asks::reply : Asks::nothing;
  const bool told = tell(Actions::outside(request.wire), asks);
  if (told && request.text) input_.wrote(/*by_person=*/true, *request.text, asks);
}

void ClientInput::tell_piecewise(const request::Control& request, bool begins, bool tells_end) {
  if (begins) tell(model::ActivityStart{}, Asks::nothing);
  if (request.text && tell(model::Text{*request.text}, Asks::reply)) {
    input_.wrote(/*by_person=*/true, *request.text, Asks::reply);
  }
  if (request.activity_end) tell(model::ActivityEnd{}, Asks::reply);
  if (tells_end) tell(model::AudioStreamEnd{}, Asks::nothing);
}

void ClientInput::end_lost_activity() {
  if (const auto due = marked_end_due(); !due || context_.now < *due) return;
  speech_.end_marked_activity();
  speech_.uplink().flush();
  input_.tell(model::ActivityEnd{}, Asks::reply);
}

// A history is no question, whatever ends it.
void ClientInput::take(const request::Content& request) {
  // Beside a pinned instruction no other one is given.
  if (context_.config.pins_instruction() && proto::read_content_details(request.json).other_role) {
    return end_.fail(1007, "bad_message", kRoles);
  }
  speech_.uplink().flush();
  if (!tell(Actions::outside(request.wire), request.asks)) return;
  for (const proto::ContentWords& line : proto::read_content_words(request.json)) {
    input_.wrote(!line.by_model, line.text, request.asks);
  }
}

// What the gateway's owner has pinned stays, without a word, as in the setup.
void ClientInput::take(const request::ContextUpdate& request) {
  auto instruction = request.instruction;
  std::string_view tools_json = request.tools_json;
  const bool instruction_pinned = instruction && context_.config.pins_instruction();
  const bool tools_pinned = !tools_json.empty() && context_.config.pins_tools();
  if (instruction_pinned) instruction.reset();
  if (tools_pinned) tools_json = {};
  if (instruction) model_.replace_instruction(*instruction);
  if (!tools_json.empty()) model_.replace_tools(tools_json);
  if (!instruction_pinned && !tools_pinned) {
    tell(Actions::outside(request.wire), Asks::nothing);
  } else if (instruction || !tools_json.empty()) {
    tell(model::ContextUpdate{instruction, tools_json}, Asks::nothing);
  }
}

// ---- pictures

void ClientInput::take(const request::Picture& request) {
  ++context_.counters.pictures;
  if (state_.spending.is_spent() || !model_.is_ready()) {  // one of back then is of no use
    ++context_.counters.pictures_dropped;
    return;
  }
  if (!video_.admit(request.mime_type, request.base64, context_.now)) return;
  model_.send(model::Picture{request.mime_type, request.base64}, Carries::picture);
}

void ClientInput::send_due_picture() {
  if (const auto picture = video_.take_due(context_.now); picture && model_.is_ready()) {
    model_.send(model::Picture{picture->mime_type, picture->base64}, Carries::picture);
  }
  std::uint64_t& dropped = context_.counters.pictures_dropped;
  dropped = std::max(dropped, video_.dropped());
}

// ---- reports

void ClientInput::take(const request::Played& request) {
  Playback& playback = state_.exchange.playback;
  // A report can be late, never wrong by more than what was sent; the newest counts.
  playback.reported(request.samples, context_.now);
  context_.counters.samples_played = playback.reported_samples();
  if (auto* const reference = speech_.reference();
      reference != nullptr && playback.is_playing(context_.now)) {
    reference->played(playback.played_samples(context_.now), context_.now);
  }
}

void ClientInput::take(const request::Confirmed& request) {
  client_.line().confirm(request.received, context_.now);
}

}  // namespace livegate::session
