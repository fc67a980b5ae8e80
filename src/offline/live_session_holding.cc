// What a LiveSession does outside of turns: the gap between a holding line and the answer, calls
// that stand in no turn, and what is sent because it is due.
#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "offline/live_session.h"

namespace livegate::offline {
namespace {

// As recorded: 0.3 to 2.5 s of nothing.
constexpr double kGapMinMs = 300;
constexpr double kGapMaxMs = 2500;
// Another holding line, while a call is open.
constexpr Millis kHoldsAgain = 1400ms;

}  // namespace

// Whether nothing is being said by either side.
bool LiveSession::may_speak() const { return !turn_ && !ear_->speaking() && recognitions_.empty(); }

// The holding line is over.
void LiveSession::open_gap(Instant now, LiveActions& out) {
  const auto length =
      Millis(static_cast<int>(kGapMinMs + rng_.uniform() * (kGapMaxMs - kGapMinMs)));
  gap_->due = now + length;
  if (!gap_->fault) return;
  ++conversation_->faults[static_cast<std::size_t>(*gap_->fault)];
  switch (*gap_->fault) {
    case Fault::drop_in_gap:
      gap_->due = now + length / 2;
      break;
    case Fault::go_away_in_gap:
      announce_end(now + options_.settings.go_away_before, now, out);
      break;
    default:  // no second turn
      gap_.reset();
  }
}

void LiveSession::advance_gap(Instant now, LiveActions& out) {
  if (late_end_ && now >= late_end_->due) send_late_end(out);
  if (unasked_handle_at_ && now >= *unasked_handle_at_) {
    unasked_handle_at_.reset();
    offer_handle(now, out);
  }
  if (!may_speak()) return;
  if (gap_ && gap_->due && now >= *gap_->due) {
    const Gap gap = *std::exchange(gap_, std::nullopt);
    if (gap.fault == Fault::drop_in_gap) {
      on_gone(now, out);
      return out.push_back(Drop{});
    }
    if (gap.reply.calls.empty()) {
      begin_turn(gap.reply, now - options_.settings.first_audio, out);
    } else {
      call_outside(gap.reply, now, out);
    }
    return advance_turn(now, out);
  }
  if (!second_hold_at_ || now < *second_hold_at_) return;
  second_hold_at_.reset();
  if (background_.empty()) return;
  begin_turn({.calls = {}, .speech = "I am still looking."}, now - options_.settings.first_audio,
             out);
  advance_turn(now, out);
}

void LiveSession::call_outside(const assistant::Reply& reply, Instant now, LiveActions& out) {
  CallBatch batch;
  const std::size_t count = std::min(reply.calls.size(), limits::kOpenToolCallsMax);
  for (std::size_t i = 0; i < count; ++i) {
    const assistant::ToolRequest& request = reply.calls[i];
    ++counts_.tool_calls;
    batch.add({.id = names_.calls.next(*profile_, options_.vertex),
               .request = request,
               .response_json = std::nullopt});
    conversation_->called(batch.calls().back().id);
  }
  const bool twice = suffers(Fault::duplicate_call);
  Frames frames({.habits = habits_, .vertex = options_.vertex});
  send_calls(frames, batch, 0, out);
  if (twice) send_calls(frames, batch, 0, out);
  keep_background(std::move(batch));
  second_hold_at_ = now + kHoldsAgain;
}

void LiveSession::keep_background(CallBatch batch) {
  if (background_.size() >= limits::kOfflineBackgroundBatchesMax) {
    background_.erase(background_.begin());
  }
  background_.push_back(std::move(batch));
}

// New input while the model waits for answers, in no turn: it waits no longer.
void LiveSession::cancel_blocking(LiveActions& out) {
  proto::ServerMessage cancelled;
  std::vector<CallBatch> gone;
  for (CallBatch& batch : background_) {
    if (batch.blocking()) gone.push_back(std::move(batch));
  }
  if (gone.empty()) return;
  std::erase_if(background_, &CallBatch::blocking);
  for (const CallBatch& batch : gone) {
    for (const OpenCall& call : batch.calls()) {
      if (call.response_json) continue;
      cancelled.cancelled_call_ids.push_back(call.id);
      ++conversation_->tool_calls_cancelled;
    }
  }
  send(cancelled, out);
}

void LiveSession::send_late_end(LiveActions& out) {
  if (!late_end_) return;
  out.push_back(Send{.bytes = std::move(late_end_->bytes)});
  late_end_.reset();
}

std::optional<LiveDeadline> LiveSession::next_outside() const {
  std::optional<LiveDeadline> next;
  if (late_end_) next = LiveDeadline{late_end_->due, LiveDeadlineReason::gap_over};
  if (unasked_handle_at_) {
    next = earlier(next, LiveDeadline{*unasked_handle_at_, LiveDeadlineReason::handle_due});
  }
  if (!may_speak()) return next;
  if (gap_ && gap_->due) {
    next = earlier(next, LiveDeadline{*gap_->due, LiveDeadlineReason::gap_over});
  } else if (second_hold_at_) {
    next = earlier(next, LiveDeadline{*second_hold_at_, LiveDeadlineReason::gap_over});
  }
  return next;
}

}  // namespace livegate::offline
