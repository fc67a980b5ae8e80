// What the model says: whose it is, what of it still counts, and what the client is told.
#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "session/session.h"

namespace livegate::session {
namespace {

// A message without any content of a reply: dropping it would lose a fact.
bool is_content_only(const proto::ServerMessage& m) {
  return !m.setup_complete && !m.resumption && !m.activity && !m.input_transcription &&
         !m.interim_input_transcription && !m.interrupted && m.cancelled_call_ids.empty() &&
         m.function_calls.empty() && !m.generation_complete && !m.turn_complete && !m.usage &&
         !m.go_away_time_left && m.unknown.empty();
}

// What holds nothing but a reply, its ends included: part of a reply that nobody waits for.
bool is_reply_only(const proto::ServerMessage& m) {
  return !m.setup_complete && !m.resumption && !m.activity && !m.input_transcription &&
         !m.interim_input_transcription && !m.usage && !m.go_away_time_left && m.unknown.empty();
}

bool is_of_reply(const proto::ServerMessage& m) {
  return !m.media.empty() || !m.text.empty() || m.output_transcription || !m.thoughts.empty() ||
         !m.function_calls.empty() || !m.cancelled_call_ids.empty() || m.interrupted ||
         m.generation_complete || m.turn_complete;
}

bool is_only_interrupted(const proto::ServerMessage& m) {
  return m.interrupted && is_reply_only(m) && m.media.empty() && m.text.empty() &&
         !m.output_transcription && m.function_calls.empty() && m.cancelled_call_ids.empty() &&
         !m.generation_complete && !m.turn_complete;
}

}  // namespace

void Session::on(const UpstreamMessage& event) {
  if (event.epoch != link_.epoch()) return;
  ++counters_.downlink_messages;
  proto::ServerMessage& message = codecs_.server_message;
  if (const auto decoded = codecs_.gemini.decode_server(event.text, message); !decoded) {
    ++counters_.messages_refused;
    return note(NoteKind::message_refused, 0, "upstream");
  }
  if (message.resumption && message.resumption->resumable && !message.resumption->handle.empty()) {
    link_.remember(message.resumption->handle);
  }
  if (message.setup_complete) on_setup_complete(event.text);
  if (link_.is_ready() && !hold(message, event.text)) on_reply(message, event.text);
  if (message.go_away_time_left) link_.go_away(now_, *message.go_away_time_left);
  if (link_.renewal_wanted() && !turns_.replying() && open_tool_calls_.empty() &&
      !uplink_->is_speaking()) {
    renew();
  }
}

// True if the message waits until the end of speech that it may answer is final.
bool Session::hold(const proto::ServerMessage& message, PaddedText raw) {
  if (!announced_ || (!is_of_reply(message) && held_reply_.empty())) return false;
  if (held_reply_.keep(raw.view(), now_)) {
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

void Session::show_transcript(const proto::Transcription& words) {
  face_->transcript(proto::native::Role::user, turns_.current_turn(), words);
}

void Session::on_reply(const proto::ServerMessage& message, PaddedText raw) {
  if (message.input_transcription && !arrived_) show_transcript(*message.input_transcription);
  bool for_client = !(turns_.unwanted() && is_reply_only(message));
  if (message.interrupted) {
    if (const auto turn = turns_.interrupted(now_)) {
      ++counters_.interruptions;
      tell_interrupted(*turn, InterruptedBy::model);
    } else if (is_only_interrupted(message) && turns_.last_turn() > 0) {
      for_client = false;  // it knows
    }
  }
  const bool stale = on_content(message);
  for (const std::string_view id : message.cancelled_call_ids) {
    // Of a call that was stale, or is answered, the client knows nothing more to undo.
    if (forget_tool(id)) face_->tool_cancelled(id);
  }
  face_->forward(raw, message, !for_client || (stale && is_content_only(message)));
  if (message.generation_complete && turns_.replying()) {
    playback_.complete();
    if (!stale) face_->generation_complete(turns_.current_turn());
  }
  if (message.usage) {
    usage_ = message.usage;
    usage_->json = {};  // it is a view of this message
  }
  if (message.turn_complete) {
    if (const auto finished = turns_.completed()) on_turn_finished(*finished);
    usage_.reset();
  }
}

// True if the message's content belongs to a reply that was cut off.
bool Session::on_content(const proto::ServerMessage& message) {
  const bool any = !message.media.empty() || !message.text.empty() ||
                   message.output_transcription || !message.function_calls.empty();
  if (!any) return false;
  const Instant arrived = arrived_.value_or(now_);
  const auto content = turns_.content(arrived);
  if (!content) {
    ++counters_.stale_messages;
    return true;
  }
  if (content->begins) {
    gateway_ms_.reset();
    playback_.begin_reply();
    uplink_->begin_reply();
    face_->turn_started(content->turn);
  }
  if (message.output_transcription) {
    playback_.sent_words(message.output_transcription->text);
    face_->transcript(proto::native::Role::model, content->turn, *message.output_transcription);
  }
  for (const proto::InlineData& data : message.media) {
    if (!data.mime_type.starts_with("audio/")) continue;
    face_->audio(data);
    if (!gateway_ms_) measure_next_ = true;
    turns_.audio_forwarded(arrived, now_);
  }
  for (const std::string_view text : message.text) face_->text(content->turn, text);
  on_tools(message, content->turn);
  return false;
}

void Session::on_tools(const proto::ServerMessage& message, std::uint64_t turn) {
  for (const proto::FunctionCall& call : message.function_calls) {
    if (open_tool_calls_.size() >= limits::kOpenToolCallsMax) {
      face_->tool_cancelled(open_tool_calls_.front().id);
      open_tool_calls_.erase(open_tool_calls_.begin());
    }
    open_tool_calls_.push_back({std::string(call.id), std::string(call.name)});
    note(NoteKind::tool_called, 0, std::string(call.name));
    face_->tool_call(turn, call);
  }
}

void Session::on_turn_finished(const turn::TurnMachine::Finished& finished) {
  playback_.complete();
  face_->turn_complete(finished, gateway_ms_, usage_);
  out_->add(Note{NoteKind::turn_finished, 0, {}, finished});
  gateway_ms_.reset();
  measure_next_ = false;
}

}  // namespace livegate::session
