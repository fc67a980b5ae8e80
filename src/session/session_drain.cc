// The end of a session whose gateway is going down: at the end of its turn, so that nobody is cut
// off in mid-sentence.
#include <algorithm>

#include "session/session.h"

namespace livegate::session {
namespace {

// A client that plays more slowly than its reports say is looked at again after so long.
constexpr Millis kLooksAgain = 100ms;

}  // namespace

void Session::on(const DrainAnnounced& event) {
  drain_by_ = now_ + event.time_left;
  // One that is asked for its end at once is told so.
  if (link_.was_ready() && !is_between_turns()) face_->going_away(event.time_left);
}

void Session::end_if_drained() {
  drain_look_at_.reset();
  if (now_ >= *drain_by_ || is_between_turns()) return end_for_drain();
  if (playback_.is_playing(now_)) {
    drain_look_at_ = std::max(playback_.plays_until(now_), now_ + kLooksAgain);
  }
}

// Nobody speaks, waits for an answer or hears one.
bool Session::is_between_turns() const {
  // Nothing was begun, or nobody can come back for it.
  if (!uplink_ || line_.is_away()) return true;
  return !turns_.replying() && !in_progress_ && !uplink_->is_speaking() && !announced_ &&
         journal_.empty() && !tools_.any_open() && !playback_.is_playing(now_);
}

void Session::end_for_drain() {
  face_->bye("the gateway is shutting down", /*reconnect=*/true);
  out_->add(CloseClient{1001, "the gateway is shutting down"});
  finish();
}

}  // namespace livegate::session
