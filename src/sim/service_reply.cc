// The model's turns: thinking, tool calls, speech in a burst, the end once it would have been
// heard.
#include <algorithm>

#include "sim/service.h"

namespace livegate::sim {
namespace {

constexpr std::size_t kRateHz = 24000;

std::size_t samples_in(Millis time) {
  return static_cast<std::size_t>(time.count()) * kRateHz / 1000 / 6 * 6;
}

}  // namespace

void Service::answer_next(Connection& c, Instant now) {
  if (c.reply || c.inputs.empty() || c.active) return;
  // Several inputs in a row get one answer, to the last.
  Reply reply;
  reply.answers = c.inputs.back();
  if (c.inputs.front().kind == reply.answers.kind) reply.answers.first = c.inputs.front().first;
  c.inputs.clear();
  reply.next = now + dice_.between(plan_.think_min, plan_.think_max);
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
  truth_.replies.push_back({c.epoch, reply.answers, 0, ReplyTruth::End::running});
  tally_.add(Count::replies);
  say(c, R"({"sessionResumptionUpdate": {}})");
  if (plan_.keep_alives) say(c, "{}");
  if (reply.answers.kind == Input::Kind::speech) {
    text_ = R"({"serverContent": {"inputTranscription": {"text": "frames )" +
            std::to_string(reply.answers.first) + '-' + std::to_string(reply.answers.last) +
            R"("}}})";
    say(c, text_);
  }
  if (dice_.chance(plan_.empty)) {
    tally_.add(Count::fault_empty_turn);
    return end_turn(c, now);
  }
  if (dice_.chance(plan_.stall)) {
    tally_.add(Count::fault_stall);
    reply.phase = Phase::stalled;
    return;
  }
  reply.pieces_left = static_cast<std::uint32_t>(dice_.about(4s) / plan_.piece) + 1;
  if (dice_.chance(plan_.internal_error)) {
    reply.dies_at =
        static_cast<std::uint32_t>(dice_.between(0, static_cast<int>(reply.pieces_left) - 1));
  }
  if (reply.answers.kind != Input::Kind::tool_answer && dice_.chance(plan_.tool)) {
    return call_tools(c, now);
  }
  reply.phase = Phase::speaking;
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
  if (plan_.tool_turn_ends) {
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
  if (plan_.tool_turn_ends) {
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
  text_ = R"({"serverContent": {"modelTurn": {"parts": [{"inlineData": )"
          R"({"mimeType": "audio/pcm;rate=24000", "data": ")";
  append_piece_base64(text_, {reply.number, truth.pieces}, samples_in(plan_.piece));
  text_ += R"("}}]}}})";
  ++truth.pieces;
  say(c, text_);
  if (truth.pieces % 5 == 1) {
    say(c, R"({"serverContent": {"outputTranscription": {"text": " word"}}})");
    if (plan_.keep_alives) say(c, "{}");
  }
  if (!reply.first_audio) reply.first_audio = now;
  if (--reply.pieces_left > 0) {
    reply.next =
        now + std::chrono::duration_cast<std::chrono::nanoseconds>(plan_.piece / plan_.burst);
    return;
  }
  say(c, R"({"serverContent": {"generationComplete": true}})");
  reply.phase = Phase::playing_out;
  reply.next = std::max(now, *reply.first_audio + plan_.piece * truth.pieces);
}

void Service::end_turn(Connection& c, Instant now) {
  drop_reply(c, ReplyTruth::End::complete);
  say(c, R"({"serverContent": {"turnComplete": true}, "usageMetadata": {"totalTokenCount": 9}})");
  offer_handle(c);
  answer_next(c, now);
}

void Service::advance(Connection& c, Instant now) {
  if (!c.reply || now < c.reply->next) return;
  switch (c.reply->phase) {
    case Phase::thinking:
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
