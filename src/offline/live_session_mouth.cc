#include "offline/live_session_mouth.h"

#include <algorithm>

#include "base/limits.h"

namespace livegate::offline {
namespace {

constexpr std::size_t kTurnSamplesMax =
    static_cast<std::size_t>(limits::kOfflineReplyMax.count() * audio::kDownlinkRateHz / 1000);

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  std::size_t begin = 0;
  while ((begin = text.find_first_not_of(" \t\n", begin)) != std::string_view::npos) {
    const std::size_t end = std::min(text.find_first_of(" \t\n", begin), text.size());
    words.push_back(text.substr(begin, end - begin));
    begin = end;
  }
  return words;
}

SessionClock::duration length_of(std::size_t samples) {
  return std::chrono::nanoseconds(std::chrono::seconds(samples)) / audio::kDownlinkRateHz;
}

}  // namespace

bool Mouth::say(std::string_view text, std::span<const std::int16_t> samples) {
  if (samples.empty()) return true;  // nothing to hear: nothing was said
  const std::size_t begin = samples_.size();
  if (begin + samples.size() > kTurnSamplesMax) return false;
  const std::vector<std::string_view> words = words_of(text);
  for (std::size_t i = 0; i < words.size(); ++i) {
    // Blanks belong to the fragment that follows them: the receiver concatenates as is.
    words_.push_back({.text = (spoke_words_ ? " " : "") + std::string(words[i]),
                      .at = begin + samples.size() * i / words.size()});
    spoke_words_ = true;
  }
  samples_.insert(samples_.end(), samples.begin(), samples.end());
  if (options_.inaudible) {
    constexpr int kSofter = 8192;
    for (std::size_t i = begin; i < samples_.size(); ++i) {
      samples_[i] = static_cast<std::int16_t>(samples_[i] / kSofter);
    }
  }
  flush_ = false;
  return true;
}

std::optional<Instant> Mouth::next_at() const {
  const std::size_t queued = samples_.size() - taken_;
  if (queued == 0 || ((queued < wanted() || options_.words_first) && !flush_)) return std::nullopt;
  return due_.value_or(Instant::min());
}

std::optional<Mouth::Piece> Mouth::take(Instant now) {
  const std::optional<Instant> at = next_at();
  if (!at || *at > now) return std::nullopt;
  const std::size_t count = std::min(samples_.size() - taken_, wanted());
  Piece piece{.samples = std::span(samples_).subspan(taken_, count), .text = {}};
  taken_ += count;
  const std::size_t words_until =
      options_.words_first ? samples_.size() : taken_ + options_.words_ahead_samples;
  for (; !words_.empty() && words_.front().at < words_until; words_.pop_front()) {
    piece.text += words_.front().text;
  }
  due_ =
      now + std::chrono::duration_cast<SessionClock::duration>(
                std::chrono::duration<double, std::nano>(length_of(count)) / options_.send_speed);
  playing_until_ = std::max(playing_until_, now) + length_of(count);
  if (options_.pause_after_samples > 0 && taken_ >= options_.pause_after_samples) {
    options_.pause_after_samples = 0;
    due_ = playing_until_ + options_.pause;
  }
  return piece;
}

}  // namespace livegate::offline
