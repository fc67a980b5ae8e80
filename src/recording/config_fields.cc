#include "recording/config_fields.h"

#include <chrono>
#include <cmath>
#include <cstdlib>
#include <type_traits>

namespace livegate::recording {
namespace {

// Beyond all that a configuration can hold, and far from where sums of it overflow.
constexpr Millis kTimeMax = std::chrono::days(366);
constexpr Instant kInstantMax{std::chrono::days(100 * 366)};
constexpr std::int64_t kWholeMax = 1'000'000'000;
constexpr double kRealMax = 1e12;
// What memory is set aside for.
constexpr std::uint64_t kBlockSamplesMax = 16'000;
constexpr Millis kAudioKeptMax = 60s;
constexpr std::uint64_t kPathsMax = 1000;
constexpr std::uint64_t kFactsMax = 1000;
constexpr std::uint64_t kPricesMax = 1000;

template <class E>
constexpr std::uint64_t last_of();
template <>
constexpr std::uint64_t last_of<session::ClientKind>() {
  return static_cast<std::uint64_t>(session::ClientKind::live);
}
template <>
constexpr std::uint64_t last_of<session::UplinkMode>() {
  return static_cast<std::uint64_t>(session::UplinkMode::automatic);
}

class Out {
 public:
  explicit Out(std::string& out) : to_(out) {}
  void field(const std::string& text) { to_.bytes(text); }
  void field(bool value) { to_.number(value ? 1 : 0); }
  void field(float value) { to_.real(value); }
  void field(double value) { to_.real(value); }
  void field(Millis value) { to_.word(static_cast<std::uint64_t>(value.count())); }
  void field(int value) { to_.word(static_cast<std::uint64_t>(std::int64_t{value})); }
  void field(std::uint64_t value) { to_.word(value); }
  void field(Instant value) {
    to_.word(static_cast<std::uint64_t>(value.time_since_epoch().count()));
  }
  template <class E>
  requires std::is_enum_v<E>
  void field(E value) { to_.number(static_cast<std::uint64_t>(value)); }

 private:
  Writer to_;
};

class In {
 public:
  explicit In(Reader& in) : from_(in) {}
  void field(std::string& text) { text = from_.bytes(); }
  void field(bool& value) { value = from_.flag(); }
  void field(float& value) {
    from_.real(value);
    if (!(std::abs(value) <= kRealMax)) from_.refuse();
  }
  void field(double& value) {
    from_.real(value);
    if (!(std::abs(value) <= kRealMax)) from_.refuse();
  }
  void field(Millis& value) { value = Millis(whole(kTimeMax.count())); }
  void field(int& value) { value = static_cast<int>(whole(kWholeMax)); }
  void field(std::uint64_t& value) { value = from_.word(); }
  void field(Instant& value) {
    value = Instant(std::chrono::nanoseconds(whole(kInstantMax.time_since_epoch().count())));
  }
  template <class E>
  requires std::is_enum_v<E>
  void field(E& value) { value = static_cast<E>(from_.number(last_of<E>())); }

 private:
  // Within -max and max.
  std::int64_t whole(std::int64_t max) {
    const auto value = static_cast<std::int64_t>(from_.word());
    if (value >= -max && value <= max) return value;
    from_.refuse();
    return 0;
  }

