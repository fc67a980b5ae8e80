// What models do that is no answer, or not yet: turns without anything to hear, holding lines and
// the gap behind them, and the pace of a model that speaks as it is played.
#include "sim/service.h"

namespace livegate::sim {
namespace {

constexpr Millis kGapMin = 300ms, kGapMax = 2500ms;
constexpr Millis kPauseMax = 1500ms;
constexpr Millis kHoldingLine = 1200ms;

}  // namespace

// True if the turn is over, and answers nothing.
bool Service::answers_nothing(Connection& c, Instant now) {
  Reply& reply = *c.reply;
  ReplyTruth& truth = truth_.replies[reply.number];
  const auto over = [&](Count what) {
    tally_.add(what);
    truth.kind = ReplyTruth::Kind::none;
    c.unanswered = reply.answers;
    end_turn(c, now);
    return true;
  };
  if (dice_.chance(plan_.empty)) return over(Count::fault_empty_turn);
  if (c.rejects > 0 || dice_.chance(plan_.rejected)) {
    c.rejects = c.rejects > 0 ? c.rejects - 1 : plan_.rejected_in_a_row - 1;
    tally_.add(Count::fault_rejected);
    truth.kind = ReplyTruth::Kind::none;
    c.unanswered = reply.answers;
    drop_reply(c, ReplyTruth::End::complete);
    say(c,
        R"({"serverContent": {"turnComplete": true, "turnCompleteReason": "RESPONSE_REJECTED"}})");
    answer_next(c, now);
    return true;
  }
  if (dice_.chance(plan_.no_speech)) {
    say_words(c, "<no speech>");
    say(c, R"({"serverContent": {"generationComplete": true}})");
    return over(Count::fault_no_speech);
  }
  if (dice_.chance(plan_.text_only)) {
    say(c, R"({"serverContent": {"modelTurn": {"parts": [{"text": "written"}]}}})");
    say(c, R"({"serverContent": {"generationComplete": true}})");
    return over(Count::fault_text_only);
  }
  reply.mute = dice_.chance(plan_.inaudible);
  if (!reply.mute) return false;
  tally_.add(Count::fault_inaudible);
  truth.kind = ReplyTruth::Kind::none;
  c.unanswered = reply.answers;
  return false;
}

// Words beside one sample of sound.
void Service::say_words(Connection& c, std::string_view words) {
  text_ = R"({"serverContent": {"modelTurn": {"parts": [{"inlineData": )"
          R"({"mimeType": "audio/pcm;rate=24000", "data": "AAA="}}]}, )"
          R"("outputTranscription": {"text": ")";
  text_ += words;
  say(c, text_ + R"("}}})");
}

// True if the reply goes on otherwise than by being spoken.
bool Service::hold_or_call(Connection& c, Instant now) {
  Reply& reply = *c.reply;
  const bool holds = c.profile.idle_by_status;
  if (holds && !reply.second && dice_.chance(plan_.holding)) {
    tally_.add(Count::holding_lines);
    reply.holds = true;
    truth_.replies[reply.number].kind = ReplyTruth::Kind::holding_line;
    reply.pieces_left = static_cast<std::uint32_t>(kHoldingLine / plan_.piece) + 1;
    reply.pauses_at = reply.dies_at = ~0U;
    return false;
  }
  // Where holding lines are spoken a call stands behind one, outside of any turn.
  const bool may_call = reply.second || !holds;
  if (!may_call || reply.answers.kind == Input::Kind::tool_answer || !dice_.chance(plan_.tool)) {
    return false;
  }
  call_tools(c, now);
  return true;
}

// The answer is a turn of its own, after a while in which nothing comes.
void Service::follow_holding_line(Connection& c, Input answers, Instant now) {
  if (dice_.chance(plan_.gap_for_good)) {
    tally_.add(Count::fault_no_second_turn);
    c.unanswered = answers;
    return answer_next(c, now);
  }
  Reply second;
  second.second = true;
  second.answers = answers;
  second.asked = now;
  second.next = now + dice_.between(kGapMin, kGapMax);
  c.reply = std::move(second);
  if (!c.go_away_said && dice_.chance(plan_.gap_go_away)) {
    tally_.add(Count::fault_gap_go_away);
    c.opened = now - (plan_.connection_age - plan_.go_away_before);
  }
}

// True if the connection is gone.
bool Service::lose_in_gap(Connection& c) {
  if (!dice_.chance(plan_.gap_lost)) return false;
  tally_.add(Count::fault_gap_lost);
  hang_up(c, 1011, "Internal error encountered.");
  return true;
}

Millis Service::piece_of(const Connection& c) {
  if (c.profile.pace == proto::Pace::burst) return plan_.piece;
  return dice_.between(Millis(40), Millis(760));
}

// From one piece to the next.
Millis Service::pause_behind(const Connection& c, Millis piece) {
  if (c.profile.pace == proto::Pace::burst) {
    return std::chrono::duration_cast<Millis>(piece / plan_.burst);
  }
  Millis time = piece - piece / 20;
  if (c.reply->pieces_left == c.reply->pauses_at) {
    tally_.add(Count::fault_pause_in_reply);
    time += dice_.between(Millis(300), kPauseMax);
  }
  return time;
}

}  // namespace livegate::sim
