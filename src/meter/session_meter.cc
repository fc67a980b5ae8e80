#include "meter/session_meter.h"

#include <algorithm>

namespace livegate::meter {
namespace {

constexpr std::size_t kInputRateHz = 16'000, kReplyRateHz = 24'000;

std::int64_t sound_tokens(std::size_t samples, std::size_t rate_hz) {
  const std::size_t tokens =
      (samples * static_cast<std::size_t>(kAudioTokensPerSecond) + rate_hz - 1) / rate_hz;
  return std::min(static_cast<std::int64_t>(tokens), kTokensPerTurnMax);
}

std::int64_t text_tokens(std::size_t bytes) {
  const auto per_token = static_cast<std::size_t>(kBytesPerTextToken);
  return std::min(static_cast<std::int64_t>((bytes + per_token - 1) / per_token),
                  kTokensPerTurnMax);
}

bool has_reply(const proto::ServerMessage& m) {
  return !m.media.empty() || !m.text.empty() || !m.thoughts.empty() || m.output_transcription ||
         !m.function_calls.empty();
}

}  // namespace

Spend& Spend::operator+=(const Spend& other) {
  tokens += other.tokens;
  cost += other.cost;
  estimated += other.estimated;
  estimated_cost += other.estimated_cost;
  turns += other.turns;
  estimated_turns += other.estimated_turns;
  return *this;
}

void SessionMeter::connected(bool remembers) {
  last_.reset();
  report_.reset();
  if (remembers) return;
  context_ = {};
  input_ = {};  // what it is sent from here on
}

void SessionMeter::connection_over() {
  if (running_ || report_) end_turn();
  last_.reset();
}

void SessionMeter::received(const proto::ServerMessage& message) {
  if (has_reply(message)) {
    running_ = true;
    last_.reset();
    for (const proto::InlineData& data : message.media)
      reply_samples_ += data.base64.size() / 4 * 3 / sizeof(std::int16_t);
    for (const auto text : message.text) reply_bytes_ += text.size();
    for (const auto& call : message.function_calls)
      reply_bytes_ += call.name.size() + call.args_json.size();
  }
  const Tokens report = message.usage ? tokens_of(*message.usage) : Tokens{};
  if (report != Tokens{}) {  // one that says nothing is none
    if (last_ && !message.turn_complete) {
      late(report);
    } else {
      report_ = report_ ? merged(*report_, report) : report;
    }
  }
  if (message.turn_complete) end_turn();
}

void SessionMeter::end_turn() {
  const bool nothing = !report_ && !running_ && !input_.any();
  if (nothing) return;  // an end of no turn: it costs nothing
  const Turn turn{report_ ? *report_ : estimate(), !report_};
  count(turn, 1);
  remember(turn.tokens);
  last_ = turn;
  report_.reset();
  running_ = false;
  reply_samples_ = reply_bytes_ = 0;
  input_ = {};
}

void SessionMeter::late(const Tokens& report) {
  const Turn turn{last_->estimated ? report : merged(last_->tokens, report), false};
  if (turn.tokens == last_->tokens && !last_->estimated) return;  // said twice
  // Both in one change: nobody sees the turn gone in between.
  count(*last_, -1);
  count(turn, 1);
  remember(turn.tokens);
  last_ = turn;
}

void SessionMeter::count(const Turn& turn, int sign) {
  Spend change;
  change.cost = sign * cost(turn.tokens, prices_);
  change.turns = sign;
  if (sign > 0) {
    change.tokens += turn.tokens;
  } else {
    change.tokens -= turn.tokens;
  }
  if (turn.estimated) {
    change.estimated = change.tokens;
    change.estimated_cost = change.cost;
    change.estimated_turns = sign;
  }
  put(change);
}

void SessionMeter::put(const Spend& change) {
  session_ += change;
  untaken_ += change;
  untold_ += change;
}

Tokens SessionMeter::estimate() const {
  Tokens tokens = context_;
  tokens[Kind::text_in] += text_tokens(input_.bytes);
  tokens[Kind::audio_in] += sound_tokens(input_.samples, kInputRateHz);
  tokens[Kind::image_in] +=
      std::min(static_cast<std::int64_t>(input_.pictures) * kTokensPerPicture, kTokensPerTurnMax);
  tokens[Kind::text_out] = text_tokens(reply_bytes_);
  tokens[Kind::audio_out] = sound_tokens(reply_samples_, kReplyRateHz);
  for (std::int64_t& each : tokens.of) each = std::min(each, kTokensPerTurnMax);
  return tokens;
}

// The next prompt holds this one and its reply, each in its modality; thoughts are not kept.
void SessionMeter::remember(const Tokens& turn) {
  context_ = {};
  context_[Kind::text_in] = turn[Kind::text_in] + turn[Kind::text_out];
  context_[Kind::audio_in] = turn[Kind::audio_in] + turn[Kind::audio_out];
  context_[Kind::image_in] = turn[Kind::image_in];
  context_[Kind::other_in] = turn[Kind::other_in] + turn[Kind::other_out];
}

}  // namespace livegate::meter
