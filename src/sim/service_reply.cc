// The model's turns: thinking, tool calls, speech in a burst, the end once it would have been
// heard.
#include <algorithm>
#include <utility>

#include "sim/service.h"

namespace livegate::sim {
namespace {

constexpr std::size_t kRateHz = 24000;

std::size_t samples_in(Millis time) {
  return static_cast<std::size_t>(time.count()) * kRateHz / 1000 / 6 * 6;
}

// The latest first sound that was recorded; and what the network may add to it.
constexpr Millis kSlowestFirstAudio = 6300ms;
constexpr Millis kOnItsWay = 500ms;

}  // namespace

void Service::answer_next(Connection& c, Instant now) {
  if (c.reply || c.inputs.empty() || c.active) return;
  // Several inputs in a row get one answer, to the last.
  Reply reply;
  reply.answers = c.inputs.back();
  if (c.inputs.front().kind == reply.answers.kind) reply.answers.first = c.inputs.front().first;
  c.inputs.clear();
  c.unanswered.reset();
  reply.asked = std::exchange(c.thought_from, std::nullopt).value_or(now);
  Millis thinks = dice_.between(plan_.think_min, plan_.think_max);
  if (dice_.chance(plan_.slow)) {
    tally_.add(Count::fault_slow_first_audio);
    thinks = std::min(kSlowestFirstAudio, c.profile.first_audio_patience - kOnItsWay);
  }
  reply.next = now + thinks;
  c.reply = std::move(reply);
}

void Service::drop_reply(Connection& c, ReplyTruth::End end) {
  if (c.reply && c.reply->begun) truth_.replies[c.reply->number].end = end;
  c.reply.reset();
}

void Service::interrupt(Connection& c, Instant now) {
  if (!c.reply) return;
  if (!c.reply->begun) {  // it was still thinking: what was said and what follows is one input
    c.inputs.push_front(c.reply->answers);
    c.thought_from = c.reply->asked;
    c.reply.reset();
    return;
  }
  tally_.add(Count::replies_cut);
  if (!c.reply->calls.empty()) {
    text_ = R"({"toolCallCancellation": {"ids": [)";
    for (std::size_t i = 0; i < c.reply->calls.size(); ++i) {
      text_ += (i > 0 ? ", \"" : "\"") + c.reply->calls[i] + '"';
    }
    say(c, text_ + "]}}");
  }
  drop_reply(c, ReplyTruth::End::cut);
  say(c, R"({"serverContent": {"interrupted": true}})");
  say(c, R"({"serverContent": {"turnComplete": true}})");
  offer_handle(c);
  answer_next(c, now);
}

void Service::begin_reply(Connection& c, Instant now) {
  Reply& reply = *c.reply;
  reply.number = static_cast<std::uint32_t>(truth_.replies.size());
  reply.begun = true;
  truth_.replies.push_back({.epoch = c.epoch, .answers = reply.answers});
  tally_.add(Count::replies);
  say(c, R"({"sessionResumptionUpdate": {}})");
  if (c.profile.empty_frames) say(c, "{}");
  if (reply.answers.kind == Input::Kind::speech && !reply.second) {
    text_ = R"({"serverContent": {"inputTranscription": {"text": "frames )" +
            std::to_string(reply.answers.first) + '-' + std::to_string(reply.answers.last) +
            R"("}}})";
    say(c, text_);
  }
  if (answers_nothing(c, now)) return;
  if (dice_.chance(plan_.stall)) {
    tally_.add(Count::fault_stall);
    reply.phase = Phase::stalled;
    return;
  }
  const Millis length = reply.mute ? 2s : dice_.about(4s);
  reply.pieces_left = static_cast<std::uint32_t>(length / plan_.piece) + 1;
  if (dice_.chance(plan_.internal_error)) {
    reply.dies_at =
        static_cast<std::uint32_t>(dice_.between(0, static_cast<int>(reply.pieces_left) - 1));
  }
  if (c.profile.pace == proto::Pace::real_time && dice_.chance(plan_.pause)) {
    reply.pauses_at = reply.pieces_left / 2;
  }
  reply.phase = Phase::speaking;
  if (!reply.mute && hold_or_call(c, now)) return;
  constexpr double kOneSampleFirst = 0.5;
  if (c.profile.transcript == proto::TranscriptPlace::with_audio && dice_.chance(kOneSampleFirst)) {
    say_words(c, " a");
  }
}

