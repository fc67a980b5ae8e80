#include "session/model_connection.h"

#include <algorithm>
#include <utility>

namespace livegate::session {

ModelConnection::ModelConnection(SessionState& state, Codecs& codecs, Rng rng)
    : context_(state.context),
      turns_(state.exchange.turns),
      meter_(state.spending.meter),
      message_(codecs.server_message),
      codec_(make_gemini_codec(codecs.gemini)),
      link_(context_.config.backoff, context_.config.connection_age_max, rng) {}

void ModelConnection::open(proto::Setup setup) {
  const proto::ModelProfile& profile = context_.profile;
  const bool in_turns = context_.turn_taking.mode == UplinkMode::turns;
  setup_ = std::move(setup);
  setup_.activity_detection.disabled |= in_turns;
  blocking_functions_ = proto::blocking_functions(setup_.tools_json, profile);
  // Between our marks is all that is heard; a default that counts pictures alone might leave out
  // the speech.
  if (in_turns && setup_.turn_coverage.empty() && profile.known() &&
      profile.coverage == proto::TurnCoverage::activity_and_all_video) {
    setup_.turn_coverage = "TURN_INCLUDES_ALL_INPUT";
  }
  // Asked for on everybody's behalf: a broken connection is ours to mend, and without compression
  // the service ends a conversation when its context is full.
  setup_.resumption = true;
  setup_.compression |= profile.known() || context_.config.client == ClientKind::native;
  tells_history_ = setup_.initial_history;
  link_.remember(setup_.resumption_handle);
  connect();
}

void ModelConnection::connect() {
  link_.connect();
  context_.out->add(OpenUpstream{link_.epoch()});
}

void ModelConnection::send_setup(bool has_lines) {
  meter_.connected(/*remembers=*/link_.resumed());
  setup_.resumption_handle = link_.handle();
  setup_.initial_history = link_.was_ready()
                               ? !link_.resumed() && !context_.profile.content_any_time && has_lines
                               : tells_history_;
  send(model::Setup{setup_}, link_.resumed() ? Carries::nothing : Carries::text);
}

void ModelConnection::close() {
  using State = UpstreamLink::State;
  meter_.connection_over();
  if (link_.state() != State::idle && link_.state() != State::closed) {
    context_.out->add(CloseUpstream{link_.epoch()});
  }
  link_.close();
}

Payload ModelConnection::write(const ModelRequest& request) {
  const std::size_t mark = context_.out->mark();
  codec_->encode(request, context_.out->arena());
  return context_.out->since(mark);
}

void ModelConnection::send(const Payload& message, Carries what) {
  if (what == Carries::text) meter_.sent_text(message.size);
  if (what == Carries::picture) meter_.sent_picture();
  ++context_.counters.upstream_messages;
  turns_.sent_upstream(context_.now);
  context_.out->add(SendUpstream{link_.epoch(), message});
}

void ModelConnection::send_sound(std::span<const std::int16_t> samples) {
  meter_.sent_sound(samples.size());
  send(model::Audio{samples}, Carries::sound);
}

proto::ServerMessage* ModelConnection::read(PaddedText text) {
  return codec_->decode(text, message_) ? &message_ : nullptr;
}

bool ModelConnection::is_usual_model() const {
  const SessionConfig& config = context_.config;
  return setup_.model == (config.pinned_model.empty() ? config.default_model : config.pinned_model);
}

void ModelConnection::replace_tools(std::string_view tools_json) {
  if (context_.config.pins_tools()) return;
  setup_.tools_json = tools_json;
  blocking_functions_ = proto::blocking_functions(setup_.tools_json, context_.profile);
}

void ModelConnection::replace_instruction(std::string_view instruction) {
  if (!context_.config.pins_instruction()) setup_.system_instruction = instruction;
}

bool ModelConnection::stops_for(const proto::ServerMessage& message) const {
  return std::ranges::any_of(message.function_calls, [this](const proto::FunctionCall& call) {
    return std::ranges::find(blocking_functions_, call.name) != blocking_functions_.end();
  });
}

}  // namespace livegate::session
