// Connections: accepted, set up, resumed, aged and closed; and what is heard over them.
#include "sim/service.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <utility>

#include "base/base64.h"

namespace livegate::sim {
namespace {

constexpr std::string_view kGoAwayIgnored =
    "Connection aborted because the client failed to close the connection after receiving a GoAway "
    "signal once the session durat";
constexpr std::string_view kHeardWhileBlocked = "The operation was aborted.";
constexpr std::string_view kSetupFirst = "setup must be the first message and only the first";

std::optional<std::uint32_t> number_behind(std::string_view text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return std::nullopt;
  std::uint32_t number = 0;
  const char* begin = text.data() + prefix.size();
  const auto [end, code] = std::from_chars(begin, text.data() + text.size(), number);
  if (code != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

Service::Connection* Service::find(std::uint32_t epoch) {
  for (Connection& c : connections_) {
    if (c.epoch == epoch) return &c;
  }
  return nullptr;
}

void Service::accept(std::uint32_t epoch, Instant now) {
  Connection c;
  c.epoch = epoch;
  c.opened = now;
  connections_.push_back(std::move(c));
}

void Service::closed(std::uint32_t epoch) {
  Connection* c = find(epoch);
  if (c == nullptr) return;
  drop_reply(*c, ReplyTruth::End::lost);
  std::erase_if(connections_, [epoch](const Connection& gone) { return gone.epoch == epoch; });
}

void Service::hang_up(Connection& c, std::uint16_t code, std::string_view reason) {
  const std::uint32_t epoch = c.epoch;
  closed(epoch);  // `c` is gone
  out_.hang_up(epoch, code, reason);
}

void Service::hear(std::uint32_t epoch, PaddedText message, Instant now) {
  Connection* c = find(epoch);
  if (c == nullptr) return;  // it was on its way when we hung up
  if (const auto decoded = decoder_.decode_client(message, message_); !decoded) {
    out_.broken("the service cannot read a message: " + decoded.error().reason);
    return hang_up(*c, decoded.error().close_code, decoded.error().reason);
  }
  const bool is_setup = message_.kind == proto::ClientKind::setup;
  if (is_setup == c->asked || (!is_setup && !c->ready)) {
    out_.broken("a message came before the connection was set up, or a second setup");
    return hang_up(*c, 1007, kSetupFirst);
  }
  switch (message_.kind) {
    case proto::ClientKind::setup:
      return take_setup(*c, message_.setup, now);
    case proto::ClientKind::realtime_input:
      return take_realtime(*c, message_.realtime_input, now);
    case proto::ClientKind::client_content:
      // An initial history ends like a question, and is none.
      if (std::exchange(c->takes_history, false)) return;
      if (message_.client_content.turn_complete) take_text(*c, message_.client_content.text, now);
      return;
    case proto::ClientKind::tool_response:
      return take_answers(*c, now);
    case proto::ClientKind::context_update:
      return;
  }
}

void Service::take_setup(Connection& c, const proto::Setup& setup, Instant now) {
  c.asked = true;
  c.takes_history = setup.initial_history;
  c.manual = setup.activity_detection.disabled;
  c.profile = proto::profile_of(setup.model);
  c.blocks = !proto::blocking_functions(setup.tools_json, c.profile).empty();
  const auto& asked = setup.activity_detection.silence_duration_ms;
  c.turn_silence = asked && c.profile.takes_silence_duration
                       ? Millis(*asked)
                       : c.profile.turn_silence - plan_.ends_early;
  c.interrupts = setup.activity_handling == proto::ActivityHandling::interrupts;
  if (!setup.resumption_handle.empty()) {
    if (connections_.size() > 1) {
      out_.broken("a session was resumed while its old connection was open");
      return hang_up(c, 1011, "The service is currently unavailable.");
    }
    const auto handle = number_behind(setup.resumption_handle, "handle-");
    if (!handle || *handle > handles_) {
      out_.broken("a session was resumed with a handle that was never given");
    }
    if (dice_.chance(plan_.handle_refused)) {
      tally_.add(Count::fault_handle_refused);
      return hang_up(c, 1007, "Request contains an invalid argument.");
    }
    tally_.add(Count::resumed);
  } else if (handles_ > 0) {
    tally_.add(Count::fresh);
  }
  Millis takes = dice_.between(plan_.setup_min, plan_.setup_max);
  if (dice_.chance(plan_.setup_silent)) {
    tally_.add(Count::fault_setup_silent);
    c.silent = true;
    return;
  }
  if (dice_.chance(plan_.setup_slow)) {
    tally_.add(Count::fault_setup_slow);
    takes = dice_.between(Millis(1s), Millis(14s));
  }
  c.ready_at = now + takes;
}

void Service::take_realtime(Connection& c, const proto::RealtimeInput& input, Instant now) {
  const std::uint32_t epoch = c.epoch;
  if ((input.activity_start || input.activity_end) && !c.manual) {
    out_.broken("activity was marked on a connection whose own detector is on");
    return hang_up(
        c, 1007,
        "Explicit activity control is not supported when automatic activity detection is enabled.");
  }
  if (input.activity_start) {
    c.active = true;
    c.first = c.last = 0;
    c.loudest_run = 0;
    interrupt(c, now);
  }
  for (const proto::InlineData& audio : input.audio) {
    take_audio(c, audio.base64, now);
    if (find(epoch) == nullptr) return;
  }
  if (input.text) take_text(c, *input.text, now);
  if (input.activity_end) end_activity(c, now);
  if (!input.audio_stream_end) return;
  if (c.profile.stream_end_ends_turn) return end_activity(c, now);
  if (c.active && c.first != 0) tally_.add(Count::marks_ignored);
}

void Service::take_audio(Connection& c, std::string_view base64, Instant now) {
  if (c.blocks && c.reply && !c.reply->calls.empty()) {
    tally_.add(Count::fault_heard_while_blocked);
    return hang_up(c, 1008, kHeardWhileBlocked);
  }
  samples_.resize(base64::decoded_size_max(base64.size()) / sizeof(std::int16_t) + 1);
  const auto size = base64::decode(base64, reinterpret_cast<std::uint8_t*>(samples_.data()));
  frames_.clear();
  const std::size_t count = size.value_or(0) / sizeof(std::int16_t);
  if (!size || !c.reader.read(std::span(samples_).first(count), frames_)) {
    return out_.broken("the model hears audio in which samples are missing or changed");
  }
  c.heard_at = now;
  for (const Frame& frame : frames_) {
    c.loud_run = frame.loud ? c.loud_run + 1 : 0;
    c.quiet_run = frame.loud ? 0 : c.quiet_run + 1;
    constexpr int kSpeechFrames = 10;  // 100 ms begin
    if (!c.manual && !c.active && c.loud_run >= kSpeechFrames) {
      begin_activity(c, frame.number - kSpeechFrames + 1, now);
    }
    if (!c.active) continue;
    if (frame.number == kNobodys) {
      if (!c.manual && c.quiet_run * 10ms >= c.turn_silence) end_by_detector(c, now);
      continue;
    }
    if (c.first == 0) c.first = frame.number;
    if (frame.loud || c.manual) c.last = frame.number;
    c.loudest_run = std::max(c.loudest_run, c.loud_run);
    const auto silent = c.quiet_run * 10ms;
    if (!c.manual && silent >= c.turn_silence) end_by_detector(c, now);
  }
}

void Service::begin_activity(Connection& c, std::uint32_t frame, Instant now) {
  c.active = true;
  c.first = frame;
  c.loudest_run = 0;
  if (c.interrupts) interrupt(c, now);
}

void Service::end_by_detector(Connection& c, Instant now) {
  tally_.add(Count::ended_by_detector);
  end_activity(c, now);
}

void Service::end_activity(Connection& c, Instant now) {
  if (!c.active) return;
  c.active = false;
  c.quiet_run = c.loud_run = 0;
  if (c.first == 0) return;  // nothing was said
  tally_.add(Count::utterances);
  c.inputs.push_back({Input::Kind::speech, c.first, c.last});
  c.first = 0;
  answer_next(c, now);
}

void Service::take_text(Connection& c, std::string_view text, Instant now) {
  if (text.empty() || text == " ") return take_reprompt(c, now);
  c.loudest_run = 0;  // the answer to this line is one to what was said before it, too
  const auto line = number_behind(text, "line ");
  if (line) c.inputs.push_back({Input::Kind::line, *line, *line});
  interrupt(c, now);
  answer_next(c, now);
}

// Asked to go on with nothing new: a model that was stuck may think again.
void Service::take_reprompt(Connection& c, Instant now) {
  if (c.reply && c.reply->phase == Phase::stalled && dice_.chance(0.5)) {
    c.inputs.push_back(c.reply->answers);
    drop_reply(c, ReplyTruth::End::cut);
  }
  if (!c.reply && c.inputs.empty() && c.unanswered) c.inputs.push_back(*c.unanswered);
  answer_next(c, now);
}

void Service::offer_handle(Connection& c) {
  text_ = R"({"sessionResumptionUpdate": {"newHandle": "handle-)" + std::to_string(++handles_) +
          R"(", "resumable": true}})";
  say(c, text_);
}

