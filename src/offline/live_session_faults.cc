// What a LiveSession does wrong on purpose, and how a connection comes to its end.
#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "offline/live_session.h"

namespace livegate::offline {
namespace {

constexpr std::uint16_t kPolicy = 1008;
constexpr std::uint16_t kInternal = 1011;
constexpr Millis kPauseInReply = 1500ms;
constexpr std::string_view kGoAwayIgnored =
    "Connection aborted because the client failed to close the connection after receiving a GoAway "
    "signal once the session duration limit was reached.";

}  // namespace

void LiveSession::begin_conversation(std::shared_ptr<ConversationCounts> resumed) {
  if (!resumed) {
    resumed =
        parts_.book != nullptr ? parts_.book->begin() : std::make_shared<ConversationCounts>();
  }
  conversation_ = std::move(resumed);
  ++conversation_->connections;
}

bool LiveSession::suffers(Fault fault) {
  if (!dice_.strikes(fault)) return false;
  if (conversation_) ++conversation_->faults[static_cast<std::size_t>(fault)];
  return true;
}

// The faults of a turn that is never heard of.
bool LiveSession::falls_silent(Fault fault) {
  if (fault == Fault::freeze_connection) frozen_ = true;
  if (fault != Fault::freeze_connection && fault != Fault::freeze) return false;
  ++conversation_->faults[static_cast<std::size_t>(fault)];
  return true;
}

// The faults that change how a turn says what it says; those that come at a point of it are cut
// there, and those of a gap wait for it.
void LiveSession::spoil(TurnOptions& turn) {
  if (!turn_fault_) return;
  switch (*turn_fault_) {
    case Fault::empty_turn:
    case Fault::rejected:
      turn.cut_after_samples = 0;
      return;
    case Fault::go_away_in_gap:
    case Fault::drop_in_gap:
    case Fault::no_second_turn:
      if (gap_) gap_->fault = turn_fault_;
      return turn_fault_.reset();
    case Fault::says_nothing:
      turn.manner = Manner::wishes_to_say_nothing;
      break;
    case Fault::text_only:
      turn.manner = Manner::writes;
      break;
    case Fault::inaudible:
      turn.mouth.inaudible = true;
      break;
    case Fault::pause_in_reply:
      turn.mouth.pause_after_samples = audio::kDownlinkRateHz / 2;
      turn.mouth.pause = kPauseInReply;
      break;
    case Fault::slow_first_audio:
      break;
    default:
      turn.cut_after_samples =
          static_cast<std::size_t>(dice_.between(0.2, 1.0) * audio::kDownlinkRateHz);
      return;
  }
  ++conversation_->faults[static_cast<std::size_t>(*turn_fault_)];
  turn_fault_.reset();
}

void LiveSession::suffer_in_turn(Instant now, LiveActions& out) {
  const Fault fault = turn_fault_.value_or(Fault::freeze_mid_turn);
  turn_fault_.reset();
  ++conversation_->faults[static_cast<std::size_t>(fault)];
  switch (fault) {
    case Fault::premature_complete: {
      turn_->abandon(out);
      proto::ServerMessage complete;
      complete.generation_complete = true;
      send(complete, out);
      return finish_turn(now, out);
    }
    case Fault::rejected:
      complete_reason_ = "RESPONSE_REJECTED";
      [[fallthrough]];
    case Fault::empty_turn:
      turn_->abandon(out);
      gap_.reset();
      return finish_turn(now, out);
    case Fault::internal_error:
      return close(kInternal, "Internal error encountered.", now, out);
    case Fault::drop:
      on_gone(now, out);
      return out.push_back(Drop{});
    case Fault::go_away:
      turn_->go_on();
      return announce_end(now + options_.settings.go_away_before, now, out);
    default:
      return turn_->freeze(out);
  }
}

void LiveSession::announce_end(Instant ends_at, Instant now, LiveActions& out) {
  if (!ends_at_ || ends_at < *ends_at_) ends_at_ = ends_at;
  go_away_at_.reset();
  proto::ServerMessage message;
  message.go_away_time_left = elapsed(now, *ends_at_);
  send(message, out);
}

void LiveSession::advance_age(Instant now, LiveActions& out) {
  if (go_away_at_ && now >= *go_away_at_) announce_end(*ends_at_, now, out);
  if (options_.token && now >= options_.token->expires_at) {
    return close(kInternal, "auth token has expired", now, out);
  }
  if (ends_at_ && now >= *ends_at_) close(kPolicy, kGoAwayIgnored, now, out);
}

void LiveSession::on_ping(std::string payload, Instant now, LiveActions& out) {
  if (!suffers(Fault::slow_pong)) {
    out.push_back(Pong{.payload = std::move(payload)});
    return;
  }
  if (pongs_.size() >= limits::kOfflinePongsHeldMax) pongs_.pop_front();
  const auto delay = Millis(static_cast<int>(dice_.between(8'000, 30'000)));
  const Instant due = pongs_.empty() ? now + delay : std::max(now + delay, pongs_.back().due);
  pongs_.push_back({.due = due, .payload = std::move(payload)});
}

void LiveSession::send_pongs(Instant now, LiveActions& out) {
  for (; !pongs_.empty() && now >= pongs_.front().due; pongs_.pop_front()) {
    out.push_back(Pong{.payload = std::move(pongs_.front().payload)});
  }
}

// What is due whatever is being talked about.
std::optional<LiveDeadline> LiveSession::next_duty() const {
  std::optional<LiveDeadline> next;
  const auto consider = [&](std::optional<Instant> at, LiveDeadlineReason reason) {
    if (at) next = earlier(next, LiveDeadline{*at, reason});
  };
  if (!pongs_.empty()) consider(pongs_.front().due, LiveDeadlineReason::pong_due);
  if (state_ == State::setting_up) consider(setup_ready_at_, LiveDeadlineReason::setup_ready);
  if (state_ != State::open) return next;
  consider(go_away_at_, LiveDeadlineReason::go_away_due);
  consider(ends_at_, LiveDeadlineReason::connection_over);
  if (options_.token) consider(options_.token->expires_at, LiveDeadlineReason::connection_over);
  return next;
}

}  // namespace livegate::offline
