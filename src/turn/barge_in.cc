#include "turn/barge_in.h"

namespace livegate::turn {

void BargeIn::forget() {
  running_ = false;
  age_ = sound_ = speech_ = quiet_ = 0ms;
}

void BargeIn::start() {
  forget();
  state_ = State::free;
}

BargeInStep BargeIn::push(const BargeInFrame& frame, const PlayingReply& reply) {
  if (!reply.playing) {
    const bool was_ducked = state_ == State::ducked;
    start();
    return was_ducked ? BargeInStep::restore : BargeInStep::none;
  }
  if (state_ == State::stopped) return BargeInStep::none;

  const bool unsure = reply.first && reply.played < options_.first_reply;
  gather(frame, unsure ? options_.first_reply_excess_db : 0.0F);
  if (is_confirmed(reply)) {
    state_ = State::stopped;
    return BargeInStep::stop;
  }
  if (state_ == State::free && running_) {
    state_ = State::ducked;
    return BargeInStep::duck;
  }
  if (state_ == State::ducked && (!running_ || age_ >= options_.give_up)) {
    state_ = running_ ? State::refused : State::free;
    return BargeInStep::restore;
  }
  if (state_ == State::refused && !running_) state_ = State::free;
  return BargeInStep::none;
}

void BargeIn::gather(const BargeInFrame& frame, float extra_db) {
  const bool speech = frame.speech >= options_.speech_on;
  if (!running_) {
    if (!frame.onset || frame.excess_db < options_.duck_excess_db + extra_db) return;
    running_ = true;
  }
  age_ += frame.length;
  if (frame.onset && frame.excess_db >= options_.stop_excess_db + extra_db) {
    sound_ += frame.length;
    if (speech) speech_ += frame.length;
    quiet_ = 0ms;
    return;
  }
  quiet_ += frame.length;
  if (quiet_ >= options_.pause) forget();
}

bool BargeIn::at_edge(const PlayingReply& reply) const {
  return reply.played < options_.edge || (reply.left && *reply.left < options_.edge);
}

bool BargeIn::is_confirmed(const PlayingReply& reply) const {
  if (at_edge(reply)) {
    return sound_ >= options_.confirm_edge && speech_ >= options_.confirm_speech_edge;
  }
  return sound_ >= options_.confirm && speech_ >= options_.confirm_speech;
}

}  // namespace livegate::turn
