#include "session/session.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "proto/auth_token.h"
#include "proto/model_name.h"

namespace livegate::session {
namespace {

// A microphone that sends nothing for so long has stopped: packets come every 20 to 250 ms.
constexpr Millis kMicrophoneStands = 300ms;
constexpr Millis kSilencePiece = 100ms;

}  // namespace

Session::Session(SessionConfig config, Codecs& codecs, Rng rng, Instant now)
    : config_(std::move(config)),
      codecs_(codecs),
      face_(config_.client == ClientKind::native ? make_native_face(*this, codecs)
                                                 : make_live_face(*this, codecs)),
      line_(config_.resume_grace),
      link_(config_.backoff, config_.connection_age_max, rng),
      doctor_(config_.doctor),
      vain_(config_.uplink.vain_share_max),
      began_(now),
      time_(config_.time_max, config_.idle_max, now),
      start_by_(now + limits::kStartTimeMax) {}

Session::~Session() = default;

void Session::handle(const Event& event, Instant now, Actions& out) {
  if (finished_) return;
  out_ = &out;
  now_ = now;
  released_.clear();
  const std::size_t before = out.list().size();
  std::visit([this](const auto& e) { on(e); }, event);
  if (std::exchange(release_due_, false) && !finished_) take_held_reply();
  if (speech_waits_ && !finished_ && model_hears()) send_held_speech();
  if (drain_by_ && !finished_) end_if_drained();
  if (time_.is_near(now_) && !finished_) look_at_time();
  if (!finished_) follow_budgets();
  line_.settle(out, before, now_);
  if (line_.overfull()) end_waiting("more waited for it than is kept");
  counters_.messages_forgotten = line_.forgotten_unconfirmed();
  out_ = nullptr;
}

std::optional<Deadline> Session::next_deadline() const {
  if (finished_) return std::nullopt;
  std::optional<Deadline> first;
  const auto consider = [&first](std::optional<Instant> at, DeadlineReason reason) {
    if (at && (!first || *at < first->at)) first = Deadline{*at, reason};
  };
  consider(start_by_, DeadlineReason::start);
  consider(line_.next_deadline(), DeadlineReason::away);
  consider(link_.next_deadline(), DeadlineReason::upstream);
  consider(doctor_.next_deadline(), DeadlineReason::stall);
  if (config_.doctor.tool > 0ms) {
    if (const auto open = tools_.oldest_open()) {
      consider(*open + config_.doctor.tool, DeadlineReason::stall);
    }
  }
  consider(late_results_at_, DeadlineReason::stall);
  consider(video_.next_deadline(), DeadlineReason::picture);
  consider(config_.expires_at, DeadlineReason::token);
  if (last_audio_ && uplink_ && uplink_->is_speaking()) {
    consider(*last_audio_ + limits::kAudioGapMax, DeadlineReason::audio_gap);
  }
  consider(silence_due(), DeadlineReason::audio_gap);
  consider(marked_end_due(), DeadlineReason::audio_gap);
  consider(time_.next_deadline(now_), DeadlineReason::time);
  consider(drain_by_, DeadlineReason::drain);
  consider(drain_look_at_, DeadlineReason::drain);
  consider(budget_look_at_, DeadlineReason::budget);
  return first;
}

// ---- the client

namespace {

// What the owner pins, and what beside it would change what it does: parts beside the instruction's
// text, other voices, safety settings.
std::vector<std::string> fields_of_the_owner(const SessionConfig& config) {
  std::vector<std::string> fields;
  if (!config.pinned_voice.empty()) {
    fields = {"generationConfig.speechConfig.voiceConfig",
              "generationConfig.speechConfig.multiSpeakerVoiceConfig", "avatarConfig"};
  }
  if (!config.pinned_system_instruction.empty()) {
    fields.insert(fields.end(), {"systemInstruction", "safetySettings", "labels"});
  }
  if (!config.pinned_tools_json.empty()) fields.emplace_back("tools");
  return fields;
}

}  // namespace

Result<Done, proto::WireError> Session::pin(proto::Setup& setup) const {
  if (!config_.token_setup.empty()) {
    const std::string asked_for = setup.resumption_handle;
    auto pinned = proto::pinned_setup(setup, config_.token_setup, config_.token_mask);
    if (!pinned) return Unexpected{pinned.error()};
    setup = std::move(*pinned);
    setup.resumption_handle = asked_for;
  }
  if (const auto fields = fields_of_the_owner(config_); !fields.empty()) {
    auto left = proto::pinned_setup(setup, "{}", fields);
    if (!left) return Unexpected{left.error()};
    setup = std::move(*left);
  }
  const auto overwrite = [](std::string& value, const std::string& pinned) {
    if (!pinned.empty()) value = pinned;
  };
  overwrite(setup.model, config_.pinned_model);
  overwrite(setup.voice, config_.pinned_voice);
  overwrite(setup.system_instruction, config_.pinned_system_instruction);
  overwrite(setup.tools_json, config_.pinned_tools_json);
  if (setup.model.empty()) setup.model = config_.default_model;
  setup.model = proto::model_spelled_as(config_.default_model, setup.model);
  return Done{};
}

// What the model is known to refuse is left out, or refused here by its name.
Result<Done, proto::WireError> Session::fit_to_model(proto::Setup& setup) {
  profile_ = proto::profile_of(setup.model, config_.facts);
  for (std::string& name : proto::mend_setup(setup, profile_)) {
    note(NoteKind::setup_mended, 0, std::move(name));
  }
  if (auto refused = proto::check_setup(setup, profile_)) return Unexpected{*refused};
  return Done{};
}

void Session::open(proto::Setup setup, bool gated) {
  start_by_.reset();
  if (config_.full) return face_->full();
  if (config_.only_resume && setup.resumption_handle.empty()) {
    return fail(1011, "token_spent", "Token has been used too many times");
  }
  auto checked = pin(setup);
  if (checked) checked = fit_to_model(setup);
  if (!checked) return fail(checked.error().close_code, "bad_setup", checked.error().reason);
  meter_.open(meter::prices_of(setup.model, config_.prices));
  doctor_.fit(profile_);
  if (!is_usual_model(setup.model)) doctor_.forget_pace();
  turn_taking_ = choose_turn_taking(config_.client, config_.uplink, setup,
                                    !gated || setup.activity_detection.disabled, profile_);
  interrupts_ = setup.activity_handling == proto::ActivityHandling::interrupts;
  UplinkOptions options = config_.uplink;
  options.mode = turn_taking_.mode;
  options.silence = turn_taking_.silence;
  options.cut_in = turn_taking_.cut_in;
  Uplink::Listener& listener = *this;
  uplink_ = std::make_unique<Uplink>(options, turn_taking_.listens, listener);
  setup_ = std::move(setup);
  setup_.activity_detection.disabled |= turn_taking_.mode == UplinkMode::turns;
  // Between our marks is all that is heard; a default that counts pictures alone might leave out
  // the speech.
  blocking_functions_ = proto::blocking_functions(setup_.tools_json, profile_);
  if (turn_taking_.mode == UplinkMode::turns && setup_.turn_coverage.empty() && profile_.known() &&
      profile_.coverage == proto::TurnCoverage::activity_and_all_video) {
    setup_.turn_coverage = "TURN_INCLUDES_ALL_INPUT";
  }
  // Asked for on everybody's behalf: a broken connection is ours to mend, and without compression
  // the service ends a conversation when its context is full.
  setup_.resumption = true;
  setup_.compression |= profile_.known() || config_.client == ClientKind::native;
  tells_history_ = setup_.initial_history;
  link_.remember(setup_.resumption_handle);
  connect();
}

bool Session::pause_audio() {
  uplink_->end_stream();
  // The client's own mark ends the turn where the model honours it: no silence need pass first.
  silence_cut_short_ =
      profile_.stream_end_ends_turn && turn_taking_.silence > 0ms && uplink_->owes_silence();
  if (silence_cut_short_) uplink_->owe_silence(Millis(0));
  // Where nobody listens this is all that is known of an end.
  if (!uplink_->listens()) journal_.end_of_speech(/*sent=*/may_send_speech());
  return turn_taking_.mode == UplinkMode::open && !uplink_->owes_silence();
}

bool Session::tell_model(const Payload& wire, Asks asks) {
  time_.said(now_);
  ++counters_.texts;
  counters_.text_bytes += wire.size;
  if (is_spent()) return true;  // the session ends, and says why
  if (asks == Asks::reply) in_progress_ = remedied_ = false;
  turns_.reply_expected();
  journal_.forget_until(settled_until_);
  const bool ready = link_.is_ready();
  if (asks == Asks::history && ready) {
    send_upstream(wire);
    return true;
  }
  if (!journal_.message(out_->bytes(wire), asks, /*sent=*/ready)) return false;
  if (!ready) return true;
  send_upstream(wire);
  // A model that waits for a tool answers nothing before.
  const bool hears = !tools_.any_open_of(blocking_functions_);
  if (asks == Asks::reply && hears) doctor_.asked(now_, Input::written);
  return true;
}

void Session::wrote(bool by_person, std::string_view words, Asks asks) {
  if (asks == Asks::history) return transcript_.history(by_person, words);
  transcript_.line(by_person, words);
}

void Session::show(std::string_view mime_type, std::string_view base64) {
  ++counters_.pictures;
  if (is_spent() || !link_.is_ready()) {  // a picture of back then is of no use
    ++counters_.pictures_dropped;
    return;
  }
  if (!video_.admit(mime_type, base64, now_)) return;
  const std::size_t mark = out_->mark();
  proto::append_realtime_image(out_->arena(), mime_type, base64);
  send_upstream(out_->since(mark), Carries::picture);
}

void Session::replace_tools(std::string_view tools_json) {
  if (config_.pins_tools()) return;
  setup_.tools_json = tools_json;
  blocking_functions_ = proto::blocking_functions(setup_.tools_json, profile_);
}

void Session::replace_instruction(std::string_view instruction) {
  if (!config_.pins_instruction()) setup_.system_instruction = instruction;
}

void Session::stop() {
  if (uplink_) uplink_->end_stream();
  face_->bye("stopped", /*reconnect=*/false);
  out_->add(CloseClient{1000, "stopped"});
  finish();
}

void Session::fail(std::uint16_t close_code, std::string_view code, std::string_view message) {
  face_->error(code, message, /*fatal=*/true);
  note(NoteKind::failed, close_code, std::string(code));
  out_->add(CloseClient{close_code, std::string(message)});
  finish();
}

void Session::refuse(std::string_view code, std::string_view message) {
  ++counters_.messages_refused;
  face_->error(code, message, /*fatal=*/false);
  // A drop-in client hears nothing of it: the log is where its developer finds the sentence.
  const bool told = config_.client == ClientKind::native;
  note(NoteKind::message_refused, 0,
       std::string(code) + (told ? std::string() : ": " + std::string(message)));
}

void Session::on(const Tick&) {
  if (start_by_ && now_ >= *start_by_) {
    return fail(1008, "start_timeout", "Nothing was started within 10 s of connecting.");
  }
  if (config_.expires_at && now_ >= *config_.expires_at) {
    return fail(1011, "token_expired", "auth token has expired");
  }
  if (const auto until = line_.next_deadline(); until && now_ >= *until) {
    return end_waiting("it did not come back in time");
  }
  switch (link_.due(now_)) {
    case UpstreamLink::Due::nothing:
      break;
    case UpstreamLink::Due::connect:
      connect();
      break;
    case UpstreamLink::Due::setup_timeout:
      out_->add(CloseUpstream{link_.epoch()});
      upstream_lost(1006, "no answer to the setup within 15 s");
      break;
    case UpstreamLink::Due::ping:
      out_->add(PingUpstream{link_.epoch()});
      break;
    case UpstreamLink::Due::move_if_quiet:
      leave_if_quiet();
      break;
    case UpstreamLink::Due::move:
      leave("the service is about to end this connection");
      break;
  }
  if (finished_) return;
  if (const auto stall = doctor_.due(now_)) treat(*stall);
  if (const auto picture = video_.take_due(now_); picture && link_.is_ready()) {
    const std::size_t mark = out_->mark();
    proto::append_realtime_image(out_->arena(), picture->mime_type, picture->base64);
    send_upstream(out_->since(mark), Carries::picture);
  }
  counters_.pictures_dropped = std::max(counters_.pictures_dropped, video_.dropped());
  if (last_audio_ && uplink_ && uplink_->is_speaking() &&
      now_ - *last_audio_ >= limits::kAudioGapMax) {
    uplink_->end_stream();
  }
  if (const auto due = silence_due(); due && now_ >= *due) {
    silence_sent_ = now_;
    uplink_->fill_silence(kSilencePiece);
  }
  if (const auto due = marked_end_due(); due && now_ >= *due) end_lost_activity();
  if (late_results_at_ && now_ >= *late_results_at_) {
    late_results_at_.reset();
    tell_late_results_if_quiet();
  }
  // Last: what it held back goes to the model with all that is due now.
  give_up_on_tools();
}

// The microphone stands still, and the model waits for silence: it gets some, as time goes by.
std::optional<Instant> Session::silence_due() const {
  if (!uplink_ || !uplink_->owes_silence()) return std::nullopt;
  return std::max(last_audio_.value_or(began_) + kMicrophoneStands, silence_sent_ + kSilencePiece);
}

void Session::on(const Measured& event) {
  line_.queued(event.client_queued_bytes);
  if (!measure_next_) return;
  measure_next_ = false;
  gateway_ms_ = std::chrono::duration<double, std::milli>(event.spent).count();
}

// ---- helpers

void Session::send_upstream(const Payload& payload, Carries what) {
  if (what == Carries::text) meter_.sent_text(payload.size);
  if (what == Carries::picture) meter_.sent_picture();
  ++counters_.upstream_messages;
  turns_.sent_upstream(now_);
  out_->add(SendUpstream{link_.epoch(), payload});
}

double Session::clock_ms(Instant at) const {
  return std::chrono::duration<double, std::milli>(at - began_).count();
}

void Session::finish() {
  if (finished_) return;
  finished_ = true;
  meter_.connection_over();
  using State = UpstreamLink::State;
  if (link_.state() != State::idle && link_.state() != State::closed) {
    out_->add(CloseUpstream{link_.epoch()});
  }
  link_.close();
  out_->add(Finish{});
}

void Session::note(NoteKind kind, std::int64_t value, std::string detail) {
  out_->add(Note{kind, value, std::move(detail), {}});
}

}  // namespace livegate::session
