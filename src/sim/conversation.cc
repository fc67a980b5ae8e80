// The world of one conversation: time, the client's connection, and what arrives where.
#include "sim/conversation.h"

#include <algorithm>
#include <ostream>
#include <utility>

#include "base/limits.h"
#include "session/goodbye.h"
#include "sim/json_peek.h"

namespace livegate::sim {
namespace {

// Once the client is gone: what it takes a session to end, above what its grace allows.
constexpr Millis kEndsWithin = 5s;

bool owes_all(const Plan& plan) {
  return !plan.turn_taking.listens || plan.turn_taking.mode == session::UplinkMode::open;
}

}  // namespace

Conversation::Conversation(std::uint64_t seed, const Options& options, session::Codecs& codecs,
                           std::ostream* trace)
    : seed_(seed),
      options_(options),
      plan_(draw_plan(seed, options)),
      trace_(trace),
      codecs_(codecs),
      dice_(plan_.network_seed),
      client_net_(plan_.network, dice_, schedule_, tally_),
      service_(plan_.service, plan_.service_seed, *this, truth_, tally_),
      sim_client_(plan_, *this, tally_, options.failing == Operation::tool, options.failing_at),
      uplink_watch_(owes_all(plan_), plan_.config.client == session::ClientKind::native, tally_),
      reply_watch_(plan_.config.client == session::ClientKind::native, truth_, tally_),
      client_watch_(plan_.config.client == session::ClientKind::native),
      session_(recorded_config(), codecs, Rng(plan_.session_seed), now_),
      wires_(1),
      model_silence_(now_),
      guard_({plan_.config.client, std::string(kUser), {}}, plan_.config.resume_token),
      keep_alive_(now_) {}

session::SessionConfig Conversation::recorded_config() {
  session::SessionConfig config = plan_.config;
  if (!options_.records) return config;
  recorder_.emplace(
      recording::Recorder::Options{
          .speech = options_.records_speech, .salt = seed_, .bytes_max = std::size_t{1} << 30},
      config, plan_.session_seed, now_);
  config.uplink.tap = &*recorder_;
  return config;
}

Outcome Conversation::run() {
  if (plan_.network.client_bytes_per_s > 0) tally_.add(Count::fault_client_slow);
  sim_client_.begin(now_);
  client_net_.plan_break(now_);
  plan_tick();
  while (broken_.empty() && !finished_) step();
  if (broken_.empty()) {
    const bool there = ready_since_ && now_ - *ready_since_ > 1s;
    check(reply_watch_.ended(there));
  }
  Outcome outcome;
  outcome.seed = seed_;
  outcome.simulated = now_ - Instant{};
  outcome.hash = hash_;
  outcome.broken = broken_;
  tally_.add(Count::events, events_);
  outcome.tally = tally_;
  if (recorder_) outcome.recording = recorder_->take();
  outcome.operations = operations_;
  outcome.operations[static_cast<std::size_t>(Operation::tool)] = sim_client_.tools_run();
  return outcome;
}

std::optional<Instant> Conversation::next() const {
  std::optional<Instant> at = soonest(service_.next_deadline(), sim_client_.next_deadline());
  if (!schedule_.empty()) at = soonest(at, schedule_.next());
  if (!away_since_) at = soonest(at, keep_alive_.next_deadline());
  return soonest(at, tick_at_);
}

void Conversation::step() {
  const auto at = next();
  if (!at) return broken("nothing can happen any more, and the call has not ended");
  now_ = std::max(now_, *at);
  if (sim_client_.left() && !client_left_at_) client_left_at_ = now_;
  const Millis grace = plan_.config.resume_grace;
  Millis unnoticed = grace > 0ms ? plan_.network.client_unnoticed_max : 0ms;
  if (client_net_.is_silent(client_net_.of_call()))
    unnoticed = session::ClientKeepAlive::kNoticedWithin;
  if ((client_left_at_ && now_ > *client_left_at_ + unnoticed + grace + kEndsWithin) ||
      (away_since_ && now_ > *away_since_ + grace + plan_.network.tick_late_max)) {
    return broken("the call goes on though its client is gone");
  }
  while (!schedule_.empty() && schedule_.next() <= now_ && broken_.empty() && !finished_) {
    const Schedule::Item item = schedule_.take();
    if (!schedule_.voided(item)) arrive(item);
    schedule_.release(item);
  }
  if (!broken_.empty() || finished_) return;
  if (const auto due = sim_client_.next_deadline(); due && *due <= now_) sim_client_.tick(now_);
  if (const auto due = service_.next_deadline(); due && *due <= now_) service_.tick(now_);
  if (tick_at_ && *tick_at_ <= now_) tick();
  keep_client_alive();
  check_no_speech_hangs();
}

void Conversation::arrive(const Schedule::Item& item) {
  const PaddedText payload = schedule_.payload(item);
  switch (item.what) {
    case Arrival::service_message:
      if (!wires_[item.epoch].cut) service_.hear(item.epoch, payload, now_);
      return;
    case Arrival::service_closed:
      service_.closed(item.epoch);
      schedule_.add(down_arrival(wires_[item.epoch]), Arrival::model_closed, item.epoch);
      return;
    case Arrival::sim_client_text:
    case Arrival::sim_client_binary:
    case Arrival::sim_client_closed:
      return client_told(item, payload.view());
    case Arrival::caller_lost:
      if (item.epoch == client_net_.newest()) sim_client_.on_lost(now_);
      return;
    case Arrival::client_breaks:
      write_down("-", "the client's connection breaks");
      return client_net_.breaks(item.epoch, now_);
    case Arrival::connection_dropped:
      if (item.epoch != open_ || wires_[item.epoch].cut) return;
      tally_.add(Count::fault_connection_dropped);
      return cut(item.epoch, "connection reset by peer");
    case Arrival::connection_swallowed:
      if (item.epoch != open_ || wires_[item.epoch].cut) return;
      tally_.add(Count::fault_black_hole);
      wires_[item.epoch].swallowed = true;
      return;
    default:
      return arrive_at_session(item, payload);
  }
}

void Conversation::arrive_at_session(const Schedule::Item& item, PaddedText payload) {
  switch (item.what) {
    case Arrival::client_text:
    case Arrival::client_binary:
      return client_says(item, payload);
    case Arrival::client_gone:
      if (item.epoch != client_net_.of_call()) return;
      return client_lost(
          session::may_return(plan_.config.client, {item.code, /*by_peer=*/item.code != 1006}));
    case Arrival::client_pong:
      if (item.epoch == client_net_.of_call() && !client_net_.is_broken(item.epoch))
        client_is_alive();
      return;
    case Arrival::drain:
      client_left_at_ = now_;
      return happens(session::DrainRequested{});
    case Arrival::dialled:
      if (item.epoch == dialling_) dialled(item.epoch);
      return;
    case Arrival::not_dialled:
      if (item.epoch != dialling_) return;
      dialling_ = 0;
      return happens(session::UpstreamGone{item.epoch, false, 1006, std::string(payload.view())});
    case Arrival::pong:
      if (!wires_[item.epoch].cut) model_silence_.heard(now_);
      return;
    case Arrival::model_message:
      if (wires_[item.epoch].cut) return;
      if (item.epoch == open_) model_silence_.heard(now_);
      if (item.epoch != open_) tally_.add(Count::fault_late_frames);
      return happens(session::UpstreamMessage{item.epoch, payload});
    case Arrival::model_closed:
      if (item.epoch == closing_) old_connection_closed();
      return;
    case Arrival::model_gone:
      if (item.epoch == closing_) return old_connection_closed();
      if (item.epoch != open_) return;
      open_ = 0;
      return happens(
          session::UpstreamGone{item.epoch, true, item.code, std::string(payload.view())});
    default:
      return;
  }
}

// ---- the session's clock

void Conversation::plan_tick() {
  const auto deadline = session_.next_deadline();
  if (!deadline) {
    tick_for_.reset();
    tick_at_.reset();
    return;
  }
  if (tick_for_ == deadline->at) return;
  tick_for_ = deadline->at;
  tick_at_ = std::max(deadline->at, now_) + dice_.between(0ms, plan_.network.tick_late_max);
}

void Conversation::tick() {
  tick_for_.reset();
  tick_at_.reset();
  happens(session::Tick{});
}

// ---- what is written down

void Conversation::broken(std::string what) {
  if (broken_.empty()) broken_ = std::move(what);
  write_down("!", broken_);
}

void Conversation::check(std::string verdict) {
  if (!verdict.empty()) broken(std::move(verdict));
}

void Conversation::write_down(std::string_view who, std::string_view what, std::string_view bytes) {
  if (trace_ == nullptr) return;
  constexpr std::size_t kShown = 150;
  const double seconds = std::chrono::duration<double>(now_ - Instant{}).count();
  const auto millis = static_cast<std::int64_t>(seconds * 1000);
  std::string line =
      std::to_string(millis / 1000) + '.' + std::to_string(1000 + millis % 1000).substr(1);
  line.insert(0, line.size() < 9 ? 9 - line.size() : 0, ' ');
  line.append(" ").append(who).append(" ").append(what);
  if (!bytes.empty()) line.append(" ").append(bytes.substr(0, kShown));
  if (bytes.size() > kShown) line += " ... " + std::to_string(bytes.size()) + " bytes";
  for (char& c : line) {
    if (c == '\n' || (static_cast<unsigned char>(c) < ' ')) c = ' ';
  }
  *trace_ << line << '\n';
}

}  // namespace livegate::sim
