#include "sim/sim_client.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/base64.h"
#include "sim/json_peek.h"
#include "sim/marked_audio.h"

namespace livegate::sim {
namespace {

constexpr Millis kFrame = 10ms;
constexpr Millis kReportEvery = 500ms;
constexpr Millis kPingEvery = 5s;

constexpr std::string_view kPictureNative =
    R"({"type":"image","mime_type":"image/jpeg","data":"/9j/4AAQ"})";
constexpr std::string_view kPictureLive =
    R"({"realtimeInput":{"video":{"mimeType":"image/jpeg","data":"/9j/4AAQ"}}})";
constexpr std::array<std::string_view, 5> kNonsense = {
    R"({"type":"text")", R"({"type":"dance"})", R"({"type":"text","text":3})",
    R"({"type":"tool_result","id":"call-0","result":1})", R"({"type":"start"})"};

}  // namespace

SimClient::SimClient(const Plan& plan, Out& out, Tally& tally, bool tools_fail,
                     std::uint64_t failing_at)
    : plan_(plan.client),
      client_(plan.config.client),
      length_(plan.length),
      grace_(plan.config.resume_grace),
      dice_(plan.client_seed),
      out_(out),
      line_(is_native(), plan.client.confirms, out),
      tally_(tally),
      tools_fail_(tools_fail),
      failing_at_(failing_at) {}

void SimClient::begin(Instant now) {
  ends_ = now + length_;
  if (plan_.gone_every > 0ms) gone_at_ = now + dice_.about(plan_.gone_every);
  greet();
}

// Its first message over a connection.
void SimClient::greet() {
  const bool again = line_.may_return();
  if (is_native()) {
    // This wire has no word for a tool that stops the model; there are models that stop for any.
    text_ = R"({"type":"start",)";
    if (again) {
      text_ +=
          R"("resume":")" + line_.token() + R"(","received":)" + std::to_string(line_.received());
    } else {
      text_ += R"("model":")" + plan_.model + R"(","tools":[{"name":"lamp"}])";
    }
    return line_.greet(text_ + '}');
  }
  text_ = R"({"setup":{"model":"models/)" + plan_.model + R"(","tools":[{"functionDeclarations":[)";
  text_ += plan_.blocking_said ? R"({"name":"lamp","behavior":"BLOCKING"})" : R"({"name":"lamp"})";
  text_ += "]}]";
  if (plan_.manual) {
    text_ += R"(,"realtimeInputConfig":{"automaticActivityDetection":{"disabled":true}})";
  } else if (plan_.tuned) {
    text_ += R"(,"realtimeInputConfig":{"automaticActivityDetection":{"silenceDurationMs":)" +
             std::to_string(kTunedSilence.count()) + "}}";
  }
  if (plan_.resumes) {
    text_ += R"(,"sessionResumption":{)";
    if (again) text_ += R"("handle":")" + line_.token() + '"';
    text_ += '}';
  }
  line_.greet(text_ + "}}");
}

// What is said and what comes of it goes on meanwhile; the person may not even notice.
void SimClient::on_lost(Instant now) {
  if (left_) return;
  const Millis away =
      line_.is_away() ? dice_.between(Millis(50), Millis(2s)) : dice_.about(plan_.away_mean);
  line_.lost();
  next_ping_.reset();
  if (!plan_.resumes || !line_.may_return() || away > grace_) {
    tally_.add(Count::fault_client_stays_away);
    left_ = true;
    return;
  }
  comes_back_at_ = now + away;
}

void SimClient::come_back() {
  comes_back_at_.reset();
  out_.come_back();
  greet();
}

std::optional<Instant> SimClient::next_deadline() const {
  if (left_) return std::nullopt;
  std::optional<Instant> at = soonest(ends_, gone_at_);
  at = soonest(soonest(at, next_act_), soonest(next_packet_, cut_in_at_));
  at = soonest(soonest(at, next_report_), soonest(next_ping_, comes_back_at_));
  for (const ToolRun& tool : tools_) at = soonest(at, tool.done);
  return at;
}

void SimClient::tick(Instant now) {
  if (left_) return;
  if (gone_at_ && now >= *gone_at_) {
    tally_.add(Count::fault_client_gone);
    left_ = true;
    return out_.vanish();
  }
  if (now >= ends_) return leave(now);
  if (comes_back_at_ && now >= *comes_back_at_) come_back();
  if (next_packet_ && now >= *next_packet_) send_packet(now);
  for (std::size_t i = 0; i < tools_.size();) {
    if (now < tools_[i].done) {
      ++i;
      continue;
    }
    const std::string id = std::move(tools_[i].id);
    tools_.erase(tools_.begin() + static_cast<std::ptrdiff_t>(i));
    answer_tool(id);
  }
  if (next_report_ && now >= *next_report_) report(now);
  if (next_ping_ && now >= *next_ping_) {
    next_ping_ = now + kPingEvery;
    ping();
  }
  if (cut_in_at_ && now >= *cut_in_at_) {
    cut_in_at_.reset();
    tally_.add(Count::barge_ins);
    speak(dice_.between(Millis(300), Millis(2500)), now);
  }
  if (next_act_ && now >= *next_act_) act(now);
}