  Reader& from_;
};

template <class Io, class Options>
void endpointer(Io& io, Options& o) {
  io.field(o.neutral), io.field(o.evidence), io.field(o.off), io.field(o.unsure);
  io.field(o.unsure_part), io.field(o.unsure_max), io.field(o.floor_db), io.field(o.speaker_db);
  io.field(o.level_time), io.field(o.level_speech), io.field(o.hangover_short);
  io.field(o.hangover_long), io.field(o.short_speech), io.field(o.long_speech);
  io.field(o.pause_growth), io.field(o.pause_from), io.field(o.merge), io.field(o.early_end);
}

template <class Io, class Options>
void barge_in(Io& io, Options& o) {
  io.field(o.duck_excess_db), io.field(o.stop_excess_db), io.field(o.speech_on);
  io.field(o.confirm), io.field(o.confirm_speech), io.field(o.confirm_edge);
  io.field(o.confirm_speech_edge), io.field(o.edge), io.field(o.first_reply);
  io.field(o.first_reply_excess_db), io.field(o.pause), io.field(o.give_up);
}

template <class Io, class Options>
void uplink(Io& io, Options& o) {
  io.field(o.mode), io.field(o.detects), io.field(o.graded), io.field(o.cut_in),
      io.field(o.echo_cancelled);
  io.field(o.echo_guard), io.field(o.preroll), io.field(o.packet),
      io.field(o.speculative_share_max);
  endpointer(io, o.endpointer);
  barge_in(io, o.barge_in);
}

template <class Io, class B>
void beginning(Io& io, B& b) {
  io.field(b.speech), io.field(b.rng), io.field(b.began), io.field(b.block_samples);
  auto& c = b.config;
  io.field(c.id), io.field(c.client), io.field(c.live_wire.text_frames);
  io.field(c.live_wire.known_only), io.field(c.live_wire.message_bytes_max);
  io.field(c.upstream_name), io.field(c.notice), io.field(c.default_model);
  io.field(c.pinned_model), io.field(c.pinned_voice), io.field(c.pinned_system_instruction);
  io.field(c.pinned_tools_json), io.field(c.token_setup), io.field(c.only_resume);
  io.field(c.tell_heard), io.field(c.backoff.base), io.field(c.backoff.cap);
  io.field(c.backoff.tries_max), io.field(c.backoff.first_tries_max), io.field(c.resume_grace);
  bool formerly_full = false;  // older recordings have it
  io.field(c.resume_token), io.field(formerly_full), io.field(c.connection_age_max);
  io.field(c.watchdog.enabled), io.field(c.watchdog.first_audio),
      io.field(c.watchdog.first_audio_min);
  io.field(c.watchdog.starvation), io.field(c.watchdog.interrupt), io.field(c.watchdog.tool);
  for (auto& last : c.watchdog.pace.last) {
    io.field(last.answers);
    for (auto& time : last.times) io.field(time);
  }
  uplink(io, c.uplink);
}

// Of what was read: that there is room for it.
bool is_possible(const Beginning& what) {
  const session::UplinkOptions& uplink = what.config.uplink;
  const auto kept = [](Millis time) { return time >= 0ms && time <= kAudioKeptMax; };
  return kept(uplink.preroll) && kept(uplink.packet) && what.block_samples <= kBlockSamplesMax &&
         (what.block_samples > 0) == uplink.detects;
}

}  // namespace

void append_beginning(std::string& out, const Beginning& what) {
  Out io(out);
  beginning(io, what);
  Writer to(out);
  to.number(what.config.token_mask.size());
  for (const std::string& path : what.config.token_mask) to.bytes(path);
  to.number(what.config.facts.size());
  for (const proto::FactOverride& fact : what.config.facts) {
    to.bytes(fact.model), to.bytes(fact.fact), to.bytes(fact.value);
  }
  to.number(what.config.prices.size());
  for (const meter::PriceOverride& price : what.config.prices) {
    to.bytes(price.model), to.bytes(price.key), to.bytes(price.usd_per_million);
  }
  const meter::Budgets& budgets = what.config.budgets;
  for (const auto amount : {budgets.session, budgets.user_day, budgets.gateway_day})
    to.number(static_cast<std::uint64_t>(amount));
  to.number(static_cast<std::uint64_t>(budgets.soft_percent));
  const auto& expires = what.config.expires_at;
  to.number(expires ? 1 : 0);
  if (expires) io.field(*expires);
  io.field(what.config.time_max), io.field(what.config.idle_max);
}

Beginning read_beginning(Reader& in) {
  Beginning what;
  In io(in);
  beginning(io, what);
  for (std::uint64_t left = in.number(kPathsMax); left > 0 && in.good(); --left) {
    what.config.token_mask.push_back(in.bytes());
  }
  for (std::uint64_t left = in.number(kFactsMax); left > 0 && in.good(); --left) {
    proto::FactOverride& fact = what.config.facts.emplace_back();
    fact.model = in.bytes(), fact.fact = in.bytes(), fact.value = in.bytes();
  }
  for (std::uint64_t left = in.number(kPricesMax); left > 0 && in.good(); --left) {
    meter::PriceOverride& price = what.config.prices.emplace_back();
    price.model = in.bytes(), price.key = in.bytes(), price.usd_per_million = in.bytes();
  }
  meter::Budgets& budgets = what.config.budgets;
  for (meter::MicroUsd* const amount : {&budgets.session, &budgets.user_day, &budgets.gateway_day})
    *amount = static_cast<meter::MicroUsd>(in.number(meter::kMicroUsdMax));
  budgets.soft_percent = static_cast<int>(in.number(100));
  if (in.flag()) io.field(what.config.expires_at.emplace());
  if (!in.at_end()) {  // of a version that has these
    io.field(what.config.time_max), io.field(what.config.idle_max);
  }
  if (!in.at_end() || !is_possible(what)) in.refuse();
  return what;
}

}  // namespace livegate::recording
