#include "server/client_intake.h"

#include <cmath>
#include <cstdio>

namespace livegate::server {
namespace {

using policy::Limit;

// Sound is taken a tenth of a second at a time, and not frame by frame.
constexpr Millis kAudioPauseMin = 80ms;

// A pause that follows so soon on another one is the same transgression.
constexpr Millis kSamePause = 10s;

std::string shown(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%g", value);
  return text;
}

}  // namespace

// True if something was: a session waits for its user's other ones only with what they share.
bool ClientIntake::take(Limit limit, double amount, Instant now) {
  if (amount <= 0) return false;
  own_.take(limit, amount, now);
  if (user_) user_->take(limit, amount, now);
  return user_ != nullptr;
}

std::optional<ClientIntake::Pause> ClientIntake::took(const session::Counters& so_far,
                                                      std::size_t messages, std::size_t bytes,
                                                      Instant now) {
  const auto more = [](std::uint64_t value, std::uint64_t& seen) {
    return static_cast<double>(value - std::exchange(seen, value));
  };
  const auto audio = so_far.audio - std::exchange(seen_.audio, so_far.audio);
  own_.take(Limit::audio, std::chrono::duration<double>(audio).count(), now);
  own_.take(Limit::messages, static_cast<double>(messages), now);
  own_.take(Limit::bytes, static_cast<double>(bytes), now);
  bool shares = take(Limit::texts, more(so_far.texts, seen_.texts), now);
  shares |= take(Limit::text_bytes, more(so_far.text_bytes, seen_.text_bytes), now);
  shares |= take(Limit::tool_bytes, more(so_far.tool_bytes, seen_.tool_bytes), now);
  shares |= take(Limit::pictures, more(so_far.pictures, seen_.pictures), now);

  auto wait = own_.wait(now);
  bool of_user = false;
  if (const auto others = shares ? user_->wait(now) : std::nullopt;
      others && (!wait || others->until > wait->until)) {
    wait = others;
    of_user = true;
  }
  if (!wait) return std::nullopt;
  if (wait->limit == Limit::audio) wait->until += kAudioPauseMin;
  const bool is_new = !kept_from_ || now >= *kept_from_;
  kept_from_ = wait->until + kSamePause;
  return Pause{wait->limit, of_user, wait->until, is_new};
}

std::string ClientIntake::sentence(const Pause& pause, Instant now) const {
  const policy::Rate& rate = (pause.of_user ? *user_ : own_).rate(pause.limit);
  const std::string when =
      shown(std::ceil(std::chrono::duration<double>(pause.until - now).count())) + " s.";
  const std::string name = policy::name_of(pause.limit);
  if (pause.limit == Limit::audio) {
    return name + ": " + shown(rate.at_once) + " s of sound are taken at once and then " +
           shown(rate.per_second) + " times real time; the next is taken in " + when;
  }
  const bool kib = pause.limit == Limit::text_bytes || pause.limit == Limit::tool_bytes;
  const double unit = kib ? 1024 : pause.limit == Limit::bytes ? 1024 * 1024 : 1;
  return name + ": " + shown(rate.per_second * 60 / unit) + " a minute are taken from " +
         (pause.of_user ? "all sessions of a user together" : "one session") +
         "; the next message is taken in " + when;
}

}  // namespace livegate::server
