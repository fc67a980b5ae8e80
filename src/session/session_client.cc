// A client that goes and comes back: how the call waits for it, and goes on.
#include <utility>

#include "session/session.h"

namespace livegate::session {

void Session::on(const ClientGone& event) {
  // Who counts what has arrived says so on its return; of the others only the socket knows.
  const std::size_t unsent = config_.client == ClientKind::live ? event.unsent : 0;
  if (!event.may_return || !line_.lose(unsent, now_)) return finish();
  playback_.listener_left(now_);
  note(NoteKind::client_away);
}

void Session::on(const ClientReturned& event) {
  if (!line_.is_away() || !line_.may_return(event.received)) return;
  config_.resume_token = event.token;
  playback_.listener_returned(now_);
  if (marked_activity_ == MarkedActivity::open) {
    marked_activity_ = MarkedActivity::may_be_over;
    last_audio_ = now_;
  }
  face_->returned(setup_);
  const std::size_t again = line_.send_again(event.received, *out_, now_);
  counters_.messages_sent_again += again;
  note(NoteKind::client_returned, static_cast<std::int64_t>(again));
}

bool Session::begin_marked_activity() {
  return std::exchange(marked_activity_, MarkedActivity::open) != MarkedActivity::may_be_over;
}

// A client that has come back in mid-activity and then sends no audio has said its end to the
// connection that broke.
std::optional<Instant> Session::marked_end_due() const {
  if (marked_activity_ != MarkedActivity::may_be_over || line_.is_away()) return std::nullopt;
  return *last_audio_ + limits::kAudioGapMax;
}

void Session::end_lost_activity() {
  marked_activity_ = MarkedActivity::none;
  uplink_->flush();
  const std::size_t mark = out_->mark();
  proto::append_activity_end(out_->arena());
  tell_model(out_->since(mark), Asks::reply);
}

void Session::resume(std::string_view token, std::optional<std::uint64_t> received) {
  out_->add(ResumeClient{std::string(token), received});
}

void Session::on(const ResumeRefused&) {
  if (is_open()) return;
  start_by_ = now_ + limits::kStartTimeMax;
  face_->resume_refused();
}

void Session::on(const ResumeRemembered& event) {
  if (!is_open()) face_->resume_remembered(event.upstream_handle);
}

CallControl::WayBack Session::way_back() const {
  if (line_.grace() == Millis(0)) return {{}, Millis(0)};
  return {config_.resume_token, line_.grace()};
}

// Nobody is there to be told.
void Session::end_waiting(std::string why) {
  note(NoteKind::client_lost, 0, std::move(why));
  finish();
}

}  // namespace livegate::session
