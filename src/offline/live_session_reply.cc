// The other half of LiveSession: what follows from what the client said or the recogniser
// understood.
#include <algorithm>
#include <utility>

#include "base/base64.h"
#include "base/check.h"
#include "base/limits.h"
#include "offline/live_session.h"

namespace livegate::offline {
namespace {

// A refused utterance with less speech than this was a cough, a door, a key: no reason to talk.
constexpr Millis kNoiseMax = 300ms;

constexpr std::string_view kTooBusy =
    "I am sorry, I could not listen just now. Please say that again.";

// What a model that translates says of words that are not in its small vocabulary.
constexpr std::string_view kUntranslated = "Something was said that I cannot translate.";

std::string_view first_word(std::string_view text) { return text.substr(0, text.find(' ', 1)); }

}  // namespace

void LiveSession::handle(const LiveEvent& event, Instant now, LiveActions& out) {
  if (state_ == State::closed) return;
  if (const auto* text = std::get_if<ClientText>(&event)) {
    on_message(text->message, now, out);
  } else if (const auto* done = std::get_if<RecognitionDone>(&event)) {
    on_recognised(*done, now, out);
  } else if (const auto* spoken = std::get_if<SentenceSpoken>(&event)) {
    if (turn_) turn_->on_sentence(*spoken, out);
  } else if (const auto* ping = std::get_if<Pinged>(&event)) {
    on_ping(ping->payload, now, out);
  } else if (std::holds_alternative<ClientGone>(event)) {
    on_gone(now, out);
  }
  advance(now, out);
  if (frozen_) {
    std::erase_if(out, [](const auto& action) { return std::holds_alternative<Send>(action); });
  }
}

void LiveSession::on_gone(Instant now, LiveActions& out) {
  if (turn_) turn_->abandon(out);
  turn_.reset();
  gap_.reset();
  inputs_.clear();
  recognitions_.clear();
  if (state_ == State::open || state_ == State::setting_up) {
    parts_.handles.closed(options_.id, now);
  }
  state_ = State::closed;
}

void LiveSession::take_heard(std::vector<Heard>& heard, Instant now, LiveActions& out) {
  for (Heard& each : heard) {
    auto* utterance = std::get_if<Utterance>(&each);
    if (!utterance) {
      send_activity(proto::ActivityType::start, out);
      if (interrupts_) interrupt(now, out);
      continue;
    }
    send_activity(proto::ActivityType::end, out);
    if (recognitions_.size() >= limits::kOfflineRecognitionsMax) {
      ++counts_.unheard;
      continue;
    }
    ++counts_.utterances;
    ++conversation_->utterances;
    count_prompt(0, audio_tokens(utterance->samples.size(), audio::kUplinkRateHz));
    recognitions_.push_back({.id = ++utterances_,
                             .voiced = utterance->voiced,
                             .deliberate = utterance->deliberate,
                             .ended_at = now - utterance->quiet});
    out.push_back(Recognize{.utterance = utterances_, .samples = std::move(utterance->samples)});
  }
  heard.clear();
}

void LiveSession::on_recognised(const RecognitionDone& done, Instant now, LiveActions& out) {
  const auto found = std::ranges::find(recognitions_, done.utterance, &PendingRecognition::id);
  if (found == recognitions_.end()) return;
  const PendingRecognition pending = *found;
  recognitions_.erase(found);
  if (!done.recognition) {
    ++counts_.unheard;
    return respond({.kind = InputKind::too_busy, .words = {}, .ended_at = pending.ended_at}, now,
                   out);
  }
  if (done.recognition->accepted) {
    if (input_transcription_) transcribe(heard_as(done.recognition->text), out);
    return respond(
        {.kind = InputKind::words, .words = done.recognition->text, .ended_at = pending.ended_at},
        now, out);
  }
  // Somebody who is speaking again has only paused: no word into the middle of a sentence.
  if (!pending.deliberate && (pending.voiced < kNoiseMax || ear_->speaking())) return;
  if (turn_ && interrupts_) return;  // mumbling is no reason to cut an answer short
  if (const std::string heard = heard_as({}); input_transcription_ && !heard.empty()) {
    transcribe(heard, out);
  }
  respond({.kind = InputKind::not_understood, .words = {}, .ended_at = pending.ended_at}, now, out);
}

// What is to be transcribed of words that were recognised: a scenario may say otherwise.
std::string LiveSession::heard_as(const std::string& words) const {
  const ScenarioAnswer* const answer = place_.peek(words);
  return answer != nullptr && !answer->heard.empty() ? answer->heard : words;
}

// Of an utterance whose first part has been transcribed: the rest.
void LiveSession::transcribe(std::string_view text, LiveActions& out) {
  proto::ServerMessage message;
  const bool goes_on = !transcribed_.empty() && text.starts_with(transcribed_);
  message.input_transcription =
      proto::Transcription{.text = goes_on ? text.substr(transcribed_.size()) : text};
  std::string_view rest = message.input_transcription->text;
  const bool word_by_word = profile_->transcript == proto::TranscriptPlace::ahead;
  const int times = !rest.empty() && suffers(Fault::duplicate_transcript) ? 2 : 1;
  while (!rest.empty()) {
    const std::string_view part = word_by_word ? first_word(rest) : rest;
    message.input_transcription->text = part;
    for (int i = 0; i < times; ++i) send(message, out);
    rest.remove_prefix(part.size());
  }
  transcribed_ = ear_->manual() ? text : std::string_view();
}

// While a turn is on, an input is one that began before it and ended after: newer than what is
// being answered. It takes the turn's place, unless that would cancel a call the person has asked
// for.
void LiveSession::respond(Input input, Instant now, LiveActions& out) {
  cancel_blocking(out);
  const bool stuck = turn_ && turn_->frozen();
  if (stuck || (turn_ && interrupts_ && !turn_->has_open_calls())) interrupt(now, out);
  if (turn_) {
    if (inputs_.size() >= limits::kOfflineInputsMax) inputs_.pop_front();
    inputs_.push_back(std::move(input));
    return;
  }
  owed_ = input;
  if (input.kind != InputKind::too_busy && begin_scripted(input, out)) return;
  begin_answer(answer_to(input), input.ended_at, out);
}

assistant::Reply LiveSession::answer_to(const Input& input) {
  switch (input.kind) {
    case InputKind::words:
      if (!profile_->turns) return {.calls = {}, .speech = input.words};
      // Asked to begin by itself, it greets.
      if (input.words.empty() && conversation_->turns == 0) return brain_->on_words("hello");
      return brain_->on_words(input.words);
    case InputKind::not_understood:
      if (!profile_->turns) return {.calls = {}, .speech = std::string(kUntranslated)};
      return brain_->on_not_understood();
    case InputKind::too_busy:
      return {.calls = {}, .speech = std::string(kTooBusy)};
  }
  return {};
}

// What the scenario has to say to it; false: nothing.
bool LiveSession::begin_scripted(const Input& input, LiveActions& out) {
  const ScenarioAnswer* const answer = place_.next(input.words);
  if (answer == nullptr) return false;
  if (!answer->calls.empty()) {
    if (promises_.size() >= limits::kOpenToolCallsMax) promises_.pop_front();
    promises_.emplace_back(answer->calls.front(), answer->then_say);
  }
  begin_answer({.calls = answer->calls, .speech = answer->say}, input.ended_at, out, answer);
  return true;
}

// What a scenario says about the answers to its calls; nothing if they are none of its.
std::optional<assistant::Reply> LiveSession::promised(
    const std::vector<assistant::ToolRequest>& calls) {
  const auto found = std::ranges::find_if(promises_, [&](const auto& promise) {
    return promise.first.name == calls.front().name &&
           promise.first.args_json == calls.front().args_json;
  });
  if (found == promises_.end()) return std::nullopt;
  assistant::Reply reply{.calls = {}, .speech = std::move(found->second)};
  promises_.erase(found);
  return reply;
}

// To something that was said: where the model has that habit, with a holding line first.
void LiveSession::begin_answer(assistant::Reply reply, Instant ended_at, LiveActions& out,
                               const ScenarioAnswer* scripted) {
  gap_.reset();
  second_hold_at_.reset();
  const bool holds = habits_.holds_first && !(reply.calls.empty() && reply.speech.empty());
  if (!holds) return begin_turn(std::move(reply), ended_at, out, scripted);
  gap_ = Gap{.reply = std::move(reply), .fault = std::nullopt, .due = std::nullopt};
  begin_turn({.calls = {}, .speech = "Let me see."}, ended_at, out, scripted);
  if (!turn_ || !turn_->says_something()) gap_.reset();
}

TurnOptions LiveSession::turn_options(const assistant::Reply& reply) {
  const StandinSettings& settings = options_.settings;
  const bool real_time = profile_->pace == proto::Pace::real_time && !settings.send_speed;
  const proto::TranscriptPlace words = profile_->transcript;
  TurnOptions turn{.output_transcription = output_transcription_,
                   .mouth = {.first_piece_samples = settings.first_piece_samples,
                             .piece_samples = settings.piece_samples,
                             .send_speed = settings.send_speed.value_or(real_time ? 1.03 : 4.0)},
                   .style = {.habits = habits_,
                             .vertex = options_.vertex,
                             .words_apart = words != proto::TranscriptPlace::with_audio ||
                                            !profile_->many_parts},
                   .profile = *profile_,
                   .doubles_calls = !reply.calls.empty() && suffers(Fault::duplicate_call),
                   .continuous = !profile_->turns,
                   .cut_after_samples = {}};
  MouthOptions& mouth = turn.mouth;
  if (habits_.begins_with_a_sample && rng_.uniform() < 0.5) mouth.first_piece_samples = 1;
  if (words == proto::TranscriptPlace::ahead)
    mouth.words_ahead_samples = 2 * audio::kDownlinkRateHz;
  mouth.words_first = words == proto::TranscriptPlace::whole_first;
  if (real_time) {  // pauses of 0.75 s and more have been recorded in replies of 3 s
    mouth.pause_after_samples = 2 * audio::kDownlinkRateHz;
    mouth.pause = 750ms;
  }
  spoil(turn);
  return turn;
}

void LiveSession::begin_turn(assistant::Reply reply, Instant ended_at, LiveActions& out,
                             const ScenarioAnswer* scripted) {
  LIVEGATE_CHECK(!turn_);
  send_late_end(out);
  ++counts_.turns;
  ++conversation_->turns;
  response_tokens_ = 0;
  turn_fault_ = dice_.for_turn();
  if (scripted != nullptr && scripted->fault) turn_fault_ = scripted->fault;
  if (turn_fault_ && falls_silent(*turn_fault_)) return;
  if (turn_fault_ && is_wordless(*turn_fault_)) reply = {};
  Millis thinks = options_.settings.first_audio;
  if (scripted != nullptr) thinks = scripted->delay.value_or(thinks);
  if (turn_fault_ == Fault::slow_first_audio) thinks = kSlowFirstAudio;
  turn_.emplace(names_, turn_options(reply));
  closes_on_audio_ = !reply.calls.empty() && suffers(Fault::close_on_audio);
  if (scripted != nullptr && scripted->silence > Millis{0}) {
    turn_->say_nothing_for(scripted->silence);
  }
  if (thinks > Millis{0}) turn_->wait_until(ended_at + thinks);
  if (habits_.handles_in_turns) {
    offer_handle(ended_at, out);
  } else if (resumption_ && profile_->turns) {
    proto::ServerMessage message;  // neither handle nor resumable: not now
    message.resumption.emplace();
    send(message, out);
  }
  deliver(std::move(reply), out);
}

void LiveSession::deliver(assistant::Reply reply, LiveActions& out) {
  const CallKind kind = kind_of(reply);
  if (habits_.speaks_when_not_blocked && kind == CallKind::background && reply.speech.empty()) {
    reply.speech = "One moment.";
  }
  if (reply.calls.empty() && !reply.speech.empty() && !picture_speech_.empty() && !gap_) {
    reply.speech = std::exchange(picture_speech_, {}) + " " + reply.speech;
  }
  for (const assistant::ToolRequest& call : reply.calls) {
    ++counts_.tool_calls;
    response_tokens_ += text_tokens(call.name.size() + call.args_json.size());
  }
  turn_->perform(reply, out, kind);
}

CallKind LiveSession::kind_of(const assistant::Reply& reply) const {
  if (reply.calls.empty()) return CallKind::awaited;
  if (runs_in_background(reply)) return CallKind::background;
  return profile_->call_ends_turn ? CallKind::blocking : CallKind::awaited;
}

// A reply whose calls all go on without the model's waiting for them.
bool LiveSession::runs_in_background(const assistant::Reply& reply) const {
  if (profile_->tools == proto::ToolUse::blocking_only) return false;
  return std::ranges::none_of(reply.calls, [this](const auto& call) {
    return std::ranges::find(blocking_functions_, call.name) != blocking_functions_.end();
  });
}

// Once the person is silent and nothing else is being said.
void LiveSession::begin_reaction(LiveActions& out) {
  if (reactions_.empty() || !may_speak()) return;
  Reaction reaction = std::move(reactions_.front());
  reactions_.pop_front();
  begin_turn(std::move(reaction.reply), reaction.since, out);
}

void LiveSession::note_calls() {
  for (std::string& id : turn_->take_called()) conversation_->called(std::move(id));
  CallBatch background = turn_->take_background();
  if (background.empty()) return;
  keep_background(std::move(background));
}

void LiveSession::send_activity(proto::ActivityType type, LiveActions& out) {
  if (!profile_->voice_activity) return;
  const std::uint64_t ms = heard_samples_ * 1000 / audio::kUplinkRateHz;
  const std::string offset =
      '"' + std::to_string(ms / 1000) + '.' + std::to_string(1000 + ms % 1000).substr(1) + "s\"";
  proto::ServerMessage message;
  message.activity = type;
  message.unknown.push_back({.path = "voiceActivity", .key = "audioOffset", .json = offset});
  send(message, out);
  if (habits_.activity_beside_content) send_empty_content(out);
}

void LiveSession::interrupt(Instant now, LiveActions& out) {
  cancel_blocking(out);
  if (!turn_) return;
  ++counts_.interruptions;
  ++conversation_->interruptions;
  for (const OpenCall& call : turn_->open_calls().calls()) {
    if (!call.response_json) ++conversation_->tool_calls_cancelled;
  }
  inputs_.clear();  // older than the interruption: no longer what the person wants
  gap_.reset();
  turn_->interrupt(out);
  finish_turn(now, out, Ending::cut);
}

void LiveSession::finish_turn(Instant now, LiveActions& out, Ending ending) {
  if (profile_->turns) complete_turn(now, out, ending);
  context_tokens_ += response_tokens_ + audio_tokens(turn_->sent_samples(), audio::kDownlinkRateHz);
  turn_.reset();
  turn_fault_.reset();
  if (gap_) open_gap(now, out);
  if (state_ != State::open) return;
  if (next_brain_ && background_.empty()) {
    use_brain(std::move(next_brain_->brain), std::move(next_brain_->tools_json), out);
    next_brain_.reset();
  }
  if (profile_->turns && (resumption_ || habits_.handles_in_turns)) offer_handle(now, out);
  if (inputs_.empty()) return;
  Input next = std::move(inputs_.front());
  inputs_.pop_front();
  respond(std::move(next), now, out);
}

// The turn's last message: at once, or a while after `interrupted`.
void LiveSession::complete_turn(Instant now, LiveActions& out, Ending ending) {
  proto::ServerMessage message;
  message.turn_complete = true;
  message.turn_complete_reason = std::exchange(complete_reason_, {});
  const std::string usage = usage_json();
  if (!suffers(Fault::no_usage)) message.usage.emplace().json = usage;
  if (profile_->idle_by_status) {
    const bool more = gap_ || !background_.empty() || !reactions_.empty();
    message.interaction_status = more ? "IN_PROGRESS" : "IDLE";
  }
  if (ending == Ending::completed || habits_.interrupted_to_complete == Millis{0}) {
    return send(message, out);
  }
  LateEnd& late =
      late_end_.emplace(LateEnd{.due = now + habits_.interrupted_to_complete, .bytes = {}});
  proto::append_server_message(late.bytes, message);
}

void LiveSession::advance(Instant now, LiveActions& out) {
  if (state_ == State::awaiting_setup && now - opened_at_ >= limits::kStartTimeMax) {
    return close(1011, "Deadline expired before operation could complete.", now, out);
  }
  send_pongs(now, out);
  if (state_ == State::setting_up && setup_ready_at_ && now >= *setup_ready_at_) {
    complete_setup(now, out);
  }
  if (state_ == State::open) advance_age(now, out);
  if (state_ != State::open) return;
  if (ends_with_gap() && now - last_audio_at_ >= limits::kAudioGapMax) {
    std::vector<Heard> heard;
    ear_->end_stream(heard);
    take_heard(heard, now, out);
  }
  advance_turn(now, out);
  if (state_ == State::open) advance_gap(now, out);
}

// Whether audio that stops coming ends what is being said.
bool LiveSession::ends_with_gap() const {
  return ear_->speaking() && !ear_->manual() && profile_->stream_end_ends_turn;
}

void LiveSession::advance_turn(Instant now, LiveActions& out) {
  begin_reaction(out);
  while (turn_) {
    turn_->advance(now, out);
    note_calls();
    if (turn_->at_cut() && !turn_->frozen()) {
      suffer_in_turn(now, out);
      if (state_ != State::open) return;
      continue;
    }
    if (!turn_->over(now)) break;
    ++conversation_->turns_complete;
    if (turn_->says_something() && !gap_) owed_.reset();
    finish_turn(now, out);
    if (state_ != State::open) return;
    begin_reaction(out);
  }
}

std::optional<LiveDeadline> LiveSession::next_deadline() const {
  if (state_ == State::closed) return std::nullopt;
  if (state_ == State::awaiting_setup) {
    return earlier(next_duty(),
                   LiveDeadline{opened_at_ + limits::kStartTimeMax, LiveDeadlineReason::setup_due});
  }
  std::optional<LiveDeadline> next = next_duty();
  if (state_ == State::setting_up) return next;
  if (ends_with_gap()) {
    next = earlier(
        next, LiveDeadline{last_audio_at_ + limits::kAudioGapMax, LiveDeadlineReason::audio_gap});
  }
  next = earlier(next, next_outside());
  return turn_ ? earlier(next, turn_->next_deadline()) : next;
}

void LiveSession::offer_handle(Instant now, LiveActions& out) {
  // Calls that are still open cannot be taken along.
  if (!background_.empty()) return;
  auto state =
      std::make_shared<Remembered>(Remembered{.brain = *brain_,
                                              .tools_json = tools_json_,
                                              .tools_updated = tools_updated_,
                                              .picture_noticed = picture_noticed_,
                                              .context_tokens = context_tokens_,
                                              .context_audio_tokens = context_audio_tokens_,
                                              .place = place_,
                                              .conversation = conversation_});
  const std::string handle = make_uuid(rng_);
  parts_.handles.keep(options_.id, handle, std::move(state), now);
  proto::ServerMessage message;
  message.resumption = proto::ResumptionUpdate{.handle = handle, .resumable = true};
  send(message, out);
}

void LiveSession::use_brain(assistant::Brain brain, std::string tools_json, LiveActions& out) {
  brain_.emplace(std::move(brain));
  blocking_functions_ = proto::blocking_functions(tools_json, *profile_);
  tools_json_ = std::move(tools_json);
  out.push_back(UseGrammar{.jsgf = place_.with_phrases(brain_->grammar(), parts_.knows_word)});
}

std::optional<std::vector<std::uint8_t>> LiveSession::decode_media(std::string_view base64) const {
  std::vector<std::uint8_t> bytes(base64::decoded_size_max(base64.size()));
  const std::optional<std::size_t> count = base64::decode(base64, bytes.data());
  if (!count) return std::nullopt;
  bytes.resize(*count);
  return bytes;
}

}  // namespace livegate::offline