std::optional<Instant> Service::deadline_of(const Connection& c) const {
  if (c.silent) return std::nullopt;
  std::optional<Instant> at = c.ready ? std::nullopt : c.ready_at;
  const Instant ends = c.opened + plan_.connection_age;
  at = soonest(at, c.go_away_said ? ends : ends - plan_.go_away_before);
  if (c.reply && c.reply->phase != Phase::waiting_for_tool && c.reply->phase != Phase::stalled) {
    at = soonest(at, c.reply->next);
  }
  return at;
}

std::optional<Instant> Service::waits_for_silence_since(std::uint32_t epoch) const {
  constexpr int kSurelySpeech = 80;  // frames: what is shorter may be a cough, and is let be
  for (const Connection& c : connections_) {
    if (c.epoch != epoch || !c.active || c.loudest_run < kSurelySpeech) continue;
    return c.heard_at;
  }
  return std::nullopt;
}

std::optional<Instant> Service::thinks_since(std::uint32_t epoch) const {
  for (const Connection& c : connections_) {
    if (c.epoch != epoch || !c.reply || c.reply->phase != Phase::thinking) continue;
    return c.reply->asked;
  }
  return std::nullopt;
}

std::optional<Instant> Service::next_deadline() const {
  std::optional<Instant> first;
  for (const Connection& c : connections_) first = soonest(first, deadline_of(c));
  return first;
}

