#include "session/stall_doctor.h"

#include <algorithm>
#include <span>

namespace livegate::session {
namespace {

// Of fewer answers than this a model's pace is only guessed: with more time on top.
constexpr std::size_t kAnswersKnown = 3;

// Signs of life put a deadline off so many times: work that never ends is a stall too.
constexpr int kSignsOfLifeMax = 40;

// What helps a reply that has not begun, in the order in which to try. The stronger ones are
// repeated: a service in trouble drops every other turn.
constexpr std::array kUnbegun = {Remedy::nudge,  Remedy::resend, Remedy::resume,
                                 Remedy::resume, Remedy::fresh,  Remedy::fresh};
// The model cannot be asked again over the same connection without two replies in one turn.
constexpr std::array kBegun = {Remedy::resume, Remedy::resume, Remedy::fresh, Remedy::fresh};
// It may never have heard that it was asked, or have thought it best to say nothing.
constexpr std::array kUncertain = {Remedy::nudge, Remedy::resend};

}  // namespace

void StallDoctor::asked(Instant now, Input input, bool certain) {
  if (!options_.enabled) return;
  input_ = input;
  if (!treating()) {
    phase_ = StallPhase::first_audio;
    certain_ = certain;
    signs_of_life_ = 0;
    asked_at_ = now;
  }
  deadline_ = now + patience();
}

void StallDoctor::not_owed() {
  deadline_.reset();
  asked_at_.reset();
  step_ = 0;
}

void StallDoctor::interrupted(Instant now) {
  if (!options_.enabled) return;
  not_owed();
  phase_ = StallPhase::interrupt;
  certain_ = true;
  deadline_ = now + options_.interrupt;
}

void StallDoctor::alive(Instant now) {
  if (!deadline_ || ++signs_of_life_ > kSignsOfLifeMax) return;
  *deadline_ = std::max(*deadline_, now + patience());
}

void StallDoctor::content(Instant now, std::optional<Instant> plays_until) {
  if (asked_at_ && !treating()) {
    Pace& pace = paces_[static_cast<std::size_t>(input_)];
    pace.latencies[pace.answers++ % pace.latencies.size()] = elapsed(*asked_at_, now);
  }
  not_owed();
  if (!options_.enabled || !plays_until) return;
  phase_ = StallPhase::starvation;
  certain_ = true;
  signs_of_life_ = 0;
  deadline_ = std::max(now, *plays_until) + options_.starvation;
}

void StallDoctor::empty_turn(Instant now) {
  if (deadline_ && phase_ == StallPhase::first_audio) deadline_ = now + 1ms;
}

void StallDoctor::settled() {
  if (phase_ != StallPhase::first_audio) not_owed();
}

std::optional<StallDoctor::Stall> StallDoctor::due(Instant now) {
  if (!deadline_ || now < *deadline_) return std::nullopt;
  const std::span<const Remedy> ladder = phase_ != StallPhase::first_audio
                                             ? std::span<const Remedy>(kBegun)
                                         : certain_ ? std::span<const Remedy>(kUnbegun)
                                                    : std::span<const Remedy>(kUncertain);
  const StallPhase phase = phase_;
  if (static_cast<std::size_t>(step_) >= ladder.size()) {
    not_owed();
    return Stall{phase, Remedy::give_up};
  }
  const Remedy remedy = ladder[static_cast<std::size_t>(step_++)];
  // Until the remedy has been carried out and the model asked again.
  deadline_ = now + patience();
  return Stall{phase, remedy};
}

Millis StallDoctor::patience() const {
  const Pace& pace = paces_[static_cast<std::size_t>(input_)];
  const std::size_t known = std::min(pace.answers, pace.latencies.size());
  if (known == 0) return options_.first_audio;
  const Millis slowest =
      *std::max_element(pace.latencies.begin(), pace.latencies.begin() + static_cast<long>(known));
  const Millis usual = known < kAnswersKnown ? 3 * slowest + 500ms : 2 * slowest + 200ms;
  return std::clamp(usual, options_.first_audio_min, options_.first_audio);
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

const char* name(Remedy remedy) {
  switch (remedy) {
    case Remedy::nudge:
      return "nudge";
    case Remedy::resend:
      return "resend";
    case Remedy::resume:
      return "resume";
    case Remedy::fresh:
      return "fresh";
    case Remedy::give_up:
      return "give_up";
    case Remedy::answer_tool:
      return "answer_tool";
  }
  return "";
}

}  // namespace livegate::session
