// What the model says: whose it is, what of it still counts, and what the client is told.
#include <algorithm>
#include <utility>

#include "session/session.h"

namespace livegate::session {
namespace {

// About half of the replies of some models begin with one sample beside the first words.
constexpr std::size_t kSoundOfNothing = 1;

// A message without any content of a reply: dropping it would lose a fact.
bool is_content_only(const proto::ServerMessage& m) {
  return !m.setup_complete && !m.resumption && !m.activity && !m.input_transcription &&
         !m.interim_input_transcription && !m.interrupted && m.cancelled_call_ids.empty() &&
         m.function_calls.empty() && !m.generation_complete && !m.turn_complete && !m.usage &&
         !m.go_away_time_left && is_known_beside_content(m);
}

// What holds nothing but a reply, its ends included: part of a reply that nobody waits for.
bool is_reply_only(const proto::ServerMessage& m) {
  return !m.setup_complete && !m.resumption && !m.activity && !m.input_transcription &&
         !m.interim_input_transcription && !m.usage && !m.go_away_time_left &&
         is_known_beside_content(m);
}

bool is_of_reply(const proto::ServerMessage& m) {
  return !m.media.empty() || !m.text.empty() || m.output_transcription || !m.thoughts.empty() ||
         !m.function_calls.empty() || !m.cancelled_call_ids.empty() || m.interrupted ||
         m.generation_complete || m.turn_complete;
}

bool has_content(const proto::ServerMessage& m) {
  return !m.media.empty() || !m.text.empty() || m.output_transcription || !m.function_calls.empty();
}

// Not a word of it is left.
bool is_empty(const proto::ServerMessage& m) { return is_reply_only(m) && !is_of_reply(m); }

bool is_only_interrupted(const proto::ServerMessage& m) {
  return m.interrupted && is_reply_only(m) && m.media.empty() && m.text.empty() &&
         !m.output_transcription && m.function_calls.empty() && m.cancelled_call_ids.empty() &&
         !m.generation_complete && !m.turn_complete;
}

}  // namespace

void Session::on(const UpstreamMessage& event) {
  if (event.epoch != link_.epoch()) return;
  ++counters_.downlink_messages;
  doctor_.sign_of_life();
  proto::ServerMessage& message = codecs_.server_message;
  if (const auto decoded = codecs_.gemini.decode_server(event.text, message); !decoded) {
    ++counters_.messages_refused;
    return note(NoteKind::message_refused, 0, "upstream");
  }
  if (message.resumption && message.resumption->resumable && !message.resumption->handle.empty()) {
    link_.remember(message.resumption->handle);
    transcript_.checkpoint();
  }
  if (message.setup_complete) on_setup_complete(event.text);
  if (link_.is_ready()) meter_.received(message);
  if (link_.is_ready() && !hold(message, event.text)) on_reply(message, event.text);
  if (message.go_away_time_left) link_.go_away(now_, *message.go_away_time_left);
  if (link_.move_wanted(now_)) leave_if_quiet();
}

// True if the message waits until the end of speech that it may answer is final.
bool Session::hold(const proto::ServerMessage& message, PaddedText raw) {
  if (!announced_ || (!is_of_reply(message) && held_reply_.empty())) return false;
  if (held_reply_.keep(raw.view(), now_)) {
    holds_call_ |= stops_for(message);
    if (has_content(message)) doctor_.content(now_, std::nullopt);  // it has answered
    // The person's own words are no part of the reply.
    if (message.input_transcription) show_transcript(*message.input_transcription);
    return true;
  }
  // More than a second of holding can bring: the model answers, so the person has finished.
  announced_.reset();
  take_held_reply();
  // They were read over this one.
  return !codecs_.gemini.decode_server(raw, codecs_.server_message).has_value();
}

// True if the model says nothing more, and takes nothing in, before a call in it is answered.
bool Session::stops_for(const proto::ServerMessage& message) const {
  return std::ranges::any_of(message.function_calls, [this](const proto::FunctionCall& call) {
    return std::ranges::find(blocking_functions_, call.name) != blocking_functions_.end();
  });
}

// A model that was told the same speech again writes the same words again.
void Session::show_transcript(const proto::Transcription& words) {
  proto::Transcription fresh = words;
  std::size_t known = std::min(known_words_, words.text.size());
  known_words_ -= known;
  while (known < words.text.size() && (words.text[known] & 0xc0) == 0x80) ++known;
  fresh.text.remove_prefix(known);
  if (fresh.text.empty() && !fresh.finished) return;
  transcript_.person(fresh.text);
  face_->transcript(proto::native::Role::user, turns_.current_turn(), fresh);
}

void Session::on_reply(proto::ServerMessage& message, PaddedText raw) {
  if (message.input_transcription && !arrived_) show_transcript(*message.input_transcription);
  bool for_client = !(turns_.unwanted(now_) && is_reply_only(message));
  if (message.interrupted) {
    doctor_.settled();
    interrupted_unheard_ = !turns_.replying();
    // A question that is asked again begins an activity, too: nobody has cut in.
    const bool by_ourselves = doctor_.treating() && interrupted_unheard_;
    const auto turn = by_ourselves ? std::nullopt : turns_.interrupted(now_);
    if (turn) {
      ++counters_.interruptions;
      tell_interrupted(*turn, InterruptedBy::model);
    } else if (is_only_interrupted(message) && turns_.last_turn() > 0) {
      for_client = false;  // it knows, or it is none of its business
    }
  }
  const std::size_t calls = message.function_calls.size();
  const bool stale = on_content(message);
  const bool renamed = on_cancelled(message);
  const bool changed = message.function_calls.size() < calls || renamed;
  const bool nothing_left = changed && is_empty(message);
  if (changed && !nothing_left) raw = rewritten(message);
  face_->forward(raw, message, !for_client || nothing_left || (stale && is_content_only(message)));
  if (message.generation_complete && turns_.replying()) {
    playback_.complete();
    generated_ = true;
    // A model that is idle by its word alone may have spoken a holding line.
    if (check_.answers() && !profile_.idle_by_status) on_answered();
    if (!stale) face_->generation_complete(turns_.current_turn());
  }
  if (message.usage) {
    usage_ = message.usage;
    usage_->json = {};  // it is a view of this message
  }
  if (message.turn_complete) on_turn_complete(message);
  // Handles and figures come from a model that sleeps, too.
  if (!message.thoughts.empty() || is_empty(message)) doctor_.alive(now_);
}

void Session::on_turn_complete(const proto::ServerMessage& message) {
  const bool was_interrupted = std::exchange(interrupted_unheard_, false) || message.interrupted;
  const bool for_nobody = turns_.unwanted(now_) || turns_.is_dropping();
  on_interaction_status(message.interaction_status);
  if (const auto finished = turns_.completed(now_)) {
    on_turn_finished(*finished);
    if (!finished->cut_off && !in_progress_) tell_late_results();
  } else if (!for_nobody && !was_interrupted && !message.turn_complete_reason.empty()) {
    on_rejected(message.turn_complete_reason);
  } else if (!for_nobody && !was_interrupted && !chooses_silence()) {
    doctor_.empty_turn(now_);
  } else if (!for_nobody && !was_interrupted) {
    doctor_.not_owed();  // the model has nothing to say, and says so
  }
  usage_.reset();
}

// A reply is owed until the model says that it is idle.
void Session::on_interaction_status(std::string_view status) {
  if (!profile_.idle_by_status || status.empty()) return;
  in_progress_ = status == "IN_PROGRESS";
}

// A turn that answers nothing. It is asked again for once, where an answer is owed.
// Where the connection went with it, what is not answered is said over the next one anyhow.
void Session::on_no_answer(NoAnswer kind, std::uint64_t turn, bool connected) {
  note(NoteKind::no_answer, static_cast<std::int64_t>(kind));
  face_->no_answer(turn, kind, {});
  if (kind == NoAnswer::holding_line) return;
  transcript_.reply_lost();
  const bool owed = !journal_.empty() || tools_.any_repeatable();
  if (!owed || std::exchange(remedied_, true)) return on_answered();
  replying_ = false;
  if (!connected || uplink_->is_speaking()) return;  // a new question takes its place
  if (kind == NoAnswer::no_speech || journal_.empty()) return reprompt(Input::written);
  known_words_ = transcript_.unanswered().size();
  say_again(Again::all);
}

// The service ends turns without a word of content. After two of them in a row a session of its
// own may help; after two more the person is told.
void Session::on_rejected(std::string_view reason) {
  constexpr int kPatience = 2;
  doctor_.not_owed();
  note(NoteKind::no_answer, static_cast<std::int64_t>(NoAnswer::rejected), std::string(reason));
  face_->no_answer(turns_.last_turn(), NoAnswer::rejected, reason);
  ++rejections_;
  if (rejections_ == kPatience) {
    link_.forget_handle();
    return leave("the model rejects its answers");
  }
  if (rejections_ == 2 * kPatience) {
    journal_.forget_until(journal_.place());
    face_->error("model_rejects",
                 "The model rejects its own answers, in a new session too: ask something else.",
                 /*fatal=*/false);
  }
}

// A model that may decide for itself that nothing needs saying.
bool Session::chooses_silence() const { return profile_.known() && profile_.always_proactive; }

// True if the message's content belongs to a reply that was cut off.
bool Session::on_content(proto::ServerMessage& message) {
  time_.said(now_);
  if (!has_content(message)) return false;
  const Instant arrived = arrived_.value_or(now_);
  const auto content = turns_.content(arrived);
  if (!content) {
    ++counters_.stale_messages;
    refuse_tools(message);
    return true;
  }
  replying_ = true;
  if (content->begins) {
    answered_until_ = journal_.place();
    transcript_.reply_began();
    reply_began_ = now_;
    generated_ = spoken_ = false;
    in_progress_ = false;  // until its end says so
    check_.begin();
    markup_.reset();
    gateway_ms_.reset();
    playback_.begin_reply();
    uplink_->begin_reply();
    face_->turn_started(content->turn);
  }
  if (message.output_transcription) {
    const proto::Transcription& words = *message.output_transcription;
    const std::string_view visible = markup_.push(words.text);
    check_.words(words.text, visible);
    show_words(visible, content->turn, words.finished);
  }
  for (const proto::InlineData& data : message.media) {
    if (!data.mime_type.starts_with("audio/")) continue;
    const std::size_t samples = data.base64.size() / 4 * 3 / sizeof(std::int16_t);
    check_.sound(samples);
    face_->audio(data);
    // Behind a call it answers what was said since, too.
    if (!std::exchange(spoken_, true)) answered_until_ = journal_.place();
    if (samples <= kSoundOfNothing) continue;  // a place for words, before any sound
    if (!gateway_ms_) measure_next_ = true;
    turns_.audio_forwarded(arrived, now_);
  }
  for (const std::string_view text : message.text) {
    spoken_ = true;
    check_.text(text);
    transcript_.model(text);
    face_->text(content->turn, text);
  }
  const bool waits = !message.function_calls.empty() || tools_.any_open();
  if (!message.function_calls.empty()) check_.called();
  learn_from_answer();
  const auto answer = doctor_.content(
      now_, waits || generated_ ? std::nullopt : std::optional(playback_.plays_until(now_)));
  if (answer && check_.answers() && is_usual_model(setup_.model)) answer_time_ = answer;
  // A model that calls goes on in another turn.
  if (!message.function_calls.empty()) turns_.reply_expected();
  on_tools(message, content->turn);
  return false;
}

// The reply in hand is all there, or all of it that is wanted.
void Session::on_answered() {
  doctor_.settled();
  if (!std::exchange(replying_, false)) return;
  transcript_.exchange_over();
  known_words_ = 0;
  settled_until_ = answered_until_;
  if (tools_.any_open()) return;  // what made the model call is not answered before the calls are
  journal_.forget_until(answered_until_);
  tools_.exchange_over();
}

void Session::on_turn_finished(const turn::TurnMachine::Finished& finished, bool connected) {
  playback_.complete();
  show_words(markup_.finish(), finished.turn, /*finished=*/false);
  const auto verdict = finished.cut_off ? std::nullopt : check_.verdict();
  const bool holding = in_progress_ && !finished.cut_off && !verdict;
  const bool over = !finished.cut_off || generated_;
  if (over && !verdict && !holding) {
    on_answered();
    rejections_ = 0;
  }
  // A model that continues while its calls are open has answered all the same.
  if (!finished.cut_off && spoken_ && !verdict && !holding) journal_.forget_until(answered_until_);
  if (verdict) on_no_answer(*verdict, finished.turn, connected);
  if (holding) {
    replying_ = false;
    on_no_answer(NoAnswer::holding_line, finished.turn, connected);
    doctor_.holding(now_);
  }
  const meter::Spend turn = meter_.take_untold();
  face_->turn_complete(finished, gateway_ms_, usage_, {turn, meter_.session()});
  out_->add(Note{NoteKind::turn_finished, 0, {}, finished});
  gateway_ms_.reset();
  measure_next_ = false;
}

void Session::show_words(std::string_view words, std::uint64_t turn, bool finished) {
  if (words.empty() && !finished) return;
  transcript_.model(words);
  playback_.sent_words(words);
  face_->transcript(proto::native::Role::model, turn, {.text = words, .finished = finished});
}

}  // namespace livegate::session