void Service::call_tools(Connection& c, Instant now) {
  Reply& reply = *c.reply;
  const int count = dice_.chance(0.3) ? dice_.between(2, 7) : 1;
  text_ = R"({"toolCall": {"functionCalls": [)";
  for (int i = 0; i < count; ++i) {
    reply.calls.push_back("call-" + std::to_string(++calls_));
    text_ += (i > 0 ? ", " : "") + (R"({"id": ")" + reply.calls.back()) +
             R"(", "name": "lamp", "args": {"on": true}})";
  }
  tally_.add(Count::tool_calls, static_cast<std::uint64_t>(count));
  say(c, text_ + "]}}");
  reply.phase = Phase::waiting_for_tool;
  if (c.profile.call_ends_turn && !reply.second) {
    say(c, R"({"serverContent": {"generationComplete": true}})");
    say(c, R"({"serverContent": {"turnComplete": true}})");
  }
  reply.next = now;
}

void Service::take_answers(Connection& c, Instant now) {
  for (const proto::FunctionResponse& response : message_.function_responses) {
    if (!c.reply) continue;  // too late: ignored
    const auto erased =
        std::erase_if(c.reply->calls, [&](const std::string& id) { return id == response.id; });
    tally_.add(Count::tools_answered, erased);
  }
  if (!c.reply || c.reply->phase != Phase::waiting_for_tool || !c.reply->calls.empty()) return;
  if (c.profile.call_ends_turn) {
    // The turn that called is over; what comes of the answer is another one.
    const Input input{Input::Kind::tool_answer, calls_, calls_};
    drop_reply(c, ReplyTruth::End::complete);
    c.inputs.push_back(input);
    return answer_next(c, now);
  }
  c.reply->phase = Phase::speaking;
  c.reply->next = now + dice_.between(plan_.think_min, plan_.think_max);
}

void Service::say_piece(Connection& c, Instant now) {
  Reply& reply = *c.reply;
  if (reply.pieces_left == reply.dies_at) {
    tally_.add(Count::fault_internal_error);
    return hang_up(c, 1011, "Internal error encountered.");
  }
  ReplyTruth& truth = truth_.replies[reply.number];
  const Millis piece = piece_of(c);
  const bool words = reply.pieces_left % 5 == 1;
  if (words && c.profile.empty_frames) say(c, "{}");
  if (words && c.profile.transcript != proto::TranscriptPlace::with_audio) {
    say(c, R"({"serverContent": {"outputTranscription": {"text": " word"}}})");
  }
  text_ = R"({"serverContent": {"modelTurn": {"parts": [{"inlineData": )"
          R"({"mimeType": "audio/pcm;rate=24000", "data": ")";
  if (reply.mute) {
    append_silence_base64(text_, samples_in(piece));
  } else {
    append_piece_base64(text_, {reply.number, truth.pieces}, samples_in(piece));
    ++truth.pieces;
  }
  text_ += R"("}}]})";
  if (words && c.profile.transcript == proto::TranscriptPlace::with_audio) {
    text_ += R"(, "outputTranscription": {"text": " word"})";
  }
  say(c, text_ + "}}");
  reply.said += piece;
  if (!reply.first_audio) reply.first_audio = now;
  if (--reply.pieces_left > 0) {
    reply.next = now + pause_behind(c, piece);
    return;
  }
  say(c, R"({"serverContent": {"generationComplete": true}})");
  reply.phase = Phase::playing_out;
  reply.next = std::max(now, *reply.first_audio + reply.said);
}

void Service::end_turn(Connection& c, Instant now) {
  const Input answers = c.reply->answers;
  const bool holds = c.reply->holds;
  drop_reply(c, ReplyTruth::End::complete);
  text_ = R"({"serverContent": {"turnComplete": true)";
  if (c.profile.idle_by_status) {
    text_ += holds ? R"(, "interactionStatus": "IN_PROGRESS")" : R"(, "interactionStatus": "IDLE")";
  }
  say(c, text_ + R"(}, "usageMetadata": {"totalTokenCount": 9}})");
  offer_handle(c);
  if (holds) return follow_holding_line(c, answers, now);
  answer_next(c, now);
}

void Service::advance(Connection& c, Instant now) {
  if (!c.reply || now < c.reply->next) return;
  switch (c.reply->phase) {
    case Phase::thinking:
      if (c.reply->second && lose_in_gap(c)) return;
      begin_reply(c, now);
      if (c.reply) c.reply->next = now;
      return;
    case Phase::speaking:
      return say_piece(c, now);
    case Phase::playing_out:
      return end_turn(c, now);
    case Phase::waiting_for_tool:
    case Phase::stalled:
      return;
  }
}

}  // namespace livegate::sim
