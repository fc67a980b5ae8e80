// The end of a session that has lasted as long as it may, or in which nothing is said any more.
#include <string>

#include "session/session.h"

namespace livegate::session {
namespace {

// "30 minutes", "90 s".
std::string shown(Millis time) {
  const auto seconds = time.count() / 1000;
  if (seconds % 60 != 0) return std::to_string(seconds) + " s";
  return std::to_string(seconds / 60) + (seconds == 60 ? " minute" : " minutes");
}

}  // namespace

void Session::look_at_time() {
  const TimeLimits::Limit limit = time_.next();
  const auto due = time_.due(now_, is_between_turns());
  if (due == TimeLimits::Due::nothing) return;
  const bool idle = limit == TimeLimits::Limit::idle;
  const std::string allowed = shown(time_.allowed(limit));
  const std::string what =
      idle ? "limits.idle_minutes: a session in which nothing is said ends after " + allowed
           : "limits.session_minutes: a session lasts " + allowed + " at most";
  if (due == TimeLimits::Due::word) {
    const Millis left = time_.left(now_);
    const char* const how = idle ? ", and ends then unless something is said" : "";
    face_->error("limited", what + "; this one has " + shown(left) + " left" + how + ".",
                 /*fatal=*/false);
    face_->going_away(left);
    return;
  }
  note(NoteKind::time_over, idle ? 1 : 0, what);
  face_->bye(what, /*reconnect=*/false);
  if (config_.client == ClientKind::native) {
    out_->add(CloseClient{1000, what});
  } else {
    out_->add(CloseClient{1008, "RESOURCE_EXHAUSTED: " + what});
  }
  finish();
}

}  // namespace livegate::session