// True if the connection is still there.
bool Service::advance_age(Connection& c, Instant now) {
  const Instant ends = c.opened + plan_.connection_age;
  if (now >= ends) {
    tally_.add(Count::fault_go_away_ignored);
    hang_up(c, 1008, kGoAwayIgnored);
    return false;
  }
  if (!c.go_away_said && now >= ends - plan_.go_away_before) {
    c.go_away_said = true;
    tally_.add(Count::fault_go_away);
    text_ = R"({"goAway": {"timeLeft": ")" + std::to_string(plan_.go_away_before.count() / 1000) +
            R"(s"}})";
    say(c, text_);
  }
  if (!c.ready && c.ready_at && now >= *c.ready_at) {
    c.ready = true;
    say(c, "{\n  \"setupComplete\": {}\n}\n");
    offer_handle(c);
  }
  return true;
}

void Service::tick(Instant now) {
  for (std::size_t i = 0; i < connections_.size(); ++i) {
    const std::uint32_t epoch = connections_[i].epoch;
    while (i < connections_.size() && connections_[i].epoch == epoch) {
      const auto at = deadline_of(connections_[i]);
      if (!at || *at > now) break;
      if (!advance_age(connections_[i], now)) break;
      advance(connections_[i], now);
    }
  }
}

}  // namespace livegate::sim