void SimClient::leave(Instant now) {
  left_ = true;
  if (dice_.chance(plan_.drained)) {
    tally_.add(Count::fault_drained);
    return out_.drain();
  }
  if (is_native() && !line_.is_away() && dice_.chance(plan_.stops)) {
    report(now);
    return say(R"({"type":"stop"})");
  }
  out_.vanish();
}

// ---- what it does

void SimClient::act(Instant now) {
  next_act_ = now + dice_.about(plan_.think_mean) + 200ms;
  if (now < loud_until_) return;
  const int what = dice_.between(0, 99);
  if (what < 70) {
    return speak(dice_.chance(0.1) ? dice_.between(Millis(100), Millis(12s))
                                   : dice_.between(Millis(500), Millis(4s)),
                 now);
  }
  if (what < 78) return type_line();
  if (what < 84) {
    for (int i = dice_.between(1, 4); i > 0; --i) show_picture();
    return;
  }
  if (what < 90) return set_muted(!muted_);
  if (what < 93 && is_native()) return say(R"({"type":"interrupt"})");
  if (what < 96 && dice_.chance(plan_.malformed * 20)) return send_nonsense();
  if (what < 98 && is_native()) return ping();
}

void SimClient::speak(Millis length, Instant now) {
  if (muted_) set_muted(false);
  loud_from_ = now;
  loud_until_ = now + length;
  pause_from_ = pause_until_ = loud_until_;
  if (dice_.chance(0.3)) {  // takes breath in mid-sentence, for less or more than an end takes
    pause_from_ = now + length / 2;
    const Millis pause = dice_.between(Millis(100), Millis(900));
    pause_until_ = pause_from_ + pause;
    loud_until_ += pause;
  }
  next_act_ = loud_until_ + dice_.about(plan_.think_mean) + 500ms;
  if (!next_packet_) next_packet_ = now + plan_.packet;
  if (plan_.manual && !std::exchange(activity_, true)) {
    say(R"({"realtimeInput":{"activityStart":{}}})");
  }
}

bool SimClient::sends_audio(Instant now) const {
  if (muted_) return false;
  return plan_.microphone == Microphone::open || now < loud_until_ + plan_.talk_tail;
}

// The packet that ends now.
void SimClient::send_packet(Instant now) {
  const Instant begin = now - plan_.packet;
  pcm_.clear();
  for (Instant at = begin; at < now; at += kFrame) {
    const bool loud =
        at >= loud_from_ && at < loud_until_ && !(at >= pause_from_ && at < pause_until_);
    append_frame(pcm_, ++frame_, loud);
  }
  send_audio(pcm_);
  if (activity_ && now >= loud_until_) {
    activity_ = false;
    say(R"({"realtimeInput":{"activityEnd":{}}})");
  }
  next_packet_ = now + plan_.packet;
  if (sends_audio(now)) return;
  next_packet_.reset();
  if (plan_.says_release) set_muted(true);
}

void SimClient::send_audio(std::string_view pcm) {
  if (is_native()) return line_.send(pcm, SimClientLine::Part::audio);
  text_ = R"({"realtimeInput":{"audio":{"mimeType":"audio/pcm;rate=16000","data":")";
  const std::size_t begin = text_.size();
  text_.resize(begin + base64::encoded_size(pcm.size()));
  base64::encode({reinterpret_cast<const std::uint8_t*>(pcm.data()), pcm.size()},
                 text_.data() + begin);
  text_ += R"("}}})";
  line_.send(text_, SimClientLine::Part::audio);
}

void SimClient::ping() { say(R"({"type":"ping","id":7)" + line_.confirmation() + "}"); }

void SimClient::type_line() {
  tally_.add(Count::typed_lines);
  const std::string line = "line " + std::to_string(++lines_);
  if (is_native()) return say(R"({"type":"text","text":")" + line + "\"}");
  if (dice_.chance(0.5)) {
    return say(R"({"realtimeInput":{"text":")" + line + "\"}}");
  }
  say(R"({"clientContent":{"turns":[{"role":"user","parts":[{"text":")" + line +
      R"("}]}],"turnComplete":true}})");
}

void SimClient::show_picture() {
  tally_.add(Count::pictures);
  line_.send(is_native() ? kPictureNative : kPictureLive, SimClientLine::Part::picture);
}

void SimClient::send_nonsense() {
  tally_.add(Count::malformed_messages);
  if (is_native()) return say(dice_.pick(kNonsense));
  say(R"({"realtimeInput":{"nonsense":1}})");
}

