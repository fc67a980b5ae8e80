// The call and its connections to the model: connecting, losing one, moving to another, giving up;
// and what a new one is told, so that nothing is lost on the way.
#include <algorithm>
#include <utility>

#include "audio/pcm.h"
#include "session/session.h"

namespace livegate::session {
namespace {

std::string describe(std::uint16_t code, const std::string& reason, std::string_view advice) {
  std::string text = "The service refused the session (" + std::to_string(code) +
                     (reason.empty() ? "" : ": " + reason) + ")";
  if (!advice.empty()) text.append("; ").append(advice);
  return text + ".";
}

std::string describe_refused(std::uint16_t code, const std::string& reason) {
  return "The service ended the connection over what was sent last (" + std::to_string(code) +
         (reason.empty() ? "" : ": " + reason) +
         "); it is not sent again, and the session goes on.";
}

}  // namespace

void Session::connect() {
  link_.connect();
  out_->add(OpenUpstream{link_.epoch()});
}

void Session::on(const UpstreamOpened& event) {
  if (event.epoch != link_.epoch() || link_.state() != UpstreamLink::State::connecting) return;
  link_.opened(now_);
  meter_.connected(/*remembers=*/link_.resumed());
  setup_.resumption_handle = link_.handle();
  setup_.initial_history = link_.was_ready() ? !link_.resumed() && !profile_.content_any_time &&
                                                   !transcript_.lines(/*all=*/true).empty()
                                             : tells_history_;
  const std::size_t mark = out_->mark();
  proto::append_setup(out_->arena(), setup_);
  send_upstream(out_->since(mark), link_.resumed() ? Carries::nothing : Carries::text);
}

void Session::on_setup_complete(PaddedText raw) {
  if (link_.state() != UpstreamLink::State::setting_up) return;
  const bool first = !link_.was_ready();
  link_.set_up(now_);
  if (first) {
    note(NoteKind::opened, 0,
         std::string(name(turn_taking_.mode)) + ": " + std::string(turn_taking_.why));
    face_->ready(setup_, raw);
  } else {
    const auto dropped = static_cast<std::int64_t>(journal_.dropped_samples());
    if (dropped > 0) {
      counters_.samples_dropped += journal_.dropped_samples();
      note(NoteKind::speech_dropped, dropped);
    }
    note(NoteKind::upstream_restored, link_.attempt());
    face_->reconnected(link_.resumed(), Millis(dropped * 1000 / audio::kUplinkRateHz));
    remind();
  }
  doctor_.connection_lost();  // what is owed counts from here
  const bool asks_again = !journal_.empty();
  if (!say_again(Again::all) && !tools_.any_open()) doctor_.not_owed();
  if (!first && !asks_again) tell_late_results();
}

// The model is told in words what it cannot remember: after a resumption what was said since the
// handle was given, in a new session everything.
void Session::remind() {
  const std::vector<proto::ContentLine> lines = transcript_.lines(/*all=*/!link_.resumed());
  reminded_ = false;
  if (!std::exchange(reminds_, true)) return;  // it may have been what was refused
  if (lines.empty() || (link_.resumed() && !profile_.content_any_time)) return;
  const std::size_t mark = out_->mark();
  // An initial history says itself that it is over; elsewhere that would ask for an answer.
  proto::append_client_content(out_->arena(), lines, /*turn_complete=*/setup_.initial_history);
  send_upstream(out_->since(mark));
  reminded_ = true;
}

// Everything that is not answered, or of it what no connection was given, in its order, faster than
// it was said. True if an answer to it is owed.
bool Session::say_again(Again what) {
  bool owed = false;
  Input input = Input::written;
  for (const UplinkJournal::Entry& entry : journal_.entries()) {
    if (entry.sent && what == Again::unsent) continue;
    switch (entry.kind) {
      case UplinkJournal::Kind::speech:
        if (entry.samples.empty()) break;
        (entry.sent ? counters_.samples_repeated : counters_.samples_forwarded) +=
            entry.samples.size();
        send_speech(entry.samples);
        break;
      case UplinkJournal::Kind::end_of_speech:
        end_by_silence();
        owed = true;
        input = Input::spoken;
        break;
      case UplinkJournal::Kind::message: {
        const std::size_t mark = out_->mark();
        out_->arena().append(entry.wire);
        turns_.reply_expected();
        send_upstream(out_->since(mark));
        owed |= entry.asks == Asks::reply;
        break;
      }
    }
  }
  journal_.all_sent();
  owed &= !uplink_->is_speaking();  // else nothing is, until the person has finished
  if (owed) doctor_.asked(now_, input);
  return owed;
}

void Session::on(const UpstreamGone& event) {
  using State = UpstreamLink::State;
  if (event.epoch != link_.epoch() || link_.state() == State::waiting) return;
  if (link_.state() == State::idle) return;  // nothing was ever opened that could be lost
  upstream_lost(event.close_code, event.reason);
}

// What only the connection knew is gone with it.
void Session::connection_over() {
  meter_.connection_over();
  const auto cut = turns_.lost(generated_);
  if (cut) on_turn_finished(*cut, /*connected=*/false);
  if (cut && cut->cut_off) transcript_.reply_lost();
  replying_ = false;
  known_words_ = transcript_.unanswered().size();
  in_progress_ = false;
  if (uplink_) uplink_->connection_lost();
  activity_open_ = false;
  counters_.stale_messages += held_reply_.drop();
  holds_call_ = false;
  tools_.connection_lost(/*asks_again=*/!journal_.empty());
  doctor_.connection_lost();
}

void Session::upstream_lost(std::uint16_t code, const std::string& reason) {
  connection_over();
  const UpstreamLink::Loss loss = link_.lost(code, reason, now_);
  if (!loss.give_up) {
    if (!loss.repeats) {
      counters_.samples_dropped += journal_.held_samples();
      journal_.clear();
      transcript_.unanswered_refused();
      refuse("message_refused", describe_refused(code, reason));
    }
    reminds_ = loss.repeats || !reminded_;
    note(NoteKind::upstream_lost, loss.retry_in.count(), reason);
    return face_->reconnecting(reason, link_.attempt(), loss.retry_in);
  }
  cancel_tools();
  const bool unreachable = loss.advice.empty();
  const std::string_view error_code = unreachable ? "upstream_unavailable" : "upstream_refused";
  const std::string message =
      unreachable
          ? "The model could not be reached in " + std::to_string(link_.attempt() + 1) +
                (link_.attempt() == 0 ? " try" : " tries") +
                "; last: " + (reason.empty() ? "close code " + std::to_string(code) : reason)
          : describe(code, reason, loss.advice);
  face_->error(error_code, message, /*fatal=*/true);
  note(NoteKind::failed, code, std::string(error_code) + ": " + message);
  out_->add(face_->close_for_upstream(code, unreachable ? message : reason));
  finish();
}

// ---- moving before it is too late

void Session::leave(std::string_view reason) {
  out_->add(
      CloseUpstream{link_.epoch()});  // first: a resume is refused while the old socket is open
  connection_over();
  note(NoteKind::moved, 0, std::string(reason));
  face_->reconnecting(reason, 0, Millis(0));
  connect();
}

void Session::leave_if_quiet() {
  if (is_quiet()) leave("this connection has come of age");
}

// Nobody speaks or waits for an answer, and the newest handle holds all that was said. What the
// client still plays goes on playing.
bool Session::is_quiet() const {
  return link_.is_ready() && !turns_.replying() && !in_progress_ && !uplink_->is_speaking() &&
         !announced_ && journal_.empty() && !tools_.any_open() && transcript_.is_covered();
}

// ---- a model that does not answer

void Session::treat(const StallDoctor::Stall& stall) {
  spoke_for_ = 0ms;  // a model that says nothing to coughs is not asked again at each of them
  if (!link_.is_ready()) return;
  if (stall.remedy != Remedy::nudge) tried_silence_ = false;
  note(NoteKind::stalled, static_cast<std::int64_t>(stall.remedy), name(stall.phase));
  switch (stall.remedy) {
    case Remedy::nudge:
      return reprompt(stall.input);
    case Remedy::resend:
      if (turns_.replying() || journal_.empty()) return;
      known_words_ = transcript_.unanswered().size();
      if (activity_open_) end_activity();
      say_again(Again::all);
      return asked_again();
    case Remedy::fresh:
      link_.forget_handle();
      return leave("the model does not answer");
    case Remedy::resume:
      return leave("the model does not answer");
    case Remedy::answer_tool:
      return;
    case Remedy::give_up:
      if (!stall.certain && chooses_silence()) return;
      return face_->error("model_silent", "The model has not answered, however it was asked.",
                          /*fatal=*/false);
  }
}

// A model that waits for more is told that there is no more.
void Session::reprompt(Input unanswered) {
  const bool by_mark =
      turn_taking_.mode == UplinkMode::gate && (turn_taking_.silence == 0ms || silence_cut_short_);
  if (by_mark && unanswered == Input::spoken) {
    // The mark should have ended the turn. A model that waits for silence answers to that.
    tried_silence_ = true;
    const Millis silence = silence_that_ends(setup_, profile_);
    uplink_->owe_silence(silence);
    doctor_.asked(now_ + silence, Input::spoken);
    return asked_again();
  }
  const std::size_t mark = out_->mark();
  if (profile_.blank_text_asks) {
    proto::append_realtime_text(out_->arena(), " ");
  } else {
    proto::append_client_content(out_->arena(), {}, /*turn_complete=*/true);
  }
  send_upstream(out_->since(mark));
  if (!doctor_.treating()) {  // the turn that answered nothing is over
    turns_.reply_expected();
    return doctor_.asked(now_, unanswered);
  }
  asked_again();
}

// The model answers to silence and did not to the mark: the next question need not wait for that.
void Session::learn_from_answer() {
  if (!std::exchange(tried_silence_, false) || !doctor_.treating()) return;
  profile_.stream_end_ends_turn = false;
  turn_taking_.silence = silence_that_ends(setup_, profile_);
  uplink_->set_silence(turn_taking_.silence);
  note(NoteKind::fact_corrected, 0, "stream_end_ends_turn = false");
}

// Over the connection that was asked before. A model that speaks in several turns until it says
// that it is idle is not one that answers twice.
void Session::asked_again() {
  if (!profile_.idle_by_status) turns_.asked_again();
}

}  // namespace livegate::session
