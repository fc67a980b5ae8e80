#include "session/response_watchdog.h"

#include <algorithm>
#include <array>

namespace livegate::session {
namespace {

// Signs of life put a deadline off so many times: work that never ends is a stall too.
constexpr int kSignsOfLifeMax = 40;

// What helps a reply that has not begun, in the order in which to try. The stronger ones are
// repeated: a service in trouble drops every other turn, and of eight tries in a row one in 256
// cases is then without an answer.
constexpr std::array kUnbegun = {RecoveryAction::reprompt, RecoveryAction::resend,
                                 RecoveryAction::resume,   RecoveryAction::resume,
                                 RecoveryAction::fresh,    RecoveryAction::fresh,
                                 RecoveryAction::fresh};
// The model cannot be asked again over the same connection without two replies in one turn.
constexpr std::array kBegun = {RecoveryAction::resume, RecoveryAction::resume,
                               RecoveryAction::fresh, RecoveryAction::fresh};
// It may never have heard that it was asked, or have thought it best to say nothing.
constexpr std::array kUncertain = {RecoveryAction::reprompt, RecoveryAction::resend};

// The last try is waited for so much longer than a first one may take at most: the service may have
// become slow, and asking again only delays it further.
constexpr int kLastTry = 2;

// From a holding line to the answer: 2.5 s were recorded, and 25 s with a tool in between.
constexpr Millis kHoldingMax = 15s;

// A model that has taken longer than any stall is no stall.
constexpr Millis kBeyondSlowest = 500ms;

}  // namespace

void ResponseWatchdog::fit(const proto::ModelProfile& profile) {
  const auto settle = [](Millis& time, Millis fact) {
    if (time == 0ms) time = fact;
  };
  const bool own = options_.first_audio > 0ms;  // a patience of the owner's bounds both
  settle(options_.first_audio, profile.first_audio_patience);
  settle(options_.first_audio_min,
         own ? std::min(options_.first_audio, 500ms) : profile.first_audio_patience_min);
  settle(options_.starvation, profile.starvation);
}

void ResponseWatchdog::asked(Instant now, Input input, bool certain) {
  if (!options_.enabled) return;
  input_ = input;
  if (!recovering()) {
    phase_ = StallPhase::first_audio;
    certain_ = certain;
    signs_of_life_ = 0;
  }
  if (!recovering() || asks_anew_) {
    asked_at_ = now;
    alive_ = false;
  }
  asks_anew_ = false;
  deadline_ = now + patience();
}

void ResponseWatchdog::holding(Instant now) {
  if (!options_.enabled) return;
  disarm();
  phase_ = StallPhase::first_audio;
  certain_ = true;
  deadline_ = now + std::max(kHoldingMax, options_.first_audio);
}

void ResponseWatchdog::disarm() {
  deadline_.reset();
  asked_at_.reset();
  step_ = 0;
}

void ResponseWatchdog::interrupted(Instant now) {
  if (!options_.enabled) return;
  disarm();
  phase_ = StallPhase::interrupt;
  certain_ = true;
  deadline_ = now + options_.interrupt;
}

void ResponseWatchdog::alive(Instant now) {
  if (!deadline_ || ++signs_of_life_ > kSignsOfLifeMax) return;
  *deadline_ = std::max(*deadline_, now + patience());
}

std::optional<AnswerTime> ResponseWatchdog::content(Instant now,
                                                    std::optional<Instant> plays_until) {
  std::optional<AnswerTime> answer;
  if (asked_at_) {
    answer = AnswerTime{input_, elapsed(*asked_at_, now)};
    pace_.learn(*answer);
  }
  disarm();
  if (!options_.enabled || !plays_until) return answer;
  phase_ = StallPhase::starvation;
  certain_ = true;
  signs_of_life_ = 0;
  deadline_ = std::max(now, *plays_until) + options_.starvation;
  return answer;
}

void ResponseWatchdog::empty_turn(Instant now) {
  if (deadline_ && phase_ == StallPhase::first_audio) deadline_ = now + 1ms;
}

void ResponseWatchdog::settled() {
  if (phase_ != StallPhase::first_audio) disarm();
}

std::optional<ResponseWatchdog::Stall> ResponseWatchdog::due(Instant now) {
  if (!deadline_ || now < *deadline_) return std::nullopt;
  const StallPhase phase = phase_;
  if (step_ >= actions().size()) {
    disarm();
    return Stall{phase, RecoveryAction::give_up, input_, certain_};
  }
  RecoveryAction action = actions()[step_++];
  // Over a connection that may be dead the question would arrive twice once it lives again.
  if (action == RecoveryAction::resend && !alive_) action = RecoveryAction::resume;
  asked_at_.reset();  // what comes now may answer either
  // Until the action has been carried out and the model asked again.
  deadline_ = now + patience();
  return Stall{phase, action, input_, certain_};
}

std::span<const RecoveryAction> ResponseWatchdog::actions() const {
  if (phase_ != StallPhase::first_audio) return kBegun;
  if (!certain_) return kUncertain;
  return kUnbegun;
}

Millis ResponseWatchdog::patience() const {
  if (step_ == actions().size()) return kLastTry * options_.first_audio;
  const Millis expected = pace_.expected(input_);
  if (expected == 0ms) return options_.first_audio;
  return std::clamp(expected, options_.first_audio_min,
                    std::max(options_.first_audio, pace_.slowest(input_) + kBeyondSlowest));
}

const char* name(StallPhase phase) {
  switch (phase) {
    case StallPhase::first_audio:
      return "first_audio";
    case StallPhase::starvation:
      return "starvation";
    case StallPhase::interrupt:
      return "interrupt";
  }
  return "";
}

const char* name(RecoveryAction action) {
  switch (action) {
    case RecoveryAction::reprompt:
      return "nudge";
    case RecoveryAction::resend:
      return "resend";
    case RecoveryAction::resume:
      return "resume";
    case RecoveryAction::fresh:
      return "fresh";
    case RecoveryAction::give_up:
      return "give_up";
    case RecoveryAction::answer_tool:
      return "answer_tool";
  }
  return "";
}

}  // namespace livegate::session
