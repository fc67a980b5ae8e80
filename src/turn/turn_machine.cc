#include "turn/turn_machine.h"

#include <algorithm>
#include <utility>

namespace livegate::turn {
namespace {

// After `interrupted` the service ends the turn within 50 to 100 ms (docs/wire-gemini.md, "Order"),
// and a reply comes faster than it is played. Content that comes much later answers something
// newer, even if that end was lost: what was dropped must not mute what follows.
constexpr Millis kStaleGapMax = 1s;

// After a whole reply its double begins as soon as the model has thought: 1 to 3 s.
constexpr Millis kSecondAnswerMax = 5s;

// Gaps kept per turn for the median: a reply of a minute has some 250 messages.
constexpr std::size_t kGapsMax = 512;

Millis median(std::vector<Millis>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace

void TurnMachine::speech_started() {
  unanswered_ = {};
  asked_twice_ = false;
  second_until_.reset();
}

void TurnMachine::reply_expected() {
  unwanted_ = asked_twice_ = false;
  second_until_.reset();
}

void TurnMachine::speech_ended(Instant last_voiced, Instant now) {
  if (state_ == State::replying && !marks_.first_audio) {
    marks_.speech_ended = last_voiced;  // this reply did not wait for our decision
  } else {
    unanswered_ = {.speech_ended = last_voiced, .decided = now};
  }
}

std::optional<TurnMachine::Content> TurnMachine::content(Instant arrived) {
  if (state_ == State::cut_by_us) return std::nullopt;
  if (state_ == State::cut_by_model) {
    if (arrived - interrupted_at_ < kStaleGapMax) return std::nullopt;
    finish(/*cut_off=*/true);
  }
  if (state_ == State::replying) return Content{turn_, false};
  if (unwanted(arrived)) {
    dropped_at_ = arrived;
    return std::nullopt;
  }
  second_until_.reset();
  dropped_at_.reset();
  state_ = State::replying;
  ++turn_;
  marks_ = std::exchange(unanswered_, {});
  marks_.sent = last_sent_;
  marks_.first_content = arrived;
  return Content{turn_, true};
}

void TurnMachine::audio_forwarded(Instant arrived, Instant now) {
  if (last_audio_) {
    if (gaps_.size() < kGapsMax) gaps_.push_back(elapsed(*last_audio_, arrived));
  } else {
    marks_.first_audio = arrived;
    marks_.handed_on = now;
  }
  last_audio_ = arrived;
}

// A reply whose beginning belongs to nobody does to its end, whatever is asked meanwhile.
bool TurnMachine::unwanted(Instant now) const {
  if (replying()) return false;
  const bool goes_on = dropped_at_ && now - *dropped_at_ < kStaleGapMax;
  return unwanted_ || goes_on || (second_until_ && now < *second_until_);
}

std::optional<std::uint64_t> TurnMachine::interrupted(Instant now) {
  asked_twice_ = false;  // it answers the second time instead
  if (turn_ == 0 || unwanted(now)) return std::nullopt;
  if (replying()) {
    state_ = State::cut_by_model;
    interrupted_at_ = now;
  }
  if (silenced_turn_ == turn_) return std::nullopt;
  silenced_turn_ = turn_;
  return turn_;
}

std::optional<TurnMachine::Finished> TurnMachine::completed(Instant now) {
  if (!replying()) {
    dropped_at_.reset();
    return std::nullopt;
  }
  const bool cut_off = state_ != State::replying;
  if (!cut_off && std::exchange(asked_twice_, false)) second_until_ = now + kSecondAnswerMax;
  return finish(cut_off);
}

std::optional<std::uint64_t> TurnMachine::interrupt_locally(bool still_playing) {
  if (state_ == State::replying) {
    state_ = State::cut_by_us;
  } else if (state_ != State::listening || !still_playing || silenced_turn_ == turn_) {
    return std::nullopt;
  }
  silenced_turn_ = turn_;
  return turn_;
}

std::optional<TurnMachine::Finished> TurnMachine::lost(bool all_arrived) {
  asked_twice_ = false;
  second_until_.reset();
  dropped_at_.reset();
  if (!replying()) return std::nullopt;
  return finish(/*cut_off=*/!all_arrived || state_ != State::replying);
}

TurnMachine::Finished TurnMachine::finish(bool cut_off) {
  const Finished finished{turn_, cut_off, latency(), marks_};
  state_ = State::listening;
  marks_ = {};
  gaps_.clear();
  last_audio_.reset();
  last_sent_.reset();
  return finished;
}

Latency TurnMachine::latency() {
  const auto between = [](std::optional<Instant> from, std::optional<Instant> to) {
    return from && to ? std::optional(elapsed(*from, *to)) : std::nullopt;
  };
  return {.first_packet = between(marks_.sent, marks_.first_content),
          .end_to_end = between(marks_.speech_ended, marks_.handed_on),
          .continuous = gaps_.empty() ? std::nullopt : std::optional(median(gaps_)),
          .decision = between(marks_.speech_ended, marks_.decided)};
}

}  // namespace livegate::turn
