#include "session/model_input.h"

#include <string>
#include <utility>
#include <vector>

namespace livegate::session {

ModelInput::ModelInput(SessionState& state, ModelConnection& model, SpeechInput& speech)
    : state_(state),
      context_(state.context),
      exchange_(state.exchange),
      replay_(state.replay),
      model_(model),
      speech_(speech) {}

bool ModelInput::tell(const Payload& message, Asks asks) {
  state_.said_something();
  ++context_.counters.texts;
  context_.counters.text_bytes += message.size;
  if (state_.spending.is_spent()) return true;  // the session ends, and says why
  if (asks == Asks::reply) exchange_.begin_question();
  exchange_.turns.reply_expected();
  replay_.forget_settled();
  const bool ready = model_.is_ready();
  if (asks == Asks::history && ready) {
    model_.send(message);
    return true;
  }
  if (!replay_.input.message(context_.out->bytes(message), asks, /*sent=*/ready)) return false;
  if (!ready) return true;
  model_.send(message);
  // A model that waits for a tool answers nothing before.
  const bool hears = !replay_.tools.any_open_of(model_.blocking_functions());
  if (asks == Asks::reply && hears) exchange_.watchdog.asked(context_.now, Input::written);
  return true;
}

void ModelInput::wrote(bool by_person, std::string_view words, Asks asks) {
  if (asks == Asks::history) return replay_.transcript.history(by_person, words);
  replay_.transcript.line(by_person, words);
}

void ModelInput::tell_heard() {
  const std::string words = exchange_.playback.heard_words(context_.now);
  const std::string aside = words.empty()
                                ? "(None of your last answer was heard.)"
                                : "(Of your last answer only this was heard: " + words + ")";
  tell(model::Aside{aside}, Asks::nothing);
}

bool ModelInput::say_again(Again what) {
  bool owed = false;
  Input input = Input::written;
  for (const UnacknowledgedInput::Entry& entry : replay_.input.entries()) {
    if (entry.sent && what == Again::unsent) continue;
    switch (entry.kind) {
      case UnacknowledgedInput::Kind::speech:
        if (entry.samples.empty()) break;
        (entry.sent ? context_.counters.samples_repeated : context_.counters.samples_forwarded) +=
            entry.samples.size();
        speech_.send(entry.samples);
        break;
      case UnacknowledgedInput::Kind::end_of_speech:
        speech_.end_again();
        owed = true;
        input = Input::spoken;
        break;
      case UnacknowledgedInput::Kind::message:
        exchange_.turns.reply_expected();
        model_.send(model::Wire{entry.wire});
        owed |= entry.asks == Asks::reply;
        break;
    }
  }
  replay_.input.all_sent();
  owed &= !speech_.is_speaking();  // else nothing is, until the person has finished
  if (owed) exchange_.watchdog.asked(context_.now, input);
  return owed;
}

bool ModelInput::repeat_question() {
  replay_.says_again();
  return say_again(Again::all);
}

void ModelInput::send_waiting_speech() {
  if (!speech_.take_waiting()) return;
  context_.counters.samples_dropped += replay_.input.dropped_samples();
  say_again(Again::unsent);
}

void ModelInput::remind() {
  const bool resumed = model_.link().resumed();
  const std::vector<proto::ContentLine> lines = replay_.transcript.lines(/*all=*/!resumed);
  reminded_ = false;
  if (!std::exchange(reminds_, true)) return;  // it may have been what was refused
  if (lines.empty() || (resumed && !context_.profile.content_any_time)) return;
  // An initial history says itself that it is over; elsewhere that would ask for an answer.
  model_.send(model::Lines{lines, /*asks=*/model_.setup().initial_history});
  reminded_ = true;
}

void ModelInput::reprompt(Input unanswered) {
  const bool by_mark = context_.turn_taking.mode == UplinkMode::gate &&
                       (context_.turn_taking.silence == 0ms || speech_.silence_cut_short());
  if (by_mark && unanswered == Input::spoken) {
    // The mark should have ended the turn. A model that waits for silence answers to that.
    tried_silence_ = true;
    const Millis silence = silence_that_ends(model_.setup(), context_.profile);
    speech_.uplink().owe_silence(silence);
    exchange_.watchdog.asked(context_.now + silence, Input::spoken);
    return asked_again();
  }
  if (context_.profile.blank_text_asks) {
    model_.send(model::Text{" "});
  } else {
    model_.send(model::Lines{{}, /*asks=*/true});
  }
  if (!exchange_.watchdog.recovering()) {  // the turn that answered nothing is over
    exchange_.turns.reply_expected();
    return exchange_.watchdog.asked(context_.now, unanswered);
  }
  asked_again();
}

// A model that speaks in several turns until it says that it is idle is not one that answers twice.
void ModelInput::asked_again() {
  if (!context_.profile.idle_by_status) exchange_.turns.asked_again();
}

// The model answers to silence and did not to the mark: the next question need not wait for that.
void ModelInput::learn_from_answer() {
  if (!std::exchange(tried_silence_, false) || !exchange_.watchdog.recovering()) return;
  context_.profile.stream_end_ends_turn = false;
  context_.turn_taking.silence = silence_that_ends(model_.setup(), context_.profile);
  speech_.uplink().set_silence(context_.turn_taking.silence);
  context_.note(NoteKind::fact_corrected, 0, "stream_end_ends_turn = false");
}

}  // namespace livegate::session