void SimClient::set_muted(bool muted) {
  muted_ = muted;
  if (muted) next_packet_.reset();
  if (is_native()) {
    say(muted ? R"({"type":"mute"})" : R"({"type":"unmute"})");
  } else if (muted && !plan_.manual) {
    say(R"({"realtimeInput":{"audioStreamEnd":true}})");
  }
}

// ---- what it is told

void SimClient::on_text(std::string_view text, Instant now) {
  if (left_) return;
  if (line_.arrived(text) && is_native()) ping();  // which spends the token that opened this
  const bool ready = is_native() ? peek_type(text) == "ready"
                                 : text.find("\"setupComplete\"") != std::string_view::npos;
  if (ready && !ready_) {
    ready_ = true;
    next_act_ = now + dice_.between(Millis(100), Millis(2s));
    if (plan_.microphone == Microphone::open) next_packet_ = now + plan_.packet;
  }
  if (is_native()) {
    const std::string_view type = peek_type(text);
    if (ready && plan_.confirms && line_.may_return()) next_ping_ = now + kPingEvery;
    if (text.find(R"("code":"resume_refused")") != std::string_view::npos) left_ = true;
    if (type == "tool_call") run_tool(peek_text(text, "id"), now);
    if (type == "tool_cancelled") {
      const std::string_view id = peek_text(text, "id");
      std::erase_if(tools_, [id](const ToolRun& tool) { return tool.id == id; });
    }
    if (type == "interrupted") stop_playing(now);
    if (type == "turn_started" && dice_.chance(plan_.barge_in)) {
      cut_in_at_ = now + dice_.between(Millis(50), Millis(4s));
    }
    return;
  }
  if (text.find("\"interrupted\"") != std::string_view::npos) stop_playing(now);
  if (text.find("\"toolCall\"") != std::string_view::npos) {
    for (const std::string_view id : peek_all(text, "id")) run_tool(id, now);
  }
  if (text.find("\"toolCallCancellation\"") != std::string_view::npos) tools_.clear();
  if (text.find("\"inlineData\"") != std::string_view::npos) {
    const std::string_view data = peek_text(text, "data");
    reply_audio(static_cast<std::int64_t>(data.size() / 4 * 3 / sizeof(std::int16_t)), now);
    if (!cut_in_at_ && dice_.chance(plan_.barge_in / 20)) {
      cut_in_at_ = now + dice_.between(Millis(50), Millis(2s));
    }
  }
}

void SimClient::on_binary(std::string_view bytes, Instant now) {
  if (left_) return;
  if (!is_native()) return on_text(bytes, now);
  line_.arrived_audio();
  reply_audio(static_cast<std::int64_t>(bytes.size() / sizeof(std::int16_t)), now);
}

void SimClient::run_tool(std::string_view id, Instant now) {
  if (tools_fail_ && tools_run_++ == failing_at_) {
    tally_.add(Count::fault_planned);
    return;
  }
  if (dice_.chance(plan_.tool_silent)) {
    tally_.add(Count::fault_tool_unanswered);
    return;
  }
  tools_.push_back({now + dice_.between(Millis(1), plan_.tool_time_max), std::string(id)});
}

void SimClient::answer_tool(const std::string& id) {
  if (is_native()) {
    text_ = R"({"type":"tool_result","id":")" + id +
            (dice_.chance(0.1) ? R"(","error":"it broke"})" : R"(","result":{"ok":true}})");
  } else {
    text_ = R"({"toolResponse":{"functionResponses":[{"id":")" + id +
            R"(","name":"lamp","response":{"ok":true}}]}})";
  }
  say(text_);
}

// ---- the player

std::int64_t SimClient::played(Instant now) const {
  if (!playing_since_) return played_before_;
  const std::int64_t since = elapsed(*playing_since_, now).count() * 24;
  return std::min(received_ - flushed_, played_before_ + since);
}

void SimClient::reply_audio(std::int64_t samples, Instant now) {
  if (played(now) == received_ - flushed_) {
    played_before_ = played(now);
    playing_since_ = now + 50ms;
  }
  received_ += samples;
  if (is_native() && plan_.reports_playback && !next_report_) next_report_ = now + kReportEvery;
}

void SimClient::stop_playing(Instant now) {
  const std::int64_t heard = played(now);
  flushed_ = received_ - heard;
  played_before_ = heard;
  playing_since_.reset();
}

void SimClient::report(Instant now) {
  next_report_.reset();
  if (!is_native() || !plan_.reports_playback || line_.is_away()) return;
  say(R"({"type":"playback","samples":)" + std::to_string(played(now)) + line_.confirmation() +
      "}");
  if (played(now) < received_ - flushed_) next_report_ = now + kReportEvery;
}

}  // namespace livegate::sim
