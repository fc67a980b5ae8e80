// The call and its connection to the model: connecting, losing it, moving over, giving up.
#include <algorithm>
#include <utility>

#include "session/session.h"

namespace livegate::session {
namespace {

std::string describe(std::uint16_t code, const std::string& reason, std::string_view advice) {
  std::string text = "The service refused the session (" + std::to_string(code) +
                     (reason.empty() ? "" : ": " + reason) + ")";
  if (!advice.empty()) text.append("; ").append(advice);
  return text + ".";
}

}  // namespace

void Session::connect() {
  activity_open_ = false;  // what was open was so on another connection
  counters_.stale_messages += held_reply_.drop();
  link_.connect();
  out_->add(OpenUpstream{link_.epoch()});
}

void Session::on(const UpstreamOpened& event) {
  if (event.epoch != link_.epoch() || link_.state() != UpstreamLink::State::connecting) return;
  link_.opened(now_);
  setup_.resumption_handle = link_.handle();
  const std::size_t mark = out_->mark();
  proto::append_setup(out_->arena(), setup_);
  send_upstream(out_->since(mark));
}

void Session::on_setup_complete(PaddedText raw) {
  if (link_.state() != UpstreamLink::State::setting_up) return;
  const bool first = !link_.was_ready();
  link_.set_up(now_);
  if (first) {
    note(NoteKind::opened);
    face_->ready(setup_, raw);
  } else {
    const auto dropped = static_cast<std::int64_t>(held_.dropped_samples());
    if (dropped > 0) {
      counters_.samples_dropped += held_.dropped_samples();
      note(NoteKind::speech_dropped, dropped);
    }
    note(NoteKind::upstream_restored, link_.attempt());
    face_->reconnected(link_.resumed(), Millis(dropped * 1000 / audio::kUplinkRateHz));
  }
  send_held();
}

void Session::send_held() {
  for (const std::string& message : held_.messages()) {
    const std::size_t mark = out_->mark();
    out_->arena().append(message);
    send_upstream(out_->since(mark));
  }
  // In pieces of a second: a server may cap its messages well below five.
  const auto speech = held_.speech();
  constexpr std::size_t kPiece = audio::kUplinkRateHz;
  for (std::size_t begin = 0; begin < speech.size(); begin += kPiece) {
    on_speech(speech.subspan(begin, std::min(kPiece, speech.size() - begin)));
  }
  if (held_.speech_ended()) end_activity();
  held_.clear();
}

void Session::on(const UpstreamGone& event) {
  using State = UpstreamLink::State;
  if (event.epoch != link_.epoch() || link_.state() == State::waiting) return;
  if (link_.state() == State::idle) return;  // nothing was ever opened that could be lost
  upstream_lost(event.close_code, event.reason);
}

void Session::upstream_lost(std::uint16_t code, const std::string& reason) {
  const bool never_reached = link_.state() == UpstreamLink::State::connecting;
  counters_.stale_messages += held_reply_.drop();  // a reply of which the rest will not come
  if (const auto cut = turns_.lost()) on_turn_finished(*cut);
  cancel_tools();
  const UpstreamLink::Loss loss = link_.lost(code, reason, now_);
  if (!loss.give_up) {
    note(NoteKind::upstream_lost, loss.retry_in.count(), reason);
    return face_->reconnecting(reason, link_.attempt(), loss.retry_in);
  }
  const bool unreachable = never_reached || loss.advice.empty();
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

void Session::renew() {
  out_->add(
      CloseUpstream{link_.epoch()});  // first: a resume is refused while the old socket is open
  if (const auto cut = turns_.lost()) on_turn_finished(*cut);
  cancel_tools();
  note(NoteKind::upstream_lost, 0, "the service announced the connection's end");
  face_->reconnecting("the service is about to end this connection", 0, Millis(0));
  connect();
}

}  // namespace livegate::session
