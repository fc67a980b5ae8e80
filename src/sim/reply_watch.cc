#include "sim/reply_watch.h"

#include <algorithm>
#include <utility>

#include "sim/json_peek.h"

namespace livegate::sim {
namespace {

constexpr std::size_t kAnsweredKept = 8;

bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

bool overlap(const Input& a, const Input& b) {
  return a.kind == b.kind && a.first <= b.last && b.first <= a.last;
}

}  // namespace

ReplyWatch::Verdict ReplyWatch::audio(const Stamp& stamp, std::optional<std::uint32_t> epoch) {
  if (stamp.reply >= truth_.replies.size()) return "audio that the model never said";
  const ReplyTruth& truth = truth_.replies[stamp.reply];
  if (epoch && truth.epoch != *epoch) return "audio of a dead connection reached the client";
  const std::uint32_t number = stamp.reply + 1;
  if (number < newest_) return "audio of an older reply reached the client";
  if (number == newest_ && silenced_) return "audio of an interrupted reply reached the client";
  if (number > newest_) {
    newest_ = number;
    pieces_ = 0;
    silenced_ = false;
  }
  if (stamp.piece != pieces_) {
    return "piece " + std::to_string(stamp.piece) + " of reply " + std::to_string(stamp.reply) +
           " came where " + std::to_string(pieces_) + " was due";
  }
  ++pieces_;
  if (!native_) return {};
  if (turn_has_audio_ && turn_reply_ != number) return "two replies in one turn";
  turn_has_audio_ = true;
  turn_reply_ = number;
  return {};
}

void ReplyWatch::silence() {
  if (newest_ > 0) silenced_ = true;
}

ReplyWatch::Verdict ReplyWatch::complete(bool cut_off) {
  if (cut_off || newest_ == 0 || (native_ && turn_reply_ != newest_)) return {};
  const ReplyTruth& truth = truth_.replies[newest_ - 1];
  if (silenced_ || pieces_ == 0 || completed_ == newest_) return {};
  if (truth.end != ReplyTruth::End::complete) return {};  // its connection died, or it was cut
  completed_ = newest_;
  if (pieces_ != truth.pieces) {
    return "a turn is complete with " + std::to_string(pieces_) + " of " +
           std::to_string(truth.pieces) + " pieces of its audio";
  }
  if (truth.kind != ReplyTruth::Kind::answer) return {};
  for (const Input& input : answered_) {
    if (overlap(input, truth.answers)) return "two replies to one turn of the person";
  }
  answered_.push_back(truth.answers);
  if (answered_.size() > kAnsweredKept) answered_.erase(answered_.begin());
  return {};
}

ReplyWatch::Verdict ReplyWatch::told(std::string_view text, std::optional<std::uint32_t> epoch) {
  return native_ ? told_native(text, /*late=*/!epoch) : told_live(text, epoch);
}

ReplyWatch::Verdict ReplyWatch::told_native(std::string_view text, bool late) {
  const std::string_view type = peek_type(text);
  const std::int64_t turn = peek_number(text, "turn").value_or(0);
  if (type == "turn_started") {
    if (turn != turn_ + 1) return "turns are not numbered in order";
    turn_ = turn;
    turn_has_audio_ = false;
    turn_reply_ = 0;
  } else if (type == "interrupted") {
    if (turn != turn_) return "a turn was interrupted that is not the newest";
    if (turn_reply_ == newest_) silence();
  } else if (type == "turn_complete") {
    if (turn != turn_) return "a turn was completed that is not the newest";
    const Verdict verdict = complete(has(text, "\"cut_off\":true"));
    turn_reply_ = 0;
    return verdict;
  } else if (type == "tool_call") {
    return offer(peek_text(text, "id"), late);
  } else if (type == "tool_cancelled") {
    return cancel(peek_text(text, "id"));
  } else if (type == "reconnected") {
    tally_.add(Count::recoveries);
  } else if (type == "error" && has(text, R"("code":"busy")")) {
    refused_ = true;
  }
  return {};
}

ReplyWatch::Verdict ReplyWatch::told_live(std::string_view text,
                                          std::optional<std::uint32_t> epoch) {
  if (has(text, "\"interrupted\"")) silence();
  if (has(text, "\"toolCall\"")) {
    for (const std::string_view id : peek_all(text, "id")) {
      if (Verdict verdict = offer(id, /*late=*/!epoch); !verdict.empty()) return verdict;
    }
  }
  if (has(text, "\"goAway\"")) return "the client was told of a connection's end";
  if (!has(text, "\"turnComplete\"")) return {};
  // A turn without audio, of a later connection than the newest audio, ends no reply of that one.
  const bool of_newest = newest_ > 0 && truth_.replies[newest_ - 1].epoch == epoch;
  return complete(silenced_ || !of_newest);
}

ReplyWatch::Verdict ReplyWatch::offer(std::string_view id, bool late) {
  ToolCall& call = tools_[std::string(id)];
  // A tool may have been given up on while nobody was there.
  if (call.sent && !late) return "tool call " + std::string(id) + " came after its answer";
  if (std::exchange(call.offered, true)) return "tool call " + std::string(id) + " came twice";
  return {};
}

ReplyWatch::Verdict ReplyWatch::cancel(std::string_view id) {
  const auto call = tools_.find(id);
  if (call == tools_.end() || !call->second.offered) {
    return "tool call " + std::string(id) + " was cancelled and never made";
  }
  if (std::exchange(call->second.cancelled, true)) {
    return "tool call " + std::string(id) + " was cancelled twice";
  }
  tally_.add(Count::tools_cancelled);
  return {};
}

void ReplyWatch::tool_result(std::string_view id) {
  const auto call = tools_.find(id);
  if (call == tools_.end() || call->second.cancelled) return;
  call->second.answered = true;
  last_result_ = id;
}

ReplyWatch::Verdict ReplyWatch::answered(std::string_view id, std::uint32_t epoch) {
  auto call = tools_.find(id);
  // A call of a reply that was cut off: the gateway itself says that nobody runs it.
  if (call == tools_.end()) call = tools_.emplace(id, ToolCall{.answered = true}).first;
  if (!call->second.answered && given_up_-- <= 0) {
    return native_ ? "tool call " + std::string(id) + " was answered by nobody" : Verdict();
  }
  // Again only over another connection, as nobody knows what the last one still took.
  if (std::exchange(call->second.sent, true) && call->second.sent_epoch == epoch) {
    return "tool call " + std::string(id) + " was answered twice";
  }
  call->second.sent_epoch = epoch;
  return {};
}

ReplyWatch::Verdict ReplyWatch::ended(bool link_ready) const {
  if (!link_ready || refused_) return {};
  for (const auto& [id, call] : tools_) {
    if (call.answered && !call.sent && !call.cancelled) {
      return "the answer to tool call " + id + " was never sent";
    }
  }
  return {};
}

}  // namespace livegate::sim
