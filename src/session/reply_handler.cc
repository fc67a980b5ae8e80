#include "session/reply_handler.h"

#include <algorithm>
#include <string>

#include "proto/server_facts.h"

namespace livegate::session {
namespace {

// About half of the replies of some models begin with one sample beside the first words.
constexpr std::size_t kSoundOfNothing = 1;

using proto::Fact;
using proto::FactSet;

// A reply and its ends: what a message must not have anything beside, to be dropped with its reply.
constexpr FactSet kReply =
    proto::kReplyContent | FactSet{Fact::interrupted,          Fact::cancelled_calls,
                                   Fact::function_calls,       Fact::generation_complete,
                                   Fact::turn_complete,        Fact::waiting_for_input,
                                   Fact::turn_complete_reason, Fact::interaction_status};
// ... of which these say something.
constexpr FactSet kOfReply = {Fact::media,          Fact::text,
                              Fact::thoughts,       Fact::output_transcription,
                              Fact::function_calls, Fact::cancelled_calls,
                              Fact::interrupted,    Fact::generation_complete,
                              Fact::turn_complete};
// ... and these answer.
constexpr FactSet kAnswer = {Fact::media, Fact::text, Fact::output_transcription,
                             Fact::function_calls};
// Beside an interruption these say nothing.
constexpr FactSet kInterruption = {Fact::interrupted,          Fact::thoughts,
                                   Fact::unknown_in_content,   Fact::waiting_for_input,
                                   Fact::turn_complete_reason, Fact::interaction_status};

bool has_answer(const proto::ServerMessage& message) {
  return proto::facts_of(message).has_any_of(kAnswer);
}

// Not a word of it is left.
bool is_empty(FactSet facts) { return facts.is_within(kReply) && !facts.has_any_of(kOfReply); }

}  // namespace

ReplyHandler::ReplyHandler(SessionState& state, ClientChannel& client, ModelConnection& model,
                           SpeechInput& speech, ModelInput& input, ToolRelay& tools)
    : state_(state),
      context_(state.context),
      exchange_(state.exchange),
      replay_(state.replay),
      speculative_end_(state.speculative_end),
      client_(client),
      model_(model),
      speech_(speech),
      input_(input),
      tools_(tools) {}

// ---- messages and whether they wait

void ReplyHandler::on_message(proto::ServerMessage& message, PaddedText raw) {
  if (!hold(message, raw)) on_reply(message, raw, std::nullopt);
}

// True if the message waits until the end of speech that it may answer is final.
bool ReplyHandler::hold(const proto::ServerMessage& message, PaddedText raw) {
  if (!speculative_end_.holds()) return false;
  const FactSet facts = proto::facts_of(message);
  if (!facts.has_any_of(kOfReply) && !speculative_end_.holds_reply()) return false;
  if (speculative_end_.keep(raw.view(), context_.now, model_.stops_for(message))) {
    if (facts.has_any_of(kAnswer)) exchange_.watchdog.content(context_.now, std::nullopt);
    // The person's own words are no part of the reply.
    if (message.input_transcription) show_transcript(*message.input_transcription);
    return true;
  }
  // More than a second of holding can bring: the model answers, so the person has finished.
  release_held();
  return model_.read(raw) == nullptr;  // the held ones were read over this one
}

void ReplyHandler::release_held() {
  for (const HeldReply::Message& held : speculative_end_.release()) {
    if (proto::ServerMessage* const message = model_.read(held.text.text())) {
      on_reply(*message, held.text.text(), held.arrived);
    }
  }
}

void ReplyHandler::on_reply(proto::ServerMessage& message, PaddedText raw,
                            std::optional<Instant> arrived) {
  if (message.input_transcription && !arrived) show_transcript(*message.input_transcription);
  bool for_client =
      !exchange_.turns.unwanted(context_.now) || !proto::facts_of(message).is_within(kReply);
  if (message.interrupted) for_client &= on_interrupted(message);
  const std::size_t calls = message.function_calls.size();
  const bool stale = on_content(message, arrived.value_or(context_.now));
  const bool renamed = tools_.on_cancelled(message);
  const bool changed = message.function_calls.size() < calls || renamed;
  const FactSet left = proto::facts_of(message);
  const bool nothing_left = changed && is_empty(left);
  if (changed && !nothing_left) raw = rewritten(message);
  const bool drop = !for_client || nothing_left || (stale && left.is_within(proto::kReplyContent));
  client_.tell(notice::ModelSaid{raw, message, drop});
  if (message.generation_complete && exchange_.turns.replying()) on_generated(stale);
  if (message.usage) {
    exchange_.reply.usage = message.usage;
    exchange_.reply.usage->json = {};  // it is a view of this message
  }
  if (message.turn_complete) on_turn_complete(message);
  // Handles and figures come from a model that sleeps, too.
  if (left.has(Fact::thoughts) || is_empty(left)) exchange_.watchdog.alive(context_.now);
}

PaddedText ReplyHandler::rewritten(const proto::ServerMessage& message) {
  std::string wire;
  proto::append_server_message(wire, message);
  rewritten_ = PaddedString(wire);
  return rewritten_.text();
}

// A model that was told the same speech again writes the same words again.
void ReplyHandler::show_transcript(const proto::Transcription& words) {
  const proto::Transcription fresh = replay_.new_words(words);
  if (fresh.text.empty() && !fresh.finished) return;
  replay_.transcript.person(fresh.text);
  client_.tell(
      notice::Transcript{proto::native::Role::user, exchange_.turns.current_turn(), fresh});
}

void ReplyHandler::show_words(std::string_view words, std::uint64_t turn, bool finished) {
  if (words.empty() && !finished) return;
  replay_.transcript.model(words);
  exchange_.playback.sent_words(words);
  client_.tell(
      notice::Transcript{proto::native::Role::model, turn, {.text = words, .finished = finished}});
}

// ---- content

// True if the message's content belongs to a reply that was cut off.
bool ReplyHandler::on_content(proto::ServerMessage& message, Instant arrived) {
  state_.said_something();
  if (!has_answer(message)) return false;
  const auto content = exchange_.turns.content(arrived);
  if (!content) {
    ++context_.counters.stale_messages;
    tools_.refuse_calls(message);
    return true;
  }
  Exchange::Reply& reply = exchange_.reply;
  exchange_.replying = true;
  if (content->begins) on_begun(content->turn);
  if (message.output_transcription) {
    const proto::Transcription& words = *message.output_transcription;
    const std::string_view visible = reply.markup.push(words.text);
    reply.check.words(words.text, visible);
    show_words(visible, content->turn, words.finished);
  }
  for (const proto::InlineData& data : message.media) {
    if (data.mime_type.starts_with("audio/")) on_audio(data, arrived);
  }
  for (const std::string_view text : message.text) {
    reply.spoken = true;
    reply.check.text(text);
    replay_.transcript.model(text);
    client_.tell(notice::Text{content->turn, text});
  }
  const bool calls = !message.function_calls.empty();
  const bool more_follows = !calls && !replay_.tools.any_open() && !reply.generated;
  if (calls) reply.check.called();
  input_.learn_from_answer();
  const auto answer = exchange_.watchdog.content(
      context_.now,
      more_follows ? std::optional(exchange_.playback.plays_until(context_.now)) : std::nullopt);
  if (answer && reply.check.answers() && model_.is_usual_model()) exchange_.answer_time = answer;
  // A model that calls continues in another turn.
  if (calls) exchange_.turns.reply_expected();
  tools_.on_calls(message, content->turn);
  return false;
}

void ReplyHandler::on_begun(std::uint64_t turn) {
  replay_.reply_began();
  exchange_.begin_reply(context_.now);
  speech_.uplink().begin_reply();
  client_.tell(notice::TurnStarted{turn});
}

void ReplyHandler::on_audio(const proto::InlineData& data, Instant arrived) {
  Exchange::Reply& reply = exchange_.reply;
  const std::size_t samples = data.base64.size() / 4 * 3 / sizeof(std::int16_t);
  reply.check.sound(samples);
  audio::EchoGuard* const reference = speech_.reference();
  const Encoded sent = client_.tell(
      notice::ReplyAudio{data, /*wants_samples=*/reference != nullptr || !reply.check.audible()});
  if (sent.reply_samples > 0) exchange_.playback.sent(sent.reply_samples, context_.now);
  if (!sent.samples.empty()) {
    reply.check.audio(sent.samples);
    if (reference != nullptr) {
      reference->reference(sent.samples, context_.now);
      context_.counters.echo_frames_dropped = reference->dropped_frames();
    }
  }
  // Behind a call it answers what was said since, too.
  if (!std::exchange(reply.spoken, true)) replay_.answers_until_here();
  if (samples <= kSoundOfNothing) return;  // a place for words, before any sound
  if (!reply.gateway_ms) reply.measure_next = true;
  exchange_.turns.audio_forwarded(arrived, context_.now);
}

// ---- ends

void ReplyHandler::on_generated(bool stale) {
  exchange_.playback.complete();
  exchange_.reply.generated = true;
  // A model that is idle by its word alone may have spoken a holding line.
  if (exchange_.reply.check.answers() && !context_.profile.idle_by_status) on_answered();
  if (!stale) client_.tell(notice::GenerationComplete{exchange_.turns.current_turn()});
}

void ReplyHandler::on_turn_complete(const proto::ServerMessage& message) {
  const bool was_interrupted =
      std::exchange(exchange_.interrupted_unheard, false) || message.interrupted;
  const bool for_nobody =
      exchange_.turns.unwanted(context_.now) || exchange_.turns.is_dropping() || was_interrupted;
  // An answer is owed until such a model says that it is idle.
  if (context_.profile.idle_by_status && !message.interaction_status.empty()) {
    exchange_.in_progress = message.interaction_status == "IN_PROGRESS";
  }
  if (const auto finished = exchange_.turns.completed(context_.now)) {
    on_turn_finished(*finished);
    if (!finished->cut_off && !exchange_.in_progress) tools_.tell_late_results();
  } else if (!for_nobody && !message.turn_complete_reason.empty()) {
    on_rejected(message.turn_complete_reason);
  } else if (!for_nobody && !chooses_silence()) {
    exchange_.watchdog.empty_turn(context_.now);
  } else if (!for_nobody) {
    exchange_.watchdog.disarm();  // the model has nothing to say, and says so
  }
  exchange_.reply.usage.reset();
}

bool ReplyHandler::chooses_silence() const {
  return context_.profile.known() && context_.profile.always_proactive;
}

// The reply in hand is all there, or all of it that is wanted.
void ReplyHandler::on_answered() {
  exchange_.watchdog.settled();
  if (std::exchange(exchange_.replying, false)) replay_.settle();
}

void ReplyHandler::on_turn_finished(const turn::TurnMachine::Finished& finished, bool connected) {
  Exchange::Reply& reply = exchange_.reply;
  exchange_.playback.complete();
  show_words(reply.markup.finish(), finished.turn, /*finished=*/false);
  const auto verdict = finished.cut_off ? std::nullopt : reply.check.verdict();
  const bool holding = exchange_.in_progress && !finished.cut_off && !verdict;
  const bool over = !finished.cut_off || reply.generated;
  if (over && !verdict && !holding) {
    on_answered();
    exchange_.rejections = 0;
  }
  // A model that continues while its calls are open has answered all the same.
  if (!finished.cut_off && reply.spoken && !verdict && !holding) replay_.forget_answered();
  if (verdict) on_no_answer(*verdict, finished.turn, connected);
  if (holding) {
    exchange_.replying = false;
    on_no_answer(NoAnswer::holding_line, finished.turn, connected);
    exchange_.watchdog.holding(context_.now);
  }
  meter::SessionMeter& meter = state_.spending.meter;
  const meter::Spend turn = meter.take_untold();
  client_.tell(
      notice::TurnComplete{finished, reply.gateway_ms, reply.usage, {turn, meter.session()}});
  context_.out->add(Note{NoteKind::turn_finished, 0, {}, finished});
  reply.gateway_ms.reset();
  reply.measure_next = false;
}

void ReplyHandler::connection_lost() {
  const auto cut = exchange_.turns.lost(exchange_.reply.generated);
  if (cut) on_turn_finished(*cut, /*connected=*/false);
  if (cut && cut->cut_off) replay_.transcript.reply_lost();
  exchange_.replying = false;
  exchange_.in_progress = false;
}

// ---- replies that answer nothing

// The model is asked again once, where an answer is owed. Where the connection went with the reply,
// what is not answered is said over the next one anyhow.
void ReplyHandler::on_no_answer(NoAnswer kind, std::uint64_t turn, bool connected) {
  context_.note(NoteKind::no_answer, static_cast<std::int64_t>(kind));
  client_.tell(notice::NoAnswer{turn, kind, {}});
  if (kind == NoAnswer::holding_line) return;
  replay_.transcript.reply_lost();
  const bool owed = !replay_.input.empty() || replay_.tools.any_repeatable();
  if (!owed || std::exchange(exchange_.recovered, true)) return on_answered();
  exchange_.replying = false;
  if (!connected || speech_.is_speaking()) return;  // a new question takes its place
  if (kind == NoAnswer::no_speech || replay_.input.empty()) {
    return input_.reprompt(Input::written);
  }
  input_.repeat_question();
}

// The service ends turns without a word of content. After two of them in a row a session of its
// own may help; after two more the person is told.
void ReplyHandler::on_rejected(std::string_view reason) {
  constexpr int kPatience = 2;
  exchange_.watchdog.disarm();
  context_.note(NoteKind::no_answer, static_cast<std::int64_t>(NoAnswer::rejected),
                std::string(reason));
  client_.tell(notice::NoAnswer{exchange_.turns.last_turn(), NoAnswer::rejected, reason});
  ++exchange_.rejections;
  if (exchange_.rejections == kPatience) {
    wants_new_session_ = true;
  } else if (exchange_.rejections == 2 * kPatience) {
    replay_.input.forget_until(replay_.input.place());
    client_.tell(notice::Error{
        "model_rejects",
        "The model rejects its own answers, in a new session too: ask something else.",
        /*fatal=*/false});
  }
}

// ---- interruptions

// False if the client knows, or it is none of its business.
bool ReplyHandler::on_interrupted(const proto::ServerMessage& message) {
  exchange_.watchdog.settled();
  exchange_.interrupted_unheard = !exchange_.turns.replying();
  // A question that is asked again begins an activity, too: nobody has cut in.
  const bool by_ourselves = exchange_.watchdog.recovering() && exchange_.interrupted_unheard;
  const auto turn = by_ourselves ? std::nullopt : exchange_.turns.interrupted(context_.now);
  if (!turn) {
    const bool says_more = !proto::facts_of(message).is_within(kInterruption);
    return says_more || exchange_.turns.last_turn() == 0;
  }
  ++context_.counters.interruptions;
  tell_interrupted(*turn, InterruptedBy::model);
  return true;
}

void ReplyHandler::interrupt() {
  const bool playing = exchange_.playback.is_playing(context_.now);
  const auto turn = exchange_.turns.interrupt_locally(playing);
  if (!turn) return;
  ++context_.counters.interruptions;
  tell_interrupted(*turn, InterruptedBy::gateway);
}

void ReplyHandler::tell_interrupted(std::uint64_t turn, InterruptedBy by) {
  Playback& playback = exchange_.playback;
  exchange_.interrupted = context_.now;
  playback.flushed(context_.now);
  const std::string heard = playback.heard_words(context_.now);
  replay_.transcript.model_was_heard(heard);
  on_answered();
  // Also where the reply had broken off with its connection: nobody wants it again.
  replay_.forget_answered();
  if (auto* const reference = speech_.reference()) reference->flush();
  client_.tell(notice::Interrupted{turn, by, playback.played(context_.now), heard});
  if (by == InterruptedBy::gateway && context_.config.tell_heard) input_.tell_heard();
}

}  // namespace livegate::session
